import { Argument, Command, Option } from "commander";
import { JsonDocument } from "../../config/index.ts";
import {
  catalogue,
  describeParameters,
  helpOf,
  type Operand,
  parametersIn,
  type Spelling,
  spellings,
  understand,
  usageOf,
} from "../../owner/index.ts";
import { decideNow, type Outcome } from "./decision.ts";
import { runningPlace } from "./place.ts";

type OwnFlags = { readonly json?: true; readonly world?: string };

/** `fabric owner …`: every change of the catalogue, made at once by the keys of a practice fabric. */
export function ownerCommand(): Command {
  const command = new Command("owner").description("change the running practice fabric, as its owners or its guardian");
  for (const verb of new Set(spellings.map((spelling) => spelling.verb))) command.addCommand(verbCommand(verb));
  return command;
}

/** A verb that spells one change takes its parameters; one that spells several is told which by its first word. */
function verbCommand(verb: string): Command {
  const own = spellings.filter((spelling) => spelling.verb === verb);
  const [first] = own;
  const command = new Command(verb);
  if (own.every(({ kind }) => kind === first.kind)) takeParameters(command, first);
  else takeField(command, own);
  command
    .option("--world <folder>", "folder of a running world (default: the fabric that was started here)")
    .option("--json", "print the decision as JSON")
    .action(async () => {
      const { json, world, ...options } = command.opts<OwnFlags & Record<string, string>>();
      const change = understand(verb, command.args, options, (file) => JsonDocument.read(file).value);
      const place = await runningPlace(world);
      try {
        const outcome = await decideNow(place, change);
        if (outcome.unlogged !== null) console.error(`Warning: the log lacks it. ${outcome.unlogged}`);
        console.log(json === true ? JSON.stringify(jsonOf(outcome)) : words(outcome));
      } finally {
        place.control.close();
      }
    });
  return command;
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
export function words({ entry, undo, lasts, inForceTick, waits }: Outcome): string {
  const { sentence, batch, signers, transactionHash, block } = entry;
  const who =
    batch === null ? `Sent by the guardian ${signers.join()}` : `Signed by the owners ${signers.join(" and ")}`;
  const lines = (undo ?? []).map((line) => `npx fabric owner ${line}`);
  return [
    sentence,
    `${who}.`,
    `Transaction ${transactionHash} in block ${block}.`,
    inForceTick === null ? `Not in force yet: ${waits}` : `In force since tick ${inForceTick}.`,
    undo === null ? `No other change takes it back: ${lasts}.` : `To undo it: ${lines.join("\n            ")}`,
  ].join("\n");
}

function jsonOf({ entry, undo, inForceTick }: Outcome): object {
  return { ...entry, inForceTick, undo };
}

/** As the help of other commands begins. */
function sentenceOf(title: string): string {
  return `${title[0].toLowerCase()}${title.slice(1)}`;
}
