import type { StatusView } from "../control/index.ts";
import { fieldInWords, pauseText, type Stated, subjectInWords, type Value, valueText } from "../owner/index.ts";
import { enforcedOf } from "./owner/enforced.ts";
import { capitalised } from "./wording.ts";

/** What owners and guardians have changed between two looks at a fabric that runs, a sentence each. */
export function changeSentences(before: StatusView, after: StatusView): string[] {
  // Nothing was in force before.
  if (before.governance.block === 0) return [];
  const was = statedBy(before);
  const known = new Set([...was.values()].map(({ subject }) => subjectInWords(subject)));
  const sentences = [...statedBy(after)].flatMap(([place, now]) => {
    const subject = subjectInWords(now.subject);
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
    enforcedOf(view, []).values.map((each) => [JSON.stringify([subjectInWords(each.subject), each.field]), each]),
  );
}

function changed(then: Stated, now: Stated): string {
  const { subject, field, value } = now;
  if (field === "pause") return `${capitalised(subjectInWords(subject))} ${pauseWords(value)}.`;
  if (field === "status") return `${capitalised(subjectInWords(subject))} is ${text(now)} now (before: ${text(then)}).`;
  const what = capitalised(fieldInWords(now));
  if (typeof then.value === "number" && typeof value === "number") {
    const verb = value > then.value ? "raised" : "lowered";
    return `${what} ${verb} from ${then.value.toLocaleString("en-US")} to ${text(now)}.`;
  }
  return `${what} changed from ${text(then)} to ${text(now)}.`;
}

function pauseWords(value: Value): string {
  return value === pauseText(null, null) ? "runs again" : `is ${value}`;
}

function text({ field, value }: Stated): string {
  return valueText(field, value);
}
