// What a supervisor says of the fabric that it runs.
import { relative } from "node:path";
import type { Manifest } from "../config/index.ts";
import { shellWord } from "../control/index.ts";
import type { Deployment } from "../governance/index.ts";
import type { FromService } from "../orchestrator/index.ts";
import type { Ending } from "./part.ts";
import type { UpView } from "./supervisor.ts";

type Ready = Extract<FromService, { kind: "ready" }>;
type Stopped = Extract<FromService, { kind: "stopped" }>;

/** @param founded contracts that are taken up; undefined when they are to be founded */
export function beginningWords(
  { name, shards, nodes, submitters }: Manifest,
  founded: Deployment | undefined,
  folder: string,
): string {
  if (founded !== undefined)
    return `Taking up ${name} in ${shown(folder)}: as its owners have it on chain ${founded.chainId}.`;
  const counts = `${shards.length} shards, ${nodes.length} nodes, ${submitters.length} submitters`;
  return `Founding ${name} in ${shown(folder)}: ${counts}.`;
}

export function recoveredWords({ resumedFromCheckpoint: checkpoint, replayedTicks, downTicks }: Ready): string {
  const from = checkpoint === 0 ? "the beginning" : `checkpoint ${checkpoint}`;
  return `Recovered: ${replayedTicks} ticks replayed from ${from} on; ${downTicks} passed while nobody ran it.`;
}

export function runningWords(
  name: string,
  { world, rpc, chainId, epoch, orchestrator, simulatedNodes }: UpView,
): string {
  const simulated = simulatedNodes === 0 ? "" : `, ${simulatedNodes} nodes are simulated`;
  return (
    `${name} runs in ${shown(world)}, in epoch ${epoch}: the orchestrator is process ${orchestrator}, ` +
    `chain ${chainId} answers at ${rpc}${simulated}.\n` +
    `Ctrl-C stops it; \`fabric resume ${typed(world)}\` goes on with it.\n` +
    "Next: npx fabric status"
  );
}

/** Of an orchestrator that ended while its chain and its nodes go on. */
export function endedWords({ code, signal }: Ending, stopped: Stopped | undefined, folder: string): string {
  const how = stopped === undefined ? `was ended by ${signal ?? `exit code ${code}`}` : "was stopped in good order";
  return (
    `The orchestrator ${how}. The chain and the simulated nodes go on; nothing that was acknowledged is lost.\n` +
    `Next: npx fabric resume ${typed(folder)}`
  );
}

/** Of an orchestrator that may not anchor, while its chain and its nodes go on. */
export function stayingWords(anchorer: string, folder: string): string {
  return (
    "The chain and the simulated nodes go on until Ctrl-C; nothing that was acknowledged is lost. If the owners took " +
    "the right to anchor away, they give it back with:\n" +
    `npx fabric owner set fabric.anchorer ${anchorer}\n` +
    `Next: npx fabric resume ${typed(folder)}`
  );
}

export function lastWords(stopped: Stopped | undefined): string {
  if (stopped === undefined) return "Stopped; the orchestrator had ended before.";
  const { tick, checkpoint, unanchored } = stopped;
  const waiting =
    unanchored === 0
      ? ""
      : `, and ${unanchored === 1 ? "one checkpoint waits" : `${unanchored} checkpoints wait`} to be anchored`;
  return `Stopped at tick ${tick}, checkpoint ${checkpoint}${waiting}.`;
}

/** A folder as the user would type it. */
export function typed(folder: string): string {
  return shellWord(shown(folder));
}

/** A folder as the user would name it. */
function shown(folder: string): string {
  const path = relative("", folder);
  return path.startsWith("..") || path === "" ? folder : path;
}
