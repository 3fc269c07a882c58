import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { FolderReader } from "./fileStore.ts";
import { segmentsOf } from "./journalReader.ts";
import { segmentName } from "./segment.ts";

/** When the journal in a folder was last added to, Unix ms, by its file's own time; undefined when there is none. */
export function lastWrittenMs(folder: string): number | undefined {
  if (!existsSync(folder)) return undefined;
  const reader = new FolderReader(folder);
  const newest = segmentsOf(reader).at(-1);
  reader.close();
  return newest === undefined ? undefined : statSync(join(folder, segmentName(newest))).mtimeMs;
}
