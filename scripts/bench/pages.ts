import { limitOf } from "../../test/contracts/gas/limits.ts";
import { markdownTable } from "../docs/section.ts";
import type { ChainCost } from "./chain.ts";
import { chainTable } from "./chain.ts";
import type { CoreCost } from "./core.ts";
import type { DrillCost } from "./drill.ts";
import { type GasReport, gasTables } from "./gas.ts";
import { median } from "./median.ts";
import { type MessageCost, messageTable } from "./messages.ts";
import type { RecoverCost } from "./recover.ts";
import type { ResumeCost } from "./resume.ts";
import { type Point, type ScaleCost, scaleTables } from "./scale.ts";
import { scalePictures, scalePlotPaths } from "./scalePlots.ts";

/** What is asked of the program, and what was found. */
export type Bound = { readonly asked: string; readonly found: string; readonly isMet: boolean };

/** What stands in `docs/performance.md` of a suite. */
export type Said = {
  /** Markdown. */
  readonly body: string;
  readonly bounds: readonly Bound[];
  /** SVG by path from `docs/` on. */
  readonly pictures: ReadonlyMap<string, string>;
};

/** How a suite is run for that document. */
export type SuitePage = {
  /** The options of each of its runs, and how often each is made, in a process of its own. */
  readonly runs: readonly Run[];
  /** @param printed JSON of each run, each time */
  readonly says: (printed: readonly (readonly string[])[]) => Promise<Said>;
};
type Run = { readonly options: readonly string[]; readonly times: number };

type Page<Found> = {
  readonly runs: readonly Run[];
  /** @param found by run, and by time */
  readonly shows: (found: readonly (readonly Found[])[]) => string;
  readonly bounds: (found: readonly (readonly Found[])[]) => readonly Bound[];
  readonly pictures?: (found: readonly (readonly Found[])[]) => Promise<ReadonlyMap<string, string>>;
};

function suitePage<Found>({ runs, shows, bounds, pictures }: Page<Found>): SuitePage {
  return {
    runs,
    says: async (printed) => {
      const found = printed.map((times) => times.map((text): Found => JSON.parse(text)));
      return { body: shows(found), bounds: bounds(found), pictures: (await pictures?.(found)) ?? new Map() };
    },
  };
}

const once = (...options: readonly string[]) => ({ options, times: 1 });
const thrice = (...options: readonly string[]) => ({ options, times: 3 });

const core = suitePage<CoreCost>({
  runs: [
    thrice("--total", "40000"),
    thrice("--total", "1000000"),
    thrice("--total", "1000000", "--nodes", "600"),
    once("--total", "10000000", "--nodes", "6000"),
  ],
  shows: (found) =>
    markdownTable(
      [
        "Jobs",
        "Ticks",
        "Runs",
        "CPU-s",
        "Least to most",
        "µs a job",
        "Of which start, CPU-s",
        "Memory, MiB",
        "Times the floor",
        "Time, s",
      ],
      found.map((runs) => {
        const of = (what: (cost: CoreCost) => number) => median(runs.map(what));
        const spent = runs.map(({ cpuSeconds }) => cpuSeconds);
        return [
          ...[of(({ jobs }) => jobs), of(({ ticks }) => ticks)].map(counted),
          `${runs.length}`,
          hundredth(median(spent)),
          runs.length === 1 ? "" : `${hundredth(Math.min(...spent))} to ${hundredth(Math.max(...spent))}`,
          hundredth(of(({ cpuSeconds, jobs }) => (1e6 * cpuSeconds) / jobs)),
          hundredth(of(({ startCpuSeconds }) => startCpuSeconds)),
          counted(of(({ rssMiB }) => rssMiB)),
          hundredth(of(({ timesFloor }) => timesFloor)),
          counted(Math.round(of(({ wallSeconds }) => wallSeconds))),
        ];
      }),
    ),
  bounds: (found) => {
    const [small, six, many, large] = found.map((runs) => ({
      cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
      rssMiB: median(runs.map(({ rssMiB }) => rssMiB)),
    }));
    const within = (what: string, { cpuSeconds, rssMiB }: typeof six, seconds: number, mebibytes: number): Bound => ({
      asked: `${what}: at most ${seconds} CPU-s and ${mebibytes} MB`,
      found: `${hundredth(cpuSeconds)} CPU-s, ${megabytes(rssMiB)} MB`,
      isMet: cpuSeconds <= seconds && megabytes(rssMiB) <= mebibytes,
    });
    const perJob = (one: typeof six, name: string): Bound => {
      const ratio = large.cpuSeconds / 10 / one.cpuSeconds;
      const asked = `a job of ten million costs at most 1.25 times one of a million (${name})`;
      return { asked, found: `${hundredth(ratio)} times`, isMet: ratio <= 1.25 };
    };
    return [
      {
        asked: "40,000 jobs: at most 1.0 CPU-s",
        found: `${hundredth(small.cpuSeconds)} CPU-s`,
        isMet: small.cpuSeconds <= 1,
      },
      within("1,000,000 jobs, 6 nodes, 25,000 ticks", six, 6, 300),
      within("1,000,000 jobs, 600 nodes, 250 ticks", many, 6, 300),
      within("10,000,000 jobs, 6,000 nodes", large, 80, 1000),
      perJob(six, "6 nodes"),
      perJob(many, "600 nodes"),
    ];
  },
});

