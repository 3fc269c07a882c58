import { setTimeout as sleep } from "node:timers/promises";
import type { ControlClient } from "../../control/index.ts";
import { exitCodes, FabricError } from "../../errors.ts";
import { openDeployment } from "../../governance/index.ts";
import type { SigningKey } from "../../nodes/index.ts";
import { nodeKey } from "../../practice/index.ts";
import { ChainSight, CommandRunner, HttpRunner, IdleRunner, type Runner, Worker } from "../../worker/index.ts";
import { JobLines, Narrator } from "./narrator.ts";
import { type KeyFlags, keyOf, publicKeyText } from "./options.ts";
import { type NodePlace, nodePlace } from "./place.ts";

export type RunFlags = KeyFlags & {
  readonly node: string;
  readonly command?: string;
  readonly http?: string;
  readonly idle?: number;
  readonly timeout?: number;
  readonly withoutPayload?: boolean;
  readonly latencyMs?: number;
  readonly leaveSeconds?: number;
  readonly world?: string;
  readonly json?: boolean;
};

const defaultLeaveSeconds = 5;
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Another process of the node may be about to end. */
const aloneTries = 8;
const aloneMs = 250;

/**
 * Works as a node until a signal; a second one ends at once.
 * @throws USAGE, VALUE_INVALID, NODE_AT_WORK, NODE_KEY_DIFFERS, NODE_NOT_ADMITTED, NODE_REFUSED, FABRIC_NOT_RUNNING
 */
export async function runNode(words: readonly string[], flags: RunFlags): Promise<number> {
  const runner = runnerOf(words, flags);
  const place = await nodePlace(flags.world);
  const { url, deployment, world, control } = place;
  try {
    const key = keyOf(flags, flags.node, world);
    const chain = await openDeployment(url, deployment);
    try {
      const sight = new ChainSight(chain, deployment);
      const node = await numberOf(flags.node, sight);
      await checkAlone(place, flags.node, key);
      const narrator = new Narrator((line) => process.stderr.write(`${line}\n`));
      const lines = flags.json === true ? new JobLines((line) => process.stdout.write(`${line}\n`)) : undefined;
      const worker = await Worker.open({
        ...{ node, key, genesis: world.genesis, link: control, chain: sight, runner },
        payloads: flags.idle === undefined ? (flags.withoutPayload === true ? "ifThere" : "required") : "never",
        timeoutMs: (flags.timeout ?? Number.POSITIVE_INFINITY) * 1000,
        leaveMs: (flags.leaveSeconds ?? defaultLeaveSeconds) * 1000,
        ...(flags.latencyMs === undefined ? {} : { latencyMs: flags.latencyMs }),
        onEvent: (event) => {
          narrator.tell(event);
          lines?.tell(event);
        },
      });
      narrator.say(`Node ${flags.node} (number ${node}) works with the key ${publicKeyText(key)}. Ctrl-C ends it.`);
      await untilEnded(worker);
      narrator.conclude();
      return exitCodes.done;
    } finally {
      chain.close();
    }
  } finally {
    control.close();
  }
}

async function untilEnded(worker: Worker): Promise<void> {
  const leave = new AbortController();
  // Commands die with this process: their runner sees to it.
  const ended = () => (leave.signal.aborted ? process.exit(exitCodes.failed) : leave.abort());
  for (const signal of endings) process.on(signal, ended);
  try {
    await worker.run(leave.signal);
  } finally {
    for (const signal of endings) process.off(signal, ended);
  }
}

function runnerOf(words: readonly string[], { command, http, idle }: RunFlags): Runner {
  const ways = [words.length > 0, command !== undefined, http !== undefined, idle !== undefined];
  if (ways.filter(Boolean).length !== 1)
    throw new FabricError("USAGE", {
      problem: "How jobs are done is to be said in one way: a command after --, --command, --http or --idle.",
    });
  if (http !== undefined) return new HttpRunner(http);
  if (idle !== undefined) return new IdleRunner(idle);
  return new CommandRunner(command === undefined ? words : command.split(" ").filter((word) => word !== ""));
}

async function numberOf(name: string, sight: ChainSight): Promise<number> {
  const { nodes } = (await sight.read()).parameters;
  const index = nodes.findIndex((node) => node.name === name);
  if (index >= 0) return index + 1;
  const known = nodes.filter(({ status }) => status !== "removed").map((node) => node.name);
  throw new FabricError("VALUE_INVALID", {
    ...{ what: "--node", problem: `this fabric has no node "${name}"` },
    right: `Name one of these, or register it with \`fabric node register\`: ${known.join(", ")}`,
  });
}

/** Two processes of one node would both do its jobs. @throws NODE_AT_WORK */
async function checkAlone({ control, world }: NodePlace, name: string, key: SigningKey): Promise<void> {
  const isPractice = publicKeyText(nodeKey(world.seed, name)) === publicKeyText(key);
  if (isPractice && world.simulated.includes(name)) throw new FabricError("NODE_AT_WORK", { name });
  for (let tries = 0; await isListening(control, name); tries++) {
    if (tries === aloneTries) throw new FabricError("NODE_AT_WORK", { name });
    await sleep(aloneMs);
  }
}

/** While the orchestrator is away nobody listens. */
async function isListening(control: ControlClient, name: string): Promise<boolean> {
  try {
    const { nodes } = await control.status();
    return nodes.some((node) => node.name === name && node.connected);
  } catch (error) {
    if (error instanceof FabricError && error.exitCode === exitCodes.unreachable) return false;
    throw error;
  }
}
