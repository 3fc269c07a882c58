import type { Check, KillPlan, Measurements, Play } from "../drill/index.ts";
import type { Machine, Parameters } from "../fabric/index.ts";
import { type Checkpoint, sha256, toHex } from "../journal/index.ts";
import type { Summary } from "./forms.ts";
import type { Primary } from "./primary.ts";

export type Facts = {
  readonly primary: Primary;
  readonly play: Play;
  readonly machine: Machine;
  readonly parameters: Parameters;
  readonly measured: Measurements;
  readonly control: Measurements | undefined;
  readonly checkpoints: readonly Checkpoint[];
  readonly kill: KillPlan | null;
  readonly checks: readonly Check[];
  readonly crash: { readonly sameReceiptsRoot: boolean; readonly sameStateRoot: boolean } | undefined;
  readonly roots: { readonly receipts: { readonly size: number; readonly root: string }; readonly stateRoot: string };
  /** Digests in the ledger. */
  readonly anchored: ReadonlySet<string>;
};

export function summaryOf(facts: Facts): Summary {
  const { primary, play, machine, parameters, measured, control, checkpoints, checks, roots, anchored } = facts;
  const { submitted, completed, failed, expired, cancelled, ...others } = machine.counters;
  const { interrupted, requeued, spilled, refusedResults } = others;
  return {
    format: "planetary-fabric/summary/v1",
    ...{ label: primary.drill.label, seed: play.seed, scenario: play.scenario.name },
    inputs: { manifest: digestOf(primary.manifestText), scenario: digestOf(primary.scenarioText) },
    verdict: checks.every(({ pass }) => pass) ? "pass" : "fail",
    checks,
    jobs: { submitted, completed, failed, expired, cancelled, interrupted, requeued, spilled, refusedResults },
    ticks: machine.tick,
    failureRate: submitted === 0 ? 0 : Math.round((1e6 * (failed + expired)) / submitted) / 1e6,
    skew: { max: measured.skew.jobs, control: control?.skew.jobs ?? null },
    crash: crashOf(facts),
    checkpoints: {
      count: checkpoints.length,
      anchored: checkpoints.filter(({ digest }) => anchored.has(digest)).length,
    },
    owner: {
      changes: primary.ownerLog.filter(({ change }) => change !== null).length,
      transactions: primary.ownerLog.length,
    },
    ...roots,
    heartbeats: { accepted: machine.heartbeats, refused: machine.refusedMessages },
    refusedMessages: measured.refusedMessages,
    shards: measured.shardFigures(parameters.shards.map(({ name }) => name)),
    nodes: measured.nodeFigures(parameters.nodes),
  };
}

function crashOf({ kill, crash, checkpoints }: Facts): Summary["crash"] {
  if (kill === null || crash === undefined) return null;
  const onRecord = kill.step === "beforeAppend" ? kill.tick - 1 : kill.tick;
  const seq = checkpoints.findLast(({ document }) => document.tick <= onRecord)?.document.seq ?? 0;
  const { sameReceiptsRoot, sameStateRoot } = crash;
  return {
    ...{ killedAtTick: kill.tick, killedAtStep: kill.step, resumedFromCheckpoint: seq },
    ...{ sameReceiptsRoot, sameStateRoot },
  };
}

function digestOf(text: string): string {
  return toHex(sha256(new TextEncoder().encode(text)));
}
