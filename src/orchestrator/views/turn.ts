import type { State } from "../../fabric/index.ts";

/** As much of a backlog as its turns depend on. */
type Groups = { readonly groups: readonly { readonly head: number; readonly skillSet: number }[] };

/**
 * Jobs of a backlog whose turn is before that of the one in `slot`. Groups are merged by their first jobs, so the turn of
 * a job comes right after that of the latest among those before it in its group.
 * @param competes true of the skill sets whose jobs count; that of the job itself always does
 */
export function jobsBefore(
  { jobs }: State,
  { groups }: Groups,
  slot: number,
  competes: (skillSet: number) => boolean,
): number {
  const isLater = (a: number, b: number) => {
    const difference = jobs.rank(a) - jobs.rank(b);
    return difference > 0 || (difference === 0 && jobs.admission[a] > jobs.admission[b]);
  };
  let latest = slot;
  let head = slot;
  let before = 0;
  for (let other = jobs.previous[slot]; other !== 0; other = jobs.previous[other]) {
    if (isLater(other, latest)) latest = other;
    head = other;
    before++;
  }
  for (const group of groups) {
    if (group.head === head || !competes(group.skillSet)) continue;
    for (let other = group.head; other !== 0 && isLater(latest, other); other = jobs.next[other]) before++;
  }
  return before;
}
