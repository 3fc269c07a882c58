import { Argument, Command, InvalidArgumentError, Option } from "commander";
import {
  type EndedJobView,
  type JobQuery,
  jobsMax,
  type LiveJobView,
  type Running,
  running,
  type StatusView,
} from "../../control/index.ts";
import { exitCodes } from "../../errors.ts";
import { classes } from "../../fabric/index.ts";
import { instant, inTicks } from "../../orchestrator/index.ts";
import { Output } from "../output.ts";
import { count, table } from "../table.ts";
import { whole } from "../whole.ts";
import { answered } from "./patience.ts";
import type { ProvedReceipt } from "./proof.ts";
import { rangeMax, rangeText, refOf, refsOf, refText } from "./ref.ts";
import type { SubmitFlags, SubmittedRange } from "./submit.ts";
import { jobNamed, type Watcher, watch } from "./watch.ts";

type Flags = { readonly json?: boolean | undefined; readonly world?: string | undefined };

const states = ["registered", "delayed", "queued", "running", "parked"] as const satisfies LiveJobView["state"][];

/** `fabric job …`: work that submitters bring, and what becomes of it. */
export function jobCommand(): Command {
  const command = new Command("job").description("bring work to the fabric that runs here, and see what becomes of it");
  for (const each of [submitCommand(), listCommand(), watchCommand(), whyCommand(), cancelCommand()])
    command.addCommand(each);
  return command;
}

function submitCommand(): Command {
  return new Command("submit")
    .description("submit the jobs of a blueprint, or of options alone; those given change what the blueprint says")
    .argument("[blueprint]", "file with one kind of jobs or several, for example config/blueprints/survey.json")
    .option("--shard <name>", "the shard that takes them in")
    .option("--skills <names>", "skills that a node must have, with commas (default: none)", names)
    .addOption(
      new Option("--class <class>", "how they are ranked in the queue (default: interactive)").choices(classes),
    )
    .option("--duration <ticks>", "how long a node works on one (default: 1)", whole(1, 1_000_000))
    .option("--budget <ticks>", "most ticks for one attempt (default: twice the duration and 5 more)", whole(1, u32))
    .option("--deadline <ticks>", "each must have ended by then; 0 = no deadline (default: 0)", whole(0, u32))
    .option("--value <value>", "what one is worth to you (default: 0)", whole(0, Number.MAX_SAFE_INTEGER))
    .option("--count <jobs>", "how many (default: 1)", whole(1, 1_000_000))
    .option("--id-prefix <text>", "what they are called, before the numbers 1, 2, 3 and so on (default: job-)", prefix)
    .option("--payload <file>", "JSON that the nodes are given to work on")
    .option("--submitter <name>", "who brings them (default: whoever has the key and may)")
    .option("--key <file>", 'the submitter\'s private key, PEM; "practice" for that of a practice fabric (the default)')
    .option(
      "--first <job>",
      "number of the first, or submitter and number (earth.exchange/17), to send again what may have been lost (default: the next)",
      firsts,
    )
    .option("--world <folder>", "the fabric of that world (default: the one started in this folder)")
    .option("--json", "print one JSON document")
    .action(async (blueprint: string | undefined, flags: SubmitFlags & Flags) => {
      process.exitCode = await withFabric(flags, (fabric) => sayingSubmit(fabric, blueprint, flags));
    });
}

function listCommand(): Command {
  return new Command("list")
    .description("jobs that have not ended, the oldest first")
    .addOption(new Option("--state <state>", "only those that are there").choices(states))
    .option("--shard <name>", "only those in this shard")
    .option("--submitter <name>", "only those of this submitter")
    .option("--limit <jobs>", `most jobs to show, up to ${jobsMax} (default: 100)`, whole(1, jobsMax))
    .option("--world <folder>", "the fabric of that world (default: the one started in this folder)")
    .option("--json", "print one JSON document")
    .action(async ({ world, json, ...query }: JobQuery & Flags) => {
      process.exitCode = await withFabric({ world, json }, ({ client }) => sayingList(client, query, json === true));
    });
}

function watchCommand(): Command {
  return new Command("watch")
    .description(
      "follow jobs until they have ended, and to the proof of each receipt, which the chain is asked to confirm",
    )
    .addArgument(jobsArgument)
    .option("--no-proof", "do not wait for the checkpoint on the chain")
    .option("--world <folder>", "the fabric of that world (default: the one started in this folder)")
    .option("--json", "print a line of JSON for each change")
    .action(async (texts: string[], { proof, ...flags }: Flags & { readonly proof: boolean }) => {
      const refs = texts.flatMap(refsOf);
      process.exitCode = await withFabric(flags, (fabric) => sayingWatch(fabric, refs, proof, flags.json === true));
    });
}

