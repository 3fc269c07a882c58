import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { decodeGenesis } from "../../src/fabric/index.ts";
import {
  DurableMachine,
  JournalReader,
  MemoryStore,
  replay,
  type StoreReader,
  segmentOf,
  stateRoot,
  toHex,
} from "../../src/journal/index.ts";
import { World } from "./world.ts";

// Stores of released versions, one file each: what a version wrote, every later one must read, to the same digests.

const folder = new URL("golden/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const newest = new URL(`${version}.json`, folder);
/** A world with refused messages, orders, pauses, reorganisations, silences of the chain and several processes. */
const seed = 7;

type Digests = {
  readonly tick: number;
  readonly state: string;
  readonly receipts: { readonly size: number; readonly root: string };
  readonly checkpoint: { readonly seq: number; readonly digest: string };
  /** SHA-256 over all lines of events. */
  readonly events: string;
};
/** `files` are compressed, in base64. */
type Golden = { readonly digests: Digests; readonly files: Readonly<Record<string, string>> };

function storeOf({ files }: Golden, wanted: (name: string) => boolean = () => true): MemoryStore {
  const store = new MemoryStore();
  for (const [name, packed] of Object.entries(files))
    if (wanted(name)) store.replace(name, gunzipSync(Buffer.from(packed, "base64")));
  return store;
}

/** From the journal alone. */
function replayed(store: StoreReader): Digests {
  const events = createHash("sha256");
  let last: Omit<Digests, "events"> | undefined;
  for (const { effects, replay: made } of replay(new JournalReader(store).records())) {
    events.update(effects.events.toNdjson());
    const { machine, tree, head } = made;
    if (effects.checkpoint)
      last = {
        tick: machine.tick,
        state: toHex(stateRoot(machine.snapshot().state, tree.frontier())),
        receipts: { size: tree.size, root: toHex(tree.root()) },
        checkpoint: head,
      };
  }
  assert.ok(last !== undefined);
  return { ...last, events: events.digest("hex") };
}

async function write(): Promise<void> {
  const world = new World({ seed });
  await world.run();
  const { record, disk } = world.kept;
  assert.ok(record !== undefined);
  record.flushDerived();
  const store = disk.reader;
  const files: Record<string, string> = {};
  for (const name of store.list()) {
    const bytes = new Uint8Array(store.size(name));
    store.read(name, 0, bytes);
    files[name] = gzipSync(bytes, { level: 9 }).toString("base64");
  }
  writeFileSync(newest, `${JSON.stringify({ digests: replayed(store), files }, null, 2)}\n`);
}

if (process.env.UPDATE_SNAPSHOTS === "1") await write();

describe("A store that a released version wrote", () => {
  it("is there for the present version (UPDATE_SNAPSHOTS=1 writes it; one of a released version is never written again)", () => {
    assert.ok(existsSync(newest));
  });

  for (const file of globSync("*.json", { cwd: folder }).sort()) {
    const golden: Golden = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    const { digests } = golden;
    const name = basename(file, ".json");

    it(`replays from its journal to the digests that ${name} had`, () => {
      const found = replayed(storeOf(golden, (each) => segmentOf(each) !== undefined));
      assert.deepEqual(found, digests, "The program decides otherwise than the one that wrote this journal.");
    });

    it(`is gone on with from the snapshot of ${name}, and from its journal alone, to the same state`, () => {
      const [{ bytes }] = new JournalReader(storeOf(golden)).records();
      const ends = [storeOf(golden), storeOf(golden, (each) => segmentOf(each) !== undefined)].map((store) => {
        const record = new DurableMachine(store, decodeGenesis(bytes));
        return { record, state: toHex(record.machine.snapshot().state) };
      });
      const [resumed, anew] = ends;
      assert.ok(resumed.record.recovery.snapshot !== undefined, "it has a snapshot");
      assert.equal(anew.record.recovery.snapshot, undefined);
      assert.equal(resumed.state, anew.state);
      for (const { record } of ends) assert.deepEqual(record.head, digests.checkpoint);
    });
  }
});
