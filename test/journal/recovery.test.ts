import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FabricError } from "../../src/errors.ts";
import { encodeGenesis } from "../../src/fabric/index.ts";
import {
  checkpointsName,
  DurableMachine,
  MemoryStore,
  PowerLost,
  sealCheckpoint,
  segmentName,
  stateRoot,
  toHex,
} from "../../src/journal/index.ts";
import { decodeSnapshot, encodeSnapshot } from "../../src/journal/snapshot.ts";
import { genesis } from "../fabric/world.ts";
import { course, courseTicks } from "./course.ts";

import {
  assertUndisturbed,
  contentOf,
  derivedNames,
  emitted,
  isCode,
  open,
  proceed,
  settings,
  storeAt,
  tears,
  textOf,
  undisturbed,
} from "./world.ts";

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

  it("obeys nothing that a loss of power could still take: what a killed process left unsynced is synced first", () => {
    // A process is killed in a sync, and the system goes on: what was written is there, until the power is lost.
    class DyingStore extends MemoryStore {
      syncsLeft = Number.POSITIVE_INFINITY;

      override sync(name: string): void {
        if (--this.syncsLeft < 0) throw new Error("killed before the sync");
        super.sync(name);
      }
    }
    for (let first = 1; first <= 8; first++)
      for (let second = 0; second <= 9; second++)
        for (const [left, tear] of Object.entries(tears)) {
          const what = `killed in sync ${first + 1}, then in sync ${second + 1}, ${left} left`;
          const store = new DyingStore();
          let obeyed = 0;
          for (const syncs of [first, second]) {
            store.syncsLeft = syncs;
            assert.throws(() => {
              const record = open(store);
              obeyed = Math.max(obeyed, record.machine.tick);
              proceed(record, courseTicks, ({ effects }) => {
                obeyed = effects.tick;
              });
            }, /killed/);
          }
          store.syncsLeft = Number.POSITIVE_INFINITY;
          store.restart(tear);
          const record = open(store);
          assert.ok(record.machine.tick >= obeyed, what);
          proceed(record, 20);
          assert.equal([...record.checkpoints()].length, 4, what);
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
      assert.ok(!store.list().includes(newest), "a damaged snapshot would take the place of a sound one");
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

/** A state like this one, but for the number of jobs submitted: the first counter behind version, genesis and tick. */
function withOneMoreJob(state: Uint8Array): Uint8Array {
  const forged = state.slice();
  forged[1 + 4 + encodeGenesis(genesis).length + 8 + 7] ^= 1;
  return forged;
}
