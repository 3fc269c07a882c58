import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Contract, concat, Interface, type InterfaceAbi, solidityPacked, ZeroAddress } from "ethers";
import { z } from "zod";
import { type ContractName, contractAt, interfaceOf, type Sender } from "../../src/governance/index.ts";
import { erc7821Of } from "../../src/owner/export/erc7821.ts";
import { governorOf } from "../../src/owner/export/governor.ts";
import { safeBatchOf } from "../../src/owner/export/safe.ts";
import { timelockOf } from "../../src/owner/export/timelock.ts";
import {
  batchOf,
  decideByOwners,
  type Exportable,
  planChange,
  readMinDelay,
  readWorld,
} from "../../src/owner/index.ts";
import { decidersOf, type LocalFabric, senderOf, startFabric } from "../governance/localChain.ts";

const require = createRequire(import.meta.url);

/** The contracts that exports are made for own `ShardRegistry`, and carry out what was exported for them. */
describe("an exported change", () => {
  let founded: LocalFabric;
  let untouched: string;
  let fabric: LocalFabric;
  let sender: Sender;
  let willing: { readonly account: Artifact; readonly governor: Artifact };
  before(async () => {
    // Before the chain runs: meanwhile this process answers nobody, and connections that wait for it are closed.
    willing = { account: compiled("WillingAccount"), governor: compiled("WillingGovernor") };
    founded = await startFabric();
  });
  after(() => founded.stop());
  beforeEach(async () => {
    untouched = String(await founded.chain.rpc("evm_snapshot", []));
    fabric = { ...founded, deciders: decidersOf(founded.chain, founded.deployment) };
    sender = senderOf(founded.chain, founded.keys.marketplace);
  });
  afterEach(() => founded.chain.rpc("evm_revert", [untouched]));

  const at = async () => fabric.chain.at((await fabric.chain.latest()).hash);
  const send = (to: string | null, data: string) => sender.send({ action: "The test's call", to, data });
  const deploy = async ({ abi, bytecode }: Artifact, ...values: unknown[]) => {
    const { created } = await send(null, concat([bytecode, new Interface(abi).encodeDeploy(values)]));
    assert.ok(created !== null);
    return created;
  };

  /** The owners give the registry away; the new owner accepts it, and gives earth a longer queue. */
  async function handedTo(account: string): Promise<Exportable> {
    const { chain, deployment, deciders } = fabric;
    const registry = deployment.contracts.ShardRegistry.address;
    const abi = interfaceOf("ShardRegistry");
    const give = { to: registry, data: abi.encodeFunctionData("transferOwnership", [account]) };
    const sentence = "Give the registry away.";
    await decideByOwners(deciders, { change: null, sentence, calls: [give], lane: "parameters" });
    const world = await readWorld(chain, deployment);
    const change = planChange(world, { kind: "setQueueBudget", shard: "earth", value: 8000 });
    const accept = { to: registry, data: abi.encodeFunctionData("acceptOwnership") };
    const planned = { ...change, calls: [accept, ...change.calls] };
    const office = world.offices?.office;
    assert.ok(office !== undefined);
    const batch = batchOf(office, planned.lane, planned.calls, planned.sentence, world.time);
    return { planned, batch, delay: 0, signatures: [], office, deployment, time: world.time, account };
  }
  const inForce = async () => {
    const { shards } = await readOf("ShardRegistry").then((contract) => contract.snapshot());
    return Number(shards[0].queueBudget);
  };
  const readOf = async <Name extends ContractName>(name: Name) =>
    contractAt(name, fabric.deployment.contracts[name].address, await at());

  it("is carried out by a Safe, from the builder's file", async () => {
    const [singleton, proxies, multiSend] = [
      await deploy(safeArtifact("Safe.sol/Safe.json")),
      await deploy(safeArtifact("proxies/SafeProxyFactory.sol/SafeProxyFactory.json")),
      await deploy(safeArtifact("libraries/MultiSendCallOnly.sol/MultiSendCallOnly.json")),
    ];
    const safeAbi = new Interface(safeArtifact("Safe.sol/Safe.json").abi);
    const factory = new Interface(safeArtifact("proxies/SafeProxyFactory.sol/SafeProxyFactory.json").abi);
    const setup = [[sender.address], 1, ZeroAddress, "0x", ZeroAddress, ZeroAddress, 0, ZeroAddress];
    const initializer = safeAbi.encodeFunctionData("setup", setup);
    const made = await send(proxies, factory.encodeFunctionData("createProxyWithNonce", [singleton, initializer, 0]));
    const [created] = made.logs.flatMap((log) => factory.parseLog({ ...log, topics: [...log.topics] }) ?? []);
    const safe = z.string().parse(created.args[0]);
    const { transactions } = safeBatchOf(await handedTo(safe));
    const packed = transactions.map(({ to, contractMethod, contractInputsValues }) => {
      assert.ok(contractMethod !== null);
      const abi = new Interface([{ type: "function", ...contractMethod }]);
      const data = abi.encodeFunctionData(contractMethod.name, Object.values(contractInputsValues ?? {}));
      return solidityPacked(
        ["uint8", "address", "uint256", "uint256", "bytes"],
        [0, to, 0, (data.length - 2) / 2, data],
      );
    });
    const multiSendAbi = new Interface(["function multiSend(bytes transactions)"]);
    const all = multiSendAbi.encodeFunctionData("multiSend", [concat(packed)]);
    const order = [multiSend, 0, all, 1, 0, 0, 0, ZeroAddress, ZeroAddress];
    // The owner of the Safe sends it itself: that is its approval.
    const approval = concat([solidityPacked(["uint256", "uint256", "uint8"], [sender.address, 0, 1])]);
    await send(safe, safeAbi.encodeFunctionData("execTransaction", [...order, approval]));
    assert.equal(await inForce(), 8000);
  });

  it("is carried out by an account that runs batches", async () => {
    const account = await deploy(willing.account);
    const { execute } = erc7821Of(await handedTo(account));
    await send(execute.to, execute.data);
    assert.equal(await inForce(), 8000);
  });

  it("is carried out by a timelock after its delay, under the id that was foretold", async () => {
    const artifact = openZeppelinArtifact("TimelockController");
    const account = await deploy(artifact, 600, [sender.address], [sender.address], ZeroAddress);
    const delay = await readMinDelay(fabric.chain, account);
    assert.equal(delay, 600);
    const document = timelockOf(await handedTo(account), delay);
    const { targets, values, payloads, predecessor, salt, operationId, schedule, execute } = document;
    const timelock = new Contract(account, artifact.abi, await at());
    const own = await timelock
      .getFunction("hashOperationBatch")
      .staticCall(targets, values, payloads, predecessor, salt);
    assert.equal(own, operationId);
    await send(schedule.to, schedule.data);
    const state = async () =>
      Number(
        await new Contract(account, artifact.abi, await at()).getFunction("getOperationState").staticCall(operationId),
      );
    assert.equal(await state(), 1);
    await assert.rejects(send(execute.to, execute.data), { code: "REVERTED" });
    await fabric.nextBlockAfter(601);
    await send(execute.to, execute.data);
    assert.equal(await state(), 3);
    assert.equal(await inForce(), 8000);
  });

  it("is carried out by a governor after its vote, under the id that was foretold", async () => {
    const artifact = willing.governor;
    const account = await deploy(artifact);
    const { propose, execute, proposalId } = governorOf(await handedTo(account));
    const proposed = await send(propose.to, propose.data);
    const [created] = proposed.logs.flatMap((log) => {
      return new Interface(artifact.abi).parseLog({ ...log, topics: [...log.topics] }) ?? [];
    });
    assert.deepEqual([created.name, String(created.args[0])], ["ProposalCreated", proposalId]);
    await fabric.chain.rpc("hardhat_mine", ["0x3"]);
    await send(execute.to, execute.data);
    assert.equal(await inForce(), 8000);
  });
});

