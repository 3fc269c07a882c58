import type { Call } from "./batch.ts";
import { type Change, type ChangeKind, checkParameters } from "./changes.ts";
import { describeCalls, vocabularyOf } from "./describe.ts";
import { constitution } from "./entries/constitution.ts";
import { fabric } from "./entries/fabric.ts";
import { nodes } from "./entries/nodes.ts";
import { offices } from "./entries/offices.ts";
import { pauses } from "./entries/pauses.ts";
import { shards } from "./entries/shards.ts";
import { submitters } from "./entries/submitters.ts";
import type { Entries, Severity } from "./entry.ts";
import type { Lane } from "./office.ts";
import type { World } from "./world.ts";

export type PlannedChange = {
  readonly change: Change;
  /** What an owner reads before signing: what each call does, in their order. */
  readonly sentence: string;
  /** Whose decision it is: a batch of the owners, or a transaction of one guardian. */
  readonly by: "owners" | "guardian";
  readonly lane: Lane;
  readonly severity: Severity;
  readonly calls: readonly Call[];
  /** The changes that bring back what was before; null when none does. They need signatures of their own. */
  readonly undo: readonly Change[] | null;
  /** Why no other change takes it back, without a full stop; null when one does. */
  readonly lasts: string | null;
};

/** Every change that owners and guardians may make. Command line, exports and documents are made from it. */
export const catalogue: Entries<ChangeKind> = {
  ...pauses,
  ...shards,
  ...fabric,
  ...nodes,
  ...submitters,
  ...offices,
  ...constitution,
};

/**
 * Works out what a change takes in the world as it is: the calls, with the values that they expect to find.
 * @throws CHANGE_INVALID when a name is unknown, a value is out of bounds, or nothing would change
 */
export function planChange(world: World, change: Change): PlannedChange {
  return planOf(world, change.kind, change);
}

function planOf<Kind extends ChangeKind>(world: World, kind: Kind, change: Change): PlannedChange {
  const { kind: _, ...parameters } = change;
  const { plan, by, lane, severity } = catalogue[kind];
  const { calls, ...after } = plan(checkParameters(kind, parameters), world);
  const sentence = describeCalls(calls, vocabularyOf(world));
  const back = "undo" in after ? { undo: after.undo, lasts: null } : { undo: null, lasts: after.lasts };
  return { change, sentence, by, lane, severity, calls, ...back };
}
