import type { Derived } from "../derive.ts";
import { count } from "../text.ts";
import { type Bar, barsSpec } from "./bars.ts";
import type { Plot } from "./plot.ts";

const endings = {
  "failed attemptsSpent": "Job failed: no attempt was left",
  "failed reportedByNode": "Job failed: its node said so",
  "expired deadlinePassed": "Job expired: its deadline passed",
  "cancelled ownersOrder": "Job cancelled by the owners",
};

/** What went wrong, by reason: jobs without a result, leases that were lost, and what was turned away at the gate. */
export function failuresPlot({ measured, summary }: Derived, path: string): Plot {
  const { jobs, refusedMessages: messages } = summary;
  const known: readonly Bar[] = Object.entries(endings).map(([ending, what]) => ({
    what,
    value: [...measured.endings].find(([found]) => found === ending)?.[1] ?? 0,
  }));
  const others = [...measured.endings].filter(([ending]) => !(ending in endings));
  const bars: readonly Bar[] = [
    ...known,
    ...others.map(([ending, value]) => ({ what: `Job ${ending}`, value })),
    ...[...measured.turnedAway].map(([reason, value]) => ({ what: `Job not taken in: ${reason}`, value })),
    { what: "Lease lost with its node", value: jobs.interrupted },
    { what: "Result refused: its lease was over", value: jobs.refusedResults },
    { what: "Message refused: forged signature", value: messages.signature },
    { what: "Message refused: repeated", value: messages.replay },
    { what: "Message refused: unknown sender", value: messages.unknownSender },
    { what: "Message refused: malformed", value: messages.malformed },
    { what: "Message refused: too many", value: messages.tooMany },
  ];
  return {
    path,
    title: "What went wrong, by reason",
    caption: "Jobs that ended without a result, leases that were lost, and what was turned away at the gate.",
    spec: barsSpec(bars, ""),
    table: { head: ["What", "How often"], rows: bars.map(({ what, value }) => [what, count(value)]) },
  };
}
