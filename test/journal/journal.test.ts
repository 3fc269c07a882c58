import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import { encodeGenesis, encodeInputs, type Input } from "../../src/fabric/index.ts";
import {
  type JournalPosition,
  JournalReader,
  type JournalRecord,
  MemoryStore,
  type StoreReader,
  segmentName,
  toHex,
} from "../../src/journal/index.ts";
import { Journal } from "../../src/journal/journal.ts";
import { genesis } from "../fabric/world.ts";

const journalSegmentBytes = 300;

/** Six records of different lengths in three segments, with bytes that make no pattern. */
const records = [40, 90, 0, 130, 60, 25].map((length, number) =>
  new Uint8Array(length).map((_, index) => (index * 37 + number * 11 + 1) % 256),
);

function write(inputs: readonly Uint8Array[], segmentBytes = journalSegmentBytes): MemoryStore {
  const store = new MemoryStore();
  const journal = Journal.create(store, inputs[0], segmentBytes);
  for (const each of inputs.slice(1)) journal.append(each);
  return store;
}

function read(store: StoreReader, from?: JournalPosition) {
  const reader = new JournalReader(store, { from });
  const found = [...reader.records()];
  return { found, torn: reader.torn, end: reader.end };
}

const bytesOf = (found: readonly JournalRecord[]) => found.map(({ bytes }) => toHex(bytes));
const written = records.map(toHex);

/** Where each record stands, as the reader of the sound journal says. */
const places = read(write(records)).found;
const lastPlace = places[5];

function isAltered(file: string, record: number, offset: number) {
  return (error: unknown) => {
    assert.ok(error instanceof FabricError && error.exitCode === 6, `${error}`);
    const { code, slots } = error;
    assert.deepEqual({ code, ...slots }, { code: "JOURNAL_ALTERED", file, record, offset, problem: slots.problem });
    return true;
  };
}

const isCode = (code: string) => (error: unknown) =>
  error instanceof FabricError && error.code === code && error.exitCode === 6;

/** The same files, with `name` holding other bytes. */
function withFile(store: MemoryStore, name: string, change: (bytes: Uint8Array) => Uint8Array): MemoryStore {
  const changed = new MemoryStore();
  for (const each of store.list()) {
    const bytes = new Uint8Array(store.size(each));
    store.read(each, 0, bytes);
    changed.replace(each, each === name ? change(bytes) : bytes);
  }
  return changed;
}

function fileOf(store: MemoryStore, name: string): Uint8Array {
  const bytes = new Uint8Array(store.size(name));
  store.read(name, 0, bytes);
  return bytes;
}

describe("the journal", () => {
  it("gives back every record, across segments", () => {
    const store = write(records);
    const { found, torn, end } = read(store);
    assert.deepEqual(bytesOf(found), written);
    assert.deepEqual(
      found.map(({ number }) => number),
      [0, 1, 2, 3, 4, 5],
    );
    assert.equal(torn, undefined);
    assert.equal(end.records, 6);
    assert.deepEqual(store.list(), [1, 2, 3].map(segmentName));
  });

  it("has the bytes that were frozen: a journal of today is read by the program of tomorrow", () => {
    const tick: Input[] = [
      { kind: "refused", from: 2, reason: "replay", count: 3 },
      { kind: "tick", tick: 1 },
    ];
    const store = write([encodeGenesis(genesis), encodeInputs(tick)]);
    assert.equal(
      toHex(fileOf(store, segmentName(1))),
      "0x6661627269632d6a6f75726e616c2f31000000010000000000000000e0348e7bcee8cf0836ea7d3fca30fd11934ad0247b26ab6671162392c704002ac9d561ec3ba18190486c6474b389e89314ebe99b84f2e435957b189c4b2f045c00000042ffffffbd0000000000007a690000002a307830303030303030303030303030303030303030303030303030303030303030303030303030306161000000070000000a00000014f0a6a947ab6bdaf243b3cbbff00508e6225531ad4dc9830440f64a664d0d182100000013ffffffec070000000201000000030900000000000000012343a09e33c03d898928083be23baf05eaa77df880a6a6dd36659a70900f9d5d",
    );
  });

  it("goes on after a restart as if there had been none", () => {
    const store = write(records.slice(0, 3));
    const { end, torn } = read(store);
    const journal = Journal.continue(store, end, torn, journalSegmentBytes);
    for (const each of records.slice(3)) journal.append(each);
    for (const name of store.list()) assert.deepEqual(fileOf(store, name), fileOf(write(records), name));
  });

  it("gives records that stay as they are while reading goes on, however large they are", () => {
    const large = [...[40, 3_000_000, 10, 1_500_000, 400_000, 800_000].map((length) => new Uint8Array(length))];
    for (const [number, each] of large.entries()) each.fill(number + 1);
    const { found } = read(write(large, 4_000_000));
    for (const [number, { bytes }] of found.entries()) assert.equal(Buffer.compare(bytes, large[number]), 0);
  });

  it("begins at a place within it, having seen that it is the same journal", () => {
    const store = write(records);
    for (const [number, { end }] of places.entries()) {
      const { found } = read(store, end);
      assert.deepEqual(bytesOf(found), written.slice(number + 1));
    }
    const other = write(records.map((each, number) => (number === 1 ? each.map((byte) => byte ^ 1) : each)));
    assert.throws(() => read(other, places[2].end), isAltered(places[2].file, 2, places[2].offset));
  });

  it("needs no segment before that of the place it begins at: old ones may be archived", () => {
    const store = write(records);
    store.remove(segmentName(1));
    assert.deepEqual(bytesOf(read(store, places[4].end).found), written.slice(5));
    assert.throws(() => read(store, places[1].end), isCode("JOURNAL_SEGMENT_MISSING"));
  });
});

