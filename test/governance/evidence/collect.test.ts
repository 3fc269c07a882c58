import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { keccak256 } from "ethers";
import type { FabricError } from "../../../src/errors.ts";
import { collectEvidence, type EvidenceWanted, verifyEvidence } from "../../../src/governance/evidence/index.ts";
import { makeEventful } from "./eventfulFabric.ts";
import { PracticeFabric, walletOf } from "./practiceFabric.ts";

type Answer = Record<string, unknown>;

describe("Evidence is collected", () => {
  let fabric: PracticeFabric;
  let wanted: EvidenceWanted;
  let crowdedBlock: number;
  let reverted: string;
  before(async () => {
    fabric = await PracticeFabric.deploy();
    ({ crowdedBlock, reverted } = await makeEventful(fabric));
    wanted = await fabric.wanted({ transactions: [reverted] });
  });
  after(() => fabric.close());

  it("of every transaction with a log of the contracts, named or not, and of the bystanders in its block", async () => {
    const { transactions, bystanders } = await collectEvidence(fabric.chain, wanted);
    const count = (list: readonly { readonly block: number }[]) =>
      list.filter(({ block }) => block === crowdedBlock).length;
    assert.deepEqual([count(transactions), count(bystanders)], [1, 3]);
    assert.ok(transactions.some(({ raw }) => keccak256(raw) === reverted));
  });

  it("in the same bytes each time, or two bundles of one run would differ", async () => {
    const one = await collectEvidence(fabric.chain, wanted);
    const other = await collectEvidence(fabric.chain, { ...wanted, governed: wanted.governed.toReversed() });
    assert.deepEqual(one, other);
  });

  it("as of an earlier block too, when the chain has gone on", async () => {
    const toBlock = crowdedBlock - 1;
    const chain = verifyEvidence(await collectEvidence(fabric.chain, { ...wanted, toBlock }));
    assert.deepEqual([chain.lastBlock.number, chain.ledger.seq], [toBlock, 1]);
  });

  it("of transactions of every type, wherever they stand in a block of 270", async () => {
    const stranger = walletOf(6);
    const hashes: string[] = [];
    await fabric.inOneBlock(async () => {
      for (let nth = 0; nth < 270; nth++) {
        const order = {
          from: stranger.address,
          to: stranger.address,
          gas: "0x5208",
          nonce: `0x${(4 + nth).toString(16)}`,
        };
        hashes.push(String(await fabric.chain.rpc("eth_sendTransaction", [order])));
      }
    });
    const transactions = [reverted, ...[0, 1, 127, 128, 255, 256, 269].map((nth) => hashes[nth] ?? "")];
    const crowd = await fabric.chain.rpc("eth_getBlockByNumber", [`0x${crowdedBlock.toString(16)}`, false]);
    const everyType = (crowd as { transactions: string[] }).transactions;
    const shown = await fabric.wanted({ transactions: [...transactions, ...everyType] });
    const chain = verifyEvidence(await collectEvidence(fabric.chain, shown));
    const proven = new Map(chain.transactions.map(({ hash, index, from }) => [hash, [index, from]]));
    for (const nth of [0, 1, 127, 128, 255, 256, 269])
      assert.deepEqual(proven.get(hashes[nth] ?? ""), [nth, stranger.address.toLowerCase()]);
    for (const hash of everyType) assert.ok(proven.has(hash));
  });

  it("not of a transaction that no block has: it is named", () =>
    assert.rejects(collectEvidence(fabric.chain, { ...wanted, transactions: [keccak256("0x")] }), {
      code: "EVIDENCE_TRANSACTION_UNKNOWN",
      slots: { transaction: keccak256("0x"), first: 1, last: wanted.toBlock },
    }));

  it("not of no blocks at all", () =>
    assert.rejects(collectEvidence(fabric.chain, { ...wanted, fromBlock: wanted.toBlock + 1 }), RangeError));

  describe("from a node that lies, errs or changes its mind, it is refused at once, not found by an auditor later:", () => {
    const refused = async (
      problem: RegExp,
      method: string,
      lie: (answer: Answer, params: readonly unknown[]) => unknown,
    ): Promise<void> => {
      const rpc = async (asked: string, params: readonly unknown[]): Promise<unknown> => {
        const answer = await fabric.chain.rpc(asked, params);
        return asked === method ? lie(answer as Answer, params) : answer;
      };
      await assert.rejects(
        collectEvidence({ rpc }, wanted),
        ({ code, message }: FabricError) => code === "EVIDENCE_UNCOLLECTABLE" && problem.test(message),
      );
    };
    const anyHash = keccak256("0x01");

    it("a header with an altered field", () =>
      refused(/header hashes to/, "eth_getBlockByNumber", (block) => ({ ...block, stateRoot: anyHash })));
    it("a header with a field that is not known here", () =>
      refused(/field unknown here/, "eth_getBlockByNumber", ({ requestsHash: _, ...block }) => block));
    it("no block where there should be one", () =>
      refused(/eth_getBlockByNumber gives no answer/, "eth_getBlockByNumber", () => null));
    it("an answer of another form", () =>
      refused(/gives no gasUsed/, "eth_getBlockByNumber", (block) => ({ ...block, gasUsed: 21000 })));
    it("an altered transaction", () =>
      refused(/transactions have another root/, "eth_getBlockByHash", (block) => ({
        ...block,
        transactions: (block.transactions as Answer[]).map((transaction) => ({ ...transaction, value: "0x7" })),
      })));
    it("a transaction of a type that is not known here", () =>
      refused(/type 0x7e/, "eth_getBlockByHash", (block) => ({
        ...block,
        transactions: (block.transactions as Answer[]).map((transaction) => ({ ...transaction, type: "0x7e" })),
      })));
    it("a block with fewer transactions than it has", () =>
      refused(/transactions have another root/, "eth_getBlockByHash", (block) => ({ ...block, transactions: [] })));
    it("an altered receipt", () =>
      refused(/receipts have another root/, "eth_getTransactionReceipt", (receipt) => ({ ...receipt, status: "0x0" })));
    it("a proof of another slot", () =>
      refused(/proof of its state fails/, "eth_getProof", (answer, [, slots]) =>
        String(slots).endsWith("02")
          ? { ...answer, storageProof: [{ value: "0x1", proof: (answer.accountProof as string[]).slice(0, 1) }] }
          : answer,
      ));
    it("a proof of another account", () =>
      refused(/proof of its account fails/, "eth_getProof", (answer) => ({
        ...answer,
        accountProof: (answer.accountProof as string[]).slice(0, -1),
      })));
    it("a ledger that is not there", () =>
      assert.rejects(
        collectEvidence(fabric.chain, { ...wanted, ledger: walletOf(90).address }),
        ({ code, message }: FabricError) => code === "EVIDENCE_UNCOLLECTABLE" && /no such account/.test(message),
      ));

    it("a chain that is reorganised in between", async () => {
      const { toBlock } = await fabric.wanted();
      const snapshot = await fabric.chain.rpc("evm_snapshot", []);
      await fabric.chain.rpc("hardhat_mine", ["0x2"]);
      let asked = 0;
      const rpc = async (method: string, params: readonly unknown[]): Promise<unknown> => {
        const answer = await fabric.chain.rpc(method, params);
        if (method === "eth_getBlockByNumber" && ++asked === 1) {
          await fabric.chain.rpc("evm_revert", [snapshot]);
          await fabric.chain.rpc("evm_increaseTime", ["0x64"]);
          await fabric.chain.rpc("hardhat_mine", ["0x2"]);
        }
        return answer;
      };
      const moved = { ...wanted, transactions: [], fromBlock: toBlock + 1, toBlock: toBlock + 2 };
      await assert.rejects(
        collectEvidence({ rpc }, moved),
        ({ code, message }: FabricError) => code === "EVIDENCE_UNCOLLECTABLE" && /a moment ago/.test(message),
      );
    });
  });
});
