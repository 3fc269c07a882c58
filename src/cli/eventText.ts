import { z } from "zod";
import type { EventKind } from "../fabric/index.ts";
import { count } from "./table.ts";
import { numberWord } from "./wording.ts";

/** Names by the numbers that stand in events: the first entry of each list has number 1. */
export type Names = {
  readonly shards: readonly string[];
  readonly nodes: readonly string[];
  readonly submitters: readonly string[];
};

/** A line of `events.ndjson`; which fields there are follows from its kind. */
const eventForm = z.looseObject({
  tick: z.number(),
  event: z.string(),
  submitter: z.number().optional(),
  job: z.number().optional(),
  shard: z.number().optional(),
  scope: z.number().optional(),
  from: z.number().optional(),
  to: z.number().optional(),
  node: z.number().optional(),
  lease: z.number().optional(),
});
export type EventLine = z.infer<typeof eventForm>;

/** @throws SyntaxError, z.ZodError when it is no such line */
export function parseEvent(line: string): EventLine {
  return eventForm.parse(JSON.parse(line));
}

/** `earth.exchange/17`; undefined when the event is about no job. */
export function jobOf({ submitter, job }: EventLine, names: Names): string | undefined {
  return job === undefined ? undefined : `${nameOf("submitter", submitter, names.submitters)}/${job}`;
}

/** Shards that an event names, by their numbers. */
export function shardsOf({ shard, scope, from, to }: EventLine): number[] {
  return [shard, scope, from, to].filter((number) => number !== undefined);
}

/** True when the names cover all numbers of the event; some are given while a fabric runs. */
export function areNamed(event: EventLine, names: Names): boolean {
  const { submitter = 0, node = 0 } = event;
  const shard = Math.max(0, ...shardsOf(event));
  return shard <= names.shards.length && node <= names.nodes.length && submitter <= names.submitters.length;
}

/** What happened, as a person reads it: `tick 12  earth.exchange/17 assigned to earth.core-alpha (lease 31)`. */
export function eventText(event: EventLine, names: Names): string {
  return `tick ${event.tick}  ${sentence(event, names)}`;
}

function sentence(event: EventLine, names: Names): string {
  const field = (name: string) => Number(event[name] ?? 0);
  const word = (name: string) => spaced(String(event[name] ?? ""));
  const job = jobOf(event, names);
  const node = nameOf("node", event.node, names.nodes);
  const shard = (number: number | undefined) => nameOf("shard", number, names.shards);
  const here = shard(event.shard);
  const scope = event.scope === 0 ? "the whole fabric" : shard(event.scope);
  const [from, to] = [shard(event.from), shard(event.to)];
  const lease = `lease ${event.lease}`;
  // A kind that a later version adds is still shown, as it is.
  switch (event.event as EventKind) {
    case "governed":
      return `governance version ${field("version")} of block ${field("block")} is in force`;
    case "paused":
      return `${scope} is paused`;
    case "resumed":
      return `${scope} runs again`;
    case "ordered":
      return `order ${field("index")} of the owners is carried out, as block ${field("block")} has it`;
    case "chainSilent":
      return `the chain has not answered for ${plural(field("silentTicks"), "tick")}`;
    case "restarted":
      return `the orchestrator is back after ${plural(field("downTicks"), "tick")}`;
    case "refusedMessages": {
      const sender = event.node === 0 ? "an unknown sender" : node;
      return `${plural(field("count"), "message")} of ${sender} refused: ${word("reason")}`;
    }
    case "nodeActive":
      return `${node} is active`;
    case "nodeSuspect":
      return `${node} is suspect: it was not heard in time`;
    case "nodeOffline":
      return `${node} is offline: ${plural(field("interrupted"), "job")} interrupted`;
    case "nodeSlow":
      return `${node} is slow: ${count(field("latencyMs"))} ms`;
    case "nodeWithinBudget":
      return `${node} is within its latency budget: ${count(field("latencyMs"))} ms`;
    case "accepted":
      return `${job} accepted in ${here}`;
    case "repeated":
      return `${job} submitted again`;
    case "refused":
      return `${job} refused: ${word("reason")}`;
    case "queued":
      return `${job} queued in ${here}`;
    case "assigned":
      return `${job} assigned to ${node} (${lease})`;
    case "spilled":
      return `${job} spilled from ${from} to ${to}`;
    case "parked":
      return `${job} parked in ${here}: no admitted node can do it`;
    case "unparked":
      return `${job} unparked in ${here}`;
    case "interrupted":
      return `${job} interrupted on ${node} (${lease})`;
    case "requeued":
      return `${job} back in ${here} after ${plural(field("attempts"), "attempt")}, waits ${plural(field("backoffTicks"), "tick")}`;
    case "returned":
      return `${job} returned to the registry of ${here}`;
    case "moved":
      return `${job} moved from ${from} to ${to}`;
    case "resultRefused":
      return `a result of ${node} refused: ${lease} is not its own, or is over`;
    case "ended":
      return `${job} ${ending(word("outcome"), word("reason"), event.node === 0 ? undefined : node)}`;
    case "checkpoint":
      return "checkpoint";
    default: {
      const { tick: _, ...rest } = event;
      return JSON.stringify(rest);
    }
  }
}

function ending(outcome: string, reason: string, node: string | undefined): string {
  if (outcome === "completed") return `completed by ${node}`;
  return `${outcome}: ${reason}${node === undefined ? "" : `, last on ${node}`}`;
}

function nameOf(what: string, number: number | undefined, names: readonly string[]): string {
  return names[(number ?? 0) - 1] ?? `${what} ${number}`;
}

function plural(number: number, what: string): string {
  return `${numberWord(number)} ${what}${number === 1 ? "" : "s"}`;
}

/** attemptsSpent → attempts spent */
function spaced(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
