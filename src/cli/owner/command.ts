import { Argument, Command, Option } from "commander";
import { JsonDocument } from "../../config/index.ts";
import { FabricError } from "../../errors.ts";
import {
  catalogue,
  dateOf,
  describeParameters,
  helpOf,
  type Lane,
  type Operand,
  type OwnerLogEntry,
  parametersIn,
  reasonLengthMin,
  reasonOf,
  type Spelling,
  spellings,
  understand,
  usageOf,
} from "../../owner/index.ts";
import { nodeUrl } from "../nodeUrl.ts";
import { laneNames } from "./announced.ts";
import { centerCommand } from "./center.ts";
import { constitutionCommand } from "./constitution/command.ts";
import { decideNow, type Made, recallNow, runNow, type Undo, type Waits } from "./decision.ts";
import { descriptorsCommand } from "./descriptors.ts";
import { diagramCommand } from "./diagram.ts";
import { ownerDrillCommand } from "./drill.ts";
import { exportCommand } from "./export.ts";
import { guardianAcceptCommand } from "./guardianAccept.ts";
import { actAsGuardian, type GuardianFlags, takeGuardianKey } from "./guardianAct.ts";
import { ownerKeygenCommand } from "./keygen.ts";
import { answerNaming, memberKeyNaming } from "./memberKey.ts";
import { missionCommand } from "./mission.ts";
import { logCommand } from "./ownerLog.ts";
import { type Place, runningPlace } from "./place.ts";
import { runPlan } from "./plan/carry.ts";
import { planCommands } from "./plan/commands.ts";
import { trustName } from "./plan/files.ts";
import { recallPlan } from "./plan/recall.ts";
import { scriptsCommand } from "./scripts.ts";

type OwnFlags = { readonly json?: true; readonly world?: string; readonly reason?: string };

/** `fabric owner …`: every change of the catalogue, made at once by the keys of a practice fabric. */
export function ownerCommand(): Command {
  const command = new Command("owner").description(
    "govern a fabric, as its owners or its guardian: by plans that they sign, or the practice fabric at once",
  );
  for (const verb of new Set(spellings.map((spelling) => spelling.verb))) command.addCommand(verbCommand(verb));
  for (const other of [runCommand(), recallCommand(), exportCommand(), descriptorsCommand()]) command.addCommand(other);
  for (const step of planCommands()) command.addCommand(step);
  for (const view of [centerCommand(), diagramCommand(), logCommand(), missionCommand(), scriptsCommand()])
    command.addCommand(view);
  command.addCommand(constitutionCommand());
  for (const other of [ownerDrillCommand(), guardianAcceptCommand(), ownerKeygenCommand()]) command.addCommand(other);
  return command;
}

/** A verb that spells one change takes its parameters; one that spells several is told which by its first word. */
function verbCommand(verb: string): Command {
  const own = spellings.filter((spelling) => spelling.verb === verb);
  const [first] = own;
  const command = new Command(verb);
  if (own.every(({ kind }) => kind === first.kind)) takeParameters(command, first);
  else takeField(command, own);
  const changeIn = (options: Options) =>
    understand(verb, command.args, options, (file) => JsonDocument.read(file).value);
  const answerTo = (outcome: (Made & Undo) | Waits) => ({ json: jsonOf(outcome), words: words(outcome) });
  const decide = async (place: Place, reason: string | null, options: Options) =>
    answerTo(await decideNow(place, changeIn(options), reason));
  if (own.some(({ kind }) => catalogue[kind].by === "owners")) return atPlace(command, decide);
  return takeGuardianKey(
    atPlace(command, decide, (reason) => {
      const { key } = command.opts<Partial<GuardianFlags>>();
      if (key === undefined) return undefined;
      const names = own.flatMap(({ options }) => options.map(({ parameter }) => parameter.name));
      const options = Object.entries(command.opts<Options>()).filter(([name]) => names.includes(name));
      const change = changeIn(Object.fromEntries(options));
      return actAsGuardian(change, command.opts<GuardianFlags>(), reason).then(answerTo);
    }),
  );
}

