import { FabricError } from "../../errors.ts";
import type { Chain, Deployment } from "../../governance/index.ts";
import type { Change } from "../changes.ts";
import { readWorld } from "../world.ts";
import { governedValues } from "./governed.ts";
import type { Plan } from "./planFile.ts";

/** The changes that take a plan back. @throws UNDO_NONE */
export function undoOf({ undo, lasts, changes }: Plan): readonly Change[] {
  if (undo !== null) return undo.changes;
  const problem = lasts.join("; ") || (changes.length === 0 ? "it changes nothing" : "it says of no way back");
  throw new FabricError("UNDO_NONE", { problem });
}

/**
 * Looks whether everything that a plan changed is still as it left it.
 * @throws UNDO_OVERTAKEN with what a later decision changed, or what was never done
 */
export async function checkUndo(plan: Plan, chain: Chain, deployment: Deployment): Promise<void> {
  const now = governedValues(await readWorld(chain, deployment));
  const overtaken = plan.differences.flatMap(({ what, after }) => {
    const found = now.get(what) ?? null;
    if (JSON.stringify(found) === JSON.stringify(after)) return [];
    return [`${what} is ${words(found)}, and the change left it at ${words(after)}`];
  });
  if (overtaken.length > 0) throw new FabricError("UNDO_OVERTAKEN", { problem: overtaken.join("; ") });
}

function words(value: unknown): string {
  if (value === null) return "not there";
  return Array.isArray(value) ? value.join(", ") || "none" : String(value);
}
