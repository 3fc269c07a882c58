import { FabricError } from "../errors.ts";
import type { Genesis } from "../fabric/index.ts";
import { Chain, type Deployment } from "../governance/index.ts";
import type { NodeRefusals } from "../nodes/index.ts";
import type { FromOrchestrator, Standing } from "../orchestrator/index.ts";
import { decide, type OwnerLogEntry } from "../owner/index.ts";
import { type KillPlan, killPlanOf } from "./killPlan.ts";
import { OrchestratorProcess } from "./orchestratorProcess.ts";
import type { Play } from "./play.ts";
import { readNodeView, type Stage, setStage } from "./stage.ts";
import { World } from "./world.ts";

/** What happens in a run now and then. */
export type News =
  | { readonly kind: "decided"; readonly tick: number; readonly sentence: string }
  | { readonly kind: "resumed"; readonly tick: number };

export type RunSetup = {
  readonly play: Play;
  /** Chain that the run deploys its contracts on. */
  readonly url: string;
  /** Folder of the orchestrator's store; empty. */
  readonly folder: string;
  readonly kill: KillPlan | null;
  /** Told after each tick. */
  readonly onTick: (standing: Standing) => void;
  readonly onNews?: ((news: News) => void) | undefined;
  /** Ends the run, with its reason as the error. */
  readonly signal: AbortSignal;
};

/** What a run left. */
export type Run = {
  readonly genesis: Genesis;
  readonly deployment: Deployment;
  readonly ownerLog: readonly OwnerLogEntry[];
  readonly nodeRefusals: readonly NodeRefusals[];
  readonly lastTick: number;
  /** Faults of the scenario that found nothing to work on until the end. */
  readonly faultsLeft: number;
  readonly receipts: { readonly size: number; readonly root: string };
  readonly stateRoot: string;
  readonly resumed: { readonly fromCheckpoint: number; readonly replayedTicks: number } | null;
  /** Of each process that the orchestrator was, as far as it lived to tell. */
  readonly orchestrator: { readonly cpuSeconds: number; readonly rssMiB: number };
};

type Ready = Extract<FromOrchestrator, { kind: "ready" }>;

/**
 * Plays a scenario against a chain, with the orchestrator in a process of its own. The drill owns the clock: it stands
 * still while the orchestrator is dead, and a tick counts only when it is on disk. However it ends, no process is left.
 * @throws ORCHESTRATOR_FAILED, errors of the chain
 */
export async function run(setup: RunSetup): Promise<Run> {
  const chain = await Chain.open(setup.url);
  try {
    const conductor = new Conductor(setup, await setStage(setup.play, chain));
    try {
      return await conductor.run();
    } finally {
      await conductor.end();
    }
  } finally {
    chain.close();
  }
}

class Conductor {
  readonly #setup: RunSetup;
  readonly #stage: Stage;
  readonly #ownerLog: OwnerLogEntry[];
  /** The process that is the orchestrator, or was it last. */
  #orchestrator: OrchestratorProcess;
  #restarts = 0;
  #resumed: Run["resumed"] = null;

  constructor(setup: RunSetup, stage: Stage) {
    this.#setup = setup;
    this.#stage = stage;
    this.#ownerLog = [...stage.founding];
    this.#orchestrator = this.#start(0, setup.kill);
  }

