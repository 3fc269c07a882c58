import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FabricError } from "../errors.ts";
import { processIdentity } from "./processIdentity.ts";

export const lockName = "lock";

/**
 * Takes the folder for this process, and returns what gives it back. The lock of a process that no longer exists does
 * not count, so that a killed orchestrator can be started again; nor does one that was copied with its folder. This keeps
 * two processes of one computer apart; across computers the ledger's epoch does.
 *
 * @throws FabricError STORE_LOCKED
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, lockName);
  const own = describe(process.pid, folder) ?? `${process.pid}`;
  if (readHolder(path) !== undefined) {
    const holder = lockHolder(folder);
    if (holder !== undefined) throw new FabricError("STORE_LOCKED", { folder, process: holder });
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

/** Id of the process that has taken the folder; undefined when none has. */
export function lockHolder(folder: string): number | undefined {
  const holder = readHolder(join(folder, lockName));
  if (holder === undefined) return undefined;
  const id = Number(holder.split(" ")[0]);
  return holder === describe(id, folder) ? id : undefined;
}

function readHolder(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** The process as the folder's lock names it, beside the folder itself; undefined when there is none. */
function describe(pid: number, folder: string): string | undefined {
  const identity = processIdentity(pid);
  if (identity === undefined) return undefined;
  const { dev, ino } = statSync(folder, { bigint: true });
  return `${identity.id} ${identity.started || "unknown"} ${dev}:${ino}`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
