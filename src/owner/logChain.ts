import { createHash } from "node:crypto";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import type { OwnerLogEntry } from "./decide.ts";
import { ownerLogEntryForm } from "./log.ts";

// `owner-log.ndjson`: the owners' decisions of one world, a line each. A line has the hash of the one before and its own,
// the SHA-256 of its text without it: a line that was altered, taken out or put in is found. Whoever can write the file can
// write it all anew; against that there is the chain, which has each decision, and whoever kept the newest hash.

/** What was done with a decision: it took effect; it was announced, to wait; it was cancelled while it waited. */
export const logActs = ["made", "announced", "cancelled"] as const;
export type LogAct = (typeof logActs)[number];

/** What is said of a decision beside the decision. */
export type LogNote = {
  readonly act: LogAct;
  /** Why, in the owners' words; null when they did not say. */
  readonly reason: string | null;
  /** Hash of the plan file that was signed, hex with 0x; null when there was none. */
  readonly plan: string | null;
};

/** One line of the log. */
export type LoggedEntry = OwnerLogEntry &
  LogNote & {
    /** Hash of the line before; 64 zeros in the first. */
    readonly previous: string;
    /** SHA-256 of this line without it, hex. */
    readonly hash: string;
  };

/** Shortest reason that says something, in characters. */
export const reasonLengthMin = 10;
const reasonLengthMax = 1000;

/** Before the first line. */
export const noLine = "0".repeat(64);

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const reason = z.string().min(reasonLengthMin).max(reasonLengthMax);
const lineForm = z.strictObject({
  previous: digest,
  act: z.enum(logActs),
  reason: reason.nullable(),
  ...ownerLogEntryForm.shape,
  plan: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    .nullable(),
  hash: digest,
});
const ending = /,"hash":"([0-9a-f]{64})"\}$/;

/** A reason as it is kept. @throws REASON_UNFIT */
export function reasonOf(text: string): string {
  const said = text.trim();
  const length = [...said].length;
  if (length >= reasonLengthMin && length <= reasonLengthMax) return said;
  throw new FabricError("REASON_UNFIT", { length, minimum: reasonLengthMin, maximum: reasonLengthMax });
}

/**
 * A decision as a line of the log, with its end.
 * @param previous hash of the line before, `noLine` for the first
 */
export function logLine(entry: OwnerLogEntry, { act, reason, plan }: LogNote, previous: string): string {
  const bare = JSON.stringify({ previous, act, reason, plan, ...entry });
  return `${bare.slice(0, -1)},"hash":"${sha256(bare)}"}\n`;
}

/** The lines of a log that begins, for what was decided at a founding. */
export function logText(entries: readonly OwnerLogEntry[]): string {
  let text = "";
  let previous = noLine;
  for (const entry of entries) {
    const line = logLine(entry, { act: "made", reason: null, plan: null }, previous);
    previous = hashOfLine(line.trimEnd()) ?? previous;
    text += line;
  }
  return text;
}

/** The hash that the next line of a log names: of its last whole line. */
export function lastHash(text: string): string {
  return text.split("\n").reduce((found, line) => hashOfLine(line) ?? found, noLine);
}

/** Whether a log has what was done with a decision already, by its transaction. */
export function isLogged(text: string, { transactionHash, batch }: OwnerLogEntry, { act }: LogNote): boolean {
  return text.split("\n").some((line) => {
    if (!line.includes(transactionHash)) return false;
    const entry = entryOf(line);
    return entry !== null && entry.act === act && entry.batch?.digest === batch?.digest;
  });
}

/**
 * The entries of a log, in order.
 * @param file its name, for what is wrong with it
 * @throws OWNER_LOG_BROKEN with the line that was altered, or before which one is missing
 */
export function readLog(file: string, text: string): LoggedEntry[] {
  const broken = (line: number, problem: string) => new FabricError("OWNER_LOG_BROKEN", { file, line, problem });
  const lines = text.split("\n");
  if (lines.pop() !== "") throw broken(lines.length + 1, "it has no end");
  const entries: LoggedEntry[] = [];
  for (const [index, line] of lines.entries()) {
    const entry = entryOf(line);
    if (entry === null) throw broken(index + 1, "it is not as it was written");
    const before = entries.at(-1)?.hash ?? noLine;
    if (entry.previous !== before)
      throw broken(index + 1, `what came before it is missing or was replaced: it follows ${entry.previous}`);
    entries.push(entry);
  }
  return entries;
}

function entryOf(line: string): LoggedEntry | null {
  const hash = ending.exec(line)?.[1];
  if (hash === undefined || sha256(`${line.slice(0, -`,"hash":"${hash}"}`.length)}}`) !== hash) return null;
  try {
    return lineForm.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function hashOfLine(line: string): string | null {
  return entryOf(line)?.hash ?? null;
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
