import { FabricError } from "../../errors.ts";
import type { Chain, Deployment } from "../../governance/index.ts";
import type { Change } from "../changes.ts";
import { readWorld } from "../world.ts";
import { readFate } from "./fate.ts";
import { governedValues } from "./governed.ts";
import type { Plan } from "./planFile.ts";

/** The changes that take a plan back. @throws UNDO_NONE */
export function undoOf({ undo, lasts, changes }: Plan): readonly Change[] {
  if (undo !== null) return undo.changes;
  const problem = lasts.join("; ") || (changes.length === 0 ? "it changes nothing" : "it says of no way back");
  throw new FabricError("UNDO_NONE", { problem });
}

/**
 * Looks whether a plan was made, and whether everything that it changed is still as it left it.
 * @throws PLAN_UNMADE; UNDO_OVERTAKEN with what a later decision changed
 */
export async function checkUndo(plan: Plan, chain: Chain, deployment: Deployment): Promise<void> {
  const fate = await readFate(chain, deployment, plan);
  // Where the node does not tell, the values do.
  if (fate.is !== "made" && fate.is !== "unknown") throw new FabricError("PLAN_UNMADE", { problem: unmade[fate.is] });
  const now = governedValues(await readWorld(chain, deployment));
  const overtaken = plan.differences.flatMap(({ what, after }) => {
    const found = now.get(what) ?? null;
    if (JSON.stringify(found) === JSON.stringify(after)) return [];
    return [`${what} is ${words(found)}, and the change left it at ${words(after)}`];
  });
  if (overtaken.length > 0) throw new FabricError("UNDO_OVERTAKEN", { problem: overtaken.join("; ") });
}

const unmade = {
  open: "it was not executed",
  announced: "it was announced, and waits",
  recalled: "it was recalled while it waited",
  void: "it was announced, and a new constitution has made that void",
  overtaken: "another decision took its place in its lane",
} as const;

function words(value: unknown): string {
  if (value === null) return "not there";
  return Array.isArray(value) ? value.join(", ") || "none" : String(value);
}
