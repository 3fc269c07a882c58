import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventLog, eventKinds } from "../../src/fabric/index.ts";

describe("Events", () => {
  it("are lines that name their fields, with words where numbers would say nothing", () => {
    const log = new EventLog();
    log.add("ended", 7, 1, 12, 2, 3, 4);
    log.add("refused", 7, 1, 13, 3);
    log.add("refusedMessages", 7, 0, 0, 2, 1, 9);
    log.add("checkpoint", 7);
    assert.equal(
      log.toNdjson(),
      [
        '{"tick":7,"event":"ended","submitter":1,"job":12,"outcome":"failed","reason":"reportedByNode","node":4}',
        '{"tick":7,"event":"refused","submitter":1,"job":13,"reason":"overQuota"}',
        '{"tick":7,"event":"refusedMessages","node":2,"reason":"replay","count":9}',
        '{"tick":7,"event":"checkpoint"}',
        "",
      ].join("\n"),
    );
  });

  it("are read one by one as they were added, beyond the room that the log began with", () => {
    const log = new EventLog();
    for (let number = 1; number <= 1000; number++) log.add("assigned", 3, 1, number, 2, 5, number * 2);
    assert.equal(log.length, 1000);
    assert.deepEqual(log.at(999), { kind: "assigned", tick: 3, submitter: 1, number: 1000, values: [2, 5, 2000] });
    assert.deepEqual(
      [...log].map(({ number }) => number),
      Array.from({ length: 1000 }, (_, index) => index + 1),
    );
    assert.throws(() => log.at(1000), RangeError);
    log.clear();
    assert.deepEqual([log.length, log.toNdjson()], [0, ""]);
    assert.throws(() => log.at(0), RangeError);
  });

  it("have one code each, which the log is read by", () => {
    const codes = Object.values(eventKinds).map(({ code }) => code);
    assert.equal(new Set(codes).size, codes.length);
  });
});
