// `npm run prove`: has the Solidity compiler's model checker prove what test/contracts/proofs/ asserts.
import { Command } from "commander";
import { holds, judge, proofs } from "./proofs.ts";

const { only, breaks } = new Command("prove")
  .description("Proves what test/contracts/proofs/ asserts, by the Solidity compiler's model checker.")
  .option("--only <proof>", "this one")
  .option("--breaks", "take the reason of each proof away instead: it must fail then")
  .parse()
  .opts<{ only?: string; breaks?: true }>();

for (const [name, proof] of Object.entries(proofs)) {
  if (only !== undefined && only !== name) continue;
  for (const change of breaks ? proof.breaks : [undefined]) {
    const before = process.cpuUsage();
    const verdict = judge(name, change);
    const { user, system } = process.cpuUsage(before);
    // A proof without its reason has to be refuted by a case: that the checker gave up would show nothing.
    const asExpected = change === undefined ? holds(verdict) : verdict.refuted > 0;
    if (!asExpected) process.exitCode = 1;
    const { proved, refuted, open } = verdict;
    console.log(
      `${asExpected ? "✓" : "✗"} ${name}, ${change === undefined ? "as it is" : `without: ${change[0]}`}: ` +
        `${proved} proved, ${refuted} refuted, ${open} open (${((user + system) / 1e6).toFixed(1)} s)`,
    );
  }
}
