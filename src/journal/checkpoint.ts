import { hash } from "node:crypto";
import { z } from "zod";
import { type Hex, sha256Over } from "./digest.ts";

const count = z.int().nonnegative();
const digest = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)]);

/** What is anchored: the digest of everything at a tick. */
export const checkpointSchema = z.strictObject({
  format: z.literal("planetary-fabric/checkpoint/v1"),
  /** Checkpoints are counted from 1. */
  seq: count.min(1),
  tick: count.min(1),
  /** Digest of the checkpoint before; zero for the first. */
  parent: digest,
  /** Records, genesis among them, and the head after the record of this tick. */
  journal: z.strictObject({ records: count, head: digest }),
  receipts: z.strictObject({ size: count, root: digest }),
  stateRoot: digest,
  /** In force: `ShardRegistry.version`, and the block it was read at. */
  governance: z.strictObject({ version: count, block: count, hash: digest }),
  /** How many jobs met each fate since the beginning. */
  counters: z.record(z.string().regex(/^[a-zA-Z]+$/), count),
});
export type CheckpointDocument = z.infer<typeof checkpointSchema>;

export type Checkpoint = {
  readonly document: CheckpointDocument;
  /** The document in canonical JSON (RFC 8785). */
  readonly text: string;
  /** SHA-256 of `text`. */
  readonly digest: Hex;
};

/** Where the chain of checkpoints stands: the newest one. */
export type CheckpointHead = { readonly seq: number; readonly digest: Hex };

export const noCheckpoint: CheckpointHead = { seq: 0, digest: `0x${"00".repeat(32)}` };

export function sealCheckpoint(document: CheckpointDocument): Checkpoint {
  const text = canonical(document);
  return { document, text, digest: digestOf(text) };
}

/** Undefined when `text` is not the canonical JSON of a checkpoint. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = checkpointSchema.safeParse(json);
  if (data === undefined || canonical(data) !== text) return undefined;
  return { document: data, text, digest: digestOf(text) };
}

const stateMark = new TextEncoder().encode("planetary-fabric/state/v1");

/** SHA-256("planetary-fabric/state/v1" ‖ state ‖ receipts frontier). */
export function stateRoot(state: Uint8Array, frontier: Uint8Array): Uint8Array {
  return sha256Over(stateMark, state, frontier);
}

/** The first field, as a path, in which two checkpoints differ. */
export function differingField(a: CheckpointDocument, b: CheckpointDocument): string {
  return firstDifference(a, b) ?? "digest";
}

function firstDifference(a: object, b: object): string | undefined {
  const [inA, inB] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))];
  for (const name of new Set([...inA.keys(), ...inB.keys()])) {
    const [one, other] = [inA.get(name), inB.get(name)];
    if (isObject(one) && isObject(other)) {
      const inner = firstDifference(one, other);
      if (inner !== undefined) return `${name}.${inner}`;
    } else if (one !== other) return name;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** RFC 8785: members in the order of their names. What writes any value in that form takes four times as long. */
function canonical(document: CheckpointDocument): string {
  const { format, governance, journal, parent, receipts, seq, tick } = document;
  const counters: Record<string, number> = {};
  for (const name of Object.keys(document.counters).sort()) counters[name] = document.counters[name];
  return JSON.stringify({
    counters,
    format,
    governance: { block: governance.block, hash: governance.hash, version: governance.version },
    journal: { head: journal.head, records: journal.records },
    parent,
    receipts: { root: receipts.root, size: receipts.size },
    seq,
    stateRoot: document.stateRoot,
    tick,
  });
}

function digestOf(text: string): Hex {
  return `0x${hash("sha256", text, "hex")}`;
}
