import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { keccak256 } from "ethers";
import { FabricError } from "../../../src/errors.ts";
import {
  assertComplete,
  type ChainEvidence,
  collectEvidence,
  readEvidence,
  verifyEvidence,
  writeEvidence,
} from "../../../src/governance/evidence/index.ts";
import { makeEventful } from "./eventfulFabric.ts";
import { PracticeFabric } from "./practiceFabric.ts";

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Alteration = { readonly what: string; readonly place: string; readonly value: Json };

/** Every way in which one thing of `value` may be altered: the whole value again, altered at one place. */
function* alterations(value: Json, place = ""): Generator<Alteration> {
  if (typeof value === "string") {
    for (const at of value.startsWith("0x") ? [2, value.length >> 1, value.length - 1] : [0])
      if (at < value.length)
        yield {
          what: `digit ${at} flipped`,
          place,
          value: value.slice(0, at) + flip(value.charAt(at)) + value.slice(at + 1),
        };
    yield { what: "a byte short", place, value: value.slice(0, -2) };
    yield { what: "a byte longer", place, value: `${value}00` };
    yield { what: "emptied", place, value: "0x" };
  } else if (typeof value === "number") {
    for (const other of [value + 1, value - 1, 0, 2 ** 53 - 1])
      if (other !== value) yield { what: `set to ${other}`, place, value: other };
  } else if (Array.isArray(value)) {
    for (const [nth, entry] of value.entries()) {
      yield { what: "taken away", place: `${place}.${nth}`, value: value.toSpliced(nth, 1) };
      yield { what: "doubled", place: `${place}.${nth}`, value: value.toSpliced(nth, 0, entry) };
      if (nth > 0 && value[nth - 1] !== entry)
        yield {
          what: "put one forward",
          place: `${place}.${nth}`,
          value: value.toSpliced(nth - 1, 2, entry, value[nth - 1] ?? null),
        };
      for (const change of alterations(entry, `${place}.${nth}`))
        yield { ...change, value: value.with(nth, change.value) };
    }
  } else if (value !== null && typeof value === "object") {
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _, ...others } = value;
      yield { what: "left out", place: `${place}.${name}`, value: others };
      yield { what: "made null", place: `${place}.${name}`, value: { ...value, [name]: null } };
      for (const change of alterations(member, `${place}.${name}`))
        yield { ...change, value: { ...value, [name]: change.value } };
    }
    yield { what: "given a member more", place, value: { ...value, more: 1 } };
  }
}

const flip = (digit: string): string => (digit === "0" ? "1" : "0");

describe("Evidence that was altered at any place is refused with the name of what is wrong, or a forger could", () => {
  let fabric: PracticeFabric;
  let evidence: ChainEvidence;
  let offChain: string;
  let revertedAt: number;
  before(async () => {
    fabric = await PracticeFabric.deploy();
    const { reverted } = await makeEventful(fabric);
    // The ledger alone, from its creation on: every kind of thing that evidence has, and not much of each.
    const creation = { governed: [], fromBlock: 5, transactions: [reverted] };
    evidence = await collectEvidence(fabric.chain, await fabric.wanted(creation));
    revertedAt = evidence.transactions.findIndex(({ raw }) => keccak256(raw) === reverted);
    offChain = evidence.block.hash;
  });
  after(() => fabric.close());

  /** As an auditor reads a file; gives the code of what is wrong, or null. */
  function verdict(text: string): string | null {
    try {
      const chain = verifyEvidence(readEvidence(text));
      assertComplete(chain, [evidence.ledger]);
      assert.equal(chain.lastBlock.hash, offChain);
      return null;
    } catch (error) {
      if (error instanceof FabricError && error.exitCode === 6) return error.code;
      throw error;
    }
  }

  it("it is accepted as it was collected", () => {
    assert.equal(verdict(writeEvidence(evidence)), null);
  });

  it("every member, element, number and string is altered in turn", () => {
    const accepted: string[] = [];
    const codes = new Set<string>();
    for (const { what, place, value } of alterations(JSON.parse(writeEvidence(evidence)))) {
      const code = verdict(`${JSON.stringify(value, null, 1)}\n`);
      if (code === null) accepted.push(`${place} ${what}`);
      else codes.add(code);
    }
    // A transaction that did nothing can be kept back: that it was sent is for those to say who want it shown.
    assert.deepEqual(accepted, [`.transactions.${revertedAt} taken away`]);
    assert.deepEqual([...codes].sort(), [
      "EVIDENCE_BLOCK",
      "EVIDENCE_HEADER",
      "EVIDENCE_HEADS",
      "EVIDENCE_INCOMPLETE",
      "EVIDENCE_LEDGER",
      "EVIDENCE_MALFORMED",
      "EVIDENCE_TRANSACTION",
    ]);
  });
});
