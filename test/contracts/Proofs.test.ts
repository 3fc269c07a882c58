import { expect } from "chai";
import { holds, judge, proofs } from "../../scripts/proofs.ts";

// What takes longer than a second or two: `npm run prove`. That the models do as the contracts: Proofs.t.sol.
describe("Proofs", function () {
  // Each takes a second of CPU time, however long the computer lets it wait for that.
  this.timeout(300_000);

  for (const [name, { quick, breaks }] of Object.entries(proofs)) {
    if (!quick) continue;

    it(`${name} holds`, () => {
      expect(judge(name)).to.satisfy(holds);
    });

    for (const change of breaks) {
      it(`${name} does not without: ${change[0]}`, () => {
        expect(judge(name, change).refuted).to.be.greaterThan(0);
      });
    }
  }
});
