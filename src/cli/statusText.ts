import { styleText } from "node:util";
import type { CheckpointView, NodeStateView, PauseView, ShardView, StatusView } from "../control/index.ts";
import type { Summary } from "../report/index.ts";
import { type Column, count, countOf, table } from "./table.ts";
import { ago, capitalised, listed, moment, numberWord, span } from "./wording.ts";

/** How and when a status is read. */
export type Reading = {
  /** Unix ms. */
  readonly nowMs: number;
  /** Bars and the like have their place. */
  readonly terminal: boolean;
  readonly colour: boolean;
};

/** Ticks, and at least so long, without a new one, from which on the fabric is said to stand still. */
const stillTicks = 5;
const stillMs = 10_000;

/** How the fabric is, what matters most first. */
export function statusSentences(view: StatusView, nowMs: number): string {
  return [...troubles(view, nowMs), ...runningShards(view, nowMs), waitingJobs(view), ...lastProof(view, nowMs)].join(
    " ",
  );
}

/** What keeps the fabric as a whole from doing its work, or soon will. */
function troubles(view: StatusView, nowMs: number): string[] {
  const found: string[] = [];
  const stillFor = nowMs - view.atMs;
  if (stillFor > Math.max(stillMs, stillTicks * view.tickMs)) found.push(`There was no tick for ${span(stillFor)}.`);
  if (!isGoverned(view)) {
    found.push(
      view.chain.silence === null
        ? "The fabric waits for the chain to say what governs it."
        : `The fabric waits for the chain to say what governs it: ${sentenceEnd(view.chain.silence)}`,
    );
    return found;
  }
  if (view.retired) found.push("The fabric is retired: nothing is given to nodes any more.");
  if (view.outOfTouch) found.push(`Routing has stopped: ${outOfTouch(view)}`);
  if (view.pause !== null) found.push(`The whole fabric is paused ${pausedBy(view.pause, nowMs)}.`);
  if (view.nodes.every((node) => !isActive(node))) found.push(noNodeActive(view.nodes));
  if (!view.outOfTouch && isSilent(view))
    found.push(`The chain ${silence(view)} Work goes on under what it said last.`);
  if (view.anchorsWaiting > 1) {
    const last = view.anchored?.atMs ?? null;
    const proof = last === null ? "" : `; the last proof on chain is ${span(nowMs - last)} old`;
    found.push(`${capitalised(numberWord(view.anchorsWaiting))} checkpoints wait to be anchored${proof}.`);
  }
  return found;
}

function outOfTouch(view: StatusView): string {
  const { lagBlocks } = view.governance;
  const behind = `the block in force is ${count(lagBlocks)} behind the newest.`;
  if (!isSilent(view)) return behind;
  return lagBlocks > 0 ? `the chain ${silence(view)} Before that, ${behind}` : `the chain ${silence(view)}`;
}

function silence({ chain, tickMs }: StatusView): string {
  const since =
    chain.silentTicks === 0 ? "does not answer" : `has not answered for ${span(chain.silentTicks * tickMs)}`;
  return chain.silence === null ? `${since}.` : `${since}: ${sentenceEnd(chain.silence)}`;
}

function noNodeActive(nodes: readonly NodeStateView[]): string {
  const here = nodes.filter(isThere);
  if (here.length === 0) return "No node is registered, so no job can run.";
  const states = here.map((node) => {
    if (node.status === "draining") return "draining";
    if (node.health === "active") return "slow";
    return node.health === "unheard" ? "never heard" : node.health;
  });
  const counted = [...new Set(states)].map((state) => {
    return `${numberWord(states.filter((each) => each === state).length)} ${state}`;
  });
  return `No node is active: ${listed(counted)}.`;
}

/** Nothing where another sentence has said that none of them does anything. */
function runningShards({ shards, pause, retired, outOfTouch: isOut, ...view }: StatusView, nowMs: number): string[] {
  if (retired || pause !== null || isOut || !isGoverned({ shards, ...view })) return [];
  const alive = shards.filter((shard) => !shard.retired);
  const paused = alive.flatMap(({ name, pause: own }) => {
    return own === null ? [] : [`${name} is paused ${pausedBy(own, nowMs)}`];
  });
  const running = alive.length - paused.length;
  if (alive.length === 0) return [shards.length === 0 ? "No shard is registered." : "Every shard is retired."];
  const [only] = alive;
  if (alive.length === 1) return [paused.length === 0 ? `Shard ${only.name} is running.` : `Shard ${paused[0]}.`];
  if (paused.length === 0)
    return [alive.length === 2 ? "Both shards are running." : `All ${numberWord(alive.length)} shards are running.`];
  const some = capitalised(running === 0 ? "none" : numberWord(running));
  const of = `${running === 0 ? "the " : ""}${numberWord(alive.length)}`;
  return [`${some} of ${of} shards ${running < 2 ? "is" : "are"} running; ${paused.join("; ")}.`];
}

