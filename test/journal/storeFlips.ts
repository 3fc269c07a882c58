import assert from "node:assert/strict";
import { FabricError } from "../../src/errors.ts";
import { decodeInputs, type Genesis } from "../../src/fabric/index.ts";
import {
  checkStore,
  DurableMachine,
  type DurableMachineSettings,
  JournalReader,
  MemoryStore,
  readGenesis,
  type StoreReader,
  sha256,
  toHex,
} from "../../src/journal/index.ts";
import { type Flip, flipped } from "./flips.ts";

/** A store in which nothing is wrong, and what it is opened with. */
export type SoundStore = {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly genesis: Genesis;
  readonly settings: Partial<DurableMachineSettings>;
};

/** What its journal makes with other settings: small ones give a short journal several segments and snapshots. */
export function storeFrom(journal: StoreReader, settings: Partial<DurableMachineSettings>): SoundStore {
  const store = new MemoryStore();
  const records = new JournalReader(journal).records();
  const first = records.next();
  if (first.done) throw new RangeError("there is no journal");
  const genesis = readGenesis(first.value);
  const record = new DurableMachine(store, genesis, settings);
  for (const { bytes } of records) {
    const { checkpoint } = record.append(decodeInputs(bytes));
    if (checkpoint !== undefined) record.noteAnchored(checkpoint.digest);
  }
  record.close();
  return { files: filesOf(store), genesis, settings };
}

export function filesOf(store: StoreReader): Map<string, Uint8Array> {
  return new Map(
    store.list().map((name) => {
      const bytes = new Uint8Array(store.size(name));
      store.read(name, 0, bytes);
      return [name, bytes];
    }),
  );
}

/**
 * What comes of a bit that turned over while nobody had the store open: it is refused, mended and noted, made again, or
 * found by `checkStore`. Undefined when nothing of that was so.
 * @throws AssertionError when what was opened is not what it was before
 */
export function outcomeOf(sound: SoundStore, flip: Flip): string | undefined {
  const store = storeWith(sound, flip);
  try {
    const record = new DurableMachine(store, sound.genesis, sound.settings);
    assert.deepEqual(stateOf(record), soundState(sound), `${flip.file} ${flip.offset}`);
    record.close();
    const kinds = record.recovery.notes.map(({ kind }) => kind);
    if (kinds.length > 0) return `mended when opened, and noted: ${kinds.join(", ")}`;
    if (isSame(filesOf(store), sound.files)) return "made again when opened";
    checkStore(store);
    return undefined;
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    assert.equal(error.exitCode, 6, error.message);
    return error.code === "STORE_ALTERED" || isFoundLate(store, sound)
      ? `found by the check of the whole store: ${error.code}`
      : `refused when opened: ${error.code}`;
  }
}

/** Whether it can be opened all the same. */
function isFoundLate(store: MemoryStore, { genesis, settings }: SoundStore): boolean {
  try {
    new DurableMachine(store, genesis, settings);
    return true;
  } catch {
    return false;
  }
}

function storeWith({ files }: SoundStore, flip: Flip): MemoryStore {
  const store = new MemoryStore();
  for (const [name, bytes] of files) store.replace(name, name === flip.file ? flipped(bytes, flip) : bytes);
  return store;
}

function stateOf({ machine, receipts, head }: DurableMachine) {
  return { receipts, head, state: toHex(sha256(machine.snapshot().state)) };
}

const soundStates = new WeakMap<SoundStore, ReturnType<typeof stateOf>>();

function soundState(sound: SoundStore) {
  const known = soundStates.get(sound);
  if (known !== undefined) return known;
  const store = new MemoryStore();
  for (const [name, bytes] of sound.files) store.replace(name, bytes);
  const state = stateOf(new DurableMachine(store, sound.genesis, sound.settings));
  soundStates.set(sound, state);
  return state;
}

function isSame(some: ReadonlyMap<string, Uint8Array>, others: ReadonlyMap<string, Uint8Array>): boolean {
  if (some.size !== others.size) return false;
  for (const [name, bytes] of some) {
    const other = others.get(name);
    if (other === undefined || Buffer.compare(bytes, other) !== 0) return false;
  }
  return true;
}
