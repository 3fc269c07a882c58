// The orchestrator in a process of its own, as a drill runs it: it is told of each tick, and can be killed at any moment.

import { FabricError } from "../errors.ts";
import { isActive } from "../fabric/index.ts";
import { Anchorer, Chain, GovernanceFollower, practiceFees, Sender, walletOf } from "../governance/index.ts";
import { DurableMachine, FileStore } from "../journal/index.ts";
import { type Dispatch, practiceKey } from "../nodes/index.ts";
import { Orchestrator, type TickStep } from "./orchestrator.ts";
import type { FromOrchestrator, Standing, Start, ToOrchestrator } from "./protocol.ts";
import { resumeOf } from "./resume.ts";

type Running = { readonly orchestrator: Orchestrator; readonly chain: Chain };
let running: Promise<Running> | undefined;
/** Time that the next block gets; the drill says it anew for each tick. */
let blockTime = 0;
let last: Promise<void> = Promise.resolve();

process.on("message", (message: ToOrchestrator) => {
  last = last.then(() => obey(message)).catch(fail);
});
// Without the drill there is nobody to work for.
process.on("disconnect", () => process.exit());

async function obey(message: ToOrchestrator): Promise<void> {
  if (message.kind !== "close") blockTime = message.blockTime;
  if (message.kind === "start") {
    running = start(message);
    await running;
    return;
  }
  if (running === undefined) throw new RangeError(`${message.kind} before start`);
  const { orchestrator, chain } = await running;
  if (message.kind === "tick") {
    await orchestrator.tick(message);
    await tell({ kind: "done", standing: standingOf(orchestrator) });
    return;
  }
  const { receipts, stateRoot } = orchestrator.newestCheckpoint;
  orchestrator.close();
  chain.close();
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const used = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, rssMiB: maxRSS / 1024 };
  await tell({ kind: "closed", receipts, stateRoot, ...used });
  process.disconnect();
}

async function start(message: Start): Promise<Running> {
  const { genesis, deployment, confirmations, barrier } = message;
  const chain = await Chain.open(message.url, { chainId: deployment.chainId, genesisHash: deployment.genesisHash });
  const store = new FileStore(message.folder);
  const record = new DurableMachine(store, genesis);
  const { machine, recovery } = record;
  const follower = new GovernanceFollower(chain, deployment, { confirmations, ...resumeOf(machine, store) });
  const beforeTransaction = async () => {
    await chain.rpc("evm_setNextBlockTimestamp", [blockTime++]);
  };
  const sender = new Sender(chain, walletOf(message.anchorerKey), { fees: practiceFees, beforeTransaction });
  const anchorer = new Anchorer(sender, deployment);
  const surroundings = {
    claimed: (epoch: number) => tell({ kind: "claimed", epoch }),
    dispatch: (dispatches: readonly Dispatch[]) => tell({ kind: "dispatch", dispatches }),
    reached: async (step: TickStep, tick: number) => {
      if (barrier?.step !== step || barrier.tick !== tick) return;
      await tell({ kind: "barrier", tick, step });
      await new Promise(() => {});
    },
  };
  const key = practiceKey(message.sessionKey.seed, message.sessionKey.label);
  const orchestrator = await Orchestrator.start(record, follower, anchorer, surroundings, key);
  await tell({
    kind: "ready",
    epoch: orchestrator.epoch,
    resumedFromCheckpoint: recovery.snapshot?.checkpointSeq ?? 0,
    replayedTicks: recovery.replayedTicks,
    standing: standingOf(orchestrator),
  });
  return { orchestrator, chain };
}

function standingOf({ record }: Orchestrator): Standing {
  const { machine, head } = record;
  const { shards, jobs, nodes } = machine.state;
  const admitted = nodes.slice(1).filter(({ parameters }) => parameters.status !== "removed");
  return {
    tick: machine.tick,
    live: jobs.count,
    parked: shards.slice(1).reduce((sum, { parked }) => sum + parked.count, 0),
    queues: shards.slice(1).map(({ queue }) => queue.count),
    budgets: shards.slice(1).map(({ parameters }) => parameters.queueBudget),
    nodes: { active: admitted.filter(isActive).length, all: admitted.length },
    counters: { ...machine.counters },
    checkpoints: head.seq,
  };
}

/** Resolves when the message has left this process. */
function tell(message: FromOrchestrator): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error("this program is started by a drill, with a channel to it");
    process.send(message, undefined, undefined, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}

async function fail(error: unknown): Promise<void> {
  await tell({ kind: "failed", reason: reasonOf(error) });
  process.exit(error instanceof FabricError ? error.exitCode : 1);
}

/** What the catalogue says; of an error that nobody foresaw, where it happened. */
function reasonOf(error: unknown): string {
  if (error instanceof FabricError) return `${error.code}: ${error.message} ${error.remedy}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