function waitingJobs({ shards }: StatusView): string {
  const sum = (of: (shard: ShardView) => number) => shards.reduce((total, shard) => total + of(shard), 0);
  const parked = sum((shard) => shard.parked);
  const waiting = parked + sum((shard) => shard.queued + shard.registered);
  const jobs = `${capitalised(numberWord(waiting))} ${waiting < 2 ? "job waits" : "jobs wait"}`;
  if (parked === 0) return `${jobs}.`;
  if (parked < waiting) return `${jobs}, ${numberWord(parked)} of them parked.`;
  return parked === 1 ? `${jobs}, parked.` : `${jobs}, all parked.`;
}

function lastProof({ anchored, anchorsWaiting }: StatusView, nowMs: number): string[] {
  if (anchorsWaiting > 1 && anchored?.atMs != null) return [];
  const waits = anchorsWaiting === 1 ? "; one checkpoint waits to be anchored" : "";
  if (anchored === null) return [`No proof is on the chain yet${waits}.`];
  if (anchored.atMs === null) return [`The last proof on chain is from before this start${waits}.`];
  return [`Last proof on chain ${ago(nowMs - anchored.atMs)}${waits}.`];
}

/** `by the owners`, `by a guardian until 14:05:07 UTC` */
function pausedBy(pause: NonNullable<PauseView>, nowMs: number): string {
  if (pause.by === "owners") return "by the owners";
  if (pause.by === "both") return "by the owners and a guardian";
  if (pause.until === null) return "by a guardian";
  const until = pause.until * 1000;
  // A guardian's pause ends by the time of a block: it may be over by the clock, and the chain have no block since.
  return until > nowMs
    ? `by a guardian until ${moment(until, nowMs)}`
    : `by a guardian until a block after ${moment(until, nowMs)}`;
}

/** All that `fabric status` says. */
export function statusText(view: StatusView, reading: Reading): string {
  const { nowMs, colour } = reading;
  const isTroubled = troubles(view, nowMs).length > 0 || view.shards.some(({ pause }) => pause !== null);
  const sentence = statusSentences(view, nowMs);
  const parts = [`${colour && isTroubled ? styleText("yellow", sentence, { validateStream: false }) : sentence}\n`];
  if (view.shards.length > 0) parts.push(shardTable(view, reading));
  const nodes = view.nodes.filter(isThere);
  if (nodes.length > 0) parts.push(nodeTable(view, nodes, reading));
  parts.push(details(view, nowMs));
  return parts.join("\n");
}

function shardTable({ shards }: StatusView, { nowMs, terminal, colour }: Reading): string {
  const columns: Column[] = [
    { head: "shard", align: "left" },
    ...(terminal ? [{ head: "", align: "left" } as const] : []),
    { head: "queue", align: "right" },
    { head: "budget", align: "right" },
    { head: "registry", align: "right" },
    { head: "running", align: "right" },
    { head: "parked", align: "right" },
    { head: "state", align: "left" },
  ];
  const rows = shards.map(({ name, queued, queueBudget, registered, running, parked, pause, retired }) => [
    name,
    ...(terminal ? [bar(queued / queueBudget)] : []),
    ...[queued, queueBudget, registered, running, parked].map(count),
    stateOf(pause, retired, nowMs),
  ]);
  return painted(table(columns, rows), colour, (index) => {
    const { pause, retired } = shards[index];
    return pause === null && !retired ? undefined : "yellow";
  });
}

function stateOf(pause: PauseView, retired: boolean, nowMs: number): string {
  if (retired) return "retired";
  return pause === null ? "running" : `paused ${pausedBy(pause, nowMs)}`;
}

const barCells = 10;

/** A part of a whole; anything above nothing shows. */
function bar(part: number): string {
  const cells = Math.min(barCells, Math.ceil(part * barCells));
  return `${"█".repeat(cells)}${"░".repeat(barCells - cells)}`;
}

function nodeTable({ shards }: StatusView, nodes: readonly NodeStateView[], { colour }: Reading): string {
  const budgetOf = (name: string) => shards.find((shard) => shard.name === name)?.latencyBudgetMs ?? 0;
  const rows = nodes.map((node) => [
    node.name,
    node.shard,
    `${count(node.load)} / ${count(node.maxConcurrency)}`,
    node.heartbeatAgeMs === null ? "never" : span(node.heartbeatAgeMs),
    node.heartbeatAgeMs === null ? "–" : `${count(node.latencyMs)} / ${count(budgetOf(node.shard))} ms`,
    marks(node).join(", ") || "–",
  ]);
  const columns: Column[] = [
    { head: "node", align: "left" },
    { head: "shard", align: "left" },
    { head: "load / slots", align: "right" },
    { head: "heard", align: "right" },
    { head: "latency / budget", align: "right" },
    { head: "marks", align: "left" },
  ];
  return painted(table(columns, rows), colour, (index) => {
    const node = nodes[index];
    if (node.health === "offline") return "red";
    return marks(node).length === 0 ? undefined : "yellow";
  });
}

