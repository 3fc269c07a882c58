import { decodeInputs, type Machine, type OrderInput } from "../fabric/index.ts";
import type { FollowerOptions } from "../governance/index.ts";
import { JournalReader, type StoreReader } from "../journal/index.ts";

/**
 * Where the follower of the chain goes on from, for a machine that has done ticks.
 * @param store where its journal is
 */
export function resumeOf({ tick, governance, state }: Machine, store: StoreReader): Pick<FollowerOptions, "resume"> {
  if (tick === 0) return {};
  const { orders, parameters } = state;
  return { resume: { blockHash: governance.hash, orderIndex: orders, parameters, obeyed: () => ordersIn(store) } };
}

/** The owners' orders that a journal has, from the first. */
function* ordersIn(store: StoreReader): Generator<OrderInput, void, undefined> {
  for (const { number, bytes } of new JournalReader(store).records())
    if (number > 0) yield* decodeInputs(bytes).filter((input) => input.kind === "order");
}
