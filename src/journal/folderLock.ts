import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FabricError } from "../errors.ts";
import { processIdentity } from "./processIdentity.ts";

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

/** The process as the lock names it; undefined when there is none. */
function describe(pid: number): string | undefined {
  const identity = processIdentity(pid);
  if (identity === undefined) return undefined;
  return identity.started === "" ? `${identity.id}` : `${identity.id} ${identity.started}`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
