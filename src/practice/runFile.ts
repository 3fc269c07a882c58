import { findRun, type RunFile, runFolder, socketOf, writeRun } from "../control/index.ts";
import { FabricError } from "../errors.ts";
import { lockHolder, processIdentity } from "../journal/index.ts";
import { typed } from "./supervisorWords.ts";
import { placesOf, type WorldFolder } from "./world.ts";

/** What says that this process runs a world, on a chain that answers at `rpc`. */
export function runFileOf({ folder, deployment }: WorldFolder, rpc: string): RunFile {
  const { chainId, genesisHash } = deployment;
  const contracts = Object.entries(deployment.contracts).map(([name, { address }]) => [name, address]);
  return {
    format: "planetary-fabric/run/v1",
    process: processIdentity(process.pid) ?? { id: process.pid, started: "" },
    ...{ world: folder, rpc, chainId, genesisHash, contracts: Object.fromEntries(contracts) },
    socket: socketOf(folder),
  };
}

/** Where the user is, and in the world's folder, where whoever names that finds it. */
export function publishRun(run: RunFile): void {
  writeRun(run);
  writeRun(run, run.world);
}

/** Whoever wants to go on with the world meanwhile is told that it stops. */
export function markStopping(folder: string): void {
  const run = findRun(folder);
  if (run?.process.id === process.pid) writeRun({ ...run, stopping: true }, folder);
}

/** @throws FABRIC_RUNS_HERE when another world than that in `folder` runs where the user is */
export function refuseOther(folder?: string): void {
  const other = findRun();
  if (other === undefined || other.world === folder) return;
  const { process, world } = other;
  throw new FabricError("FABRIC_RUNS_HERE", { file: `${runFolder}/run.json`, process: process.id, world });
}

/**
 * @param living the supervisor that runs it
 * @throws WORLD_RUNS, WORLD_STOPPING when nobody else can run it now
 */
export function refuseBusy(folder: string, living: RunFile | undefined): void {
  const slots = { folder, named: typed(folder) };
  const orchestrator = lockHolder(placesOf(folder).store);
  const isKept = living !== undefined && living.stopping === undefined;
  if (isKept && orchestrator !== undefined) throw new FabricError("WORLD_RUNS", { ...slots, process: orchestrator });
  const last = living?.process.id ?? orchestrator ?? lockHolder(folder);
  if (!isKept && last !== undefined) throw new FabricError("WORLD_STOPPING", { ...slots, process: last });
}
