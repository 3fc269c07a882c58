import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FabricError } from "../../src/errors.ts";
import { MalformedBytes } from "../../src/fabric/index.ts";
import {
  JournalReader,
  MemoryStore,
  parseCheckpoint,
  sealCheckpoint,
  segmentName,
  sha256,
  toHex,
} from "../../src/journal/index.ts";
import { decodeSnapshot, encodeSnapshot } from "../../src/journal/snapshot.ts";
import { filesOf } from "./storeFlips.ts";
import { settings, storeAt } from "./world.ts";

const fixed = { seed: 20260107, numRuns: 300 } as const;

const sound = filesOf(storeAt(40));
const checkpoints = new TextDecoder().decode(sound.get("checkpoints.ndjson")).trimEnd().split("\n");
const segments = [...sound.keys()].filter((name) => name.endsWith(".segment"));
const snapshots = [...sound].filter(([name]) => name.startsWith("snapshot-")).map(([, bytes]) => bytes);

/** Bytes put over others, put between them, or taken out, once or more. */
const edits = fc.array(
  fc.record({
    at: fc.oneof({ weight: 4, arbitrary: fc.nat() }, { weight: 1, arbitrary: fc.constant("end" as const) }),
    taken: fc.oneof(fc.constant(0), fc.nat({ max: 40 }), fc.nat({ max: 3000 })),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat({ max: 600 }).map((length) => new Uint8Array(length)),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);
type Edits = typeof edits extends fc.Arbitrary<infer Value> ? Value : never;

function edited(bytes: Uint8Array, changes: Edits): Uint8Array {
  return changes.reduce((before, { at, taken, put }) => {
    const start = at === "end" ? before.length : at % (before.length + 1);
    return Uint8Array.from([...before.subarray(0, start), ...put, ...before.subarray(start + taken)]);
  }, bytes);
}

/** Heads after each record; what is read of the store, and what it is refused with. */
function read(store: MemoryStore, closed: boolean) {
  const heads: string[] = [];
  try {
    for (const { end } of new JournalReader(store, { closed }).records()) heads.push(toHex(end.head));
    return { heads, error: undefined };
  } catch (error) {
    return { heads, error };
  }
}

function storeOf(files: ReadonlyMap<string, Uint8Array>): MemoryStore {
  const store = new MemoryStore();
  for (const [name, bytes] of files) store.replace(name, bytes);
  return store;
}

const written = read(storeOf(sound), true).heads;

describe("a journal with bytes changed, put in or taken out", () => {
  for (const [kind, closed] of [
    ["in a bundle, is refused by name, or is what was written", true],
    ["in a store, is refused by name, or ends earlier than it did", false],
  ] as const)
    it(`${kind}: no record is ever read that nobody wrote`, () => {
      let refused = 0;
      fc.assert(
        fc.property(fc.constantFrom(...segments), edits, (name, changes) => {
          const bytes = edited(sound.get(name) ?? new Uint8Array(), changes);
          const { heads, error } = read(storeOf(new Map([...sound, [name, bytes]])), closed);
          assert.deepEqual(heads, written.slice(0, heads.length));
          if (error === undefined) {
            // A whole record that is gone from the end leaves no trace in the journal itself.
            assert.ok(heads.length === written.length || name === segments.at(-1));
            return;
          }
          refused++;
          assert.ok(error instanceof FabricError && error.exitCode === 6, `${error}`);
          assert.match(error.code, /^JOURNAL_(ALTERED|SEGMENT_MISSING)$/);
        }),
        fixed,
      );
      assert.ok(refused > 200, `${refused} refused`);
    });

  it("has several segments here, or the test would not try what it says", () => {
    assert.deepEqual(segments.slice(0, 2), [segmentName(1), segmentName(2)]);
    assert.ok(settings.segmentBytes < 4000);
  });
});

describe("a checkpoint with any other text", () => {
  it("is none, or is another one with another digest: no two spellings of one", () => {
    const change = fc.record({
      at: fc.nat(),
      taken: fc.nat({ max: 8 }),
      put: fc.oneof(fc.string({ maxLength: 4 }), fc.json()),
    });
    fc.assert(
      fc.property(fc.constantFrom(...checkpoints), change, (text, { at, taken, put }) => {
        const start = at % text.length;
        const other = text.slice(0, start) + put + text.slice(start + taken);
        const found = parseCheckpoint(other);
        if (found === undefined) return;
        assert.equal(sealCheckpoint(found.document).text, other);
        assert.equal(found.digest === parseCheckpoint(text)?.digest, other === text);
      }),
      { ...fixed, numRuns: 1000 },
    );
  });

  it("is none with any JSON value in the place of any of its fields that is not of its kind", () => {
    const whole = JSON.parse(checkpoints[0]);
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(whole)), fc.jsonValue(), (field, value) => {
        if (typeof value === typeof whole[field] && !Array.isArray(value) && value !== null) return;
        assert.equal(parseCheckpoint(JSON.stringify({ ...whole, [field]: value })), undefined);
      }),
      { ...fixed, numRuns: 1000 },
    );
  });

  it("is none when it is nested deeper than any reader can go", () => {
    const deep = 200_000;
    assert.equal(parseCheckpoint(`${'{"counters":'.repeat(deep)}1${"}".repeat(deep)}`), undefined);
    assert.equal(parseCheckpoint(`${"[".repeat(deep)}${"]".repeat(deep)}`), undefined);
  });
});

describe("a snapshot with bytes changed, put in or taken out", () => {
  it("is refused as malformed, also when its hash was made to match", () => {
    fc.assert(
      fc.property(fc.constantFrom(...snapshots), edits, fc.boolean(), (whole, changes, sealed) => {
        const covered = edited(whole.subarray(0, -32), changes);
        const bytes = Buffer.concat([covered, sealed ? sha256(covered) : whole.subarray(-32)]);
        if (bytes.equals(whole)) return;
        try {
          // The lengths of other files and what nodes sent last are under no checkpoint: what is taken is at least well-formed.
          assert.deepEqual(Buffer.from(encodeSnapshot(decodeSnapshot(bytes))), bytes);
          assert.ok(sealed);
        } catch (error) {
          assert.ok(error instanceof MalformedBytes, `${error}`);
        }
      }),
      fixed,
    );
  });
});
