import { existsSync } from "node:fs";
import { FabricError } from "../errors.ts";
import { checkStore, FolderReader, lockHolder, type StoreCheck } from "../journal/index.ts";
import { openWorld, placesOf } from "./world.ts";

/**
 * Holds the whole store of a world that does not run against its journal, see `checkStore`.
 * @throws WORLD_RUNS; as `openWorld` and `checkStore`
 */
export function checkWorld(named: string): StoreCheck {
  const { folder } = openWorld(named);
  const { store } = placesOf(folder);
  if (!existsSync(store)) return { ticks: 0, checkpoints: 0, receipts: 0 };
  const process = lockHolder(store);
  if (process !== undefined) throw new FabricError("WORLD_RUNS", { folder, named, process });
  const reader = new FolderReader(store);
  try {
    return checkStore(reader);
  } finally {
    reader.close();
  }
}
