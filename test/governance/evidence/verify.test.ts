import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { concat, getCreateAddress, hexlify, keccak256, toBeHex, toQuantity, zeroPadValue } from "ethers";
import type { FabricError } from "../../../src/errors.ts";
import { interfaceOf } from "../../../src/governance/contracts.ts";
import {
  type ChainEvidence,
  collectEvidence,
  confirmBlock,
  readEvidence,
  trustBlock,
  type VerifiedChain,
  verifyEvidence,
  writeEvidence,
} from "../../../src/governance/evidence/index.ts";
import { headOf } from "../../../src/governance/head.ts";
import { type Eventful, makeEventful } from "./eventfulFabric.ts";
import { PracticeFabric, walletOf } from "./practiceFabric.ts";

describe("What evidence proves is what the chain says, so that an auditor without a chain knows as much:", () => {
  let fabric: PracticeFabric;
  let eventful: Eventful;
  let evidence: ChainEvidence;
  let chain: VerifiedChain;
  before(async () => {
    fabric = await PracticeFabric.deploy();
    eventful = await makeEventful(fabric);
    evidence = await collectEvidence(fabric.chain, await fabric.wanted({ transactions: [eventful.reverted] }));
    chain = verifyEvidence(readEvidence(writeEvidence(evidence)));
  });
  after(() => fabric.close());

  it("everything that the ledger holds, and its code", async () => {
    const { address: _, codeHash: __, ...held } = chain.ledger;
    assert.deepEqual(held, await fabric.snapshot());
    assert.ok(held.minutes > 0);
    const code = await fabric.chain.rpc("eth_getCode", [fabric.addresses.CheckpointLedger, "latest"]);
    assert.equal(chain.ledger.codeHash, keccak256(String(code)));
  });

  it("every block's number, hash and time", async () => {
    for (const { number, hash, time } of chain.blocks) {
      const block = await fabric.chain.block(number);
      assert.deepEqual({ number, hash, time }, block && { number: block.number, hash: block.hash, time: block.time });
    }
    assert.deepEqual([chain.firstBlock.number, chain.lastBlock.number], [1, await fabric.height()]);
  });

  it("who sent each transaction, what it called or created, whether it succeeded, and its logs", async () => {
    assert.equal(chain.transactions.length, 15);
    for (const transaction of chain.transactions) {
      const { from, to, contractAddress, status, logs, blockNumber, transactionIndex } = (await fabric.chain.rpc(
        "eth_getTransactionReceipt",
        [transaction.hash],
      )) as Record<string, string> & { logs: { address: string; topics: string[]; data: string }[] };
      assert.deepEqual([transaction.from, transaction.to, transaction.creates], [from, to, contractAddress]);
      assert.deepEqual([transaction.block, transaction.index], [Number(blockNumber), Number(transactionIndex)]);
      assert.equal(transaction.succeeded, status === "0x1");
      const said = logs.map(({ address, topics, data }) => ({ address, topics, data }));
      assert.deepEqual(transaction.logs, said);
    }
  });

  it("for its own chain only: that the transactions were signed for another is named", () => {
    assert.throws(
      () => verifyEvidence({ ...evidence, chainId: 1 }),
      ({ code, message }: FabricError) => code === "EVIDENCE_TRANSACTION" && /signed for chain 31337/.test(message),
    );
  });

  it("at its own heights: blocks that are numbered otherwise are named", () => {
    const later = <Entry extends { readonly block: number }>(entry: Entry) => ({ ...entry, block: entry.block + 1 });
    const shifted = {
      ...evidence,
      block: { ...evidence.block, number: evidence.block.number + 1 },
      transactions: evidence.transactions.map(later),
      bystanders: evidence.bystanders.map(later),
    };
    assert.throws(() => verifyEvidence(shifted), { code: "EVIDENCE_HEADER" });
    const beyond = evidence.transactions.map((entry, nth) => (nth === 14 ? { ...entry, block: 99 } : entry));
    assert.throws(
      () => verifyEvidence({ ...evidence, transactions: beyond }),
      ({ code, message }: FabricError) => code === "EVIDENCE_BLOCK" && /not among the headers/.test(message),
    );
  });

  it("from whole blocks: an altered receipt of a bystander is named", () => {
    const [first, ...others] = evidence.bystanders;
    assert.ok(first);
    const altered = { ...first, receipt: first.receipt.replace(/^0x../, "0x03") };
    assert.throws(
      () => verifyEvidence({ ...evidence, bystanders: [altered, ...others] }),
      ({ code, message }: FabricError) => code === "EVIDENCE_BLOCK" && /receiptsRoot/.test(message),
    );
  });

  it("that a transaction reverted", () => {
    const reverted = chain.transactions.filter(({ succeeded }) => !succeeded);
    assert.deepEqual(
      reverted.map(({ hash, logs }) => [hash, logs.length]),
      [[eventful.reverted, 0]],
    );
  });

  it("each anchor from the ledger's own beginning on, and each claim with its session key", () => {
    assert.deepEqual(
      chain.anchors.map(({ epoch, seq, size, voided }) => [epoch, seq, size, voided]),
      [
        [0, 0, 0, false],
        [2, 1, 10, false],
        [2, 2, 20, false],
        [2, 3, 20, false],
      ],
    );
    assert.equal(hexlify(chain.anchors[1]?.root ?? "0x"), keccak256(toQuantity(26)));
    assert.equal(hexlify(chain.anchors[1]?.digest ?? "0x"), keccak256(toQuantity(10 + 4096)));
    assert.equal(chain.anchors[2]?.block, eventful.crowdedBlock);
    assert.deepEqual(
      chain.claims.map(({ epoch, sessionKey, block }) => [epoch, sessionKey, block]),
      [[2, keccak256("0x01"), 9]],
    );
  });

  it("whether the block that it rests on is on the chain at hand; a chain that a forger made is not that chain", async () => {
    await confirmBlock(fabric.chain, chain);
    trustBlock(chain, chain.lastBlock.hash.toUpperCase().replace("X", "x"));
    const forged = await PracticeFabric.deploy();
    try {
      await makeEventful(forged);
      await forged.anchor(21);
      const own = verifyEvidence(await collectEvidence(forged.chain, await forged.wanted()));
      await assert.rejects(confirmBlock(fabric.chain, own), { code: "EVIDENCE_OFF_CHAIN" });
      await assert.rejects(confirmBlock(fabric.chain, { ...chain, chainId: 1 }), { code: "EVIDENCE_OFF_CHAIN" });
      const other = chain.blocks[3]?.hash ?? "";
      assert.throws(() => trustBlock(chain, other), { code: "EVIDENCE_OFF_CHAIN" });
      const lastBlock = { ...chain.lastBlock, number: chain.lastBlock.number - 1 };
      await assert.rejects(confirmBlock(fabric.chain, { ...chain, lastBlock }), { code: "EVIDENCE_OFF_CHAIN" });
    } finally {
      await forged.close();
    }
  });
});