const artifactForm = z.object({ abi: z.custom<InterfaceAbi>(Array.isArray), bytecode: z.string() });
type Artifact = z.output<typeof artifactForm>;

function safeArtifact(path: string): Artifact {
  return artifactForm.parse(require(`@safe-global/safe-smart-account/build/artifacts/contracts/${path}`));
}

function openZeppelinArtifact(name: string): Artifact {
  return artifactForm.parse(require(`@openzeppelin/contracts/build/contracts/${name}.json`));
}

const outputForm = z.object({
  contracts: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ abi: z.array(z.unknown()), evm: z.object({ bytecode: z.object({ object: z.string() }) }) }),
    ),
  ),
});
let output: z.output<typeof outputForm> | undefined;

/** Of `ContractsOfOthers.sol`, which OpenZeppelin has no finished ones of: by the compiler of the fabric, in a second. */
function compiled(name: string): Artifact {
  if (output === undefined) {
    const compiler: { compile(input: string, imports: object): string } = require("solc");
    const content = readFileSync(new URL("ContractsOfOthers.sol", import.meta.url), "utf8");
    const input = {
      language: "Solidity",
      sources: { others: { content } },
      settings: { outputSelection: { others: { "*": ["abi", "evm.bytecode.object"] } } },
    };
    const imports = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
    output = outputForm.parse(JSON.parse(compiler.compile(JSON.stringify(input), { import: imports })));
  }
  const { abi, evm } = output.contracts.others[name];
  return artifactForm.parse({ abi, bytecode: `0x${evm.bytecode.object}` });
}
