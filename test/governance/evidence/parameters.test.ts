import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SigningKey } from "ethers";
import {
  type Addresses,
  collectEvidence,
  type History,
  ProvenParameters,
  readHistory,
  verifyEvidence,
  withNewest,
} from "../../../src/governance/evidence/index.ts";
import {
  type ContractName,
  contractNames,
  interfaceOf,
  nameBytes,
  readParameters,
} from "../../../src/governance/index.ts";
import { type Call, decideByOwners, type Lane } from "../../../src/owner/index.ts";
import { type LocalFabric, senderOf, startFabric } from "../localChain.ts";

const governing = ["ShardRegistry", "SystemPause", "NodeRegistry", "SubmitterRegistry"] as const;

describe("Parameters made again from the chain's events are those that the contracts give, or a proof would be of others", () => {
  let fabric: LocalFabric;
  let history: History;
  let lastBlock: number;

  const call = (name: ContractName, method: string, values: readonly unknown[]): Call => {
    // The methods are named by strings here, which TypeChain's types do not take.
    const abi: { encodeFunctionData(method: string, values: readonly unknown[]): string } = interfaceOf(name);
    return { to: fabric.deployment.contracts[name].address, data: abi.encodeFunctionData(method, values) };
  };
  const decide = (lane: Lane, ...calls: readonly Call[]) => {
    const { relayer, owners } = fabric.deciders;
    const planned = { change: null, sentence: "Try it.", calls, lane };
    return decideByOwners({ deployment: fabric.deployment, relayer, owners }, planned);
  };

  before(async () => {
    fabric = await startFabric();
    const { chain, keys, deployment, deciders, nextBlockAfter } = fabric;
    const secp256k1 = SigningKey.computePublicKey(keys.guardian.privateKey, true);
    const earth = fabric.parameters.shards[0];
    const none = [0, 0, 0, 0, 0, 0, 0, 0];
    const shard = { queueBudget: 1000, latencyBudgetMs: 20, spillThreshold: 3, spillBatch: 4, weight: 5 };
    const submitter = { shards: 1, jobsPerTick: 7, expiry: 2n ** 64n - 1n, revoked: false };
    await decide(
      "parameters",
      call("ShardRegistry", "setQueueBudget", [1, earth.queueBudget, 500]),
      call("ShardRegistry", "setMaxAttempts", [fabric.parameters.maxAttempts, 9]),
      call("ShardRegistry", "register", [nameBytes("ceres"), { ...shard, status: 1, routes: none }]),
      call("ShardRegistry", "setRoutes", [5, none, [2, 1, 0, 0, 0, 0, 0, 0]]),
      call("NodeRegistry", "addSkill", [nameBytes("mining")]),
      call("NodeRegistry", "drain", [2]),
      call("NodeRegistry", "drain", [3]),
    );
    await decide("emergency", call("SystemPause", "pause", [0]), call("SystemPause", "pause", [2]));
    await decide("emergency", call("SystemPause", "resume", [0]));
    const guardian = call("SystemPause", "guardianPause", [3, 600]);
    await deciders.guardian.send({ action: "The pause", ...guardian });
    await nextBlockAfter(700);
    await decide("emergency", call("SystemPause", "pause", [3]));
    await decide("emergency", call("SystemPause", "resume", [3]));
    await decide(
      "parameters",
      call("NodeRegistry", "undrain", [2]),
      call("NodeRegistry", "remove", [3]),
      call("NodeRegistry", "limit", [
        1,
        fabric.parameters.nodes[0].capacity,
        fabric.parameters.nodes[0].maxConcurrency,
        77,
        7,
      ]),
      call("SubmitterRegistry", "admit", [
        { submitterId: nameBytes("newcomer"), keyKind: 3, key: secp256k1, ...submitter },
      ]),
      call("SubmitterRegistry", "limit", [
        5,
        { shards: 1, jobsPerTick: 7, expiry: 2n ** 64n - 1n },
        { shards: 3, jobsPerTick: 8, expiry: 2n ** 63n },
      ]),
      call("SubmitterRegistry", "revoke", [1]),
      call("ShardRegistry", "retire", [5]),
    );
    const rotate = call("NodeRegistry", "rotateKey", [1, 3, secp256k1]);
    await senderOf(chain, keys.operatorOf(1)).send({ action: "The new key", ...rotate });
    await decide("emergency", call("SystemPause", "retire", [`0x${"00".repeat(20)}`]));

    const addresses = Object.fromEntries(contractNames.map((name) => [name, deployment.contracts[name].address]));
    const { CheckpointLedger: ledger, ...others } = addresses;
    lastBlock = (await chain.latest()).number;
    const range = { fromBlock: deployment.blocks.first, toBlock: lastBlock };
    const evidence = await collectEvidence(chain, {
      ...{ ledger, governed: Object.values(others), transactions: [], ...range },
    });
    history = readHistory(verifyEvidence(evidence), addresses as Addresses);
  });
  after(() => fabric.stop());

  it("after every block", async () => {
    const proven = new ProvenParameters(history);
    for (let block = fabric.deployment.blocks.last; block <= lastBlock; block++) {
      const header = await fabric.chain.block(block);
      assert.ok(header !== null);
      const { parameters, version } = await readParameters(fabric.chain, fabric.deployment, header.hash);
      assert.deepEqual(proven.at(block), { parameters, version }, `block ${block}`);
    }
  });

  it("with every event that the contracts have, but for those that govern nothing", () => {
    const seen = new Set(history.events.map(({ contract, name }) => `${contract}.${name}`));
    const declared = governing.flatMap((contract) => {
      const names: string[] = [];
      interfaceOf(contract).forEachEvent(({ name }) => names.push(`${contract}.${name}`));
      return names;
    });
    const unseen = declared.filter((event) => !seen.has(event));
    assert.deepEqual(unseen.sort(), [
      "NodeRegistry.EIP712DomainChanged",
      "NodeRegistry.OwnershipTransferStarted",
      "ShardRegistry.Ordered",
      "ShardRegistry.OwnershipTransferStarted",
      "SubmitterRegistry.OwnershipTransferStarted",
      "SystemPause.EIP712DomainChanged",
      "SystemPause.GuardianArmed",
      "SystemPause.GuardianDismissed",
      "SystemPause.OwnershipTransferStarted",
    ]);
  });

  it("whatever block is asked for first", () => {
    const steps = new ProvenParameters(history);
    for (let block = 0; block < lastBlock; block++) steps.at(block);
    assert.deepEqual(steps.at(lastBlock), new ProvenParameters(history).at(lastBlock));
  });

  it("and what stops something counts at once where the rest waits for confirmations", () => {
    const { last } = fabric.deployment.blocks;
    const founded = new ProvenParameters(history).at(last + fabric.founding.length).parameters;
    const newest = new ProvenParameters(history).at(lastBlock).parameters;
    const both = withNewest(founded, newest);
    assert.equal(both.retired, true);
    assert.deepEqual(
      both.shards,
      founded.shards.map((shard, index) => ({ ...shard, pause: newest.shards[index].pause })),
    );
    assert.equal(both.nodes[2].status, "removed");
    assert.equal(both.nodes[1].status, "admitted");
    assert.equal(both.submitters[0].revoked, true);
    assert.equal(both.maxAttempts, founded.maxAttempts);
  });

  it("and an event that is not of its form is refused by name", () => {
    const [first, ...others] = history.events.filter(({ name }) => name === "FabricSet");
    const events = [{ ...first, values: { ...first.values, value: "nothing" } }, ...others];
    assert.throws(() => new ProvenParameters({ ...history, events }).at(lastBlock), {
      code: "EVIDENCE_HISTORY",
      exitCode: 6,
    });
  });
});
