import { Command, Option } from "commander";
import { exitCodes, FabricError, plainText } from "../../errors.ts";
import { type LogView, logView, readOverview } from "../../owner/index.ts";
import { count } from "../table.ts";
import { capitalised, numberWord } from "../wording.ts";
import { atView, type PlaceFlags, takePlace, type ViewPlace } from "./viewPlace.ts";
import {
  csvText,
  type FormFlags,
  type Forms,
  markdownTable,
  markdownText,
  sayText,
  sayView,
  takeForms,
} from "./viewText.ts";
import { logOf } from "./worldLog.ts";

type LogFlags = FormFlags & PlaceFlags & { readonly csv?: true; readonly strict?: true };

/** `fabric owner log`: what was decided in this world and why, held against the chain. */
export function logCommand(): Command {
  const command = new Command("log").description(
    "show what was decided in this world and why, and what the chain has that the log lacks, or the other way round",
  );
  takeForms(command)
    .addOption(new Option("--csv", "print comma-separated values").conflicts(["json", "markdown"]))
    .option("--strict", "end with exit code 7 when log and chain differ");
  return takePlace(command).action(async () => {
    const flags = command.opts<LogFlags>();
    await atView(flags, async (place) => {
      const view = await readLogView(place);
      if (flags.csv === true) sayText(logCsv(view), flags);
      else sayView(flags, logForms(view));
      process.exitCode = flags.strict === true && view.differing > 0 ? exitCodes.drift : exitCodes.done;
    });
  });
}

/** @throws USAGE where there is no world; OWNER_LOG_BROKEN */
export async function readLogView({ chain, deployment, world }: ViewPlace): Promise<LogView> {
  if (world === null)
    throw new FabricError("USAGE", { problem: "The log is in a world's folder: name it with --world." });
  const entries = logOf(world);
  return logView(await readOverview(chain, deployment), entries);
}

export function logForms(view: LogView): Forms {
  return { json: view, markdown: logMarkdown(view), text: logText(view) };
}

const heads = ["number", "block", "act", "lane", "what", "reason", "by", "transaction", "on chain"];

export function logCsv(view: LogView): string {
  return csvText(
    [...heads, "digest", "plan", "hash"],
    [
      ...view.rows.map((row) => {
        const { batch, plan, hash } = row.entry;
        return [...cellsOf(row), batch?.digest ?? "", plan ?? "", hash];
      }),
      ...view.unlogged.map((each) => [...unloggedCells(each), each.digest ?? "", "", ""]),
    ],
  );
}

function logMarkdown(view: LogView): string {
  const rows = [...view.rows.map(cellsOf), ...view.unlogged.map(unloggedCells)];
  return [
    "# What was decided",
    "",
    markdownTable(heads, rows),
    ...ending(view).map((line) => `${markdownText(line)}\n`),
  ].join("\n");
}

function logText(view: LogView): string {
  const lines = view.rows.flatMap(({ number, entry, problem }) => {
    const { act, block, sentence, reason, signers, transactionHash } = entry;
    return [
      `${number}. Block ${block}${act === "made" ? "" : `, ${act}`}: ${sentence}`,
      ...(reason === null ? [] : [`   Why: ${reason}`]),
      `   By ${signers.join(" and ")}, transaction ${transactionHash}.`,
      ...(problem === null ? [] : [`   ! Not on the chain as it stands here: ${problem}.`]),
    ];
  });
  const missing = view.unlogged.map(
    ({ block, act, by, transaction }) =>
      `! Not in the log: block ${block}, ${act} by ${by}, transaction ${transaction}.`,
  );
  return `${[...lines, ...missing, ...ending(view)].map(plainText).join("\n")}\n`;
}

function ending({ rows, unlogged, differing, head, block }: LogView): string[] {
  const wrong = rows.filter(({ problem }) => problem !== null).length;
  const verdict =
    differing === 0
      ? `All ${count(rows.length)} are on the chain (block ${block.number}), and nothing else was decided.`
      : `${capitalised(numberWord(wrong))} of the log's ${count(rows.length)} are not on the chain as they stand; ` +
        `${numberWord(unlogged.length)} on the chain ${unlogged.length === 1 ? "is" : "are"} not in the log.`;
  return [
    verdict,
    ...(head === null ? [] : [`Keep this hash, to tell later whether the log still begins so: ${head}`]),
  ];
}

function cellsOf({ number, entry, problem }: LogView["rows"][number]): string[] {
  const { block, act, batch, sentence, reason, signers, transactionHash } = entry;
  return [
    String(number),
    String(block),
    act,
    batch === null ? "" : `${batch.lane} ${batch.seq}`,
    sentence,
    reason ?? "",
    signers.join(" and "),
    transactionHash,
    problem ?? "yes",
  ];
}

function unloggedCells({ block, act, lane, seq, by, transaction }: LogView["unlogged"][number]): string[] {
  const place = lane === null ? "" : `${lane} ${seq}`;
  return ["", String(block), act, place, "not in the log", "", by, transaction, "yes"];
}
