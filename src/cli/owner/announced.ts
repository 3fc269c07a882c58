import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { JsonDocument } from "../../config/index.ts";
import { FabricError } from "../../errors.ts";
import { type Announced, announcedText, type Lane, readAnnounced } from "../../owner/index.ts";
import { makeFolder, writeText } from "../textFile.ts";

// Decisions that wait, kept in `announced/` of the world: of each lane the one that was announced last.

export function keepAnnounced(world: string, lane: Lane, announced: Announced): void {
  makeFolder(join(world, "announced"));
  writeText(fileOf(world, lane), announcedText(announced));
}

/** @throws NOTHING_ANNOUNCED, DOCUMENT_INVALID */
export function announcedIn(world: string, lane: Lane): Announced {
  const file = fileOf(world, lane);
  if (existsSync(file)) return readAnnounced(JsonDocument.read(file).value);
  const known = laneNames.filter((each) => existsSync(fileOf(world, each))).join(", ") || "none";
  throw new FabricError("NOTHING_ANNOUNCED", { lane, known });
}

export function forgetAnnounced(world: string, lane: Lane): void {
  rmSync(fileOf(world, lane), { force: true });
}

export const laneNames: readonly Lane[] = ["parameters", "membership", "emergency"];

function fileOf(world: string, lane: Lane): string {
  return join(world, "announced", `${lane}.json`);
}
