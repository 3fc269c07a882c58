import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FabricError } from "../../src/errors.ts";
import { encodeGenesis, type Input } from "../../src/fabric/index.ts";
import {
  checkpointsName,
  DurableMachine,
  eventsName,
  JournalReader,
  leafHash,
  MemoryStore,
  PowerLost,
  ReceiptEncoder,
  receiptsName,
  replay,
  type Step,
  sealCheckpoint,
  segmentName,
  stateRoot,
  type Tear,
  toHex,
  verifyConsistency,
  verifyInclusion,
} from "../../src/journal/index.ts";
import { decodeSnapshot, encodeSnapshot } from "../../src/journal/snapshot.ts";
import { genesis } from "../fabric/world.ts";
import { course, courseTicks } from "./course.ts";

/** Small, so that the course has several segments and snapshots. */
const settings = { segmentBytes: 3_000, snapshotTicks: 7 };
const derivedNames = [eventsName, receiptsName, "receipts.tree", checkpointsName];

const open = (store: MemoryStore) => new DurableMachine(store, genesis, settings);

/** What leaves the process after a tick. */
function emitted({ effects, checkpoint }: Step) {
  const leases = effects.leases.map(({ payloadDigest, ...lease }) => ({ ...lease, digest: toHex(payloadDigest) }));
  return { tick: effects.tick, events: effects.events.toNdjson(), leases, checkpoint: checkpoint?.digest };
}

/** Goes on with the course up to tick `to`, telling of each tick that was done. */
function proceed(record: DurableMachine, to = courseTicks, done: (step: Step) => void = () => {}): void {
  for (const inputs of course.slice(record.machine.tick, to)) done(record.append(inputs));
}

function contentOf(store: MemoryStore, name: string): Uint8Array {
  const bytes = new Uint8Array(store.size(name));
  store.read(name, 0, bytes);
  return bytes;
}

const textOf = (store: MemoryStore, name: string) => new TextDecoder().decode(contentOf(store, name));

/** The course with nothing that disturbs it. */
const undisturbed = (() => {
  const store = new MemoryStore();
  const record = open(store);
  const steps: ReturnType<typeof emitted>[] = [];
  proceed(record, courseTicks, (step) => steps.push(emitted(step)));
  const { receipts, head } = record;
  record.close();
  const derived = derivedNames.map((name) => textOf(store, name));
  return { store, steps, receipts, head, derived, operations: store.operations };
})();

/** A store that has the course up to `tick`, closed in good order. */
function storeAt(tick: number): MemoryStore {
  const store = new MemoryStore();
  const record = open(store);
  proceed(record, tick);
  record.close();
  return store;
}

function assertUndisturbed(record: DurableMachine, store: MemoryStore, what = ""): void {
  assert.deepEqual(record.receipts, undisturbed.receipts, what);
  assert.deepEqual(record.head, undisturbed.head, what);
  record.close();
  for (const [index, name] of derivedNames.entries())
    assert.equal(textOf(store, name), undisturbed.derived[index], `${what} ${name}`);
}

const isCode = (code: string) => (error: unknown) =>
  error instanceof FabricError && error.code === code && error.exitCode === 6;

/** What is left of unsynced bytes: nothing, all, or a part. */
const tears: Record<string, Tear> = {
  nothing: () => new Uint8Array(),
  everything: (_name, unsynced) => unsynced,
  half: (_name, unsynced) => unsynced.subarray(0, unsynced.length / 2),
  "even sectors": (_name, unsynced, offset) => unsynced.map((byte, at) => (((offset + at) >> 9) % 2 === 0 ? byte : 0)),
  "odd sectors": (_name, unsynced, offset) => unsynced.map((byte, at) => (((offset + at) >> 9) % 2 === 1 ? byte : 0)),
};

