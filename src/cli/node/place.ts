import { type ControlClient, running } from "../../control/index.ts";
import type { Deployment } from "../../governance/index.ts";
import { openWorld, type WorldFile } from "../../practice/index.ts";

/** A running fabric, as far as its nodes need it. */
export type NodePlace = {
  /** URL of the chain. */
  readonly url: string;
  readonly deployment: Deployment;
  readonly world: WorldFile;
  readonly control: ControlClient;
};

/**
 * The fabric that was started in this folder, or that of a world's folder.
 * @throws FABRIC_NOT_RUNNING, and what makes its files unreadable
 */
export async function nodePlace(folder?: string): Promise<NodePlace> {
  const { client, run } = await running({ world: folder });
  try {
    const { file, deployment } = openWorld(run?.world ?? folder ?? ".");
    return { url: run?.rpc ?? urlOf(file), deployment, world: file, control: client };
  } catch (error) {
    client.close();
    throw error;
  }
}

function urlOf({ chain }: WorldFile): string {
  return chain.kind === "network" ? chain.url : `http://127.0.0.1:${chain.port}`;
}
