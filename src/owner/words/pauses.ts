import { amountOf, counted } from "../entry.ts";
import {
  args,
  type CallWords,
  nameOfNumber,
  noArgs,
  someone,
  text,
  type Vocabulary,
  Wordless,
  whole,
  wordsOf,
} from "./callWords.ts";

/** What calls of `SystemPause` do. */
export const pauseWords: Readonly<Record<string, CallWords>> = {
  pause: wordsOf(args(whole), ([scope], vocabulary) => `Pause ${scopeCalled(vocabulary, scope)}`),
  resume: wordsOf(args(whole), ([scope], vocabulary) => `Resume ${scopeCalled(vocabulary, scope)}`),
  guardianPause: wordsOf(
    args(whole, whole),
    ([scope, seconds], vocabulary) =>
      `Pause ${scopeCalled(vocabulary, scope)} for at most ${amountOf(seconds, "seconds")}`,
  ),
  revokeAnchorer: wordsOf(noArgs, (_, { anchorer }) => `Revoke the anchorer ${known(anchorer)}`),
  revokeMarketplace: wordsOf(noArgs, (_, { marketplace }) => `Revoke the marketplace ${known(marketplace)}`),
  setGuardianPauseLimit: wordsOf(
    args(whole, whole),
    ([expected, value]) =>
      `Set the longest pause of a guardian from ${counted(expected)} to ${amountOf(value, "seconds")}`,
  ),
  appointGuardian: wordsOf(args(text, whole, text), ([guardian]) => `Appoint the guardian ${guardian}`),
  dismissGuardian: wordsOf(args(text), ([guardian]) => `Dismiss the guardian ${guardian}`),
  armGuardian: wordsOf(args(text), ([guardian]) => `Let the guardian ${guardian} act once more`),
  retire: wordsOf(args(someone), ([successor]) => {
    const follows = successor === "none" ? "nothing follows it" : `it goes on under ${successor}`;
    return `Retire the whole fabric for good; ${follows}`;
  }),
};

function scopeCalled({ shards }: Vocabulary, scope: number): string {
  return scope === 0 ? "the whole fabric" : `the shard ${nameOfNumber("shard", shards, scope)}`;
}

function known(holder: string | undefined): string {
  if (holder === undefined) throw new Wordless("who holds which office is not known here");
  return holder;
}