describe("the record of the fabric", () => {
  it("holds the course that these tests are about: several segments, snapshots, checkpoints, and interrupted work", () => {
    const { store, head, steps, receipts } = undisturbed;
    assert.ok(store.list().includes(segmentName(3)));
    assert.equal(store.list().filter((name) => name.startsWith("snapshot-")).length, 2);
    assert.equal(head.seq, 8);
    assert.equal(receipts.size, 87);
    assert.ok(steps.some(({ events }) => events.includes('"interrupted"')));
  });

  it("has the inputs on disk before it obeys them: whenever `write` returned, the tick is not lost", () => {
    for (let tick = 0; tick < 10; tick++) {
      const store = new MemoryStore();
      const record = open(store);
      proceed(record, tick);
      record.write(course[tick]);
      store.restart();
      assert.equal(open(store).machine.tick, tick + 1);
    }
  });

  it("obeys nothing that was not written, and writes nothing before the last was obeyed", () => {
    const record = open(new MemoryStore());
    assert.throws(() => record.apply(), RangeError);
    record.write(course[0]);
    assert.throws(() => record.write(course[1]), RangeError);
    assert.equal(record.apply().effects.tick, 1);
    assert.throws(() => record.apply(), RangeError);
  });

  it("takes the inputs of the next tick only, so that no record stands in the way of recovery", () => {
    const store = new MemoryStore();
    const record = open(store);
    const notNext: (readonly Input[])[] = [
      course[1],
      [],
      course[0].slice(0, -1),
      [...course[0], { kind: "tick", tick: 2 }],
    ];
    for (const inputs of notNext) assert.throws(() => record.write(inputs), RangeError);
    assert.equal(record.end.records, 1);
    proceed(record);
    assertUndisturbed(record, store);
  });

  it("makes from the same inputs the same bytes, wherever snapshots and segments fall", () => {
    const store = new MemoryStore();
    const record = new DurableMachine(store, genesis, { segmentBytes: 100, snapshotTicks: 1 });
    proceed(record);
    assertUndisturbed(record, store);
  });

  it("takes a snapshot when so many bytes were written, but none larger than the journal since the last", () => {
    const store = new MemoryStore();
    const record = new DurableMachine(store, genesis, { snapshotTicks: 1_000, snapshotBytes: 1_000 });
    let last = 0;
    let bytes = 0;
    for (const inputs of course) {
      const before = record.end.offset;
      record.append(inputs);
      bytes += record.end.offset - before;
      const newest = store.list().findLast((name) => name.startsWith("snapshot-"));
      if (newest === undefined || Number(newest.slice(9, 21)) === last) continue;
      assert.ok(bytes > 1_000 && bytes < 12_000, `${bytes}`);
      last = Number(newest.slice(9, 21));
      bytes = 0;
    }
    assert.ok(last > 0);
  });
});

