import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { signersMark } from "../../src/drill/signersMark.ts";
import { decodeGenesis, decodeInputs, encodeGenesis, encodeInputs, type Input } from "../../src/fabric/index.ts";
import { JournalReader, MemoryStore } from "../../src/journal/index.ts";
import { encodeRecord, encodeSegmentHeader, journalOrigin } from "../../src/journal/segment.ts";
import { domainsOf, practiceKey } from "../../src/nodes/index.ts";
import { Copy } from "./quietBundle.ts";

/** Other inputs for a tick; null when it has none to be altered. */
type Alteration = (inputs: readonly Input[]) => Input[] | null;
type InputOf<Kind extends Input["kind"]> = Extract<Input, { kind: Kind }>;

/** Puts others in the place of a tick's first input of a kind that fits. */
function instead<Kind extends Input["kind"]>(
  kind: Kind,
  others: (input: InputOf<Kind>) => Input[],
  fits: (input: InputOf<Kind>) => boolean = () => true,
): Alteration {
  const isOne = (input: Input): input is InputOf<Kind> => input.kind === kind;
  return (inputs) => {
    const input = inputs.filter(isOne).find(fits);
    return input === undefined ? null : inputs.flatMap((each) => (each === input ? others(input) : [each]));
  };
}

const path = "journal/journal-00000001.segment";

