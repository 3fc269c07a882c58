import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventReader, eventsName, MemoryStore, recordAtRest } from "../../src/journal/index.ts";
import { courseTicks } from "./course.ts";
import { contentOf, open, proceed, storeAt, textOf } from "./world.ts";

const line = (tick: number, pad = "") => `{"tick":${tick},"event":"checkpoint"${pad}}\n`;

function fileOf(text: string): MemoryStore {
  const store = new MemoryStore();
  store.append(eventsName, Buffer.from(text));
  return store;
}

function readAll(reader: EventReader): string {
  let text = "";
  for (let piece = reader.next(); piece !== undefined; piece = reader.next()) {
    assert.ok(piece.endsWith("\n"), "a piece ends with a line");
    text += piece;
  }
  return text;
}

describe("The reader of events", () => {
  it("begins with the first line of the tick asked for, wherever in the file that is", () => {
    const lines = Array.from({ length: 60 }, (_, at) =>
      line(2 * Math.floor(at / 3) + 2, `,"pad":"${"x".repeat(at * 7)}"`),
    );
    const store = fileOf(lines.join(""));
    for (let from = 0; from <= 44; from++) {
      const expected = lines.filter((each) => JSON.parse(each).tick >= from).join("");
      assert.equal(readAll(new EventReader(store, from)), expected, `from tick ${from}`);
    }
  });

  it("gives a file that is larger than a piece whole, and lines that are longer than one", () => {
    const text = [
      line(1),
      line(1, `,"pad":"${"y".repeat(200_000)}"`),
      ...Array.from({ length: 9000 }, (_, at) => line(at + 2)),
    ];
    assert.equal(readAll(new EventReader(fileOf(text.join("")))), text.join(""));
    assert.equal(readAll(new EventReader(fileOf(text.join("")), 8000)), text.slice(8000).join(""));
  });

  it("goes on where it was when the file has grown, and gives no line before it is whole", () => {
    const store = fileOf(line(1) + line(2).slice(0, 9));
    const reader = new EventReader(store);
    assert.equal(readAll(reader), line(1));
    store.append(eventsName, Buffer.from(line(2).slice(9)));
    assert.equal(readAll(reader), line(2));
    assert.equal(reader.next(), undefined);
    store.append(eventsName, Buffer.from(line(3)));
    assert.equal(readAll(reader), line(3));
  });

  it("waits for a tick that is still to come", () => {
    const store = fileOf(line(1));
    const reader = new EventReader(store, 3);
    assert.equal(reader.next(), undefined);
    store.append(eventsName, Buffer.from(line(2) + line(3).slice(0, 12)));
    assert.equal(reader.next(), undefined);
    store.append(eventsName, Buffer.from(line(3).slice(12) + line(4)));
    assert.equal(readAll(reader), line(3) + line(4));
  });

  it("finds nothing in a store without events, and says where a file holds none", () => {
    assert.equal(new EventReader(new MemoryStore(), 5).next(), undefined);
    assert.throws(() => new EventReader(fileOf("what is this\n"), 2).next(), { code: "EVENTS_ALTERED" });
  });
});

describe("A record at rest", () => {
  const whole = textOf(storeAt(courseTicks), eventsName);

  it("has the events of every tick on record, also those that a killed orchestrator had not written out", () => {
    const last = 28;
    const store = new MemoryStore();
    proceed(open(store), last);
    store.append(eventsName, Buffer.from('{"tick":28,"ev'));
    assert.ok(store.size(eventsName) < whole.length);
    const before = store.operations;
    const record = recordAtRest(store);
    assert.ok(record !== undefined);
    assert.equal(record.machine.tick, last);
    const upTo = whole.split("\n").filter((each) => each !== "" && JSON.parse(each).tick <= last);
    assert.equal([...record.events()].join(""), `${upTo.join("\n")}\n`);
    const late = upTo.filter((each) => JSON.parse(each).tick === last);
    assert.equal([...record.events(last)].join(""), `${late.join("\n")}\n`);
    assert.equal(store.operations, before, "nothing was written");
  });

  it("is the same before there is a snapshot", () => {
    const store = storeAt(3);
    const record = recordAtRest(store);
    assert.equal([...(record?.events() ?? [])].join(""), Buffer.from(contentOf(store, eventsName)).toString());
  });

  it("is not there where there is no journal", () => {
    assert.equal(recordAtRest(new MemoryStore()), undefined);
  });
});
