import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parametersOf } from "../../src/config/parameters.ts";
import { contractAt, deployFabric, readParameters } from "../../src/governance/index.ts";
import { found, practiceKeys } from "../../src/owner/index.ts";
import { decidersOf, dossier, keyOf, senderOf, startChain } from "../governance/localChain.ts";

describe("practice", () => {
  it("keys sign on chain 31337 only: everybody knows them", () => {
    assert.throws(() => practiceKeys(1), { code: "PRACTICE_ONLY", exitCode: 4, message: /this is chain 1/ });
    const { owners, deployer, operatorOf } = practiceKeys(31337);
    assert.equal(deployer.address, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    assert.equal(owners.length, 3);
    assert.equal(operatorOf(1).address, "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955");
  });

  it("founds a fabric of many nodes in as many batches as their gas takes", async () => {
    const { chain, stop } = await startChain();
    try {
      const keys = practiceKeys(chain.chainId);
      const guardian = keys.operatorOf(9);
      const nodes = Array.from({ length: 36 }, (_, index) => ({ ...dossier.nodes[index % 6], id: `node-${index}` }));
      const parameters = parametersOf({ ...dossier, nodes }, keyOf);
      const deployment = await deployFabric(senderOf(chain, keys.deployer), { constitution: keys.constitution });
      const log = await found(decidersOf(chain, deployment), {
        parameters,
        guardianPauseSecondsMax: 3600,
        anchorer: keys.anchorer.address,
        marketplace: keys.marketplace.address,
        guardians: [keys.guardian, guardian],
        // Two operators with many nodes each: their nonces rise from one to the next.
        operatorOf: (node) => keys.operatorOf(1 + (node % 2)),
      });
      assert.ok(log.length > 1 && log.length < 5, `${log.length} batches`);
      assert.match(log[1].sentence, /^Found the fabric, part 2 of /);
      const { hash } = await chain.latest();
      const at = chain.at(hash);
      assert.deepEqual((await readParameters(chain, deployment, hash)).parameters, parameters);
      const { SystemPause, NodeRegistry, CheckpointLedger } = deployment.contracts;
      const pause = contractAt("SystemPause", SystemPause.address, at);
      assert.equal(await pause.guardianPauseLimit(), 3600n);
      const guardians = (await pause.guardians()).map(({ account }) => account).sort();
      assert.deepEqual(guardians, [keys.guardian.address, guardian.address].sort());
      assert.equal(await contractAt("NodeRegistry", NodeRegistry.address, at).marketplace(), keys.marketplace.address);
      const [anchorer] = await contractAt("CheckpointLedger", CheckpointLedger.address, at).snapshot();
      assert.equal(anchorer, keys.anchorer.address);
    } finally {
      await stop();
    }
  });
});