/** Tests that a journal which is sound in itself is refused when it is not that of the drill. */
export function forgedJournals(bundle: () => string): void {
  describe("with another journal, hashed anew from end to end", () => {
    let copy: Copy;
    let records: readonly Uint8Array[];
    before(() => {
      copy = new Copy(bundle());
      const store = new MemoryStore();
      store.append("journal-00000001.segment", copy.bytes(path));
      records = [...new JournalReader(store).records()].map(({ bytes }) => bytes);
    });
    after(() => copy.remove());

    const refusal = (forged: readonly Uint8Array[]) => {
      const pieces = [encodeSegmentHeader({ segment: 1, firstRecord: 0, head: journalOrigin })];
      let head: Uint8Array = journalOrigin;
      for (const bytes of forged) {
        const record = encodeRecord(head, bytes);
        head = record.subarray(record.length - 32);
        pieces.push(record);
      }
      return copy.refusal(path, Buffer.concat(pieces));
    };
    /** Alters the first tick that the alteration fits, and gives what the journal is refused with. */
    const altered = (alter: Alteration) => {
      for (const [number, bytes] of records.entries()) {
        const inputs = number === 0 ? null : alter(decodeInputs(bytes));
        if (inputs !== null) return refusal(records.with(number, encodeInputs(inputs)));
      }
      throw new RangeError("there is no such input");
    };

    it("is a journal that would be believed, were it left as it is", async () => {
      await assert.rejects(refusal(records), /it was verified/);
    });

    it("is refused when the fabric was born otherwise", async () => {
      const genesis = decodeGenesis(records[0]);
      for (const other of [
        { ...genesis, chainId: 1 },
        { ...genesis, ledger: `0x${"12".repeat(20)}` },
        { ...genesis, seed: 7 },
        { ...genesis, maxLagBlocks: 7 },
        { ...genesis, maxSilentTicks: 7 },
      ])
        assert.equal((await refusal(records.with(0, encodeGenesis(other)))).code, "JOURNAL_FOREIGN");
    });

    const governance: readonly [string, Alteration][] = [
      ["block is another", instead("governance", (input) => [{ ...input, block: input.block - 1 }])],
      ["newest block is another", instead("governance", (input) => [{ ...input, latest: input.latest + 1 }])],
      ["hash is another", instead("governance", (input) => [{ ...input, hash: new Uint8Array(32) }])],
      ["time is another", instead("governance", (input) => [{ ...input, time: input.time + 1 }])],
      ["version is another", instead("governance", (input) => [{ ...input, version: input.version + 1 }])],
      [
        "values are none that an owner set",
        instead(
          "governance",
          (input) => [{ ...input, values: input.values && { ...input.values, maxAttempts: 9 } }],
          ({ values }) => values !== null,
        ),
      ],
      [
        "values are passed over",
        instead(
          "governance",
          (input) => [{ ...input, values: null }],
          ({ values, version }) => values !== null && version > 12,
        ),
      ],
      [
        "word was not taken note of",
        instead(
          "governance",
          () => [],
          ({ version }) => version > 12,
        ),
      ],
      ["order was passed over", instead("order", () => [])],
      ["order was obeyed twice", instead("order", (input) => [input, { ...input, index: 2 }])],
      [
        "order was another",
        instead("order", (input) => [{ ...input, order: { type: "cancel", submitter: 1, number: 1 } }]),
      ],
      [
        "order was one that nobody gave",
        instead(
          "tick",
          (input) => [{ kind: "order", index: 1, order: { type: "checkpoint" } }, input],
          ({ tick }) => tick === 5,
        ),
      ],
    ];
    for (const [what, alteration] of governance)
      it(`is refused when the chain's ${what}`, async () => {
        const { code, message } = await altered(alteration);
        assert.equal(code, "GOVERNANCE_UNTRACED", message);
      });

    const brought: readonly [string, Alteration][] = [
      ["a message is missing", instead("nodeMessage", () => [])],
      ["a message came twice", instead("nodeMessage", (input) => [input, { ...input, seq: input.seq + 1 }])],
      [
        "a node says another latency",
        instead("nodeMessage", (input) => [{ ...input, latencyMs: input.latencyMs + 1 }]),
      ],
      [
        "a result is missing",
        instead(
          "nodeMessage",
          (input) => [{ ...input, results: [] }],
          ({ results }) => results.length > 0,
        ),
      ],
      ["a job is another", instead("jobs", (input) => [{ ...input, rows: Uint8Array.from(input.rows).fill(1, 0, 8) }])],
      ["jobs are missing", instead("jobs", () => [])],
      [
        "a refusal was made up",
        instead("tick", (input) => [{ kind: "refused", from: 1, reason: "replay", count: 1 }, input]),
      ],
      ["ticks were lost", instead("tick", (input) => [{ kind: "resumed", downTicks: 2 ** 32 - 1 }, input])],
      ["it stopped too early", instead("tick", (input) => [{ kind: "stopped" }, input])],
      [
        "the chain is said to have been silent",
        instead(
          "tick",
          (input) => [{ kind: "chainSilent" }, input],
          ({ tick }) => tick === 3,
        ),
      ],
    ];
    for (const [what, alteration] of brought)
      it(`is refused when ${what}`, async () => {
        const { code, exitCode, message } = await altered(alteration);
        assert.ok(["REHEARSAL_DIFFERS", "GOVERNANCE_UNTRACED", "BUNDLE_DIFFERS"].includes(code), message);
        assert.equal(exitCode, 6);
      });

    it("is refused when a signature is none, or that of another", async () => {
      for (const kind of ["nodeMessage", "jobs"] as const)
        for (const signature of [new Uint8Array(0), new Uint8Array(64), new Uint8Array(64).fill(255)]) {
          const { code, message } = await altered(instead(kind, (input) => [{ ...input, signature }]));
          assert.equal(code, "MESSAGE_UNSIGNED", message);
        }
    });

    it("is refused when a signature is the mark that stands for one in rehearsals", async () => {
      const domains = domainsOf(decodeGenesis(records[0]), signersMark);
      const key = practiceKey(20260104, "submitter x");
      const signature = domains.scheme.sign(key, new Uint8Array(1));
      const { code } = await altered(instead("jobs", (input) => [{ ...input, signature }]));
      assert.equal(code, "MESSAGE_UNSIGNED");
    });

    it("is refused when it ends too early, or with what was never written to its end", async () => {
      assert.equal((await refusal(records.slice(0, -1))).code, "JOURNAL_BEHIND");
      assert.equal((await refusal(records.slice(0, 1))).code, "JOURNAL_BEHIND");
      assert.equal((await refusal([])).code, "JOURNAL_BEHIND");
      const torn = Buffer.concat([copy.bytes(path), Buffer.alloc(5)]);
      assert.equal((await copy.refusal(path, torn)).code, "JOURNAL_ALTERED");
    });

    it("is refused when a record holds no inputs", async () => {
      const { code, message } = await refusal(records.with(3, Uint8Array.of(255)));
      assert.equal(code, "JOURNAL_UNREADABLE", message);
    });
  });
}
