import { readFileSync } from "node:fs";

/** A process of this computer: its id and when it was started, since an id is used again. */
export type ProcessIdentity = {
  readonly id: number;
  /** As the system counts it; the same for as long as the process lives. Empty where the system does not tell. */
  readonly started: string;
};

/** Undefined when there is no such process, or only its remains that nobody has waited for yet. */
export function processIdentity(id: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(id) || id <= 0) return undefined;
  try {
    process.kill(id, 0);
  } catch (error) {
    if (isCode(error, "ESRCH")) return undefined;
  }
  if (process.platform !== "linux") return { id, started: "" };
  try {
    // Fields of proc(5) after the name, which is in parentheses and may hold anything: the state is the first of them,
    // the start time the twentieth.
    const fields = readFileSync(`/proc/${id}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : { id, started: fields[19] ?? "" };
  } catch (error) {
    if (isCode(error, "ENOENT") || isCode(error, "ESRCH")) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
