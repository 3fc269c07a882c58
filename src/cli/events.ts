import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { type ControlClient, notRunning, running } from "../control/index.ts";
import { exitCodes, FabricError } from "../errors.ts";
import { type EventKind, eventKinds, type Machine } from "../fabric/index.ts";
import { EventReader, eventsName, FolderReader, recordAtRest } from "../journal/index.ts";
import { areNamed, type EventLine, eventText, jobOf, type Names, parseEvent } from "./eventText.ts";
import { JobPlaces } from "./jobPlaces.ts";
import { Output } from "./output.ts";
import { listed } from "./wording.ts";

type EventFlags = {
  readonly follow?: boolean;
  readonly from?: number;
  readonly job?: string;
  readonly node?: string;
  readonly shard?: string;
  readonly type?: readonly EventKind[];
  readonly json?: boolean;
  readonly world?: string;
};

/** Where events come from: lines of `events.ndjson`, in order. */
type Source = {
  readonly names: Names;
  /** Names as they are by now. */
  readonly rename: () => Promise<Names>;
  readonly lines: (signal: AbortSignal) => AsyncIterable<string> | Iterable<string>;
  readonly close: () => void;
};

export function eventsCommand(): Command {
  return new Command("events")
    .description("what happened, and happens, in the fabric that runs here, or did in one of which there is a record")
    .argument("[bundle]", "folder of a bundle, for example reports/latest (default: the fabric that runs)")
    .option("--follow", "go on with what happens from now on, until Ctrl-C")
    .option("--from <tick>", "first tick to show (default: the first of all)", tick)
    .option("--job <submitter/number>", "only events of this job")
    .option("--node <name>", "only events of this node")
    .option("--shard <name>", "only events of this shard, and of jobs while they are in it")
    .option("--type <kind...>", "only events of these kinds", kinds)
    .option("--json", "print the lines of the record as they are")
    .option("--world <folder>", "the fabric of that world, whether it runs or not")
    .action(async (bundle: string | undefined, flags: EventFlags) => {
      const source = await sourceOf(bundle, flags);
      const output = new Output();
      try {
        await say(source, flags, output);
      } finally {
        await output.close();
        source.close();
      }
      process.exitCode = exitCodes.done;
    });
}

async function say(source: Source, flags: EventFlags, output: Output): Promise<void> {
  let { names } = source;
  const isWanted = filterOf(flags, names);
  for await (const line of source.lines(output.signal)) {
    if (output.signal.aborted) return;
    const event = eventOf(line);
    if (!isWanted(event)) continue;
    if (flags.json !== true && !areNamed(event, names)) names = await source.rename();
    await output.add(`${flags.json === true ? line : eventText(event, names)}\n`);
  }
}

/** @throws FabricError FABRIC_NOT_RUNNING, and what makes a folder unreadable */
async function sourceOf(bundle: string | undefined, flags: EventFlags): Promise<Source> {
  const { from = 1, follow = false, world } = flags;
  if (bundle !== undefined) {
    if (follow || world !== undefined)
      throw new FabricError("USAGE", { problem: "A bundle is no world, and nothing more happens in it." });
    return bundleSource(bundle, from);
  }
  try {
    return await runningSource(world, from, follow);
  } catch (error) {
    const isNone = error instanceof FabricError && error.code === "FABRIC_NOT_RUNNING";
    if (!isNone || follow || world === undefined) throw error;
    return restingSource(world, from, error);
  }
}

