import type { ContractTransactionResponse } from "ethers";
import type { ShardRegistry } from "../../types/index.ts";

const [U8, U16, U24, U32] = [2 ** 8 - 1, 2 ** 16 - 1, 2 ** 24 - 1, 2 ** 32 - 1];
const EARTH = 1;

/** Places in storage; slots 0 and 1 hold the owner and the owner to be. */
export const [COMMON_SLOT, SHARDS_SLOT] = [2, 4];

export type Send = (contract: ShardRegistry, expected: number, value: number) => Promise<ContractTransactionResponse>;

/** One parameter: its setter, what it is at first, another value, its bounds, and the slot and bytes it is kept in. */
export interface Parameter {
  readonly setter: string;
  readonly field: string;
  readonly send: Send;
  readonly initial: number;
  readonly value: number;
  readonly bounds: readonly [minimum: number, maximum: number];
  readonly tooLow: number | undefined;
  readonly tooHigh: number | undefined;
  readonly place: readonly [slot: number, offset: number, bytes: number];
}

export const shardParameters: readonly Parameter[] = [
  {
    ...{ setter: "setQueueBudget", field: "queueBudget", initial: 6000, value: 8000 },
    ...{ bounds: [400, U24], tooLow: 399, tooHigh: undefined, place: [SHARDS_SLOT + EARTH, 0, 3] },
    send: (shards, expected, value) => shards.setQueueBudget(EARTH, expected, value),
  },
  {
    ...{ setter: "setLatencyBudget", field: "latencyBudgetMs", initial: 120, value: 150 },
    ...{ bounds: [1, U24], tooLow: 0, tooHigh: undefined, place: [SHARDS_SLOT + EARTH, 3, 3] },
    send: (shards, expected, value) => shards.setLatencyBudget(EARTH, expected, value),
  },
  {
    ...{ setter: "setSpillThreshold", field: "spillThreshold", initial: 400, value: 300 },
    ...{ bounds: [0, 6000], tooLow: undefined, tooHigh: 6001, place: [SHARDS_SLOT + EARTH, 6, 3] },
    send: (shards, expected, value) => shards.setSpillThreshold(EARTH, expected, value),
  },
  {
    ...{ setter: "setSpillBatch", field: "spillBatch", initial: 64, value: 128 },
    ...{ bounds: [1, U16], tooLow: 0, tooHigh: undefined, place: [SHARDS_SLOT + EARTH, 9, 2] },
    send: (shards, expected, value) => shards.setSpillBatch(EARTH, expected, value),
  },
  {
    ...{ setter: "setWeight", field: "weight", initial: 100, value: 200 },
    ...{ bounds: [1, 10_000], tooLow: 0, tooHigh: 10_001, place: [SHARDS_SLOT + EARTH, 11, 2] },
    send: (shards, expected, value) => shards.setWeight(EARTH, expected, value),
  },
];

export const fabricParameters: readonly Parameter[] = [
  {
    ...{ setter: "setTickLength", field: "tickMs", initial: 0, value: 250 },
    ...{ bounds: [100, U32], tooLow: 99, tooHigh: undefined, place: [COMMON_SLOT, 0, 4] },
    send: (shards, expected, value) => shards.setTickLength(expected, value),
  },
  {
    ...{ setter: "setCheckpointInterval", field: "checkpointIntervalTicks", initial: 0, value: 40 },
    ...{ bounds: [1, U32], tooLow: 0, tooHigh: undefined, place: [COMMON_SLOT, 4, 4] },
    send: (shards, expected, value) => shards.setCheckpointInterval(expected, value),
  },
  {
    ...{ setter: "setHeartbeatGrace", field: "heartbeatGrace", initial: 0, value: 3 },
    ...{ bounds: [1, U8], tooLow: 0, tooHigh: undefined, place: [COMMON_SLOT, 8, 1] },
    send: (shards, expected, value) => shards.setHeartbeatGrace(expected, value),
  },
  {
    ...{ setter: "setMaxAttempts", field: "maxAttempts", initial: 0, value: 5 },
    ...{ bounds: [1, U8], tooLow: 0, tooHigh: undefined, place: [COMMON_SLOT, 9, 1] },
    send: (shards, expected, value) => shards.setMaxAttempts(expected, value),
  },
];