function runCommand(): Command {
  const command = new Command("run").description("make a change that was announced, when it has waited");
  command.addArgument(laneArgument());
  const runLane = async (place: Place, reason: string | null) => {
    const outcome = await runNow(place, laneOf(command), reason);
    return { json: { ...outcome.entry, inForceTick: outcome.inForceTick }, words: madeWords(outcome).join("\n") };
  };
  return takePlan(atPlace(command, runLane, () => ofPlan(command, (file) => runPlan(file, command.opts()))));
}

function recallCommand(): Command {
  const command = new Command("recall").description("cancel a change that was announced and waits");
  command
    .addArgument(laneArgument())
    .argument("[answers...]", `of a plan's members who sign elsewhere, each <member>=<answer>: ${answerNaming}`);
  const recallLane = async (place: Place, reason: string | null) => {
    const { entry, unlogged } = await recallNow(place, laneOf(command), reason);
    const words = [entry.sentence, "This will not be done.", ...unloggedWords(unlogged)];
    return { json: entry, words: words.join("\n") };
  };
  const recallOne = () => {
    const [, ...answers] = command.args;
    const ofOne = ofPlan(command, (file) => recallPlan(file, answers, command.opts()));
    if (ofOne === undefined && answers.length > 0)
      throw new FabricError("USAGE", { problem: "Answers of members are about a plan: name its file, not a lane." });
    return ofOne;
  };
  return takePlan(atPlace(command, recallLane, recallOne))
    .option("--key <key>", `your key, of a plan's member: ${memberKeyNaming}`)
    .option("--practice <members>", "numbers of practice owners, with commas, on chain 31337")
    .option("--external", "print what your wallet signs (eth_signTypedData_v4), to give its answer back here")
    .option("--hand-on", "print what your key signs, for another member to give as an answer, and send nothing");
}

/** What a plan's file takes, where a lane may stand, too. */
function takePlan(command: Command): Command {
  return command
    .option("--trust <file>", `what you have pinned, for a plan (default: ${trustName})`)
    .option(
      "--rpc <url|name>",
      "JSON-RPC endpoint of a plan's chain (default: that of the fabric that runs here)",
      nodeUrl,
    )
    .option(
      "--payer <key>",
      "key of the account that pays for a plan, named as --key (default: the practice deployer)",
    );
}

function laneArgument(): Argument {
  const lanes = laneNames.join(", ");
  return new Argument("[lane]", `where it waits: ${lanes}; parameters, unless told; or the file of its plan`);
}

/** @throws NOTHING_ANNOUNCED for a lane that there is not */
function laneOf({ args: [word = "parameters"] }: Command): Lane {
  const lane = laneNames.find((name) => name === word);
  if (lane === undefined) throw new FabricError("NOTHING_ANNOUNCED", { lane: word, known: laneNames.join(", ") });
  return lane;
}

/** Does what is to be done with a plan when its file stands where a lane may stand, too. */
function ofPlan({ args: [word] }: Command, act: (file: string) => Promise<Answer>): Promise<Answer> | undefined {
  return word === undefined || laneNames.some((lane) => lane === word) ? undefined : act(word);
}

type Answer = { readonly json: object; readonly words: string };
type Options = Readonly<Record<string, string>>;

/**
 * What every command does before and after: it finds the fabric, and says what became of it.
 * @param instead what is done in the place of `act`, which needs no fabric that runs here; it may decline
 */
function atPlace(
  command: Command,
  act: (place: Place, reason: string | null, options: Options) => Promise<Answer>,
  instead: (reason: string | null) => Promise<Answer> | undefined = () => undefined,
): Command {
  return command
    .option("--world <folder>", "folder of a running world (default: the fabric that was started here)")
    .option("--reason <text>", `why, for the log: at least ${reasonLengthMin} characters`)
    .option("--json", "print the decision as JSON")
    .action(async () => {
      const { json, world, reason: said, ...options } = command.opts<OwnFlags & Record<string, string>>();
      const reason = said === undefined ? null : reasonOf(said);
      const other = await instead(reason);
      if (other !== undefined) {
        console.log(json === true ? JSON.stringify(other.json) : other.words);
        return;
      }
      const place = await runningPlace(world);
      try {
        const answer = await act(place, reason, options);
        console.log(json === true ? JSON.stringify(answer.json) : answer.words);
      } finally {
        place.control.close();
      }
    });
}

