import assert from "node:assert/strict";
import { FabricError } from "../../src/errors.ts";
import {
  checkpointsName,
  DurableMachine,
  eventsName,
  MemoryStore,
  receiptsName,
  type Step,
  type Tear,
  toHex,
} from "../../src/journal/index.ts";
import { genesis } from "../fabric/world.ts";
import { course, courseTicks } from "./course.ts";

/** Small, so that the course has several segments and snapshots. */
export const settings = { segmentBytes: 3_000, snapshotTicks: 7 };
export const derivedNames = [eventsName, receiptsName, "receipts.tree", checkpointsName];

export const open = (store: MemoryStore) => new DurableMachine(store, genesis, settings);

/** What leaves the process after a tick. */
export function emitted({ effects, checkpoint }: Step) {
  const leases = effects.leases.map(({ payloadDigest, ...lease }) => ({ ...lease, digest: toHex(payloadDigest) }));
  return { tick: effects.tick, events: effects.events.toNdjson(), leases, checkpoint: checkpoint?.digest };
}

/** Goes on with the course up to tick `to`, telling of each tick that was done. */
export function proceed(record: DurableMachine, to = courseTicks, done: (step: Step) => void = () => {}): void {
  for (const inputs of course.slice(record.machine.tick, to)) done(record.append(inputs));
}

export function contentOf(store: MemoryStore, name: string): Uint8Array {
  const bytes = new Uint8Array(store.size(name));
  store.read(name, 0, bytes);
  return bytes;
}

export const textOf = (store: MemoryStore, name: string) => new TextDecoder().decode(contentOf(store, name));

/** The course with nothing that disturbs it. */
export const undisturbed = (() => {
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
export function storeAt(tick: number): MemoryStore {
  const store = new MemoryStore();
  const record = open(store);
  proceed(record, tick);
  record.close();
  return store;
}

export function assertUndisturbed(record: DurableMachine, store: MemoryStore, what = ""): void {
  assert.deepEqual(record.receipts, undisturbed.receipts, what);
  assert.deepEqual(record.head, undisturbed.head, what);
  record.close();
  for (const [index, name] of derivedNames.entries())
    assert.equal(textOf(store, name), undisturbed.derived[index], `${what} ${name}`);
}

export const isCode = (code: string) => (error: unknown) =>
  error instanceof FabricError && error.code === code && error.exitCode === 6;

/** What is left of unsynced bytes: nothing, all, or a part. */
export const tears: Record<string, Tear> = {
  nothing: () => new Uint8Array(),
  everything: (_name, unsynced) => unsynced,
  half: (_name, unsynced) => unsynced.subarray(0, unsynced.length / 2),
  "even sectors": (_name, unsynced, offset) => unsynced.map((byte, at) => (((offset + at) >> 9) % 2 === 0 ? byte : 0)),
  "odd sectors": (_name, unsynced, offset) => unsynced.map((byte, at) => (((offset + at) >> 9) % 2 === 1 ? byte : 0)),
};
