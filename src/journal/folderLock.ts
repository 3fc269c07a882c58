import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FabricError } from "../errors.ts";

export const lockName = "lock";

/**
 * Takes the folder for this process, and returns what gives it back. The lock of a process that no longer exists does
 * not count, so that a killed orchestrator can be started again. This keeps two processes of one computer apart; across
 * computers the ledger's epoch does.
 *
 * @throws FabricError STORE_LOCKED
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, lockName);
  const own = describe(process.pid) ?? `${process.pid}`;
  const holder = readHolder(path);
  if (holder !== undefined) {
    const pid = Number(holder.split(" ")[0]);
    if (holder === describe(pid)) throw new FabricError("STORE_LOCKED", { folder, process: pid });
    rmSync(path, { force: true });
  }
  try {
    writeFileSync(path, own, { flag: "wx" });
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
    throw new FabricError("STORE_LOCKED", { folder, process: readHolder(path)?.split(" ")[0] ?? "unknown" });
  }
  return () => {
    if (readHolder(path) === own) rmSync(path);
  };
}

function readHolder(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * The process as the lock names it: its id and, where the system tells, when it was started, since an id is used again.
 * Undefined when there is no such process, or only its remains that nobody has waited for yet.
 */
function describe(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (isCode(error, "ESRCH")) return undefined;
  }
  if (process.platform !== "linux") return `${pid}`;
  try {
    // Fields of proc(5) after the name, which is in parentheses and may hold anything: the state is the first of them,
    // the start time the twentieth.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : `${pid} ${fields[19]}`;
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