describe("a record that was being written when the power was lost", () => {
  it("is cut off and named, wherever it was torn", () => {
    for (let last = 0; last < records.length; last++) {
      const before = write(records.slice(0, Math.max(1, last)));
      if (last === 0) before.remove(segmentName(1));
      const after = write(records.slice(0, last + 1));
      const file = after.list().at(-1) ?? "";
      const begins = before.size(file);
      for (let length = begins + 1; length < after.size(file); length++) {
        const store = withFile(after, file, (bytes) => bytes.subarray(0, length));
        const { found, torn, end } = read(store);
        assert.deepEqual(bytesOf(found), written.slice(0, last), `record ${last} at ${length}`);
        // Between the header of a new segment and its first record nothing is missing.
        const isBoundary = begins === 0 && length === 92;
        assert.equal(torn?.record, isBoundary ? undefined : last);
        assert.equal(torn?.file, isBoundary ? undefined : file);
        const journal = Journal.continue(store, end, torn, journalSegmentBytes);
        for (const each of records.slice(last)) journal.append(each);
        assert.deepEqual(bytesOf(read(store).found), written);
      }
    }
  });

  it("is cut off when the file has its length, but any of its disk sectors were never filled", () => {
    // The record begins at every place in a sector, so that its own length is torn apart, too.
    for (let shift = 0; shift < 512; shift++) {
      const whole = write([new Uint8Array(shift).fill(9), new Uint8Array(1_000).fill(5)], 1e6);
      const [, { offset }] = read(whole).found;
      const size = whole.size(segmentName(1));
      const sectors: number[] = [];
      for (let at = offset; at < size; at = (Math.floor(at / 512) + 1) * 512) sectors.push(at);
      for (let lost = 1; lost < 1 << sectors.length; lost++) {
        const store = withFile(whole, segmentName(1), (bytes) => {
          for (const [index, from] of sectors.entries())
            if ((lost >> index) % 2 === 1) bytes.fill(0, from, Math.min(size, (Math.floor(from / 512) + 1) * 512));
          return bytes;
        });
        const inFirst = 512 - (offset % 512);
        // Bytes of the length alone were lost: the first two are zero anyhow; without the others it could as well be an
        // altered length, and the safe side is to cut nothing.
        if (inFirst <= 2 && lost === 1) {
          assert.equal(read(store).found.length, 2);
          continue;
        }
        if (inFirst > 2 && inFirst <= 4 && lost % 4 === 1) {
          assert.throws(() => read(store), isAltered(segmentName(1), 1, offset));
          continue;
        }
        const { torn } = read(store);
        assert.deepEqual(torn && [torn.record, torn.offset], [1, offset], `begun at ${offset}, ${lost} lost`);
      }
    }
  });

  it("is cut off when it was the first of a segment of which the first sector was never filled", () => {
    const store = write([...records.slice(0, 4), new Uint8Array(2_000).fill(5)]);
    for (const to of [512, store.size(segmentName(3))]) {
      const { found, torn } = read(withFile(store, segmentName(3), (bytes) => bytes.fill(0, 0, to)));
      assert.equal(found.length, 4);
      assert.deepEqual(torn && [torn.file, torn.record, torn.offset], [segmentName(3), 4, 0]);
    }
  });
});