describe("recovery", () => {
  it("ends in the same digests and files, whichever operation the power was lost in, and loses nothing acknowledged", () => {
    for (let operation = 1; operation <= undisturbed.operations; operation++)
      for (const [left, tear] of Object.entries(tears)) {
        const what = `power lost in operation ${operation}, ${left} left`;
        const store = new MemoryStore();
        store.losePowerAt(operation);
        let acknowledged = 0;
        assert.throws(() => {
          const record = open(store);
          proceed(record, courseTicks, (step) => {
            acknowledged = step.effects.tick;
          });
          record.close();
        }, PowerLost);
        store.restart(tear);

        const record = open(store);
        assert.ok(record.machine.tick >= acknowledged, what);
        const { lastStep } = record.recovery;
        const last = undisturbed.steps[record.machine.tick - 1];
        assert.deepEqual(lastStep && emitted(lastStep), last, what);
        proceed(record);
        assertUndisturbed(record, store, what);
      }
  });

  it("survives that recovery is cut off itself, again and again", () => {
    const loss = fc.record({
      after: fc.integer({ min: 1, max: undisturbed.operations }),
      tear: fc.constantFrom(...Object.values(tears)),
    });
    fc.assert(
      fc.property(fc.array(loss, { minLength: 2, maxLength: 8 }), (losses) => {
        const store = new MemoryStore();
        for (const { after, tear } of losses) {
          store.losePowerAt(store.operations + after);
          try {
            proceed(open(store));
            break;
          } catch (error) {
            assert.ok(error instanceof PowerLost, `${error}`);
            store.restart(tear);
          }
        }
        store.restart(tears.everything);
        const record = open(store);
        proceed(record);
        assertUndisturbed(record, store);
      }),
      { numRuns: 150 },
    );
  });

  it("says what was torn off, and where", () => {
    const store = storeAt(20);
    const file = store.list().findLast((name) => name.endsWith(".segment")) ?? "";
    const record = open(store);
    store.losePowerAt(store.operations + 1);
    assert.throws(() => record.write(course[20]), PowerLost);
    store.restart(tears.half);
    const [note] = open(store).recovery.notes;
    assert.equal(note.kind, "tornRecord");
    assert.equal(note.file, file);
    assert.match(note.says, /^record 21, begun at byte \d+, was cut off after \d+ bytes, unacknowledged$/);
  });

  it("begins at the newest snapshot", () => {
    const { snapshot, replayedTicks } = open(storeAt(40)).recovery;
    assert.deepEqual(snapshot, { file: "snapshot-000000000031.bin", tick: 30, checkpointSeq: 6 });
    assert.equal(replayedTicks, 10);
  });

  it("does without a damaged snapshot, says so, and ends the same", () => {
    const sound = storeAt(33);
    const [older, newest] = sound.list().filter((name) => name.startsWith("snapshot-"));
    for (let offset = 0; offset < sound.size(newest); offset += 97) {
      const store = storeAt(33);
      store.alter(newest, offset, 0x10);
      const record = open(store);
      assert.equal(record.recovery.snapshot?.file, older);
      assert.deepEqual(
        record.recovery.notes.map(({ kind, file }) => [kind, file]),
        [["snapshotSkipped", newest]],
      );
      proceed(record);
      assertUndisturbed(record, store);
    }
  });

  it("does without a snapshot of another state than was anchored, though its own hash was made to match", () => {
    const store = storeAt(33);
    const newest = "snapshot-000000000031.bin";
    const { machine, ...rest } = decodeSnapshot(contentOf(store, newest));
    const state = withOneMoreJob(machine.state);
    store.replace(newest, encodeSnapshot({ ...rest, machine: { ...machine, state } }));
    const record = open(store);
    assert.deepEqual(
      record.recovery.notes.map(({ kind, file }) => [kind, file]),
      [["snapshotSkipped", newest]],
    );
    proceed(record);
    assertUndisturbed(record, store);
  });

  it("refuses a snapshot whose checkpoint was forged together with its state", () => {
    const store = storeAt(33);
    const newest = "snapshot-000000000031.bin";
    const { machine, checkpoint, ...rest } = decodeSnapshot(contentOf(store, newest));
    const state = withOneMoreJob(machine.state);
    const root = toHex(stateRoot(state, rest.frontier));
    const forged = sealCheckpoint({ ...checkpoint.document, stateRoot: root });
    store.replace(newest, encodeSnapshot({ ...rest, checkpoint: forged, machine: { ...machine, state } }));
    assert.throws(() => open(store), isCode("CHECKPOINTS_ALTERED"));
  });

  it("begins at genesis when no snapshot is sound", () => {
    const store = storeAt(33);
    for (const name of store.list().filter((name) => name.startsWith("snapshot-"))) store.truncate(name, 30);
    const record = open(store);
    assert.equal(record.recovery.snapshot, undefined);
    assert.equal(record.recovery.notes.length, 2);
    proceed(record);
    assertUndisturbed(record, store);
  });

  it("makes derived files again that were removed or cut short", () => {
    for (const name of derivedNames)
      for (const length of [0, 100]) {
        const store = storeAt(33);
        store.truncate(name, length);
        const record = open(store);
        assert.equal(record.recovery.snapshot, undefined);
        proceed(record);
        assertUndisturbed(record, store);
      }
  });

  it("needs no segment that only an older snapshot would need: it may be archived", () => {
    const store = storeAt(40);
    store.remove(segmentName(1));
    const record = open(store);
    assert.equal(record.machine.tick, 40);
    assertUndisturbed(record, store);
  });

  it("refuses a journal that lost records which a snapshot, a checkpoint or an anchor shows to have been there", () => {
    const [earlier, later] = [storeAt(20), storeAt(40)];
    const back = () => {
      const store = new MemoryStore();
      for (const name of later.list()) store.replace(name, contentOf(later, name));
      for (const name of store.list().filter((name) => name.endsWith(".segment"))) store.remove(name);
      for (const name of earlier.list().filter((name) => name.endsWith(".segment")))
        store.replace(name, contentOf(earlier, name));
      return store;
    };
    assert.throws(() => open(back()), isCode("JOURNAL_BEHIND"));

    const withoutSnapshots = back();
    for (const name of later.list().filter((name) => name.startsWith("snapshot-"))) withoutSnapshots.remove(name);
    assert.throws(() => open(withoutSnapshots), isCode("JOURNAL_BEHIND"));

    const anchoredOnly = storeAt(20);
    const record = open(anchoredOnly);
    proceed(record);
    record.noteAnchored(record.head.digest);
    const note = contentOf(anchoredOnly, "anchored.json");
    earlier.replace("anchored.json", note);
    assert.throws(() => open(earlier), isCode("JOURNAL_BEHIND"));
  });

  it("refuses a store whose journal is gone", () => {
    for (const left of ["snapshot-000000000031.bin", checkpointsName]) {
      const store = new MemoryStore();
      store.replace(left, contentOf(undisturbed.store, left));
      assert.throws(() => open(store), isCode("JOURNAL_SEGMENT_MISSING"));
    }
  });

  it("refuses another fabric's journal, with and without a snapshot, and says what differs", () => {
    for (const tick of [3, 40])
      for (const [field, other] of [
        ["chainId", 1],
        ["ledger", `0x${"bb".repeat(20)}`],
        ["seed", 8],
        ["maxLagBlocks", 1],
        ["maxSilentTicks", 1],
      ])
        assert.throws(
          () => new DurableMachine(storeAt(tick), { ...genesis, [field]: other }, settings),
          (error) =>
            isCode("JOURNAL_FOREIGN")(error) && error instanceof FabricError && `${error}`.includes(`${field}`),
        );
  });

  it("refuses a checkpoint that does not come out of the journal, and says which and where it differs", () => {
    const edits: [field: string, find: RegExp, put: string][] = [
      ["counters.completed", /"completed":\d+/, '"completed":1'],
      ["receipts.root", /"root":"0x../, '"root":"0x00'],
      ["stateRoot", /"stateRoot":"0x../, '"stateRoot":"0x00'],
    ];
    for (const [field, find, put] of edits) {
      const store = storeAt(10);
      const [first, second] = textOf(store, checkpointsName).split("\n");
      store.replace(checkpointsName, new TextEncoder().encode(`${first}\n${second.replace(find, put)}\n`));
      assert.throws(
        () => open(store),
        (error) => {
          assert.ok(isCode("CHECKPOINT_DIFFERS")(error) && error instanceof FabricError);
          assert.deepEqual(error.slots, { seq: 2, tick: 10, file: checkpointsName, field });
          return true;
        },
      );
    }
  });

  it("refuses checkpoints before the snapshot that do not follow from each other", () => {
    const text = undisturbed.derived[3];
    for (const [find, put] of [
      [/"completed":\d/, '"completed":0'],
      ["planetary-fabric", "planetary_fabric"],
      ["{", "["],
    ]) {
      const store = storeAt(40);
      store.replace(checkpointsName, new TextEncoder().encode(text.replace(find, `${put}`)));
      assert.throws(() => open(store), isCode("CHECKPOINTS_ALTERED"));
    }
  });

  it("refuses an altered record: going on from it would end in another state than was proved", () => {
    const store = storeAt(40);
    const last = store.list().findLast((name) => name.endsWith(".segment")) ?? "";
    store.alter(last, 200, 1);
    assert.throws(() => open(store), isCode("JOURNAL_ALTERED"));
  });
});

describe("checkpoints that wait to be anchored", () => {
  const digests = (record: DurableMachine) => record.unanchored.map(({ digest }) => digest);

  it("are those after the newest that is known to be on the chain, also after a restart", () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record, 33);
    const all = digests(record);
    assert.equal(all.length, 6);
    record.noteAnchored(all[1]);
    assert.deepEqual(digests(record), all.slice(2));
    record.close();

    const again = open(store);
    assert.deepEqual(again.anchored, { seq: 2, digest: all[1] });
    assert.deepEqual(digests(again), all.slice(2));
    assert.deepEqual(
      [...again.checkpoints()].map(({ digest }) => digest),
      all,
    );
    proceed(again);
    assert.equal(again.unanchored.length, 6);
  });

  it("are more again when the chain has lost anchors", () => {
    const record = open(storeAt(33));
    const all = digests(record);
    record.noteAnchored(all[4]);
    record.noteAnchored(all[1]);
    assert.deepEqual(digests(record), all.slice(2));
  });

  it("stay when it is another fabric's checkpoint that was anchored", () => {
    const record = open(storeAt(33));
    assert.throws(() => record.noteAnchored(`0x${"11".repeat(32)}`), RangeError);
    assert.equal(record.unanchored.length, 6);
  });

  it("are all of them when the note of what is anchored is damaged: the chain has the last word", () => {
    const store = storeAt(33);
    const record = open(store);
    record.noteAnchored(digests(record)[3]);
    record.close();
    store.alter("anchored.json", 0, 1);
    const again = open(store);
    assert.equal(again.unanchored.length, 6);
    assert.deepEqual(
      again.recovery.notes.map(({ kind }) => kind),
      ["anchorNoteSkipped"],
    );
  });
});

