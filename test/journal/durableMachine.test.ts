import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import { encodeInputs, type Input } from "../../src/fabric/index.ts";
import {
  DurableMachine,
  eventsName,
  JournalReader,
  leafHash,
  MemoryStore,
  ReceiptEncoder,
  receiptsName,
  replay,
  segmentName,
  toHex,
  verifyConsistency,
  verifyInclusion,
} from "../../src/journal/index.ts";
import { genesis } from "../fabric/world.ts";
import { course, courseTicks } from "./course.ts";

import { assertUndisturbed, isCode, open, proceed, storeAt, textOf, undisturbed } from "./world.ts";

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
    for (const inputs of [course[0], course[1]]) assert.throws(() => record.write(inputs), RangeError);
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

  it("has every line in its files when it is closed, also between checkpoints", () => {
    const store = storeAt(33);
    const events = undisturbed.steps.slice(0, 33).map(({ events }) => events);
    assert.equal(textOf(store, eventsName), events.join(""));
    assert.equal(textOf(store, receiptsName).split("\n").length - 1, open(store).receipts.size);
  });

  it("takes a snapshot when so many bytes were written, but none larger than the journal since the last", () => {
    const store = new MemoryStore();
    const record = new DurableMachine(store, genesis, { snapshotTicks: 1_000, snapshotBytes: 1_000 });
    let [last, lastLength, bytes] = ["", 0, 0];
    for (const inputs of course) {
      const before = record.end.offset;
      record.append(inputs);
      const newest = store.list().findLast((name) => name.startsWith("snapshot-"));
      if (newest !== undefined && newest !== last) {
        assert.ok(bytes > 1_000 && bytes > lastLength, `${bytes} bytes since a snapshot of ${lastLength}`);
        [last, lastLength, bytes] = [newest, store.size(newest), 0];
      }
      bytes += record.end.offset - before;
    }
    assert.ok(lastLength > 1_000);
  });
});

describe("a checkpoint that is due by what is on record", () => {
  it("keeps short what has to be played again after a crash, however long the owners' interval is", () => {
    const first = course.slice(0, 3);
    const snapshotBytes = first.reduce((sum, inputs) => sum + encodeInputs(inputs).length, 0);
    const settings = { snapshotTicks: 1_000, snapshotBytes };
    const store = new MemoryStore();
    const record = new DurableMachine(store, genesis, settings);
    for (const inputs of first) {
      assert.equal(record.isCheckpointDue, false);
      assert.equal(record.append(inputs).checkpoint, undefined);
    }
    assert.equal(record.isCheckpointDue, true);
    record.append([{ kind: "checkpointDue" }, ...course[3]]);
    assert.equal(record.isCheckpointDue, false, "one is asked for, not two");
    record.append(course[4]);
    store.restart();
    const { recovery } = new DurableMachine(store, genesis, settings);
    assert.deepEqual([recovery.snapshot?.tick, recovery.replayedTicks], [4, 1]);
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

  it("lets nothing more be done when a tick could not be applied: it may have been half done", () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record, 4);
    record.write(course[4]);
    store.capacity = 0;
    const isFull = (error: unknown) => error instanceof FabricError && error.code === "STORE_FULL";
    assert.throws(() => record.apply(), isFull);
    store.capacity = Number.POSITIVE_INFINITY;
    assert.throws(() => record.apply(), isFull);
    record.close();
    const again = open(store);
    proceed(again);
    assertUndisturbed(again, store);
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