function marks({ health, slow, status, connected }: NodeStateView): string[] {
  return [
    ...(health === "offline" || health === "suspect" ? [health] : []),
    ...(slow ? ["slow"] : []),
    ...(status === "draining" ? ["draining"] : []),
    ...(connected ? [] : ["not connected"]),
  ];
}

/** Colours the rows under a table's head; what they say, they say in words too. */
function painted(text: string, colour: boolean, colourOf: (row: number) => "yellow" | "red" | undefined): string {
  if (!colour) return text;
  const [head, ...rows] = text.trimEnd().split("\n");
  const lines = rows.map((row, index) => {
    const found = colourOf(index);
    return found === undefined ? row : styleText(found, row, { validateStream: false });
  });
  return `${[head, ...lines].join("\n")}\n`;
}

function details(view: StatusView, nowMs: number): string {
  const { checkpoint, anchored, anchorsWaiting, governance, chain, epoch, tick, tickMs, live } = view;
  const { version, block, hash, time, lagBlocks, changedTick } = governance;
  const waits =
    anchorsWaiting === 0 ? "" : `; ${numberWord(anchorsWaiting)} ${anchorsWaiting === 1 ? "waits" : "wait"}`;
  const behind = lagBlocks === 0 ? "the newest" : `${count(lagBlocks)} behind the newest`;
  const changed = changedTick === null ? "before this start" : `in tick ${count(changedTick)}`;
  const inForce = isGoverned(view)
    ? `version ${count(version)} of block ${count(block)} (${short(hash)}), ${span(nowMs - time * 1000)} old, ${behind}; ` +
      `parameters changed ${changed}`
    : "none in force yet";
  const lines = [
    ["checkpoint", checkpointText(checkpoint, nowMs)],
    ["on chain", `${checkpointText(anchored, nowMs)}${waits}`],
    ["governance", inForce],
    ["ledger", `${chain.ledger} on chain ${chain.chainId}, epoch ${count(epoch)}`],
    [
      "tick",
      `${count(tick)}${tickMs === 0 ? "" : `, one each ${count(tickMs / 1000)} s`}; ${countOf(live, "job")} live`,
    ],
  ];
  return lines.map(([label, says]) => `${label.padEnd(12)}${says}\n`).join("");
}

function checkpointText(checkpoint: CheckpointView | null, nowMs: number): string {
  if (checkpoint === null) return "none yet";
  const { seq, tick, digest, atMs } = checkpoint;
  const age = atMs === null ? "before this start" : ago(nowMs - atMs);
  return `${count(seq)} at tick ${count(tick)}, ${age} (${short(digest)})`;
}

/** The first digits of a hash: enough to tell it from others at a look. */
function short(hash: string): string {
  return `${hash.slice(0, 10)}…`;
}

/** True once the chain has said anything. */
function isGoverned({ governance, shards }: Pick<StatusView, "governance" | "shards">): boolean {
  return governance.block > 0 || shards.length > 0;
}

function isSilent({ chain }: StatusView): boolean {
  return chain.silence !== null || chain.silentTicks > 0;
}

function isActive({ status, health, slow }: NodeStateView): boolean {
  return status === "admitted" && health === "active" && !slow;
}

function isThere({ status }: NodeStateView): boolean {
  return status !== "removed";
}

function sentenceEnd(text: string): string {
  return `${text.replace(/\.$/, "")}.`;
}

/** What the newest drill left, where no fabric runs. */
export function summaryText(
  { label, verdict, jobs, ticks, checkpoints, shards, nodes }: Summary,
  folder: string,
): string {
  const anchored =
    checkpoints.anchored === checkpoints.count
      ? checkpoints.count === 1
        ? "its one checkpoint is on the chain"
        : `all ${numberWord(checkpoints.count)} checkpoints are on the chain`
      : `${numberWord(checkpoints.anchored)} of ${numberWord(checkpoints.count)} checkpoints ${checkpoints.anchored === 1 ? "is" : "are"} on the chain`;
  const sentence =
    `No fabric runs here. The last drill, ${label}, ${verdict}ed: ${count(jobs.completed)} of ${count(jobs.submitted)} ` +
    `jobs completed in ${countOf(ticks, "tick")}, and ${anchored}.`;
  const shardRows = shards.map(({ name, submitted, completed, spilledIn, spilledOut, deepestQueue }) => {
    return [name, ...[submitted, completed, spilledIn, spilledOut, deepestQueue].map(count)];
  });
  const nodeRows = nodes.map(({ name, leases, completed, interrupted, utilisation }) => {
    return [name, ...[leases, completed, interrupted].map(count), `${Math.round(utilisation * 100)} %`];
  });
  const numbers = (...heads: string[]) => heads.map((head) => ({ head, align: "right" }) as const);
  const left = (head: string) => ({ head, align: "left" }) as const;
  return [
    `${sentence}\n`,
    table(
      [left("shard"), ...numbers("submitted", "completed", "spilled in", "spilled out", "deepest queue")],
      shardRows,
    ),
    table([left("node"), ...numbers("leases", "completed", "interrupted", "busy")], nodeRows),
    `from ${folder}, as it says of itself\n`,
  ].join("\n");
}
