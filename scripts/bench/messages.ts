import { type KeyObject, sign, verify } from "node:crypto";
import { Command } from "commander";
import type { Genesis, KeyKind, NodeParameters, Parameters } from "../../src/fabric/index.ts";
import {
  domainsOf,
  Gate,
  generateSigningKey,
  type Scheme,
  signatures,
  signNodeMessage,
} from "../../src/nodes/index.ts";
import { markdownTable } from "../docs/section.ts";
import { median } from "./median.ts";
import { wholeNumber } from "./wholeNumber.ts";

/** What it costs to take in the messages of nodes that have one kind of key; medians of all rounds. */
export type MessageCost = {
  readonly keyKind: KeyKind;
  /** By the gate: size, sender, number, form and signature. Messages per CPU second. */
  readonly gatePerSecond: number;
  /** The same signatures by `node:crypto` alone, over bytes that lie ready. */
  readonly rawPerSecond: number;
  /** The gate's speed in parts of that: each round's own ratio. */
  readonly ratio: number;
  /** What the gate does beside looking at the signature, in microseconds of CPU. */
  readonly restMicroseconds: number;
};

const genesis: Genesis = {
  chainId: 31337,
  ledger: "0x00000000000000000000000000000000000000aa",
  seed: 1,
  maxLagBlocks: 64,
  maxSilentTicks: 60,
};
/** A node that reports on the work of one tick. */
const resultsPerMessage = 4;
/** How often the two take turns in a round. The system's clock for CPU time is too coarse for less. */
const turns = 3;

export function messagesCommand(): Command {
  return new Command("messages")
    .description("messages of nodes that the gate takes in, beside the same signatures by `node:crypto` alone")
    .option("--nodes <count>", "nodes with a key each, and messages in a tick", wholeNumber, 1000)
    .option("--rounds <count>", "how often", wholeNumber, 9)
    .option("--json", "print JSON")
    .action(({ nodes, rounds, json }: { nodes: number; rounds: number; json?: boolean }) => {
      const costs = (["ed25519", "p256", "secp256k1"] as const).map((kind) => measureMessages(kind, nodes, rounds));
      console.log(json === true ? JSON.stringify(costs) : messageTable(costs));
    });
}

type Asked = {
  readonly digest: "sha256" | null;
  readonly key: KeyObject;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
};

/** In each round the gate and `node:crypto` take turns, so that both find the machine the same. */
export function measureMessages(keyKind: KeyKind, count: number, rounds: number): MessageCost {
  const keys = Array.from({ length: count }, () => generateSigningKey(keyKind));
  const nodes = keys.map(({ publicKey }, index) => nodeWith(index + 1, keyKind, publicKey.bytes));
  // The same messages, signed by `node:crypto` in the form that it verifies fastest.
  const asked: Asked[] = [];
  const listening: Scheme = {
    ...signatures,
    sign: (key, message) => {
      const { digest, handle } = key.publicKey;
      asked.push({ digest, key: handle.key, message, signature: sign(digest, message, key.handle.key) });
      return signatures.sign(key, message);
    },
  };
  const frames = keys.map((key, index) => {
    const results = Array.from({ length: resultsPerMessage }, (_, at) => {
      return {
        lease: index * resultsPerMessage + at + 1,
        outcome: "completed",
        digest: new Uint8Array(32).fill(7),
      } as const;
    });
    const message = { node: index + 1, seq: 1, heartbeat: true, latencyMs: 50, results };
    return signNodeMessage(domainsOf(genesis, listening), key, message);
  });
  const view = { parameters: parametersWith(nodes), lastSeq: () => 0 };
  const gate = new Gate(domainsOf(genesis), view);
  const trusting = new Gate(domainsOf(genesis, { ...signatures, isSignature: () => true }), view);

  const admit = (by: Gate, index: number): void => {
    if (!("input" in by.admitNodeMessage(frames[index]))) throw new Error("the gate refused a good message");
  };
  const check = (index: number): void => {
    const { digest, key, message, signature } = asked[index];
    if (!verify(digest, message, key, signature)) throw new Error("node:crypto refused a good signature");
  };
  const tick = (by: Gate): void => {
    by.openTick(view);
    for (let index = 0; index < count; index++) admit(by, index);
  };
  const raw = (): void => {
    for (let index = 0; index < count; index++) check(index);
  };
  const seconds: { gate: number; raw: number; rest: number }[] = [];
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    const spent = { gate: 0, raw: 0, rest: 0 };
    for (let turn = 0; turn < turns; turn++) {
      spent.raw += cpuSeconds(raw);
      spent.gate += cpuSeconds(() => tick(gate));
    }
    spent.rest += cpuSeconds(() => {
      for (let turn = 0; turn < 10 * turns; turn++) tick(trusting);
    });
    if (round > 0) seconds.push(spent);
  }
  const messages = count * turns;
  return {
    keyKind,
    gatePerSecond: Math.round(messages / median(seconds.map(({ gate }) => gate))),
    rawPerSecond: Math.round(messages / median(seconds.map(({ raw }) => raw))),
    ratio: Math.round(1000 * median(seconds.map(({ gate, raw }) => raw / gate))) / 1000,
    restMicroseconds: Math.round((1e6 * median(seconds.map(({ rest }) => rest))) / messages) / 10,
  };
}

/** CPU time of this thread, in seconds. */
function cpuSeconds(act: () => void): number {
  const before = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

function nodeWith(node: number, keyKind: KeyKind, key: Uint8Array): NodeParameters {
  const rest = { shard: 1, capacity: 16, maxConcurrency: 12, heartbeatSeconds: 15, skills: 0n } as const;
  return { name: `node-${node}`, ...rest, status: "admitted", keyKind, key };
}

function parametersWith(nodes: readonly NodeParameters[]): Parameters {
  return {
    ...{ tickMs: 1000, checkpointIntervalTicks: 40, heartbeatGrace: 3, maxAttempts: 5, retired: false },
    ...{ pause: { ownerPaused: false, guardianUntil: 0 }, skills: [], shards: [], nodes, submitters: [] },
  };
}

/** Markdown. */
export function messageTable(costs: readonly MessageCost[]): string {
  const rows = costs.map(({ keyKind, gatePerSecond, rawPerSecond, ratio, restMicroseconds }) => [
    keyKind,
    `${(100 * ratio).toFixed(1)} %`,
    gatePerSecond.toLocaleString("en-US"),
    rawPerSecond.toLocaleString("en-US"),
    `${restMicroseconds} µs`,
  ]);
  return markdownTable(["key", "gate ÷ raw", "gate, per CPU-s", "raw, per CPU-s", "all but the signature"], rows);
}
