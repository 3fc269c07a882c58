import { AbiCoder } from "ethers";
import { z } from "zod";
import { orderKinds } from "../../governance/index.ts";
import { list, struct } from "../decoding.ts";
import { amountOf, counted } from "../entry.ts";
import { args, type CallWords, name, nameOfNumber, type Vocabulary, Wordless, whole, wordsOf } from "./callWords.ts";

const eight = list(whole);

/** What calls of `ShardRegistry` do. */
export const shardWords: Readonly<Record<string, CallWords>> = {
  register: wordsOf(
    args(
      name,
      struct({
        ...{ queueBudget: whole, latencyBudgetMs: whole, spillThreshold: whole, spillBatch: whole, weight: whole },
        ...{ status: z.literal(1n, "it registers a shard that is not active"), routes: eight },
      }),
    ),
    ([called, { queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight, routes }], vocabulary) => ({
      says:
        `Register the shard ${called}: queue budget ${amountOf(queueBudget, "jobs")}, latency budget ` +
        `${counted(latencyBudgetMs)} ms, spill threshold ${counted(spillThreshold)}, spill batch ` +
        `${amountOf(spillBatch, "jobs a tick")}, weight ${counted(weight)}, spills to ${routeWords(vocabulary, routes)}`,
      teaches: { shards: [...vocabulary.shards, called] },
    }),
  ),
  setQueueBudget: ofShard("queue budget", "jobs"),
  setLatencyBudget: ofShard("latency budget", "ms"),
  setSpillThreshold: ofShard("spill threshold", "jobs"),
  setSpillBatch: ofShard("spill batch", "jobs a tick"),
  setWeight: ofShard("weight", ""),
  setRoutes: wordsOf(args(whole, eight, eight), ([shard, expected, routes], vocabulary) => {
    const [before, after] = [routeWords(vocabulary, expected), routeWords(vocabulary, routes)];
    return `Let the jobs of ${shardCalled(vocabulary, shard)} spill to ${after} (before: ${before})`;
  }),
  retire: wordsOf(
    args(whole),
    ([shard], vocabulary) =>
      `Retire the shard ${shardCalled(vocabulary, shard)} for good; what waits there stays until it is moved`,
  ),
  order: wordsOf(args(whole, z.string()), ([kind, payload], vocabulary) => {
    switch (kind) {
      case orderKinds.checkpoint:
        payloadOf([], payload);
        return "Make a checkpoint now";
      case orderKinds.cancel: {
        const [submitter, number] = payloadOf(["uint32", "uint64"], payload);
        return `Cancel job ${number} of ${nameOfNumber("submitter", vocabulary.submitters, Number(submitter))}`;
      }
      case orderKinds.move: {
        const [from, to, count] = payloadOf(["uint16", "uint16", "uint32"], payload).map(Number);
        const [source, target] = [shardCalled(vocabulary, from), shardCalled(vocabulary, to)];
        return `Move up to ${count === 1 ? "1 waiting job" : `${counted(count)} waiting jobs`} of ${source} that ${target} can serve to ${target}`;
      }
      default:
        throw new Wordless(`there is no order of the kind ${kind}`);
    }
  }),
  setTickLength: ofFabric("tick length", "ms"),
  setCheckpointInterval: ofFabric("checkpoint interval", "ticks"),
  setHeartbeatGrace: ofFabric("heartbeat grace", "intervals"),
  setMaxAttempts: ofFabric("number of attempts", ""),
};

function ofShard(noun: string, unit: string): CallWords {
  return wordsOf(args(whole, whole, whole), ([shard, expected, value], vocabulary) => {
    const called = shardCalled(vocabulary, shard);
    return `Set the ${noun} of ${called} from ${counted(expected)} to ${amountOf(value, unit)}`;
  });
}

function ofFabric(noun: string, unit: string): CallWords {
  return wordsOf(
    args(whole, whole),
    ([expected, value]) => `Set the ${noun} from ${counted(expected)} to ${amountOf(value, unit)}`,
  );
}

function shardCalled({ shards }: Vocabulary, number: number): string {
  return nameOfNumber("shard", shards, number);
}

/** Routes as the contract keeps them: eight places, 0 for an empty one. */
function routeWords(vocabulary: Vocabulary, routes: readonly number[]): string {
  const names = routes.filter((route) => route !== 0).map((route) => shardCalled(vocabulary, route));
  return names.length === 0 ? "no other shard" : names.join(", then ");
}

/** An order's payload, which has no bytes but those that it is made of. @throws Wordless */
function payloadOf(types: readonly string[], payload: string): bigint[] {
  const coder = AbiCoder.defaultAbiCoder();
  try {
    const values = coder.decode([...types], payload).toArray();
    if (coder.encode([...types], values) === payload) return z.array(z.bigint()).parse(values);
  } catch {
    // It is no payload either when it cannot be decoded.
  }
  throw new Wordless("the order says more, or less, than orders of its kind do");
}
