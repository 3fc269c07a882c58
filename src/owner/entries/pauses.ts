import { isPausedAt } from "../../fabric/parameters.ts";
import { interfaceOf } from "../../governance/index.ts";
import { type Change, type ChangeKind, wholeFabric } from "../changes.ts";
import { byGuardian, callOf, type Entries, emergency, invalid, needless } from "../entry.ts";
import { guardianNamed, shardNamed, type World } from "../world.ts";

/** Stop and go. */
export const pauses: Entries<"pause" | "resume" | "guardianPause"> = {
  pause: {
    ...emergency,
    title: "Stop routing and dispatch until the owners resume",
    words: ["pause [scope=fabric]"],
    plan: ({ scope }, world) => {
      const { number, says, pause } = scopeNamed(world, "pause", scope);
      if (pause.ownerPaused) throw needless("pause", says, "paused by the owners");
      const data = interfaceOf("SystemPause").encodeFunctionData("pause", [number]);
      const calls = [callOf(world, "SystemPause", data)];
      if (pause.guardianUntil > world.time)
        return { calls, lasts: "it makes a guardian's pause the owners' own; `resume` ends both" };
      return { calls, undo: [{ kind: "resume", scope }] };
    },
  },
  resume: {
    ...emergency,
    title: "End every pause of the fabric, or of a shard",
    words: ["resume [scope=fabric]"],
    plan: ({ scope }, world) => {
      const { number, says, pause } = scopeNamed(world, "resume", scope);
      if (world.parameters.retired)
        throw invalid(
          "resume",
          "the fabric is retired for good, and nothing ends that",
          "Go on in the one that follows it",
        );
      if (!isPausedAt(pause, world.time))
        throw invalid("resume", `${says} is not paused by itself`, "There is nothing to resume");
      const data = interfaceOf("SystemPause").encodeFunctionData("resume", [number]);
      const calls = [callOf(world, "SystemPause", data)];
      if (pause.guardianUntil > world.time)
        return { calls, lasts: "a guardian's pause is over with it; `pause` pauses again, until the owners resume" };
      return { calls, undo: [{ kind: "pause", scope }] };
    },
  },
  guardianPause: {
    ...byGuardian,
    title: "A guardian stops routing and dispatch for a limited time, once until the owners re-arm it",
    words: ["guardian-pause [scope=fabric] --seconds <seconds> --guardian <guardian>"],
    plan: ({ scope, seconds, guardian }, world) => {
      const { number, says, pause } = scopeNamed(world, "guardianPause", scope);
      if (pause.ownerPaused) throw needless("guardianPause", says, "paused by the owners");
      const data = interfaceOf("SystemPause").encodeFunctionData("guardianPause", [number, seconds]);
      const calls = [callOf(world, "SystemPause", data)];
      const rearm = rearmOf(world, "guardianPause", guardian);
      if (pause.guardianUntil > world.time)
        return { calls, lasts: "a guardian's pause was in force before; `resume` ends both" };
      return { calls, undo: [{ kind: "resume", scope }, ...rearm] };
    },
  },
};

/** Re-arms the guardian who acts, where it is known who does. */
export function rearmOf(world: World, change: ChangeKind, guardian: string | undefined): Change[] {
  if (world.offices === undefined) return [];
  const armed = world.offices.guardians.filter((each) => each.armed);
  const who =
    guardian === undefined ? (armed.length === 1 ? armed[0] : undefined) : guardianNamed(world, change, guardian);
  return who === undefined ? [] : [{ kind: "rearmGuardian", guardian: who.address }];
}

function scopeNamed(world: World, change: ChangeKind, scope: string) {
  if (scope === wholeFabric) return { number: 0, says: "the whole fabric", pause: world.parameters.pause };
  const { number, pause } = shardNamed(world, change, scope);
  return { number, says: `the shard ${scope}`, pause };
}
