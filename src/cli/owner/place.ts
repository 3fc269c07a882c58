import { join } from "node:path";
import { type ControlClient, notRunning, running } from "../../control/index.ts";
import { type Deployment, readDeployment } from "../../governance/index.ts";

/** A running fabric, as far as its owners need it. */
export type Place = {
  /** URL of the chain. */
  readonly url: string;
  readonly deployment: Deployment;
  /** Folder of the world, whose `owner-log.ndjson` each decision is added to. */
  readonly world: string;
  readonly control: Pick<ControlClient, "inForce" | "job" | "status" | "submitter" | "close">;
};

/**
 * The fabric that was started in this folder, or that of a world's folder.
 * @throws FABRIC_NOT_RUNNING, and what makes its files unreadable
 */
export async function runningPlace(folder?: string): Promise<Place> {
  const { client, run } = await running({ world: folder });
  if (run === undefined) {
    client.close();
    throw notRunning(`nothing here tells where the chain of ${folder} is`);
  }
  const { rpc, world } = run;
  return { url: rpc, deployment: readDeployment(join(world, "deployment.json")), world, control: client };
}
