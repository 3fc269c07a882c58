import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import {
  Chain,
  currentFees,
  gwei,
  interfaceOf,
  practiceFees,
  Sender,
  type SenderOptions,
  type TransactionOrder,
} from "../../src/governance/index.ts";
import { type FaultyLine, openLine } from "./faultyLine.ts";
import { type LocalFabric, startFabric } from "./localChain.ts";

describe("sender", () => {
  let founded: LocalFabric;
  let untouched: string;
  let line: FaultyLine;
  let rotation: TransactionOrder;

  before(async () => {
    founded = await startFabric();
    const data = interfaceOf("NodeRegistry").encodeFunctionData("rotateKey", [1, 1, `0x${"42".repeat(32)}`]);
    rotation = { action: "The rotation", to: founded.deployment.contracts.NodeRegistry.address, data };
  });
  after(() => founded.stop());
  beforeEach(async () => {
    untouched = String(await founded.chain.rpc("evm_snapshot", []));
    line = await openLine(founded.url);
  });
  afterEach(async () => {
    await line.close();
    await founded.chain.rpc("evm_setAutomine", [true]);
    await founded.chain.rpc("evm_revert", [untouched]);
  });

  const operator = async (options: Partial<SenderOptions> = {}) =>
    new Sender(await Chain.open(line.url), founded.keys.operatorOf(1), { fees: practiceFees, ...options });
  const sentBy = async (sender: Sender) =>
    Number(await founded.chain.rpc("eth_getTransactionCount", [sender.address, "latest"]));

  it("sends the same bytes again when the answer was lost: it counts once, and takes one block's time", async () => {
    let hooks = 0;
    const sender = await operator({ beforeTransaction: async () => void hooks++ });
    line.fault = (method) => (method === "eth_sendRawTransaction" ? "answerLost" : "none");
    await assert.rejects(sender.send(rotation), { code: "CHAIN_UNREACHABLE" });
    line.fault = () => "none";
    const { block } = await sender.send(rotation);
    assert.equal(block, (await founded.chain.latest()).number);
    assert.equal(await sentBy(sender), 1);
    assert.equal(hooks, 1);
  });

  it("pays what the chain asks for where no fees are fixed", async () => {
    await founded.chain.rpc("hardhat_setNextBlockBaseFeePerGas", [`0x${(200_000_000_000).toString(16)}`]);
    await founded.chain.rpc("hardhat_mine", ["0x1"]);
    await assert.rejects((await operator()).send(rotation), { code: "CHAIN_REFUSED" });
    const { hash } = await (await operator({ fees: null })).send(rotation);
    const paid = Object(await founded.chain.rpc("eth_getTransactionByHash", [hash]));
    assert.equal(Number(paid.maxFeePerGas), 400_000_000_000 + Number(paid.maxPriorityFeePerGas));
  });

  const asks = (tip: bigint, baseFee?: bigint) => {
    line.answer = (method, result) => {
      if (method === "eth_maxPriorityFeePerGas") return `0x${tip.toString(16)}`;
      if (method !== "eth_getBlockByNumber" || baseFee === undefined) return result;
      return { ...Object(result), baseFeePerGas: `0x${baseFee.toString(16)}` };
    };
  };

  it("pays no tip that a lying node asks for: it could take all that the payer has", async () => {
    asks(10n ** 16n);
    await assert.rejects((await operator({ fees: null })).send({ ...rotation, gasLimit: 100_000 }), {
      ...{ code: "FEE_TOO_HIGH", exitCode: 4 },
      message:
        /asks for 10000000 gwei for each unit of gas as a tip, and 50 are the most .* 100000 gas .* 1000\.\d+ ether/,
    });
    assert.equal(await sentBy(await operator()), 0);
    assert.ok(!line.asked.includes("eth_sendRawTransaction"));
  });

  it("pays no base fee that no network has, and what is told to be the most where one has it", async () => {
    asks(gwei, 2000n * gwei);
    const order = { ...rotation, gasLimit: 100_000 };
    await assert.rejects((await operator({ fees: null })).send(order), {
      code: "FEE_TOO_HIGH",
      message: /500 are the/,
    });
    await assert.rejects((await operator({ fees: null, feeMax: 4000n * gwei })).send(order), { code: "FEE_TOO_HIGH" });
    await (await operator({ fees: null, feeMax: 4001n * gwei })).send(order);
    assert.equal(await sentBy(await operator()), 1);
  });

  it("pays as much of a tip as the base fee where that is high, and 30 gwei where there is hardly any", async () => {
    for (const [tip, baseFee] of [
      [30n, 0n],
      [90n, 100n],
    ]) {
      asks(tip * gwei, baseFee * gwei);
      const { chain } = await operator();
      assert.equal((await currentFees(chain, { gas: 1 })).maxPriorityFeePerGas, tip * gwei);
    }
  });

  it("says what it costs at most before, and what it cost after, as the payer's balance has it", async () => {
    const said: bigint[] = [];
    const says = (wei: bigint) => void said.push(wei);
    const sender = await operator({ fees: null, onSending: says, onPaid: says });
    const balance = async () => BigInt(String(await founded.chain.rpc("eth_getBalance", [sender.address, "latest"])));
    const before = await balance();
    const { costWei } = await sender.send(rotation);
    assert.equal(costWei, before - (await balance()));
    assert.equal(said[1], costWei);
    assert.ok(said[0] > costWei);
  });

  it("does not know what became of a transaction that no block has, and finds it when asked again", async () => {
    await founded.chain.rpc("evm_setAutomine", [false]);
    const sender = await operator({ patienceSeconds: 0 });
    await assert.rejects(sender.send(rotation), { code: "TRANSACTION_PENDING", exitCode: 5, message: /The rotation/ });
    await founded.chain.rpc("evm_mine", []);
    const { raw, hash, block } = await sender.send(rotation);
    assert.equal(block, (await founded.chain.latest()).number);
    assert.equal(await sentBy(sender), 1);
    const kept = await founded.chain.rpc("eth_getTransactionByHash", [hash]);
    assert.ok(kept !== null && raw.startsWith("0x02"));
  });

  it("waits for the block that has it", async () => {
    await founded.chain.rpc("evm_setAutomine", [false]);
    const sender = await operator();
    line.answer = (method, result) => {
      if (method === "eth_getTransactionReceipt" && result === null) void founded.chain.rpc("evm_mine", []);
      return result;
    };
    assert.equal((await sender.send(rotation)).block, (await founded.chain.latest()).number);
  });

  it("sends nothing that a contract would refuse, and says why", async () => {
    const sender = new Sender(founded.chain, founded.keys.guardian, { fees: practiceFees });
    await assert.rejects(sender.send(rotation), {
      code: "REVERTED",
      message: /^The rotation was refused: 0x\w+ is not the operator of node 1; 0x\w+ is\.$/,
      remedy: "Use the operator's key.",
    });
    assert.equal(await sentBy(sender), 0);
  });

  it("says why a transaction was refused that is in a block", async () => {
    const sender = new Sender(founded.chain, founded.keys.guardian, { fees: practiceFees });
    await assert.rejects(sender.send({ ...rotation, gasLimit: 100_000 }), {
      code: "REVERTED",
      message: /not the operator/,
    });
    assert.equal(await sentBy(sender), 1);
  });

  it("hands on why a node takes no transaction, and is not stuck afterwards", async () => {
    const stingy = await operator({ fees: { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n } });
    await assert.rejects(stingy.send({ ...rotation, gasLimit: 100_000 }), {
      code: "CHAIN_REFUSED",
      message: /maxFeePerGas/,
    });
    await (await operator()).send(rotation);
    const [first, second] = await Promise.all([stingy.nextNonce(), sentBy(stingy)]);
    assert.deepEqual([first, second], [1, 1]);
  });

  it("sends in the order in which it was asked, however many ask at once", async () => {
    const sender = await operator();
    const data = (key: string) =>
      interfaceOf("NodeRegistry").encodeFunctionData("rotateKey", [1, 1, `0x${key.repeat(32)}`]);
    const mined = await Promise.all(["01", "02", "03"].map((key) => sender.send({ ...rotation, data: data(key) })));
    assert.deepEqual(
      mined.map(({ block }) => block - mined[0].block),
      [0, 1, 2],
    );
  });
});
