import { FabricError } from "../errors.ts";
import type { Genesis } from "../fabric/index.ts";
import type { Deployment } from "../governance/index.ts";
import type { NodeRefusals } from "../nodes/index.ts";
import type { FromOrchestrator, Standing } from "../orchestrator/index.ts";
import { decide, type OwnerLogEntry } from "../owner/index.ts";
import type { KillPlan } from "./killPlan.ts";
import { OrchestratorProcess } from "./orchestratorProcess.ts";
import type { Play } from "./play.ts";
import { readNodeView, type Stage, setStage } from "./stage.ts";
import { World } from "./world.ts";

export type RunSetup = {
  readonly play: Play;
  /** Chain that the run deploys its contracts on. */
  readonly url: string;
  /** Folder of the orchestrator's store; empty. */
  readonly folder: string;
  readonly kill: KillPlan | null;
  /** Told after each tick. */
  readonly onTick: (standing: Standing) => void;
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
 * still while the orchestrator is dead, and a tick counts only when it is on disk.
 * @throws ORCHESTRATOR_FAILED, DRILL_ENDLESS, errors of the chain
 */
export async function run(setup: RunSetup): Promise<Run> {
  const stage = await setStage(setup.play, setup.url);
  try {
    return await new Conductor(setup, stage).run();
  } finally {
    stage.chain.close();
  }
}

class Conductor {
  readonly #setup: RunSetup;
  readonly #stage: Stage;
  readonly #ownerLog: OwnerLogEntry[];
  #restarts = 0;

  constructor(setup: RunSetup, stage: Stage) {
    this.#setup = setup;
    this.#stage = stage;
    this.#ownerLog = [...stage.founding];
  }

  async run(): Promise<Run> {
    const { play, kill, onTick } = this.#setup;
    const world = new World(play, this.#stage.genesis, await readNodeView(this.#stage));
    let orchestrator = this.#start(0, kill);
    let ready = await this.#untilReady(orchestrator, world);
    let resumed: Run["resumed"] = null;
    const lastChange = Math.max(0, ...play.scenario.owners.map(({ atTick }) => atTick));
    const endless = endlessAfter(play);
    let { standing } = ready;
    for (let tick = 1, over = false; ; tick++) {
      await this.#decide(tick, world);
      const stop = over || tick === endless;
      const request = { kind: "tick", tick, time: this.#stage.clock.startOf(tick), stop } as const;
      const arrivals = await world.arrivals(tick);
      orchestrator.tell({ ...request, arrivals, blockTime: this.#stage.clock.afterStart(tick, 0) });
      let done = await this.#untilDone(orchestrator, world);
      if (done === "killed") {
        orchestrator = this.#start(tick, null);
        ready = await this.#untilReady(orchestrator, world);
        resumed = { fromCheckpoint: ready.resumedFromCheckpoint, replayedTicks: ready.replayedTicks };
        done = ready.standing;
        if (done.tick < tick) {
          const blockTime = this.#stage.clock.afterStart(tick, this.#restarts + 1);
          orchestrator.tell({ ...request, arrivals: await world.arrivals(tick), blockTime });
          done = await this.#untilDone(orchestrator, world);
          if (done === "killed")
            throw new FabricError("ORCHESTRATOR_FAILED", { reason: "it stopped at a second barrier" });
        }
      }
      standing = done;
      onTick(standing);
      if (stop) break;
      over = world.isOver && tick >= lastChange && standing.live === 0;
    }
    orchestrator.tell({ kind: "close" });
    const closed = await orchestrator.next();
    if (closed.kind !== "closed")
      throw new FabricError("ORCHESTRATOR_FAILED", { reason: `it said ${closed.kind} at the end` });
    await orchestrator.end();
    const { genesis, deployment } = this.#stage;
    const { receipts, stateRoot, cpuSeconds, rssMiB } = closed;
    return {
      ...{
        genesis,
        deployment,
        ownerLog: this.#ownerLog,
        nodeRefusals: world.fleet.refusals(),
        faultsLeft: world.faultsLeft,
      },
      ...{ lastTick: standing.tick, receipts, stateRoot, resumed, orchestrator: { cpuSeconds, rssMiB } },
    };
  }

  #start(tick: number, barrier: KillPlan | null): OrchestratorProcess {
    const { chain, deployment, genesis, clock, keys } = this.#stage;
    const { play, folder } = this.#setup;
    if (tick > 0) this.#restarts++;
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
  async #untilReady(orchestrator: OrchestratorProcess, world: World): Promise<Ready> {
    for (;;) {
      const message = await orchestrator.next();
      if (message.kind === "ready") return message;
      if (message.kind === "claimed") world.fleet.observe(await readNodeView(this.#stage));
      if (message.kind === "dispatch") await world.deliver(message.dispatches);
    }
  }

  /** Carries on the conversation until the tick is done, or the process is where it is to be killed, and is. */
  async #untilDone(orchestrator: OrchestratorProcess, world: World): Promise<Standing | "killed"> {
    for (;;) {
      const message = await orchestrator.next();
      if (message.kind === "done") return message.standing;
      if (message.kind === "dispatch") await world.deliver(message.dispatches);
      if (message.kind !== "barrier") continue;
      await orchestrator.kill();
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
      this.#ownerLog.push(await decide(deciders, change));
    }
    world.fleet.observe(await readNodeView(this.#stage));
  }
}

/** A run that has not ended by then never will: it is stopped, and fails its checks. */
function endlessAfter({ scenario }: Play): number {
  const { arrival, faults, owners, jobsPerShard } = scenario;
  const arrivalTicks = arrival.kind === "atOnce" ? Math.ceil(jobsPerShard / 4) : arrival.ticks;
  const last = Math.max(
    0,
    ...owners.map(({ atTick }) => atTick),
    ...faults.map((f) => ("atTick" in f ? f.atTick : f.toTick)),
  );
  return 4 * Math.max(arrivalTicks, last) + 1000;
}
