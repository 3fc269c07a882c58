import type { JobRef } from "../../control/index.ts";
import { FabricError } from "../../errors.ts";

/** Most jobs that one range names. */
export const rangeMax = 1000;

/** `earth.exchange/17`. */
export function refText({ submitter, number }: JobRef): string {
  return `${submitter}/${number}`;
}

/** One job, or the first and the last of several. */
export function rangeText(submitter: string, first: number, last: number): string {
  const [from, to] = [first, last].map((number) => refText({ submitter, number }));
  return first === last ? from : `${from} … ${to}`;
}

/** @throws FabricError USAGE */
export function refOf(text: string): JobRef {
  const found = /^([^/]+)\/([1-9]\d{0,15})$/.exec(text);
  const number = Number(found?.[2]);
  if (found !== null && Number.isSafeInteger(number)) return { submitter: found[1], number };
  throw new FabricError("USAGE", {
    problem: `${text} names no job; its submitter and its number would, as in earth.exchange/17.`,
  });
}

/**
 * A job, or a range of them: `earth.exchange/17..40`.
 * @throws FabricError USAGE
 */
export function refsOf(text: string): JobRef[] {
  const found = /^(.+)\.\.([1-9]\d{0,15})$/.exec(text);
  if (found === null) return [refOf(text)];
  const { submitter, number: first } = refOf(found[1]);
  const last = Number(found[2]);
  if (last < first || last - first >= rangeMax)
    throw new FabricError("USAGE", {
      problem: `${text} is no range of jobs; one of at most ${rangeMax} would be right, as in earth.exchange/17..40.`,
    });
  return Array.from({ length: last - first + 1 }, (_, index) => ({ submitter, number: first + index }));
}