async function runningSource(world: string | undefined, fromTick: number, follow: boolean): Promise<Source> {
  const { client, run } = await running({ world });
  try {
    let names = await namesOf(client);
    const rename = async () => {
      names = await namesOf(client).catch((error: unknown) => {
        // Whoever is away names nobody new.
        if (isAway(error)) return names;
        throw error;
      });
      return names;
    };
    return {
      names,
      rename,
      lines: (signal) => (follow ? followed(client, fromTick, signal) : told(client, fromTick, run?.world, signal)),
      close: () => client.close(),
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** What there is. @throws FabricError FABRIC_NOT_RUNNING also when the fabric ends meanwhile */
async function* told(
  client: ControlClient,
  fromTick: number,
  world: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  try {
    yield* client.events({ fromTick }, signal);
  } catch (cause) {
    if (!isAway(cause)) throw cause;
    throw notRunning("it ended before it had told all its events", world, { cause });
  }
}

/** What there is, and what comes, also from the orchestrator after this one: no line twice, and none missed. */
async function* followed(
  client: ControlClient,
  fromTick: number,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  // The last tick that was told, and how many of its lines were.
  let [tick, lines] = [fromTick, 0];
  for (let isAwaited = false; ; ) {
    let known = lines;
    try {
      for await (const line of client.events({ fromTick: tick, follow: true }, signal)) {
        if (isAwaited) process.stderr.write("It goes on.\n");
        isAwaited = false;
        const of = eventOf(line).tick;
        if (of === tick && known > 0) {
          known--;
          continue;
        }
        [tick, lines] = of === tick ? [tick, lines + 1] : [of, 1];
        yield line;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isAway(error)) throw error;
    }
    if (signal.aborted) return;
    if (!isAwaited) process.stderr.write("The fabric has ended, or was killed: this waits until it goes on.\n");
    isAwaited = true;
    await wait(awayMs, undefined, { signal }).catch(() => {});
  }
}

/** How often a fabric that is away is asked whether it is back. */
const awayMs = 250;

function isAway(error: unknown): boolean {
  return error instanceof FabricError && error.exitCode === exitCodes.unreachable;
}

async function namesOf(client: ControlClient): Promise<Names> {
  const { shards, nodes, submitters } = await client.status();
  return { shards: shards.map(({ name }) => name), nodes: nodes.map(({ name }) => name), submitters };
}

async function bundleSource(folder: string, from: number): Promise<Source> {
  const { lookAtBundle } = await import("../report/index.ts");
  const { names } = lookAtBundle(folder);
  const store = new FolderReader(folder);
  const reader = new EventReader(store, from);
  function* pieces(): Generator<string> {
    for (let piece = reader.next(); piece !== undefined; piece = reader.next()) yield piece;
  }
  return { names, rename: async () => names, lines: () => linesOf(pieces()), close: () => store.close() };
}

function restingSource(world: string, from: number, notRunning: FabricError): Source {
  const folder = join(world, "store");
  if (!existsSync(folder)) throw notRunning;
  const store = new FolderReader(folder);
  const record = recordAtRest(store);
  if (record === undefined) throw notRunning;
  const names = namesIn(record.machine);
  process.stderr.write(`The fabric of ${world} does not run: this is its record, up to tick ${record.machine.tick}.\n`);
  return { names, rename: async () => names, lines: () => linesOf(record.events(from)), close: () => store.close() };
}

function namesIn({ state: { parameters } }: Machine): Names {
  const of = (entries: readonly { readonly name: string }[] = []) => entries.map(({ name }) => name);
  return { shards: of(parameters?.shards), nodes: of(parameters?.nodes), submitters: of(parameters?.submitters) };
}

function* linesOf(pieces: Iterable<string>): Generator<string> {
  for (const piece of pieces) yield* piece.trimEnd().split("\n");
}

function eventOf(line: string): EventLine {
  try {
    return parseEvent(line);
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof z.ZodError)) throw cause;
    throw new FabricError(
      "EVENTS_ALTERED",
      { file: eventsName, problem: `no event is \`${line.slice(0, 80)}\`` },
      { cause },
    );
  }
}

/**
 * What an event must be to be shown.
 * @throws FabricError EVENTS_OF_NOBODY when a name is not known
 */
function filterOf({ job, node, shard, type }: EventFlags, names: Names): (event: EventLine) => boolean {
  const nodeNumber = node === undefined ? undefined : numberIn("node", node, names.nodes);
  const shardNumber = shard === undefined ? undefined : numberIn("shard", shard, names.shards);
  if (job !== undefined) checkJob(job, names);
  const types: ReadonlySet<string> | undefined = type && new Set(type);
  const places = new JobPlaces();
  // The places of jobs are kept from events that are not shown, too.
  const isThere = (event: EventLine) => shardNumber === undefined || places.shardsOf(event).includes(shardNumber);
  return (event) =>
    isThere(event) &&
    (types === undefined || types.has(event.event)) &&
    (nodeNumber === undefined || event.node === nodeNumber) &&
    (job === undefined || jobOf(event, names) === job);
}

function numberIn(what: string, name: string, names: readonly string[]): number {
  const index = names.indexOf(name);
  if (index === -1) throw new FabricError("NAME_UNKNOWN", { what, name, known: listed(names) || "none" });
  return index + 1;
}

function checkJob(job: string, { submitters }: Names): void {
  const found = /^([^/]+)\/([1-9]\d{0,15})$/.exec(job);
  if (found === null)
    throw new FabricError("USAGE", {
      problem: `${job} names no job; its submitter and its number would, as in earth.exchange/17.`,
    });
  numberIn("submitter", found[1], submitters);
}

function tick(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError("A whole number is right.");
  return value;
}

function kinds(text: string, before: readonly EventKind[] = []): readonly EventKind[] {
  if (!isKind(text)) throw new InvalidArgumentError(`There are ${listed(Object.keys(eventKinds))}.`);
  return [...before, text];
}

function isKind(text: string): text is EventKind {
  return Object.hasOwn(eventKinds, text);
}