describe("an altered journal", () => {
  it("is found out for every bit of it, with file, record and byte", () => {
    const store = write(records);
    for (const name of store.list()) {
      const here = places.filter(({ file }) => file === name);
      for (let offset = 0; offset < store.size(name); offset++) {
        const place = here.findLast((each) => each.offset <= offset);
        const expected = isAltered(name, place?.number ?? here[0].number, place?.offset ?? 0);
        for (let bit = 0; bit < 8; bit++) {
          store.alter(name, offset, 1 << bit);
          assert.throws(() => read(store), expected, `${name} byte ${offset} bit ${bit}`);
          store.alter(name, offset, 1 << bit);
        }
      }
    }
  });

  it("is found out when the disk has lost a sector of it, and not taken for a torn end: records follow", () => {
    const many = Array.from({ length: 40 }, (_, number) => new Uint8Array(100).fill(number + 1));
    const store = write(many, 1e6);
    const places = read(store).found;
    const size = store.size(segmentName(1));
    for (let sector = 0; sector + 1024 < size; sector += 512) {
      const damaged = withFile(store, segmentName(1), (bytes) => bytes.fill(0, sector, sector + 512));
      const first = places.find(({ end }) => end.offset > sector);
      assert.throws(
        () => read(damaged),
        isAltered(segmentName(1), first?.number ?? 0, sector === 0 ? 0 : (first?.offset ?? 0)),
      );
    }
  });

  it("is found out when a segment before the last was cut short, within a record or between two", () => {
    const store = write(records);
    const here = places.filter(({ file }) => file === segmentName(1));
    const last = here[here.length - 1];
    const within = withFile(store, segmentName(1), (bytes) => bytes.subarray(0, -1));
    assert.throws(() => read(within), isAltered(segmentName(1), last.number, last.offset));
    const between = withFile(store, segmentName(1), (bytes) => bytes.subarray(0, last.offset));
    assert.throws(() => read(between), isAltered(segmentName(2), last.number, 0));
  });

  it("is found out when it is closed and yet ends within a record: a bundle was cut, not torn", () => {
    for (const length of [lastPlace.offset + 1, lastPlace.end.offset - 1]) {
      const store = withFile(write(records), lastPlace.file, (bytes) => bytes.subarray(0, length));
      const reader = new JournalReader(store, { closed: true });
      assert.throws(() => [...reader.records()], isAltered(lastPlace.file, lastPlace.number, lastPlace.offset));
    }
    assert.equal([...new JournalReader(write(records), { closed: true }).records()].length, records.length);
  });

  it("is found out when a segment is missing", () => {
    const three = [...records, ...records, ...records];
    for (const segment of [1, 2]) {
      const store = write(three);
      store.remove(segmentName(segment));
      assert.throws(
        () => read(store),
        (error) => isCode("JOURNAL_SEGMENT_MISSING")(error) && `${error}`.includes(segmentName(segment)),
      );
    }
  });

  it("is found out when segments were swapped, or one stands in another's place", () => {
    const store = write([...records, ...records, ...records]);
    const [second, third] = [fileOf(store, segmentName(2)), fileOf(store, segmentName(3))];
    store.replace(segmentName(2), third);
    store.replace(segmentName(3), second);
    assert.throws(() => read(store), isAltered(segmentName(2), 2, 0));
    const first = fileOf(store, segmentName(1));
    store.replace(segmentName(2), first);
    assert.throws(() => read(store), isAltered(segmentName(2), 2, 0));
  });

  it("is found out when a record in it comes from another journal of the same shape", () => {
    const other = write(records.map((each, number) => (number === 0 ? each.map((byte) => byte ^ 1) : each)));
    const foreign = fileOf(other, segmentName(1)).subarray(places[1].offset, places[1].end.offset);
    const store = withFile(write(records), segmentName(1), (bytes) => {
      bytes.set(foreign, places[1].offset);
      return bytes;
    });
    assert.throws(() => read(store), isAltered(segmentName(1), 1, places[1].offset));
  });

  it("is found out when it ends before a place that is known to have been in it", () => {
    const store = withFile(write(records), segmentName(3), (bytes) => bytes.subarray(0, lastPlace.offset));
    assert.throws(() => read(store, lastPlace.end), isCode("JOURNAL_BEHIND"));
    store.remove(segmentName(3));
    assert.throws(() => read(store, lastPlace.end), isCode("JOURNAL_BEHIND"));
  });
});

describe("a disk that is full", () => {
  it("stops the journal at the record that had no room, for good: what comes after it could not be read", () => {
    const store = new MemoryStore();
    const journal = Journal.create(store, records[0], journalSegmentBytes);
    const { end } = journal;
    store.capacity = store.size(segmentName(1)) + 50;
    const isFull = (error: unknown) => error instanceof FabricError && error.code === "STORE_FULL";
    assert.throws(() => journal.append(records[1]), isFull);
    store.capacity = Number.POSITIVE_INFINITY;
    assert.throws(() => journal.append(records[2]), isFull);
    assert.deepEqual(journal.end, end);
    const { found, torn } = read(store);
    assert.deepEqual(bytesOf(found), written.slice(0, 1));
    assert.equal(torn?.record, 1);
  });
});
