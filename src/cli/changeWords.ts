import type { StatusView } from "../control/index.ts";
import { pauseText, type Stated, type Value, valueText } from "../owner/index.ts";
import { enforcedOf } from "./owner/enforced.ts";
import { capitalised } from "./wording.ts";

/** What owners and guardians have changed between two looks at a fabric that runs, a sentence each. */
export function changeSentences(before: StatusView, after: StatusView): string[] {
  // Nothing was in force before.
  if (before.governance.block === 0) return [];
  const was = statedBy(before);
  const known = new Set([...was.values()].map(({ subject }) => subjectWords(subject)));
  const sentences = [...statedBy(after)].flatMap(([place, now]) => {
    const subject = subjectWords(now.subject);
    // Of what is new its status is enough.
    if (!known.has(subject)) return now.field === "status" ? [`${capitalised(subject)} is new: ${text(now)}.`] : [];
    const then = was.get(place);
    return then === undefined || text(then) === text(now) ? [] : [changed(then, now)];
  });
  const newSubmitters = after.submitters.filter((name) => !before.submitters.includes(name));
  return [...sentences, ...newSubmitters.map((name) => `Submitter ${name} is new.`)];
}

function statedBy(view: StatusView): ReadonlyMap<string, Stated> {
  return new Map(
    enforcedOf(view, []).values.map((each) => [JSON.stringify([subjectWords(each.subject), each.field]), each]),
  );
}

/** `shard mars`, `node mars.gpu-helion`, `the whole fabric` */
function subjectWords({ kind, name }: Stated["subject"]): string {
  return kind === "fabric" ? "the whole fabric" : `${kind} ${name}`;
}

function changed(then: Stated, now: Stated): string {
  const { subject, field, value } = now;
  const whose = subject.kind === "shard" ? subject.name : subjectWords(subject);
  if (field === "pause") return `${capitalised(subjectWords(subject))} ${pauseWords(value)}.`;
  if (field === "status") return `${capitalised(subjectWords(subject))} is ${text(now)} now (before: ${text(then)}).`;
  const what = fieldWords[field] ?? spaced(field);
  if (typeof then.value === "number" && typeof value === "number") {
    const verb = value > then.value ? "raised" : "lowered";
    return `${capitalised(what)} of ${whose} ${verb} from ${then.value.toLocaleString("en-US")} to ${text(now)}.`;
  }
  return `${capitalised(what)} of ${whose} changed from ${text(then)} to ${text(now)}.`;
}

function pauseWords(value: Value): string {
  return value === pauseText(null, null) ? "runs again" : `is ${value}`;
}

function text({ field, value }: Stated): string {
  return valueText(field, value);
}

/** Where the name of a field, spaced, would not do. */
const fieldWords: Readonly<Record<string, string>> = {
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