/** What is taken for "does not depend", while the size grows ten thousand times. */
const sameWithin = 1.5;

const scale = suitePage<ScaleCost>({
  runs: [once()],
  shows: ([[cost]]) =>
    [
      picture(
        scalePlotPaths.ticks,
        "What a tick costs, by jobs that wait and by jobs that have ended: two flat lines.",
      ),
      picture(scalePlotPaths.checkpoints, "What a checkpoint costs, by jobs alive: it grows as they do."),
      picture(scalePlotPaths.nodes, "What an assignment costs, by nodes: it stays under the logarithm."),
      scaleTables(cost),
    ].join("\n\n"),
  bounds: ([[{ tickByQueue, tickByFinished, checkpointByLive, assignmentByNodes }]]) => {
    const eachJob = (points: ScaleCost["tickByQueue"]) =>
      points.map(({ size, microseconds, jobs }) => ({ size, microseconds: microseconds / jobs }));
    const eachLive = checkpointByLive
      .slice(1)
      .map(({ size, microseconds }) => ({ size, microseconds: microseconds / size }));
    const flat = (asked: string, points: readonly Point[]): Bound => {
      const costs = points.map(({ microseconds }) => microseconds);
      const [factor, growth] = [Math.max(...costs) / Math.min(...costs), costs[costs.length - 1] / costs[0]];
      const times = counted(points[points.length - 1].size / points[0].size);
      return {
        asked,
        found: `${times} times as many cost ${hundredth(growth)} times; dearest to cheapest ${hundredth(factor)}`,
        isMet: factor <= sameWithin,
      };
    };
    const logarithms = assignmentByNodes.slice(1).map(({ size, microseconds }) => {
      const [first] = assignmentByNodes;
      return microseconds / first.microseconds / (Math.log(size) / Math.log(first.size));
    });
    const [fewest, most] = [assignmentByNodes[0], assignmentByNodes[assignmentByNodes.length - 1]];
    return [
      flat(
        "a tick's cost does not depend on the jobs that wait (a job given out; within 1.5 times)",
        eachJob(tickByQueue),
      ),
      flat("nor on the jobs that have ended, nor on history (the same)", eachJob(tickByFinished)),
      {
        ...flat("a checkpoint costs in proportion to the live jobs, at most (each of them)", eachLive),
        isMet: eachLive.every(({ microseconds }) => microseconds <= sameWithin * eachLive[0].microseconds),
      },
      {
        asked: "an assignment grows at most with the logarithm of the nodes, to 10,000 and beyond",
        found: `${counted(most.size)} nodes cost ${hundredth(most.microseconds / fewest.microseconds)} times ${counted(fewest.size)}; the logarithm grows ${hundredth(Math.log(most.size) / Math.log(fewest.size))} times`,
        isMet: logarithms.every((part) => part <= 1),
      },
    ];
  },
  pictures: ([[cost]]) => scalePictures(cost),
});

