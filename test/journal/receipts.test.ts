import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AbiCoder, id } from "ethers";
import fc from "fast-check";
import { type Genesis, type Outcome, outcomes, type Reason, type Receipt, reasons } from "../../src/fabric/index.ts";
import { leafHash, ReceiptEncoder, receiptLine, receiptTypeHash, toHex } from "../../src/journal/index.ts";

const genesis: Genesis = {
  chainId: 31337,
  ledger: "0x5fbdb2315678afecb367f032d93f642f64180aa3",
  seed: 1,
  maxLagBlocks: 8,
  maxSilentTicks: 8,
};

const receipt: Receipt = {
  submitter: 3,
  number: 40_000,
  outcome: "completed",
  reason: "none",
  shard: 2,
  node: 5,
  attempts: 2,
  submittedTick: 12,
  endedTick: 64,
  value: 9_000,
  resultDigest: new Uint8Array(32).map((_, index) => index + 1),
};

const fields: readonly (readonly [type: string, name: keyof Receipt])[] = [
  ["uint32", "submitter"],
  ["uint64", "number"],
  ["uint8", "outcome"],
  ["uint8", "reason"],
  ["uint16", "shard"],
  ["uint32", "node"],
  ["uint8", "attempts"],
  ["uint64", "submittedTick"],
  ["uint64", "endedTick"],
  ["uint64", "value"],
  ["bytes32", "resultDigest"],
];

/** The leaf as the ledger makes it: Solidity's own encoding. */
function abiLeaf(chainId: number, ledger: string, of: Receipt): string {
  const types = ["bytes32", "uint256", "address", ...fields.map(([type]) => type)];
  const values = fields.map(([, name]) => {
    if (name === "outcome") return outcomes[of.outcome];
    return name === "reason" ? reasons[of.reason] : of[name];
  });
  return AbiCoder.defaultAbiCoder().encode(types, [receiptTypeHash, chainId, ledger, ...values]);
}

const u53 = fc.maxSafeNat();
const anyReceipt: fc.Arbitrary<Receipt> = fc.record({
  submitter: fc.nat(2 ** 32 - 1),
  number: u53,
  outcome: fc.constantFrom(...(Object.keys(outcomes) as Outcome[])),
  reason: fc.constantFrom(...(Object.keys(reasons) as Reason[])),
  shard: fc.nat(2 ** 16 - 1),
  node: fc.nat(2 ** 32 - 1),
  attempts: fc.nat(255),
  submittedTick: u53,
  endedTick: u53,
  value: u53,
  resultDigest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

describe("a receipt's leaf", () => {
  it("is typed as the ledger types it", () => {
    const type = fields.map(([solidity, name]) => `${solidity} ${name}`).join(",");
    assert.equal(receiptTypeHash, id(`Receipt(uint256 chainId,address ledger,${type})`));
  });

  it("is the encoding that the ledger makes: a receipt can be proved on chain", () => {
    fc.assert(
      fc.property(fc.array(anyReceipt, { minLength: 1, maxLength: 4 }), u53, (receipts, chainId) => {
        const encoder = new ReceiptEncoder({ ...genesis, chainId });
        for (const each of receipts) assert.equal(toHex(encoder.leaf(each)), abiLeaf(chainId, genesis.ledger, each));
      }),
    );
  });

  it("is hashed as a leaf, never as an inner node", () => {
    const encoder = new ReceiptEncoder(genesis);
    assert.equal(toHex(encoder.leafHash(receipt)), toHex(leafHash(encoder.leaf(receipt))));
  });

  it("never changes: proofs given today hold tomorrow", () => {
    assert.equal(
      toHex(new ReceiptEncoder(genesis).leafHash(receipt)),
      "0x62d63b7a76e1a453894d71189e0ab71f5f64acd0eea3f913ebfc59edc81184c6",
    );
  });
});

describe("a receipt's line", () => {
  it("is JSON that says all that the leaf does", () => {
    fc.assert(
      fc.property(anyReceipt, u53, (each, index) => {
        const line = receiptLine(index, each);
        assert.ok(line.endsWith("}\n"));
        const { number, resultDigest, ...rest } = each;
        assert.deepEqual(JSON.parse(line), { index, job: number, ...rest, resultDigest: toHex(resultDigest) });
      }),
    );
  });
});
