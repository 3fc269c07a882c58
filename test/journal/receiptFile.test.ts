import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { FabricError } from "../../src/errors.ts";
import type { Receipt } from "../../src/fabric/index.ts";
import { DerivedFile } from "../../src/journal/derivedFile.ts";
import { DurableMachine, MemoryStore, parseReceiptLine, receiptLine, receiptsName } from "../../src/journal/index.ts";
import { ReceiptFile } from "../../src/journal/receiptFile.ts";
import { genesis } from "../fabric/world.ts";
import { contentOf, open, proceed, settings, textOf } from "./world.ts";

const isCode = (code: string) => (error: unknown) => error instanceof FabricError && error.code === code;

/** Two submitters by turns; numbers with one digit and with many, so that one is the beginning of another. */
function receiptAt(index: number): Receipt {
  return {
    ...{ submitter: 1 + (index % 2), number: 1 + Math.floor(index / 2), outcome: "completed", reason: "none" },
    ...{ shard: 1, node: 2, attempts: 1, submittedTick: index, endedTick: index + 3, value: index * 1000 },
    resultDigest: new Uint8Array(32).fill(index % 256),
  };
}

/** A file with that many receipts, of which the newest `indexed` are found at once. */
function fileOf(count: number, indexed: number): { store: MemoryStore; file: ReceiptFile } {
  const store = new MemoryStore();
  const file = new ReceiptFile(new DerivedFile(store, receiptsName), indexed);
  for (let index = 0; index < count; index += 100)
    file.add(
      index,
      Array.from({ length: Math.min(100, count - index) }, (_, place) => receiptAt(index + place)),
    );
  return { store, file };
}

describe("the receipt of one job", () => {
  it("is found, whether it is among the newest or was written long ago", async () => {
    const count = 5_000; // more than four blocks of the search
    const { file } = fileOf(count, 1_000);
    for (const index of [0, 1, 2, 17, 1_023, 2_500, 3_998, 3_999, 4_000, 4_001, count - 1]) {
      const { submitter, number } = receiptAt(index);
      assert.deepEqual(await file.find(submitter, number), { index, receipt: receiptAt(index) });
    }
  });

  it("is found where two pieces of the search meet, wherever that is in its line", async () => {
    // A search begins at the end of what no index covers: each start of the file moves the blocks by another byte.
    const line = receiptLine(0, receiptAt(0)).length;
    const blockBytes = 1 << 18;
    for (let shift = 0; shift <= line; shift += 3) {
      const store = new MemoryStore();
      store.append(receiptsName, Buffer.alloc(blockBytes - shift, "x"));
      store.append(receiptsName, Buffer.from(`\n${receiptLine(0, receiptAt(0))}`));
      store.append(receiptsName, Buffer.alloc(blockBytes - line + shift - 1, "y"));
      const file = new ReceiptFile(new DerivedFile(store, receiptsName), 10);
      assert.equal((await file.find(1, 1))?.index, 0, `shift ${shift}`);
    }
  });

  it("is nobody else's: a number that begins alike, another submitter, a job that never was", async () => {
    const { file } = fileOf(400, 100);
    assert.equal(await file.find(1, 2_000), undefined);
    assert.equal(await file.find(3, 1), undefined);
    assert.equal((await file.find(1, 1))?.receipt.number, 1);
    assert.equal(await fileOf(0, 100).file.find(1, 1), undefined);
  });

  it("is found while it is still in the buffer, and when the process was started anew after it", async () => {
    const { store, file } = fileOf(30, 10);
    assert.equal((await file.find(2, 15))?.index, 29);
    file.flush();
    const later = new ReceiptFile(new DerivedFile(store, receiptsName), 10);
    assert.equal((await later.find(2, 15))?.index, 29);
    later.add(30, [receiptAt(30)]);
    assert.equal((await later.find(1, 16))?.index, 30);
  });

  it("is looked for without keeping ticks from their turn", async () => {
    const { file } = fileOf(5_000, 10);
    let turns = 0;
    let isOver = false;
    const found = file.find(1, 1).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await setImmediate();
      turns++;
    }
    assert.equal((await found)?.index, 0);
    assert.ok(turns >= 4, `${turns} turns`);
  });

  it("is refused when its line was altered, and not told as if it were true", async () => {
    for (const [where, code] of [
      ['"outcome":"completed"', 1],
      ['"job":4', 6],
      ["}\n", 1],
    ] as const) {
      const { store, file } = fileOf(8, 8);
      file.flush();
      const at = textOf(store, receiptsName).lastIndexOf(where);
      store.alter(receiptsName, at + code, 1);
      await assert.rejects(file.find(2, 4), isCode("RECEIPT_DAMAGED"), where);
    }
  });

  it("is not looked for any more once the store is given up: nobody reads what another process may write", async () => {
    const { file } = fileOf(5_000, 10);
    const found = file.find(1, 1);
    file.close();
    await assert.rejects(found, isCode("FABRIC_STOPPING"));
  });
});

