import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type Frozen, JsonDocument, type Manifest, readManifest } from "../config/index.ts";
import { FabricError } from "../errors.ts";
import { type Deployment, readDeployment, writeDeployment } from "../governance/index.ts";
import { logText, type OwnerLogEntry } from "../owner/index.ts";
import { chainRecordName } from "./chainRecord.ts";

const worldName = "world.json";
const manifestName = "manifest.json";
const deploymentName = "deployment.json";
const ownerLogName = "owner-log.ndjson";

export const worldFormat = "planetary-fabric/world/v1";
const count = (title: string) => z.int(title).min(0, title);
const seed = count("a whole number from 0 on").max(2 ** 32 - 1, "a whole number below 2^32");

const worldForm = z.strictObject({
  format: z.literal(worldFormat, JSON.stringify(worldFormat)),
  created: z.iso.datetime("a time as 2030-01-01T00:00:00Z"),
  /** Keys of simulated nodes and of practice submitters are made from it. */
  seed,
  genesis: z.strictObject({
    chainId: z.int("the id of a chain").min(1, "the id of a chain"),
    ledger: z.string().regex(/^0x[0-9a-f]{40}$/, "0x and 40 lower-case hex digits"),
    seed,
    maxLagBlocks: count("a number of blocks"),
    maxSilentTicks: count("a number of ticks"),
  }),
  confirmations: count("a number of blocks"),
  /** A practice chain is made again from the world's own record, at the same port; another one is where its URL says. */
  chain: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("practice"), port: z.int("a port").min(1, "a port").max(65_535, "a port") }),
    z.strictObject({ kind: z.literal("network"), url: z.url({ protocol: /^https?$/, error: "the URL of a node" }) }),
  ]),
  /** Names of the simulated nodes. */
  simulated: z.array(z.string("the name of a node"), "a list of names"),
  /** How the anchorer's key is named: its encrypted file, or its place in a keystore; null for the practice key. */
  anchorer: z.string("a path").nullable(),
});

/** `world.json`: what the other files of a world do not say. */
export type WorldFile = Frozen<z.output<typeof worldForm>>;

/** A fabric that runs or ran in a folder of its own: everything that `fabric resume` needs to go on with it. */
export type WorldFolder = {
  /** Absolute path. */
  readonly folder: string;
  readonly file: WorldFile;
  readonly manifest: Manifest;
  readonly deployment: Deployment;
};

/** Places in a world's folder. */
export function placesOf(folder: string) {
  return { store: join(folder, "store"), payloads: join(folder, "payloads"), log: join(folder, "operator.log") };
}

/**
 * Makes the folder of a world that is still to be founded; one of its own below `.fabric/worlds` where none is named.
 * @returns its absolute path
 * @throws WORLD_TAKEN, WORLD_UNWRITABLE
 */
export function makeWorldFolder(named: string | undefined, now: Date = new Date()): string {
  const stamp = now.toISOString().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15);
  if (named !== undefined) {
    const folder = resolve(named);
    if (!isTaken(folder)) return realpathSync(folder);
    throw new FabricError("WORLD_TAKEN", { folder });
  }
  // Two worlds may be made in one second.
  for (let number = 1; ; number++) {
    const folder = resolve(".fabric", "worlds", number === 1 ? stamp : `${stamp}-${number}`);
    if (!isTaken(folder)) return realpathSync(folder);
  }
}

/** Takes a folder when there is nothing in it; of two that want it, one gets it. @throws WORLD_UNWRITABLE */
function isTaken(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (readdirSync(folder).length > 0) return true;
    writeFileSync(placesOf(folder).log, "", { flag: "wx" });
    return false;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST" && isFolder(folder)) return true;
    throw new FabricError("WORLD_UNWRITABLE", { folder, reason }, { cause });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Writes down what was founded. `world.json` comes last: a folder without it was never founded to its end.
 * @param founding what the owners decided so far
 */
export function writeWorld(
  { folder, file, manifest, deployment }: WorldFolder,
  founding: readonly OwnerLogEntry[],
): void {
  writeDeployment(join(folder, deploymentName), deployment);
  // Where the schema is from there, nobody knows.
  const { $schema: _, ...own } = manifest;
  writeFileSync(join(folder, manifestName), `${JSON.stringify(own, null, 2)}\n`);
  writeFileSync(join(folder, ownerLogName), logText(founding));
  const path = join(folder, worldName);
  writeFileSync(`${path}.unfinished`, `${JSON.stringify(file, null, 2)}\n`, { flag: "wx", mode: 0o600 });
  renameSync(`${path}.unfinished`, path);
}

/** Whether a world was founded there. */
export function isWorld(folder: string): boolean {
  return existsSync(join(folder, worldName));
}

/**
 * @throws WORLD_MISSING, WORLD_UNFOUNDED; DOCUMENT_INVALID, FILE_UNREADABLE for a file of it that is not as it should be
 */
export function openWorld(named: string): WorldFolder {
  const folder = existsSync(named) ? realpathSync(named) : resolve(named);
  if (!isWorld(folder)) {
    if (existsSync(join(folder, chainRecordName)) || existsSync(join(folder, deploymentName)))
      throw new FabricError("WORLD_UNFOUNDED", { folder });
    throw new FabricError("WORLD_MISSING", { folder });
  }
  return {
    folder,
    file: JsonDocument.read(join(folder, worldName)).check(worldForm),
    manifest: readManifest(join(folder, manifestName)),
    deployment: readDeployment(join(folder, deploymentName)),
  };
}
