import { z } from "zod";
import { keyKinds } from "../../governance/index.ts";
import { struct } from "../decoding.ts";
import { amountOf, dateOf } from "../entry.ts";
import { args, type CallWords, name, nameOfNumber, namesInSet, text, whole, wordsOf } from "./callWords.ts";

const limits = { shards: z.bigint(), jobsPerTick: whole, expiry: whole };

/** What calls of `SubmitterRegistry` do. */
export const submitterWords: Readonly<Record<string, CallWords>> = {
  admit: wordsOf(
    args(
      struct({
        ...limits,
        ...{ submitterId: name, keyKind: whole, key: text },
        revoked: z.literal(false, "it admits a submitter that is revoked"),
      }),
    ),
    ([submitter], vocabulary) => {
      const { submitterId, keyKind, key } = submitter;
      const kind = nameOfNumber("kind of keys", keyKinds, keyKind);
      return {
        says: `Admit the submitter ${submitterId} with ${limitWords(vocabulary.shards, submitter)}, ${kind} key ${key}`,
        teaches: { submitters: [...vocabulary.submitters, submitterId] },
      };
    },
  ),
  limit: wordsOf(args(whole, struct(limits), struct(limits)), ([submitter, expected, value], vocabulary) => {
    const [before, after] = [limitWords(vocabulary.shards, expected), limitWords(vocabulary.shards, value)];
    const called = nameOfNumber("submitter", vocabulary.submitters, submitter);
    return `Let the submitter ${called} bring ${after} (before: ${before})`;
  }),
  revoke: wordsOf(
    args(whole),
    ([submitter], { submitters }) =>
      `Revoke the submitter ${nameOfNumber("submitter", submitters, submitter)} for good`,
  ),
};

type Limits = { readonly shards: bigint; readonly jobsPerTick: number; readonly expiry: number };

/**
 * How much a submitter may bring, where, and until when.
 * @param names of the shards, by number
 */
export function limitWords(names: readonly string[], { shards, jobsPerTick, expiry }: Limits): string {
  const where = namesInSet("shard", names, shards).join(", ");
  const until = expiry === 0 ? "for ever" : `until ${dateOf(expiry)}`;
  return `${amountOf(jobsPerTick, "jobs a tick")} to ${where || "no shard"} ${until}`;
}