  async run(): Promise<Run> {
    const { play, onTick, signal } = this.#setup;
    const { genesis, deployment, clock } = this.#stage;
    clock.requireRoom(play.scenario.owners);
    const world = new World(play, genesis, await readNodeView(this.#stage));
    await this.#untilReady(world);
    const lastCue = lastCueOf(play);
    const endless = Math.max(4 * lastCue, play.scenario.jobsPerShard) + 1000;
    let standing: Standing;
    for (let tick = 1, stop = false; ; tick++) {
      signal.throwIfAborted();
      await this.#decide(tick, world);
      standing = await this.#play(tick, stop, world);
      onTick(standing);
      if (stop) break;
      // A run that has not ended by then never will: it is stopped, and fails its checks.
      stop = tick + 1 === endless || (tick >= lastCue && world.isOver && standing.live === 0);
    }
    this.#orchestrator.tell({ kind: "close" });
    const closed = await this.#orchestrator.next();
    if (closed.kind !== "closed")
      throw new FabricError("ORCHESTRATOR_FAILED", { reason: `it said ${closed.kind} at the end` });
    await this.#orchestrator.end();
    const { receipts, stateRoot, cpuSeconds, rssMiB } = closed;
    return {
      ...{ genesis, deployment, ownerLog: this.#ownerLog, nodeRefusals: world.fleet.refusals() },
      ...{ lastTick: standing.tick, faultsLeft: world.faultsLeft, receipts, stateRoot, resumed: this.#resumed },
      orchestrator: { cpuSeconds, rssMiB },
    };
  }

  /** Leaves no process behind, whatever happened. */
  end(): Promise<void> {
    return this.#orchestrator.kill();
  }

  /** One tick, until it is on record: if the orchestrator is killed in it, the next one goes on. */
  async #play(tick: number, stop: boolean, world: World): Promise<Standing> {
    const { clock } = this.#stage;
    const request = { kind: "tick", tick, time: clock.startOf(tick), stop } as const;
    this.#orchestrator.tell({ ...request, arrivals: await world.arrivals(tick), blockTime: clock.afterStart(tick, 0) });
    const done = await this.#untilDone(world);
    if (done !== "killed") return done;
    this.#restarts++;
    this.#orchestrator = this.#start(tick, null);
    const { standing, resumedFromCheckpoint, replayedTicks } = await this.#untilReady(world);
    this.#resumed = { fromCheckpoint: resumedFromCheckpoint, replayedTicks };
    this.#setup.onNews?.({ kind: "resumed", tick });
    if (standing.tick === tick) return standing;
    const blockTime = clock.afterStart(tick, this.#restarts + 1);
    this.#orchestrator.tell({ ...request, arrivals: await world.arrivals(tick), blockTime });
    const again = await this.#untilDone(world);
    if (again === "killed") throw new RangeError("a second barrier");
    return again;
  }

  #start(tick: number, barrier: KillPlan | null): OrchestratorProcess {
    const { chain, deployment, genesis, clock, keys } = this.#stage;
    const { play, folder } = this.#setup;
    return new OrchestratorProcess({
      kind: "start",
      ...{ folder, genesis, url: chain.url, deployment, barrier },
      confirmations: play.manifest.chain.confirmations,
      anchorerKey: keys.anchorer.privateKey,
      sessionKey: { seed: play.seed, label: `session ${this.#restarts + 1}` },
      blockTime: clock.afterStart(tick, this.#restarts),
    });
  }

  /** Carries on the conversation until the process has taken over: claimed its epoch and sent again what was unsure. */
  async #untilReady(world: World): Promise<Ready> {
    for (;;) {
      const message = await this.#orchestrator.next();
      if (message.kind === "ready") return message;
      if (message.kind === "claimed") world.fleet.observe(await readNodeView(this.#stage));
      if (message.kind === "dispatch") await world.deliver(message.dispatches);
    }
  }

  /** Carries on the conversation until the tick is done, or the process is where it is to be killed, and is. */
  async #untilDone(world: World): Promise<Standing | "killed"> {
    for (;;) {
      const message = await this.#orchestrator.next();
      if (message.kind === "done") return message.standing;
      if (message.kind === "dispatch") await world.deliver(message.dispatches);
      if (message.kind !== "barrier") continue;
      await this.#orchestrator.kill();
      return "killed";
    }
  }

  /** The owners' changes that are to be in force at a tick, each a transaction of theirs just before it. */
  async #decide(tick: number, world: World): Promise<void> {
    const due = this.#setup.play.scenario.owners.filter(({ atTick }) => atTick === tick);
    if (due.length === 0) return;
    const { clock, deciders, setBlockTime } = this.#stage;
    for (const [index, { change }] of due.entries()) {
      setBlockTime(clock.beforeStart(tick, due.length - 1 - index));
      const entry = await decide(deciders, change);
      this.#ownerLog.push(entry);
      this.#setup.onNews?.({ kind: "decided", tick, sentence: entry.sentence });
    }
    world.fleet.observe(await readNodeView(this.#stage));
  }
}

/** The last tick in which something is to happen, whether or not there is work. */
function lastCueOf(play: Play): number {
  const { arrival, faults, owners } = play.scenario;
  return Math.max(
    arrival.kind === "atOnce" ? 1 : arrival.ticks,
    killPlanOf(play)?.tick ?? 0,
    ...owners.map(({ atTick }) => atTick),
    ...faults.map((fault) => ("atTick" in fault ? fault.atTick : 0)),
  );
}
