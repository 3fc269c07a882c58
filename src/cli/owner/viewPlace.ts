import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { type Manifest, readManifest } from "../../config/index.ts";
import { type ControlClient, notRunning, running } from "../../control/index.ts";
import { exitCodes, FabricError } from "../../errors.ts";
import { type Chain, type Deployment, openDeployment, readDeployment } from "../../governance/index.ts";
import { nodeUrl } from "../nodeUrl.ts";

/** Where what the owners look at is. */
export type PlaceFlags = { readonly rpc?: string; readonly deployment?: string; readonly world?: string };

/** A fabric to look at: one that runs here, or one that a file describes. */
export type ViewPlace = {
  readonly chain: Chain;
  readonly deployment: Deployment;
  /** Folder of its world; null where only its chain is known. */
  readonly world: string | null;
  /** Null where nobody says where it would be. */
  readonly control: ControlClient | null;
};

export function takePlace(command: Command): Command {
  return command
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--rpc <url|name>", "JSON-RPC endpoint of its chain", nodeUrl)
    .option("--world <folder>", "folder of a world (default: the fabric that was started here)");
}

/**
 * Looks at a fabric; whatever is opened for it is closed again.
 * @throws USAGE, FABRIC_NOT_RUNNING, and what the chain throws
 */
export async function atView(flags: PlaceFlags, look: (place: ViewPlace) => Promise<void>): Promise<void> {
  const { rpc, deployment, world } = flags;
  if ((deployment === undefined) !== (rpc === undefined))
    throw new FabricError("USAGE", { problem: "--deployment and --rpc belong together." });
  if (rpc !== undefined && deployment !== undefined)
    return open(rpc, readDeployment(deployment), world ?? null, null, look);
  const { client, run } = await running({ world });
  try {
    if (run === undefined) throw notRunning(`nothing here tells where the chain of ${world} is`);
    await open(run.rpc, readDeployment(join(run.world, "deployment.json")), run.world, client, look);
  } finally {
    client.close();
  }
}

async function open(
  rpc: string,
  deployment: Deployment,
  world: string | null,
  control: ControlClient | null,
  look: (place: ViewPlace) => Promise<void>,
): Promise<void> {
  const chain = await openDeployment(rpc, deployment);
  try {
    await look({ chain, deployment, world, control });
  } finally {
    chain.close();
  }
}

/** What the orchestrator answers; null where none does. */
export async function whereRunning<Answer>(
  control: ControlClient | null,
  ask: (control: ControlClient) => Promise<Answer>,
): Promise<Answer | null> {
  if (control === null) return null;
  try {
    return await ask(control);
  } catch (error) {
    if (error instanceof FabricError && error.exitCode === exitCodes.unreachable) return null;
    throw error;
  }
}

/** The manifest that is named, or the world's; null where there is none. @throws DOCUMENT_INVALID, FILE_UNREADABLE */
export function manifestAt(named: string | undefined, world: string | null): Manifest | null {
  if (named !== undefined) return readManifest(named);
  if (world === null) return null;
  const file = join(world, "manifest.json");
  return existsSync(file) ? readManifest(file) : null;
}