function takeParameters(command: Command, { kind, operands, options }: Spelling): void {
  const helps = new Map(describeParameters(kind).map((parameter) => [parameter.name, helpOf(parameter)]));
  const help = ({ text, fallback }: Operand) => {
    const said = parametersIn(text).map((name) => helps.get(name));
    return `${said.join(" / ")}${fallback === null ? "" : `; ${fallback}, unless told`}`;
  };
  command.description(sentenceOf(catalogue[kind].title));
  for (const operand of operands) {
    const name = `${operand.text.replace(/[<>]/g, "")}${operand.variadic ? "..." : ""}`;
    command.addArgument(new Argument(operand.optional ? `[${name}]` : `<${name}>`, help(operand)));
  }
  for (const { flag, parameter } of options)
    command.addOption(
      new Option(`${flag} <${parameter.name}>`, helpOf(parameter)).makeOptionMandatory(parameter.required),
    );
}

function takeField(command: Command, own: readonly Spelling[]): void {
  command.description("set a value that the owners govern").argument("<field>", "what to set, see below");
  command.argument("[value...]", "what to set it to");
  const shown = own.filter(({ kind }, index) => own.findIndex((other) => other.kind === kind) === index);
  const width = Math.max(...shown.map((spelling) => usageOf(spelling).length));
  const lines = shown.map((spelling) => {
    const { kind } = spelling;
    const value = describeParameters(kind).at(-1);
    const bounds = value?.bounds ? ` (${value.bounds.minimum} to ${value.bounds.maximum} ${value.unit}`.trimEnd() : "";
    return `  ${usageOf(spelling).padEnd(width)}  ${catalogue[kind].title}${bounds && `${bounds})`}`;
  });
  command.addHelpText("after", `\nWhat can be set:\n${lines.join("\n")}\n\n<shard> may be "routers", for all of them.`);
}

/** What a person reads after a decision. */
export function words(outcome: (Made & Undo) | Waits): string {
  const lines = outcome.state === "made" ? [...madeWords(outcome), undoWords(outcome)] : waitWords(outcome);
  return lines.join("\n");
}

function madeWords({ entry, inForceTick, waits, unlogged }: Made): string[] {
  return [
    ...signedWords(entry),
    inForceTick === null ? `Not in force yet: ${waits}` : `In force since tick ${inForceTick}.`,
    ...unloggedWords(unlogged),
  ];
}

function unloggedWords(unlogged: string | null): string[] {
  return unlogged === null ? [] : [`The world's log lacks it: ${unlogged}`];
}

function waitWords({ entry, readyAt, lane, unlogged }: Waits): string[] {
  return [
    ...signedWords(entry),
    `Announced: by the owners' constitution it waits until ${dateOf(readyAt)}.`,
    `Then: npx fabric owner run ${lane}`,
    `To cancel it: npx fabric owner recall ${lane}`,
    ...unloggedWords(unlogged),
  ];
}

function signedWords({ sentence, batch, signers, transactionHash, block }: OwnerLogEntry): string[] {
  const who =
    batch === null ? `Sent by the guardian ${signers.join()}` : `Signed by the owners ${signers.join(" and ")}`;
  return [sentence, `${who}.`, `Transaction ${transactionHash} in block ${block}.`];
}

function undoWords({ undo, lasts }: Undo): string {
  if (undo === null) return `No other change takes it back: ${lasts}.`;
  return `To undo it: ${undo.map((line) => `npx fabric owner ${line}`).join("\n            ")}`;
}

function jsonOf(outcome: (Made & Undo) | Waits): object {
  if (outcome.state === "announced") return { ...outcome.entry, inForceTick: null, readyAt: outcome.readyAt };
  const { entry, inForceTick, undo } = outcome;
  return { ...entry, inForceTick, undo };
}

/** As the help of other commands begins. */
function sentenceOf(title: string): string {
  return `${title[0].toLowerCase()}${title.slice(1)}`;
}