describe("The heads of a ledger are followed", () => {
  let fabric: PracticeFabric;
  before(async () => {
    fabric = await PracticeFabric.deploy();
  });
  after(() => fabric.close());

  it("beyond its ring of 64 and over the owners' rebase, after which what was void is said to be void", async () => {
    await fabric.appoint();
    for (let size = 1; size <= 70; size++) await fabric.anchor(size);
    const evidence = await collectEvidence(fabric.chain, await fabric.wanted());
    const before = verifyEvidence(evidence);
    assert.equal(before.ledger.head, (await fabric.snapshot()).head);
    assert.equal(before.anchors.length, 71);

    const target = before.anchors[65];
    assert.ok(target);
    await fabric.rebase(target);
    await fabric.anchor(80);
    const after = verifyEvidence(await collectEvidence(fabric.chain, await fabric.wanted()));
    assert.equal(after.ledger.head, (await fabric.snapshot()).head);
    assert.deepEqual(
      after.anchors.filter(({ voided }) => voided).map(({ seq }) => seq),
      [66, 67, 68, 69, 70],
    );
    assert.deepEqual([after.anchors.at(-1)?.seq, after.anchors.at(-1)?.parent], [66, target.head]);
  });

  it("to its epoch, so that the claim of another orchestrator cannot be kept back", async () => {
    await fabric.claim(keccak256("0x02"));
    const evidence = await collectEvidence(fabric.chain, await fabric.wanted());
    const kept = { ...evidence, transactions: evidence.transactions.slice(0, -1) };
    assert.equal(verifyEvidence(evidence).claims.length, 1);
    assert.throws(
      () => verifyEvidence(kept),
      ({ code, message }: FabricError) => code === "EVIDENCE_HEADS" && /it is at epoch/.test(message),
    );
  });

  describe("and a ledger of other code, that logs what it likes, is refused", () => {
    /** Logs three topics and then data, as it is told. */
    const echo = "0x365f5f376040516020515f51606036036060a300";
    const abi = interfaceOf("CheckpointLedger");

    /** Evidence of a contract that logged all this, under the name of the ledger. */
    async function told(...logs: ((ledger: string) => readonly [topics: readonly string[], data: string])[]) {
      const fromBlock = (await fabric.height()) + 1;
      const ledger = await deployEcho();
      for (const log of logs) await fabric.send(4, { to: ledger, data: concat(log(ledger).flat()) });
      return collectEvidence(fabric.chain, await fabric.wanted({ ledger, governed: [], fromBlock }));
    }
    const word = (value: number): string => toBeHex(value, 32);
    const hash = keccak256("0x07");
    const headWith = (seq: number, parent: string) => (ledger: string) => {
      const bytes = Buffer.from(hash.slice(2), "hex");
      return headOf(31337, ledger, { epoch: 1, seq, parent, size: 5, root: bytes, digest: bytes });
    };
    const anchored = (seq: number, parent: string, head: (ledger: string) => string) => (ledger: string) =>
      [
        [abi.getEvent("Anchored").topicHash, word(1), word(seq)],
        concat([parent, head(ledger), word(5), hash, hash]),
      ] as const;
    const rebased = (seq: number, head: string, voided: (ledger: string) => string) => (ledger: string) =>
      [[abi.getEvent("Rebased").topicHash, word(2), word(seq)], concat([head, voided(ledger), word(5)])] as const;

    /** Puts the contract there; gives its address. */
    async function deployEcho(): Promise<string> {
      const size = toBeHex((echo.length - 2) / 2, 1).slice(2);
      const nonce = Number(await fabric.chain.rpc("eth_getTransactionCount", [walletOf(4).address, "latest"]));
      await fabric.send(4, { to: null, data: `0x60${size}8060095f395ff3${echo.slice(2)}` });
      return getCreateAddress({ from: walletOf(4).address, nonce }).toLowerCase();
    }

    const refused = async (problem: RegExp, ...logs: Parameters<typeof told>) => {
      const evidence = await told(...logs);
      assert.throws(
        () => verifyEvidence(evidence),
        ({ code, message }: FabricError) => code === "EVIDENCE_HEADS" && problem.test(message),
      );
    };
    const first = anchored(1, hash, headWith(1, hash));

    it("while beside the ledger itself it is not heard", async () => {
      const { anchors } = verifyEvidence(await collectEvidence(fabric.chain, await fabric.wanted()));
      const { CheckpointLedger } = fabric.addresses;
      const data = concat(first(CheckpointLedger.toLowerCase()).flat());
      const transactions = [await fabric.send(4, { to: await deployEcho(), data })];
      const evidence = await collectEvidence(fabric.chain, await fabric.wanted({ transactions }));
      const chain = verifyEvidence(evidence);
      assert.equal(chain.transactions.at(-1)?.logs.length, 1);
      assert.equal(chain.anchors.length, anchors.length);
    });

    it("when a head is not the hash of what was anchored", () =>
      refused(
        /what it anchors hashes to/,
        anchored(1, hash, () => hash),
      ));
    it("when an anchor is missing between two", () =>
      refused(/an anchor is missing/, first, anchored(3, hash, headWith(3, hash))));
    it("when it goes back to a head that never was", () =>
      refused(/goes back to/, first, rebased(0, hash, headWith(1, hash))));
    it("when it voids a head that is not the last", () =>
      refused(
        /it voids/,
        first,
        rebased(1, hash, () => hash),
      ));
    it("when its storage has another head", () => refused(/the last anchor made/, first));
    it("when it never anchored", () => refused(/no anchor is in the evidence/));
    it("when its log is none of the ledger's events", () =>
      refused(/none of its events/, (ledger) => [first(ledger)[0], zeroPadValue("0x01", 32)]));
  });
});
