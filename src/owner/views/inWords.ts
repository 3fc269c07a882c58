import type { Stated, Subject } from "./governed.ts";

/** What a value belongs to, as a person says it: `shard mars`, `node mars.gpu-helion`, `the whole fabric`. */
export function subjectInWords({ kind, name }: Subject): string {
  if (kind === "fabric") return "the whole fabric";
  return kind === "owners" ? "the owners" : `${kind} ${name}`;
}

/** What has a value, as a person says it: `queue budget of mars`, `slots of node mars.gpu-helion`. */
export function fieldInWords({ subject, field }: Pick<Stated, "subject" | "field">): string {
  const whose = subject.kind === "shard" ? subject.name : subjectInWords(subject);
  return `${named[field] ?? spaced(field)} of ${whose}`;
}

/** Where the name of a field, spaced, would not do. */
const named: Readonly<Record<string, string>> = {
  tickMs: "length of a tick",
  checkpointIntervalTicks: "ticks between checkpoints",
  latencyBudgetMs: "latency budget",
  maxConcurrency: "slots",
  heartbeatSeconds: "seconds between heartbeats",
};

/** queueBudget → queue budget */
function spaced(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
