import { type Played, play, type Violation, type WorldKind } from "./play.ts";

export type WorldRef = { readonly kind: WorldKind; readonly seed: number };

export type Campaign = {
  readonly worlds: Iterable<WorldRef>;
  /** Faults cease early. */
  readonly liveness?: boolean;
  /** No world is begun after so many seconds of CPU time. */
  readonly cpuSeconds?: number;
};

/** What all worlds together went through. */
export type Tally = {
  worlds: number;
  ticks: number;
  recoveries: number;
  jobs: number;
  receipts: number;
  staleResults: number;
  readonly faults: Record<string, number>;
  readonly violations: (Violation & { readonly kind: WorldKind; readonly seed: number; readonly replay: string })[];
};

/** Worlds of one kind. */
export function* worldsOf(kind: WorldKind, from: number, seeds: number): Generator<WorldRef> {
  for (let seed = from; seed < from + seeds; seed++) yield { kind, seed };
}

const recordsPerWhole = 8;

/** To each whole world some of the record alone, which cost as much together. */
export function* worldsOfBothKinds(from: number, seeds: number): Generator<WorldRef> {
  for (let seed = from; seed < from + seeds; seed++) {
    yield { kind: "whole", seed };
    yield* worldsOf("record", (seed - 1) * recordsPerWhole + 1, recordsPerWhole);
  }
}

/** Plays worlds; `told` hears of every one. */
export async function campaign(
  { worlds, liveness = false, cpuSeconds = Number.POSITIVE_INFINITY }: Campaign,
  told: (tally: Tally) => void = () => {},
): Promise<Tally> {
  const tally: Tally = {
    ...{ worlds: 0, ticks: 0, recoveries: 0, jobs: 0, receipts: 0, staleResults: 0 },
    ...{ faults: {}, violations: [] },
  };
  const began = process.cpuUsage();
  for (const { kind, seed } of worlds) {
    const { user, system } = process.cpuUsage(began);
    if ((user + system) / 1e6 > cpuSeconds) break;
    count(tally, kind, await play(kind, seed, liveness), liveness);
    told(tally);
  }
  return tally;
}

/** The command that plays one world again. */
export function replayCommand(kind: WorldKind, seed: number, liveness: boolean): string {
  return `npm run simulate -- --kind ${kind} --from ${seed} --seeds 1${liveness ? " --liveness" : ""}`;
}

function count(tally: Tally, kind: WorldKind, played: Played, liveness: boolean): void {
  tally.worlds++;
  for (const each of ["ticks", "recoveries", "jobs", "receipts", "staleResults"] as const) tally[each] += played[each];
  for (const [fault, times] of Object.entries(played.faults)) tally.faults[fault] = (tally.faults[fault] ?? 0) + times;
  const { violation, seed } = played;
  if (violation !== undefined)
    tally.violations.push({ ...violation, kind, seed, replay: replayCommand(kind, seed, liveness) });
}
