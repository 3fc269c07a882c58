import type { SubmitterView } from "../../control/index.ts";
import type { Machine } from "../../fabric/index.ts";
import { toHex } from "../../journal/index.ts";

/** What is known of a submitter; undefined when nobody of that name was ever admitted. */
export function submitterView({ state }: Machine, name: string): SubmitterView | undefined {
  const number = state.submitters.findIndex((submitter) => submitter?.parameters.name === name);
  if (number === -1) return undefined;
  const { parameters, expired, highest } = state.submitters[number];
  const { shards, jobsPerTick, expiry, revoked, keyKind, key } = parameters;
  return {
    name,
    number,
    shards: state.shards.flatMap((shard, index) =>
      ((shards >>> (index - 1)) & 1) === 1 ? [shard.parameters.name] : [],
    ),
    jobsPerTick,
    expiry,
    expired,
    revoked,
    keyKind,
    key: toHex(key),
    highest,
  };
}