function whyCommand(): Command {
  return new Command("why")
    .description("where a job is, and what it waits for")
    .addArgument(jobArgument)
    .option("--world <folder>", "the fabric of that world (default: the one started in this folder)")
    .option("--json", "print one JSON document")
    .action(async (text: string, flags: Flags) => {
      const ref = refOf(text);
      process.exitCode = await withFabric(flags, async ({ client }) => {
        // Whoever asks for a job that never was is told which there are.
        await jobNamed(client, ref);
        const why = await answered(() => client.why(ref));
        if (flags.json === true) process.stdout.write(`${JSON.stringify(why)}\n`);
        else
          process.stdout.write(`${[why?.sentence, ...(why?.details ?? []).map((line) => `  ${line}`)].join("\n")}\n`);
        return exitCodes.done;
      });
    });
}

function cancelCommand(): Command {
  return new Command("cancel")
    .description("end a job wherever it is: a decision of the owners, which nothing takes back")
    .addArgument(jobArgument)
    .option("--world <folder>", "the fabric of that world (default: the one started in this folder)")
    .option("--json", "print one JSON document")
    .action(async (text: string, flags: Flags) => {
      process.exitCode = await withFabric(flags, (fabric) => sayingCancel(fabric, text, flags));
    });
}

async function sayingSubmit(
  fabric: Running,
  blueprint: string | undefined,
  flags: SubmitFlags & Flags,
): Promise<number> {
  const { submit } = await import("./submit.ts");
  const ranges: SubmittedRange[] = [];
  await submit(fabric, blueprint, flags, (range) => {
    ranges.push(range);
    if (flags.json !== true) process.stdout.write(`${rangeLine(range)}\n`);
  });
  const status = await answered(() => fabric.client.status());
  const accepted = ranges.filter(({ became }) => became !== "refused");
  const stops = accepted.length === 0 ? [] : stopsOf(status);
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ submitted: ranges, stops })}\n`);
  for (const stop of stops) process.stderr.write(`${stop}\n`);
  const [first] = accepted;
  if (first !== undefined) {
    const isRange = first.last > first.first && first.last - first.first < rangeMax;
    const all = isRange ? `..${first.last}` : "";
    process.stderr.write(`Next: npx fabric job watch ${refText({ ...first, number: first.first })}${all}\n`);
  }
  return accepted.length === ranges.length ? exitCodes.done : exitCodes.failed;
}

function rangeLine({ submitter, first, last, names, tick, became, refusal }: SubmittedRange): string {
  const range = rangeText(submitter, first, last);
  const called = first === last ? names[0] : `${names[0]} … ${names[1]}`;
  if (became === "accepted") return `${range} accepted in tick ${tick} (${called})`;
  if (became === "repeated") return `${range} there already, by tick ${tick} (${called})`;
  return `${range} refused in tick ${tick} (${called}): ${refusal?.says}. ${refusal?.right}`;
}

/** Why what was taken in is not routed. */
function stopsOf({ pause, retired, outOfTouch, shards }: StatusView): string[] {
  const taken = "They are taken in, and wait: nothing is given to nodes";
  if (retired) return ["Nothing is given to nodes any more: the owners have retired the fabric."];
  if (pause !== null) return [`${taken} until the fabric is resumed; it is paused by ${pauser(pause.by)}.`];
  if (outOfTouch) return [`${taken} until the fabric hears of its chain again.`];
  return shards.flatMap(({ name, pause: own }) =>
    own === null ? [] : [`What is in ${name} waits until that is resumed; it is paused by ${pauser(own.by)}.`],
  );
}

function pauser(by: "owners" | "guardian" | "both"): string {
  return by === "both" ? "the owners and a guardian" : by === "owners" ? "the owners" : "a guardian";
}

async function sayingList(client: Running["client"], query: JobQuery, json: boolean): Promise<number> {
  const jobs = await answered(() => client.jobs(query));
  const { tick, tickMs, live } = await answered(() => client.status());
  if (json) {
    process.stdout.write(`${JSON.stringify(jobs)}\n`);
    return exitCodes.done;
  }
  const rows = jobs.map((job) => [
    ...[refText(job), job.state, job.shard, job.class, job.skills.join(", ") || "–", job.node ?? "–"],
    ...[String(job.attempts), inTicks(Math.max(0, tick - job.submittedTick), tickMs)],
  ]);
  const words = ["job", "state", "shard", "class", "skills", "node"].map((head) => ({ head, align: "left" }) as const);
  const numbers = ["attempts", "since"].map((head) => ({ head, align: "right" }) as const);
  if (rows.length > 0) process.stdout.write(table([...words, ...numbers], rows));
  process.stderr.write(
    `${count(rows.length)} of ${live === 1 ? "1 job that lives" : `${count(live)} jobs that live`}.\n`,
  );
  return exitCodes.done;
}

async function sayingWatch(
  fabric: Running,
  refs: Parameters<typeof watch>[1],
  isProofWanted: boolean,
  json: boolean,
): Promise<number> {
  const output = new Output();
  const line = (object: object) => output.add(`${JSON.stringify(object)}\n`);
  const people: Watcher = {
    moved: (job) => output.add(`${refText(job)} ${placeWords(job)}\n`),
    ended: (_, sentence) => output.add(`${sentence}\n`),
    waits: (receipts) => {
      const whose = receipts === 1 ? "A receipt waits" : `${count(receipts)} receipts wait`;
      process.stderr.write(`${whose} for the next checkpoint on the chain.\n`);
    },
    proved: (view, anchor) => output.add(proofText(view, anchor)),
  };
  const programs: Watcher = {
    moved: (job) => line({ kind: "moved", job }),
    ended: (job, sentence) => line({ kind: "ended", job, sentence }),
    waits: () => {},
    proved: (receipt, anchor) => line({ kind: "proved", receipt, anchor }),
  };
  try {
    const ended = await watch(fabric, refs, json ? programs : people, isProofWanted, output.signal);
    return ended.every(({ outcome }) => outcome === "completed") ? exitCodes.done : exitCodes.failed;
  } catch (error) {
    // Whoever has seen enough is told nothing of how it ends.
    if (output.signal.aborted) return exitCodes.done;
    throw error;
  } finally {
    await output.close();
  }
}

function placeWords({ state, shard, origin, node, attempts }: LiveJobView): string {
  const place = shard === origin ? shard : `${shard}, spilled from ${origin}`;
  switch (state) {
    case "registered":
      return `is in the registry of ${place}`;
    case "delayed":
      return `waits before attempt ${attempts + 1} in ${place}`;
    case "queued":
      return `is queued in ${place}`;
    case "parked":
      return `is parked in ${place}: nothing there can serve it`;
    case "running":
      return `runs on ${node} in ${place}, attempt ${attempts}`;
  }
}

function proofText({ job, leafHash, proof }: ProvedReceipt, anchor: Parameters<Watcher["proved"]>[1]): string {
  const { checkpoint, size, root, path } = proof;
  const { block, time, transactionHash, seq, askedAtBlock } = anchor;
  return [
    `${refText(job)} is proved:`,
    `  result       ${job.resultDigest}`,
    `  receipt      ${count(job.index + 1)} of ${count(size)}, leaf ${leafHash}`,
    `  proof        ${path.length === 1 ? "1 hash leads" : `${path.length} hashes lead`} to the root ${root}`,
    ...path.map((hash) => `               ${hash}`),
    `  checkpoint   ${checkpoint.seq} of tick ${checkpoint.tick}, ${checkpoint.digest}`,
    `  on chain     head ${seq} of the ledger, anchored in block ${block} (${instant(time)})`,
    `               by transaction ${transactionHash}`,
    `  checked      the path here, and by the ledger itself at block ${askedAtBlock}`,
    "",
  ].join("\n");
}

async function sayingCancel({ client }: Running, text: string, { world, json }: Flags): Promise<number> {
  const { decideNow, jobEnded } = await import("../owner/decision.ts");
  const { runningPlace } = await import("../owner/place.ts");
  const { words: decisionWords } = await import("../owner/command.ts");
  const ref = refOf(text);
  const before = await jobNamed(client, ref);
  if (before.state === "ended") throw jobEnded(before);
  const place = await runningPlace(world);
  try {
    const outcome = await decideNow(place, { kind: "cancel", ...ref });
    const job = await jobNamed(client, ref);
    const sentence =
      job.state === "ended" ? `${(await answered(() => client.why(ref)))?.sentence}` : `${text} still lives.`;
    if (json === true) process.stdout.write(`${JSON.stringify({ ...outcome, job, sentence })}\n`);
    else process.stdout.write(`${decisionWords(outcome)}\n${sentence}\n`);
    return isCancelled(job) ? exitCodes.done : exitCodes.failed;
  } finally {
    place.control.close();
  }
}

function isCancelled(job: EndedJobView | LiveJobView): boolean {
  return job.state === "ended" && job.outcome === "cancelled";
}

async function withFabric(flags: Flags, act: (fabric: Running) => Promise<number>): Promise<number> {
  const fabric = await running({ world: flags.world });
  try {
    return await act(fabric);
  } finally {
    fabric.client.close();
  }
}

const u32 = 2 ** 32 - 1;
const jobArgument = new Argument("<job>", "its submitter and number, for example earth.exchange/17");
const jobsArgument = new Argument(
  "<job...>",
  "submitter and number, or a range: earth.exchange/17, earth.exchange/1..40",
);

function names(text: string): readonly string[] {
  const found = text === "" ? [] : text.split(",");
  if (new Set(found).size < found.length || found.includes(""))
    throw new InvalidArgumentError("Names with commas between them are right, each once.");
  return found;
}

function prefix(text: string): string {
  if (!/^[^\p{Cc}]{1,60}$/u.test(text)) throw new InvalidArgumentError("A text of 1 to 60 characters is right.");
  return text;
}

function firsts(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^([^/]+\/)?[1-9]\d{0,15}$/.test(text))
    throw new InvalidArgumentError("A number is right, or a submitter and a number: earth.exchange/17.");
  return [...before, text];
}
