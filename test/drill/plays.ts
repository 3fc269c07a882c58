import { readScenario, type Scenario, withJobs } from "../../src/config/index.ts";
import { type Play, type RehearsedTick, rehearse } from "../../src/drill/index.ts";
import type { Genesis, GovernanceInput, Input, Parameters } from "../../src/fabric/index.ts";
import { foundingParameters } from "../../src/practice/index.ts";

/** A scenario that ships, altered. */
export function playOf(name: string, change: Partial<Scenario> = {}, jobs?: number): Play {
  const { scenario, manifest } = readScenario(name);
  const altered = { ...scenario, ...change };
  return { scenario: withJobs(altered, jobs ?? altered.jobsPerShard), manifest, seed: scenario.seed };
}

/** A few jobs, a node that falls silent, and checkpoints every ten ticks: all that a drill has, in seconds. */
export function smallPlay(change: Partial<Scenario> = {}): Play {
  const play = playOf("quiet", {
    jobsPerShard: 60,
    arrival: { kind: "steady", ticks: 24 },
    faults: [{ kind: "silence", node: "earth.core-alpha", atTick: 8, forTicks: 10 }],
    owners: [{ atTick: 6, change: { kind: "setQueueBudget", shard: "earth", value: 5000 } }],
    ...change,
  });
  const { fabric } = play.manifest;
  return { ...play, manifest: { ...play.manifest, fabric: { ...fabric, checkpointIntervalTicks: 10 } } };
}

export function genesisOf({ seed, manifest }: Play): Genesis {
  const { maxLagBlocks, maxSilentTicks } = manifest.chain;
  return { chainId: 31337, ledger: `0x${"5f".repeat(20)}`, seed, maxLagBlocks, maxSilentTicks };
}

/** The chain as a founding leaves it. */
export function governance(values: Parameters | null, block = 1): GovernanceInput {
  const hash = new Uint8Array(32).fill(block);
  return { kind: "governance", version: block, block, latest: block, hash, time: 1_893_456_000 + block, values };
}

/** Plays without a chain: what was founded stays, but for what `at` says. */
export function rehearsed(
  play: Play,
  lastTick: number,
  at: (tick: number) => readonly Input[] = () => [],
): AsyncGenerator<RehearsedTick> {
  const founding = governance(foundingParameters(play.manifest, play.seed));
  return rehearse(play, genesisOf(play), { at: (tick) => (tick === 1 ? [founding] : at(tick)), lastTick });
}
