import type { Command } from "commander";
import { exitCodes, FabricError } from "../../../errors.ts";
import { Chain, type Deployment, openDeployment, readDeployment } from "../../../governance/index.ts";
import type { Ground } from "../../../owner/index.ts";
import { nodeUrl } from "../../nodeUrl.ts";
import { type Place, runningPlace } from "../place.ts";
import { trustName } from "./files.ts";

/** What says where the chain is, and what the owner trusts. */
export type Where = {
  readonly rpc?: string | undefined;
  readonly world?: string | undefined;
  readonly deployment?: string | undefined;
  readonly trust?: string | undefined;
};

export function withPlace(command: Command): Command {
  return command
    .option("--rpc <url|name>", "JSON-RPC endpoint of the chain (default: that of the fabric that runs here)", nodeUrl)
    .option("--world <folder>", "folder of a running world (default: the fabric that was started here)");
}

export function withTrust(command: Command): Command {
  return command.option("--trust <file>", `what you have pinned (default: ${trustName})`);
}

/** A chain that was looked at: its contracts are those of the deployment. */
export type Site = {
  readonly chain: Chain;
  readonly deployment: Deployment;
  /** The fabric that runs here, if it is that one. */
  readonly running: Place | undefined;
};

/**
 * Acts on the chain that is named, or that of the fabric that runs here.
 * @param pinned the deployment that is meant; the one that runs here, or `--deployment`'s, where there is none
 * @throws FABRIC_NOT_RUNNING, USAGE; errors of `openDeployment`
 */
export async function atSite<Result>(
  where: Where,
  pinned: Deployment | undefined,
  act: (site: Site) => Promise<Result>,
): Promise<Result> {
  const { rpc, world, deployment: file } = where;
  const named = pinned ?? (file === undefined ? undefined : readDeployment(file));
  const running = rpc === undefined ? await runningPlace(world) : undefined;
  try {
    const deployment = named ?? running?.deployment;
    const url = rpc ?? running?.url;
    if (deployment === undefined || url === undefined)
      throw new FabricError("USAGE", { problem: "With --rpc, tell which fabric is meant: --deployment or --trust." });
    const chain = await openDeployment(url, deployment);
    try {
      return await act({ chain, deployment, running });
    } finally {
      chain.close();
    }
  } finally {
    running?.control.close();
  }
}

/**
 * Acts on a fork of the newest state; the chain itself is left untouched.
 * @throws what kept the fork from hearing of the chain, whatever came of that
 */
export async function withFork<Result>(
  { chain }: Pick<Site, "chain">,
  act: (ground: Ground) => Promise<Result>,
): Promise<Result> {
  const { startFork } = await import("../../../practice/index.ts");
  const started = await startFork(chain);
  const fork = await Chain.open(started.url, chain);
  try {
    const result = await act({ chain, fork });
    if (started.failure !== null) throw started.failure;
    return result;
  } catch (error) {
    throw started.failure ?? error;
  } finally {
    fork.close();
    await started.close();
  }
}

/** How many jobs wait in the fabric that runs here; null where none does, or nobody answers. */
export async function jobsWaiting({ running }: Pick<Site, "running">): Promise<number | null> {
  if (running === undefined) return null;
  try {
    const { shards } = await running.control.status();
    return shards.reduce((sum, { queued, registered }) => sum + queued + registered, 0);
  } catch (error) {
    if (error instanceof FabricError && error.exitCode === exitCodes.unreachable) return null;
    throw error;
  }
}
