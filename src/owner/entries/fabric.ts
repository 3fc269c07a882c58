import { interfaceOf } from "../../governance/index.ts";
import type { Change } from "../changes.ts";
import { amountOf, callOf, type Entries, irreversible, needless, type Plan, routine, serious } from "../entry.ts";
import { addressOf, type World } from "../world.ts";

type FabricSetter = "setTickLength" | "setCheckpointInterval" | "setHeartbeatGrace" | "setMaxAttempts";
type FabricNumber = "tickMs" | "checkpointIntervalTicks" | "heartbeatGrace" | "maxAttempts";

/** What holds for all shards, and the end of it all. */
export const fabric: Entries<FabricSetter | "retireFabric"> = {
  setTickLength: {
    ...serious,
    title: "How long a tick is",
    words: ["set fabric.tickMs <value>"],
    plan: ({ value }, world) => setFabric(world, "setTickLength", value, ["tickMs", "tick length", "ms"]),
  },
  setCheckpointInterval: {
    ...routine,
    title: "How often a checkpoint is written and anchored",
    words: ["set fabric.checkpointIntervalTicks <value>"],
    plan: ({ value }, world) => {
      const field = ["checkpointIntervalTicks", "checkpoint interval", "ticks"] as const;
      return setFabric(world, "setCheckpointInterval", value, field);
    },
  },
  setHeartbeatGrace: {
    ...routine,
    title: "How many heartbeats a node may miss before it is offline",
    words: ["set fabric.heartbeatGrace <value>"],
    plan: ({ value }, world) =>
      setFabric(world, "setHeartbeatGrace", value, ["heartbeatGrace", "heartbeat grace", "intervals"]),
  },
  setMaxAttempts: {
    ...routine,
    title: "How often a job is tried before it fails",
    words: ["set fabric.maxAttempts <value>"],
    plan: ({ value }, world) => setFabric(world, "setMaxAttempts", value, ["maxAttempts", "number of attempts", ""]),
  },
  retireFabric: {
    ...irreversible,
    title: "Stop the fabric for good, and name the contract that follows it, if any",
    words: ["retire-fabric [successor=none]", "migrate <successor>"],
    plan: ({ successor }, world) => {
      const data = interfaceOf("SystemPause").encodeFunctionData("retire", [addressOf(successor)]);
      const calls = [callOf(world, "SystemPause", data)];
      return { calls, lasts: "a retired fabric stays paused for good" };
    },
  },
};

function setFabric(
  world: World,
  kind: FabricSetter,
  value: number,
  [field, noun, unit]: readonly [FabricNumber, string, string],
): Plan {
  const now = world.parameters[field];
  if (now === value) throw needless(kind, `the ${noun}`, amountOf(value, unit));
  const calls = [callOf(world, "ShardRegistry", setters[kind](now, value))];
  if (now === 0) return { calls, lasts: `the ${noun} was never set, and cannot be nothing again` };
  const undo: Change = { kind, value: now };
  return { calls, undo: [undo] };
}

const setters: { readonly [Kind in FabricSetter]: (expected: number, value: number) => string } = {
  setTickLength: (...args) => interfaceOf("ShardRegistry").encodeFunctionData("setTickLength", args),
  setCheckpointInterval: (...args) => interfaceOf("ShardRegistry").encodeFunctionData("setCheckpointInterval", args),
  setHeartbeatGrace: (...args) => interfaceOf("ShardRegistry").encodeFunctionData("setHeartbeatGrace", args),
  setMaxAttempts: (...args) => interfaceOf("ShardRegistry").encodeFunctionData("setMaxAttempts", args),
};
