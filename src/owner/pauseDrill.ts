import { createHash } from "node:crypto";
import { isPausedAt } from "../fabric/parameters.ts";
import type { Block, Chain, Deployment } from "../governance/index.ts";
import { readDelay } from "./announcement.ts";
import { batchOf } from "./batch.ts";
import { planChange } from "./catalogue.ts";
import { type Change, wholeFabric } from "./changes.ts";
import { readOffice } from "./office.ts";
import { simulate } from "./plan/simulation.ts";
import { standIn } from "./plan/standIn.ts";
import { fabricValues, shardValues, type Value } from "./views/governed.ts";
import { officesKnown, readWorldAt, type World } from "./world.ts";

/** How a shard stood; the whole fabric has the name "fabric". */
export type ScopeState = {
  readonly name: string;
  /** Nothing is routed or dispatched there. */
  readonly stopped: boolean;
  /** Its own pause, in words; a shard may run and be stopped with the fabric. */
  readonly own: Value;
};

export type DrillStep = {
  readonly does: "pause" | "resume";
  /** What the owners would sign. */
  readonly sentence: string;
  /** How long it waits by the constitution, in seconds. */
  readonly waitsSeconds: number;
  /** Of all its transactions, with signatures of accounts. */
  readonly gasUsed: number;
  /** What the contracts reported. */
  readonly events: readonly string[];
  /** After it. */
  readonly states: readonly ScopeState[];
};

/** Where the real chain was, and the SHA-256 of all that is governed there, hex. */
export type ChainMark = { readonly block: number; readonly hash: string; readonly state: string };

export type PauseDrillView = {
  readonly format: "planetary-fabric/pause-drill/v1";
  readonly chainId: number;
  readonly scope: string;
  /** Before the first step. */
  readonly states: readonly ScopeState[];
  readonly steps: readonly DrillStep[];
  /** After the last step every scope stands as before the first. */
  readonly restored: boolean;
  /** The real chain, read before and after. */
  readonly real: { readonly before: ChainMark; readonly after: ChainMark };
  /** Nothing that is governed there changed meanwhile. */
  readonly untouched: boolean;
};

/**
 * Pauses and resumes on a fork, through the multisig with its signatures, nonces and delays; others stand in for the
 * members. What is paused by the owners is resumed first and paused again.
 * @param chain the real one, which is only read
 * @param fork of it, for this alone
 * @param scope a shard's name, or "fabric"
 * @throws CHANGE_INVALID for an unknown shard; REVERTED and its kin when it would not work
 */
export async function drillPause(
  chain: Chain,
  fork: Chain,
  deployment: Deployment,
  scope: string,
): Promise<PauseDrillView> {
  const before = await markOf(chain, deployment);
  const world = await readWorldAt(fork, deployment, await fork.latest());
  const states = statesOf(world);
  const { keys } = await standIn(fork, officesKnown(world).office);
  const own = scope === wholeFabric ? world.parameters : world.parameters.shards.find(({ name }) => name === scope);
  const order = own?.pause.ownerPaused === true ? (["resume", "pause"] as const) : (["pause", "resume"] as const);
  const steps: DrillStep[] = [];
  for (const does of order) steps.push(await step(fork, deployment, keys, { kind: does, scope }));
  const after = await markOf(chain, deployment);
  return {
    format: "planetary-fabric/pause-drill/v1",
    ...{ chainId: chain.chainId, scope, states, steps },
    restored: JSON.stringify(steps.at(-1)?.states) === JSON.stringify(states),
    real: { before, after },
    untouched: before.state === after.state,
  };
}

async function step(
  fork: Chain,
  deployment: Deployment,
  keys: Parameters<typeof simulate>[2]["keys"],
  change: Extract<Change, { readonly kind: "pause" | "resume" }>,
): Promise<DrillStep> {
  const now = await fork.latest();
  const { calls, lane, sentence } = planChange(await readWorldAt(fork, deployment, now), change);
  const waitsSeconds = await readDelay(fork, deployment, calls);
  const office = await readOffice(fork, deployment);
  const batch = batchOf(office, lane, calls, sentence, now.time + waitsSeconds);
  const { gasUsed, events } = await simulate(fork, deployment, { office, keys }, batch, waitsSeconds);
  const states = statesOf(await readWorldAt(fork, deployment, await fork.latest()));
  return { does: change.kind, sentence, waitsSeconds, gasUsed, events, states };
}

function statesOf({ parameters, time }: World): ScopeState[] {
  const all = isPausedAt(parameters.pause, time) || parameters.retired;
  const pauseIn = (values: ReturnType<typeof fabricValues>) =>
    values.find(({ field }) => field === "pause")?.value ?? "";
  return [
    { name: wholeFabric, stopped: all, own: pauseIn(fabricValues(parameters, time)) },
    ...parameters.shards
      .filter(({ retired }) => !retired)
      .map((shard): ScopeState => {
        const own = pauseIn(shardValues(parameters, shard, time));
        return { name: shard.name, stopped: all || isPausedAt(shard.pause, time), own };
      }),
  ];
}

/** All that the owners govern, and how far their decisions have come, at the newest block. */
async function markOf(chain: Chain, deployment: Deployment): Promise<ChainMark> {
  const block = await chain.latest();
  return { block: block.number, hash: block.hash, state: await stateOf(chain, deployment, block) };
}

async function stateOf(chain: Chain, deployment: Deployment, block: Block): Promise<string> {
  const world = await readWorldAt(chain, deployment, block);
  // All but the time, which goes on by itself.
  const said = { parameters: world.parameters, offices: officesKnown(world) };
  const text = JSON.stringify(said, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
  return createHash("sha256").update(text, "utf8").digest("hex");
}
