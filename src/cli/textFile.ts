import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readRegularFile } from "../config/index.ts";
import { FabricError, unwritable } from "../errors.ts";

/** More than any file has that people hand to each other. */
const bytesMax = 4 * 1024 * 1024;

/** A file of at most 4 MiB. @throws FILE_UNREADABLE */
export function readText(file: string): string {
  return readRegularFile(file, bytesMax).toString();
}

/**
 * Writes a file whole: whoever reads it meanwhile, or after this process was killed or the disk was full, finds all of
 * it or what was there before.
 * @throws DISK_FULL, FILE_UNWRITABLE
 */
export function writeText(file: string, text: string): void {
  let unfinished: string | undefined;
  try {
    const status = statSync(file, { throwIfNoEntry: false });
    // A pipe or a device cannot be replaced.
    if (status !== undefined && !status.isFile()) {
      writeFileSync(file, text);
      return;
    }
    const target = status === undefined ? file : realpathSync(file);
    unfinished = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString("hex")}.unfinished`);
    writeFileSync(unfinished, text, { flag: "wx", mode: status?.mode ?? 0o666 });
    renameSync(unfinished, target);
  } catch (cause) {
    if (unfinished !== undefined && existsSync(unfinished)) rmSync(unfinished);
    throw unwritable(file, cause);
  }
}

/**
 * Refuses to write where there is a file, which may be a key. A pipe or a device has nothing to lose.
 * @param orReplace whether the command would replace it when it is told to
 * @throws FILE_UNWRITABLE
 */
export function refuseExisting(file: string, orReplace = false): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined || (!status.isFile() && !status.isDirectory())) return;
  const reason = `there is a ${status.isFile() ? "file" : "folder"} already, name another one${orReplace ? ", or say --replace" : ""}`;
  throw new FabricError("FILE_UNWRITABLE", { file, reason });
}

/** Makes a folder where there is none. @throws FILE_UNWRITABLE */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}