describe("a receipt's line, read back", () => {
  it("is the same receipt", () => {
    const line = receiptLine(7, receiptAt(12));
    assert.deepEqual(parseReceiptLine(line.slice(0, -1)), { index: 7, receipt: receiptAt(12) });
  });

  it("is no receipt when anything in it is not as it is written", () => {
    const line = receiptLine(7, receiptAt(12)).slice(0, -1);
    const altered = [
      line.slice(1),
      line.slice(0, -1),
      `${line} `,
      line.replace('"index":7', '"index":07'),
      line.replace('"index":7', '"index":-7'),
      line.replace('"completed"', '"finished"'),
      line.replace('"none"', '"toString"'),
      line.replace('"value":12000', '"value":12000.5'),
      line.replace('"value":12000', '"value":12000,"extra":1'),
      line.replace("0c0c", "0C0C"),
    ];
    for (const other of altered) {
      assert.notEqual(other, line);
      assert.equal(parseReceiptLine(other), undefined, other);
    }
  });
});

describe("the receipts of a fabric", () => {
  it("are found after a crash that lost what was not synced, each as the run without a crash has it", async () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record);
    const lines = receiptLines(record, store);
    store.restart(() => new Uint8Array());
    const again = open(store);
    for (const line of lines) {
      const expected = parseReceiptLine(line);
      assert.ok(expected !== undefined);
      assert.deepEqual(await again.receiptOf(expected.receipt.submitter, expected.receipt.number), expected);
    }
    again.close();
  });

  it("are not read from a store that was given up", async () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record);
    const [line] = receiptLines(record, store);
    record.close();
    const { submitter, number } = parseReceiptLine(line)?.receipt ?? receiptAt(0);
    const again = open(store);
    const found = again.receiptOf(submitter, number);
    again.close();
    await assert.rejects(found, isCode("FABRIC_STOPPING"));
  });

  it("are held against their tree: a line that was altered, and is well-formed, convinces nobody", async () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record);
    const [line] = receiptLines(record, store);
    record.close();
    const at = textOf(store, receiptsName).indexOf('"value":5') + '"value":'.length;
    store.alter(receiptsName, at, 3); // 5 becomes 6
    const { submitter, number } = parseReceiptLine(line)?.receipt ?? receiptAt(0);
    const again = new DurableMachine(store, genesis, settings);
    await assert.rejects(again.receiptOf(submitter, number), isCode("RECEIPTS_ALTERED"));
    again.close();
  });
});

describe("the newest anchored checkpoint", () => {
  it("is known with all that it says, when it is noted and after a start, and goes back with a reorganisation", () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record);
    assert.equal(record.anchoredCheckpoint, undefined);
    const all = [...record.checkpoints()];
    for (const each of [all[2], all[1]]) {
      record.noteAnchored(each.digest);
      assert.deepEqual(record.anchoredCheckpoint, each);
    }
    record.close();
    const again = open(store);
    assert.deepEqual(again.anchoredCheckpoint, all[1]);
    again.close();
  });

  it("is not believed when its line is another's", () => {
    const store = new MemoryStore();
    const record = open(store);
    proceed(record);
    const [first] = record.checkpoints();
    record.noteAnchored(first.digest);
    record.close();
    store.alter("checkpoints.ndjson", first.text.indexOf('"tick":') + 7, 1);
    assert.throws(() => open(store), isCode("CHECKPOINTS_ALTERED"));
  });
});

function receiptLines(record: DurableMachine, store: MemoryStore): string[] {
  record.flushDerived();
  const lines = new TextDecoder().decode(contentOf(store, receiptsName)).trimEnd().split("\n");
  assert.ok(lines.length > 20);
  return lines;
}
