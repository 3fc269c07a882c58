import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { readRegularFile } from "../../config/index.ts";
import { fileReason } from "../../errors.ts";
import { processIdentity } from "../../journal/index.ts";
import {
  isLogged,
  type LoggedEntry,
  type LogNote,
  lastHash,
  logLine,
  type OwnerLogEntry,
  readLog,
} from "../../owner/index.ts";

// `owner-log.ndjson` of a world: what its owners decided, added to and never written anew.

/** More than any world's owners decide. */
const bytesMax = 256 * 1024 * 1024;
const patienceMs = 5000;
const againMs = 20;

export function logFileOf(world: string): string {
  return join(world, "owner-log.ndjson");
}

/**
 * Adds a decision, unless it is there already. What is decided is decided: a log that cannot be written is no reason to say otherwise.
 * @returns why it is not there; null when it is
 */
export async function addToLog(world: string, entry: OwnerLogEntry, note: LogNote): Promise<string | null> {
  const file = logFileOf(world);
  try {
    return await alone(`${file}.lock`, () => {
      const text = existsSync(file) ? readRegularFile(file, bytesMax).toString() : "";
      if (isLogged(text, entry, note)) return null;
      // What a crash cut off stays as it is, on a line of its own.
      const end = text === "" || text.endsWith("\n") ? "" : "\n";
      appendFileSync(file, `${end}${logLine(entry, note, lastHash(text))}`);
      return null;
    });
  } catch (error) {
    return fileReason(error);
  }
}

/** @throws OWNER_LOG_BROKEN, FILE_UNREADABLE */
export function logOf(world: string): LoggedEntry[] {
  const file = logFileOf(world);
  if (!existsSync(file)) return [];
  return readLog(file, readRegularFile(file, bytesMax).toString());
}

/** Looks whether a decision could be put into the log, before it is sent. @throws FILE_UNREADABLE */
export function checkLog(world: string): void {
  const file = logFileOf(world);
  if (existsSync(file)) readRegularFile(file, bytesMax);
}

/** One process at a time: each line names the one before. A lock of a process that has ended does not count. */
async function alone<Result>(lock: string, act: () => Result): Promise<Result> {
  const own = JSON.stringify(processIdentity(process.pid));
  for (let waited = 0; !taken(lock, own); waited += againMs) {
    if (waited >= patienceMs) throw new Error(`another process holds ${lock}`);
    await wait(againMs);
  }
  try {
    return act();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(lock: string, own: string): boolean {
  try {
    writeFileSync(lock, own, { flag: "wx" });
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isAbandoned(lock: string): boolean {
  try {
    const { id, started } = JSON.parse(readFileSync(lock, "utf8"));
    return processIdentity(id)?.started !== started;
  } catch {
    // It was just removed, or is just being written.
    return false;
  }
}

/** Says that a reason is in no log, where no world is at hand whose log would have it. @param reason undefined for none */
export function sayUnlogged(reason: string | null | undefined): void {
  if (reason === null || reason === undefined) return;
  console.error(
    "Your reason is written down nowhere: the log that it belongs in is kept in the folder of the world, and none that " +
      "runs here was named. Keep it yourself, with the transaction below.",
  );
}