describe("a disk that runs full", () => {
  it("stops the fabric before it acknowledges what it could not keep; with room again it goes on", () => {
    const most = [...undisturbed.store.list()].reduce((sum, name) => sum + undisturbed.store.size(name), 0);
    for (let capacity = 300; capacity < most; capacity += 1_111) {
      const store = new MemoryStore();
      store.capacity = capacity;
      let acknowledged = 0;
      assert.throws(
        () =>
          proceed(open(store), courseTicks, (step) => {
            acknowledged = step.effects.tick;
          }),
        (error) => error instanceof FabricError && error.code === "STORE_FULL" && error.exitCode === 1,
      );
      store.capacity = Number.POSITIVE_INFINITY;
      const record = open(store);
      assert.ok(record.machine.tick >= acknowledged);
      proceed(record);
      assertUndisturbed(record, store);
    }
  });

  it("lets nothing more be done with what failed", () => {
    const store = new MemoryStore();
    const record = open(store);
    store.capacity = 400;
    const isFull = (error: unknown) => error instanceof FabricError && error.code === "STORE_FULL";
    assert.throws(() => record.write(course[0]), isFull);
    store.capacity = Number.POSITIVE_INFINITY;
    assert.throws(() => record.write(course[0]), isFull);
  });
});

describe("proofs about receipts", () => {
  it("hold for every receipt against every checkpoint's root, also after a restart", () => {
    const record = open(storeAt(33));
    const leaves = leafHashesOf(undisturbed.store);
    for (const { document } of record.checkpoints()) {
      const { size, root } = document.receipts;
      for (let index = 0; index < size; index++)
        assert.ok(verifyInclusion(leaves[index], index, size, hex(root), record.proofs.inclusion(index, size)));
    }
  });

  it("hold between every two checkpoints", () => {
    const record = open(storeAt(40));
    const roots = [...record.checkpoints()].map(({ document }) => document.receipts).filter(({ size }) => size > 0);
    for (const [index, later] of roots.entries())
      for (const earlier of roots.slice(0, index + 1)) {
        const proof = record.proofs.consistency(earlier.size, later.size);
        assert.ok(verifyConsistency(earlier.size, later.size, hex(earlier.root), hex(later.root), proof));
      }
  });

  it("are not given when the file they come from was altered", () => {
    const store = storeAt(40);
    const record = open(store);
    store.alter("receipts.tree", 5, 1);
    assert.throws(() => record.proofs.inclusion(1), isCode("RECEIPTS_ALTERED"));
    store.alter("receipts.tree", 5, 1);
    store.alter("receipts.tree", 32, 1);
    assert.throws(() => record.proofs.consistency(1), isCode("RECEIPTS_ALTERED"));
  });

  it("are not given for receipts that there are not", () => {
    const { proofs, receipts } = open(storeAt(40));
    assert.throws(() => proofs.inclusion(receipts.size), RangeError);
    assert.throws(() => proofs.inclusion(0, receipts.size + 1), RangeError);
    assert.throws(() => proofs.consistency(0), RangeError);
    assert.throws(() => proofs.consistency(1, receipts.size + 1), RangeError);
  });
});

