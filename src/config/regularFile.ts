import { readFileSync, statSync } from "node:fs";
import { FabricError, fileReason } from "../errors.ts";

/**
 * A file that somebody named, whole. A device or a pipe might have no end.
 * @throws FILE_UNREADABLE, also for what is no regular file, or has more bytes than that
 */
export function readRegularFile(file: string, bytesMax: number): Buffer {
  try {
    const status = statSync(file);
    if (!status.isFile()) throw new Error(status.isDirectory() ? "it is a folder" : "it is no regular file");
    if (status.size > bytesMax) throw new Error(`it has ${status.size} bytes, and ${bytesMax} are the most`);
    return readFileSync(file);
  } catch (cause) {
    throw new FabricError("FILE_UNREADABLE", { file, reason: fileReason(cause) }, { cause });
  }
}
