import type { SubmitterParameters } from "../../fabric/parameters.ts";
import { interfaceOf, keyKinds, nameBytes } from "../../governance/index.ts";
import type { Change, ChangeKind } from "../changes.ts";
import {
  callOf,
  dateOf,
  type Entries,
  invalid,
  irreversible,
  needless,
  type Plan,
  routine,
  serious,
} from "../entry.ts";
import { limitWords } from "../words/submitters.ts";
import { activeShards, freeName, shardNamed, submitterNamed, type World } from "../world.ts";

/** Who may bring work. */
export const submitters: Entries<"admitSubmitter" | "limitSubmitter" | "revokeSubmitter"> = {
  admitSubmitter: {
    ...serious,
    title: "Admit a submitter",
    words: [
      "admit-submitter <name> --key-kind <keyKind> --key <key> --shards <shards> --jobs-per-tick <jobsPerTick> " +
        "--expiry <expiry>",
    ],
    plan: ({ name, keyKind, key, shards, jobsPerTick, expiry = 0 }, world) => {
      freeName("admitSubmitter", "submitter", world.parameters.submitters, name);
      const limits = { shards: shardSet(world, "admitSubmitter", shards), jobsPerTick, expiry };
      checkExpiry(world, "admitSubmitter", expiry);
      const kind = keyKinds.indexOf(keyKind) + 1;
      const submitter = { submitterId: nameBytes(name), keyKind: kind, key, ...limits, revoked: false };
      const data = interfaceOf("SubmitterRegistry").encodeFunctionData("admit", [submitter]);
      const calls = [callOf(world, "SubmitterRegistry", data)];
      return { calls, lasts: "a submitter's name is never used again; `revoke-submitter` ends its admission" };
    },
  },
  limitSubmitter: {
    ...routine,
    title: "How much a submitter may bring, where, and until when; what is left out stays as it is",
    words: ["limit-submitter <submitter> --shards <shards> --jobs-per-tick <jobsPerTick> --expiry <expiry>"],
    plan: ({ submitter, shards, jobsPerTick, expiry }, world): Plan => {
      const now = submitterNamed(world, "limitSubmitter", submitter);
      const before = { shards: now.shards, jobsPerTick: now.jobsPerTick, expiry: now.expiry };
      const after = {
        shards: shards === undefined ? now.shards : shardSet(world, "limitSubmitter", shards),
        jobsPerTick: jobsPerTick ?? now.jobsPerTick,
        expiry: expiry ?? now.expiry,
      };
      checkExpiry(world, "limitSubmitter", after.expiry);
      const [was, is] = [wordsOf(world, before), wordsOf(world, after)];
      if (was === is) throw needless("limitSubmitter", `what ${submitter} may bring`, was);
      const data = interfaceOf("SubmitterRegistry").encodeFunctionData("limit", [now.number, before, after]);
      const calls = [callOf(world, "SubmitterRegistry", data)];
      if (before.expiry !== 0 && before.expiry <= world.time)
        return { calls, lasts: "it had expired, and nobody is admitted until a time that is over" };
      const names = shardNames(world, before.shards);
      if (names.length < bitCount(before.shards))
        return { calls, lasts: "it could bring jobs to a shard that is retired" };
      const undo: Change = {
        kind: "limitSubmitter",
        submitter,
        shards: names,
        jobsPerTick: before.jobsPerTick,
        expiry: before.expiry,
      };
      return { calls, undo: [undo] };
    },
  },
  revokeSubmitter: {
    ...irreversible,
    title: "Take nothing more from a submitter; what was taken goes on",
    words: ["revoke-submitter <submitter>"],
    plan: ({ submitter }, world) => {
      const { number, revoked } = submitterNamed(world, "revokeSubmitter", submitter);
      if (revoked) throw needless("revokeSubmitter", `the submitter ${submitter}`, "revoked");
      const data = interfaceOf("SubmitterRegistry").encodeFunctionData("revoke", [number]);
      const calls = [callOf(world, "SubmitterRegistry", data)];
      return { calls, lasts: "a revoked submitter never comes back; admit another one with a new key" };
    },
  },
};

type Limits = Pick<SubmitterParameters, "shards" | "jobsPerTick" | "expiry">;

function wordsOf({ parameters }: World, limits: Limits): string {
  const names = parameters.shards.map(({ name }) => name);
  return limitWords(names, { ...limits, shards: BigInt(limits.shards) });
}

/** Bit set of shards: bit i - 1 is shard i. */
function shardSet(world: World, change: ChangeKind, names: readonly string[]): number {
  return names.reduce((set, name) => (set | (1 << (shardNamed(world, change, name).number - 1))) >>> 0, 0);
}

function shardNames(world: World, set: number): string[] {
  return activeShards(world).flatMap(({ name, number }) => ((set >>> (number - 1)) & 1 ? [name] : []));
}

function bitCount(set: number): number {
  return [...set.toString(2)].filter((bit) => bit === "1").length;
}

function checkExpiry({ time }: World, change: ChangeKind, expiry: number): void {
  if (expiry === 0 || expiry > time) return;
  throw invalid(change, `expiry ${dateOf(expiry)} is over`, "Choose a later time, or 0 for never");
}
