import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { toBeHex } from "ethers";
import type { FabricError } from "../../../src/errors.ts";
import {
  assertComplete,
  type ChainEvidence,
  collectEvidence,
  readHistory,
  type VerifiedChain,
  verifyEvidence,
} from "../../../src/governance/evidence/index.ts";
import { makeEventful } from "./eventfulFabric.ts";
import { PracticeFabric } from "./practiceFabric.ts";

describe("The history of a fabric's contracts", () => {
  let fabric: PracticeFabric;
  let evidence: ChainEvidence;
  let chain: VerifiedChain;
  before(async () => {
    fabric = await PracticeFabric.deploy();
    await makeEventful(fabric);
    evidence = await collectEvidence(fabric.chain, await fabric.wanted());
    chain = verifyEvidence(evidence);
  });
  after(() => fabric.close());

  const refused = (act: () => unknown, code: string, problem: RegExp) =>
    assert.throws(act, (error: FabricError) => error.code === code && problem.test(error.message));

  it("traces each change of a parameter to the batch that the owners signed for it", () => {
    const { changes, batches } = readHistory(chain, fabric.addresses);
    assert.deepEqual(
      changes.map(({ contract, name, version, batch }) => [contract, name, version, batch?.nonce]),
      [
        ["ShardRegistry", "FabricSet", 1n, 1n],
        ["ShardRegistry", "FabricSet", 2n, 1n],
      ],
    );
    assert.deepEqual(
      batches.map(({ nonce, signers }) => [nonce, signers]),
      [
        [0n, 3],
        [1n, 3],
        [2n, 3],
        [3n, 3],
      ],
    );
  });

  it("has the owners' orders in their order", () => {
    const { orders } = readHistory(chain, fabric.addresses);
    const payload = toBeHex(7, 32) + toBeHex(9, 32).slice(2);
    assert.deepEqual(
      orders.map(({ index, kind, payload, batch }) => [index, kind, payload, batch?.nonce]),
      [
        [1, 1, "0x", 2n],
        [2, 2, payload, 3n],
      ],
    );
  });

  it("has the powers that nobody used too: every event of every contract", () => {
    const { events } = readHistory(chain, fabric.addresses);
    const of = (contract: string) => events.filter((event) => event.contract === contract).map(({ name }) => name);
    assert.deepEqual(of("OwnerMultisig"), ["Constituted", "Executed", "Executed", "Executed", "Executed"]);
    assert.deepEqual(of("CheckpointLedger"), [
      "OwnershipTransferred",
      ...["Anchored", "AnchorerSet", "Claimed", "Anchored", "Anchored", "Anchored"],
    ]);
  });

  it("is refused when the evidence begins after a contract was created", async () => {
    const late = verifyEvidence(await collectEvidence(fabric.chain, await fabric.wanted({ fromBlock: 2 })));
    refused(() => readHistory(late, fabric.addresses), "EVIDENCE_INCOMPLETE", /creates it is not there/);
  });

  it("is refused when nobody showed all receipts of a block that may have a log of a contract", async () => {
    const wanted = await fabric.wanted({ governed: [] });
    const ledgerOnly = verifyEvidence(await collectEvidence(fabric.chain, wanted));
    assertComplete(ledgerOnly, [fabric.addresses.CheckpointLedger]);
    const registry = [fabric.addresses.ShardRegistry];
    refused(() => assertComplete(ledgerOnly, registry), "EVIDENCE_INCOMPLETE", /not there/);
    const withCreation = await fabric.wanted({ governed: [], transactions: [chain.transactions[1]?.hash ?? ""] });
    const created = verifyEvidence(await collectEvidence(fabric.chain, withCreation));
    refused(() => assertComplete(created, registry), "EVIDENCE_INCOMPLETE", /not all receipts of that block/);
  });

  it("is refused when a transaction with a log of a contract is passed off as a bystander", () => {
    const { orders } = readHistory(chain, fabric.addresses);
    const nth = chain.transactions.findIndex(({ hash }) => hash === orders[1]?.transaction);
    const kept = evidence.transactions.toSpliced(nth, 1);
    const [{ block, index, receipt }] = evidence.transactions.slice(nth) as [(typeof kept)[number]];
    const hidden = { ...evidence, transactions: kept, bystanders: [...evidence.bystanders, { block, index, receipt }] };
    refused(
      () => readHistory(verifyEvidence(hidden), fabric.addresses),
      "EVIDENCE_INCOMPLETE",
      /has a log of it in a transaction that is not there/,
    );
  });

  it("is refused when a contract is of other code than the one that is compiled here", () => {
    const { ShardRegistry, NodeRegistry } = fabric.addresses;
    const swapped = { ...fabric.addresses, ShardRegistry: NodeRegistry, NodeRegistry: ShardRegistry };
    refused(
      () => readHistory(chain, swapped),
      "EVIDENCE_FOREIGN_CODE",
      /The NodeRegistry of this fabric is not the one/,
    );
  });

  it("is refused when a version or an order is skipped, though no chain with these contracts does so", () => {
    const without = (name: string) => {
      const { events } = readHistory(chain, fabric.addresses);
      const gone = events.find((event) => event.name === name)?.transaction;
      return { ...chain, transactions: chain.transactions.filter(({ hash }) => hash !== gone) };
    };
    refused(() => readHistory(without("Ordered"), fabric.addresses), "EVIDENCE_HISTORY", /order 2 after 0 orders/);
    const halved = {
      ...chain,
      transactions: chain.transactions.map((transaction) => {
        const { logs } = transaction;
        const first = logs.findIndex(({ address }) => address === fabric.addresses.ShardRegistry.toLowerCase());
        return transaction.creates === null && first >= 0
          ? { ...transaction, logs: logs.toSpliced(first, 1) }
          : transaction;
      }),
    };
    refused(() => readHistory(halved, fabric.addresses), "EVIDENCE_HISTORY", /makes version 2 of version 0/);
    const { orders } = readHistory(chain, fabric.addresses);
    const altered = {
      ...chain,
      transactions: chain.transactions.map((transaction) =>
        transaction.hash === orders[1]?.transaction
          ? {
              ...transaction,
              logs: transaction.logs.map((log) => ({ ...log, data: log.data.replace(/9(0*)$/, "8$1") })),
            }
          : transaction,
      ),
    };
    refused(() => readHistory(altered, fabric.addresses), "EVIDENCE_HISTORY", /rolling hash/);
  });
});
