import { type DurableMachine, JournalReader, replay, type StoreReader, toHex } from "../../src/journal/index.ts";
import { Broken } from "./books.ts";

/**
 * Plays the whole journal again from its beginning, and holds what it makes against what is there.
 * @returns the digests of all checkpoints, in order
 * @throws Broken
 */
export function judgeReplay({ machine, receipts, head }: DurableMachine, store: StoreReader): string[] {
  const digests: string[] = [];
  let last: { readonly state: Uint8Array; readonly root: string } | undefined;
  for (const { checkpoint, effects, replay: made } of replay(new JournalReader(store).records())) {
    if (checkpoint !== undefined) digests.push(checkpoint.digest);
    if (effects.tick === machine.tick) last = { state: made.machine.snapshot().state, root: toHex(made.tree.root()) };
  }
  if (last === undefined || Buffer.compare(last.state, machine.snapshot().state) !== 0)
    throw new Broken("replaysAlike", `the state of tick ${machine.tick}`);
  if (last.root !== receipts.root) throw new Broken("replaysAlike", "the root of the receipts");
  if ((digests.at(-1) ?? head.digest) !== head.digest) throw new Broken("replaysAlike", "the newest checkpoint");
  return digests;
}