const recover = suitePage<RecoverCost>({
  runs: [
    thrice("--total", "40000"),
    thrice("--total", "80000", "--backlog", "40000", "--after", "50"),
    once("--total", "10000000", "--nodes", "6000", "--after", "125"),
  ],
  shows: (found) =>
    markdownTable(
      [
        "Jobs ended",
        "Live",
        "Ticks played again",
        "Jobs that ended in them",
        "Runs",
        "Ready, s",
        "First leases, s",
        "CPU-s",
      ],
      found.map((runs) => {
        const of = (what: (cost: RecoverCost) => number) => median(runs.map(what));
        return [
          ...[of(({ endedJobs }) => endedJobs), of(({ liveJobs }) => liveJobs)].map(counted),
          ...[of(({ replayedTicks }) => replayedTicks), of(({ replayedJobs }) => replayedJobs)].map(counted),
          `${runs.length}`,
          hundredth(of(({ readyMs }) => readyMs) / 1000),
          hundredth(of(({ firstLeaseMs }) => firstLeaseMs) / 1000),
          hundredth(of(({ cpuSeconds }) => cpuSeconds)),
        ];
      }),
    ),
  bounds: (found) => {
    const [small, backlog, large] = found.map((runs) => ({
      seconds: median(runs.map(({ firstLeaseMs }) => firstLeaseMs)) / 1000,
      cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    }));
    const within = (asked: string, { seconds, cpuSeconds }: typeof small, most: number): Bound => ({
      asked: `${asked}: first leases within ${most} s`,
      found: `${hundredth(seconds)} s by the clock, ${hundredth(cpuSeconds)} CPU-s`,
      isMet: seconds <= most,
    });
    return [
      within("going on in the middle of 40,000 jobs", small, 1),
      within("going on with 40,000 jobs waiting", backlog, 1),
      within("going on in the middle of 10,000,000 jobs", large, 10),
    ];
  },
});

const resume = suitePage<readonly ResumeCost[]>({
  runs: [once("--total", "40000")],
  shows: ([[kills]]) =>
    markdownTable(
      ["Live jobs", "Ticks played again", "Ready, s", "First lease, s"],
      kills.map(({ liveJobs, replayedTicks, readyMs, firstLeaseMs }) => [
        ...[liveJobs, replayedTicks].map(counted),
        ...[readyMs, firstLeaseMs].map((ms) => hundredth(ms / 1000)),
      ]),
    ),
  bounds: ([[kills]]) => {
    const seconds = median(kills.map(({ firstLeaseMs }) => firstLeaseMs)) / 1000;
    return [
      {
        asked: "the whole orchestrator after SIGKILL, 40,000 live jobs, chain and nodes at work: a lease within 1 s",
        found: `${hundredth(seconds)} s by the clock, median of ${kills.length}`,
        isMet: seconds <= 1,
      },
    ];
  },
});

const messages = suitePage<readonly MessageCost[]>({
  runs: [once()],
  shows: ([[costs]]) => messageTable(costs),
  bounds: ([[costs]]) =>
    costs.map(({ keyKind, ratio }) => ({
      asked: `messages of nodes with ${keyKind} keys: at least 90 % of what verification alone reaches`,
      found: `${(100 * ratio).toFixed(1)} %`,
      isMet: ratio >= 0.9,
    })),
});

const gas = suitePage<GasReport>({
  runs: [once()],
  shows: ([[report]]) => gasTables(report),
  bounds: ([[{ osaka }]]) =>
    osaka.flatMap(({ by, use, gas }) => {
      const limit = limitOf(by, use);
      if (limit === undefined) return [];
      return [
        { asked: `${by}, ${use}: at most ${counted(limit)} gas`, found: `${counted(gas)} gas`, isMet: gas <= limit },
      ];
    }),
});

const drill = suitePage<DrillCost>({
  runs: [once()],
  shows: ([[{ cpuSeconds, rounds }]]) =>
    `${hundredth(cpuSeconds)} CPU-s of all processes, the median of ${rounds.map(hundredth).join(", ")}.`,
  bounds: ([[{ cpuSeconds, rounds }]]) => [
    {
      asked: "the default drill, chain and all: at most 20 CPU-s over all processes",
      found: `${hundredth(cpuSeconds)} CPU-s, median of ${rounds.length}`,
      isMet: cpuSeconds <= 20,
    },
  ],
});

const chain = suitePage<ChainCost>({
  runs: [once()],
  shows: ([[cost]]) => chainTable(cost),
  bounds: ([[{ drill }]]) => [
    {
      asked: "the live view: at most a few per cent of a drill's time",
      found: `${(100 * drill.liveShare).toFixed(2)} %`,
      isMet: drill.liveShare <= 0.03,
    },
  ],
});

/** In the order of the document. */
export const pages = { core, scale, recover, resume, drill, messages, gas, chain } as const satisfies Record<
  string,
  SuitePage
>;

function picture(path: string, words: string): string {
  return `![${words}](${path})`;
}

/** Of a million bytes each. */
function megabytes(mebibytes: number): number {
  return Math.round((mebibytes * 2 ** 20) / 1e6);
}

function hundredth(number: number): string {
  return number.toFixed(2);
}

function counted(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}