describe("a replay of the journal alone", () => {
  it("makes every digest and every line again: an auditor needs nothing but the segments", () => {
    const { store } = undisturbed;
    let events = "";
    const checkpoints: string[] = [];
    let last = "";
    for (const { effects, checkpoint, replay: running } of replay(new JournalReader(store).records())) {
      events += effects.events.toNdjson();
      if (checkpoint !== undefined) checkpoints.push(checkpoint.text);
      last = toHex(running.tree.root());
    }
    assert.equal(events, undisturbed.derived[0]);
    assert.equal(`${checkpoints.join("\n")}\n`, undisturbed.derived[3]);
    assert.equal(last, undisturbed.receipts.root);
  });

  it("names the record that holds no inputs, or not those of its tick", () => {
    const sound = [...new JournalReader(undisturbed.store).records()];
    const wrong: [at: number, bytes: Uint8Array][] = [
      [0, new Uint8Array(3)],
      [4, Uint8Array.of(99)],
      [4, sound[6].bytes],
    ];
    for (const [at, bytes] of wrong) {
      const records = sound.map((each, number) => (number === at ? { ...each, bytes } : each));
      assert.throws(
        () => [...replay(records)],
        (error) => isCode("JOURNAL_UNREADABLE")(error) && `${error}`.includes(`record ${at} at byte`),
      );
    }
  });
});

/** A state like this one, but for the number of jobs submitted: the first counter behind version, genesis and tick. */
function withOneMoreJob(state: Uint8Array): Uint8Array {
  const forged = state.slice();
  forged[1 + 4 + encodeGenesis(genesis).length + 8 + 7] ^= 1;
  return forged;
}

function leafHashesOf(store: MemoryStore): Uint8Array[] {
  const encoder = new ReceiptEncoder(genesis);
  const leaves: Uint8Array[] = [];
  for (const { effects } of replay(new JournalReader(store).records()))
    for (const receipt of effects.receipts) leaves.push(leafHash(encoder.leaf(receipt)));
  return leaves;
}

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}
