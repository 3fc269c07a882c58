import { type Command, Option } from "commander";
import { JsonDocument } from "../../../config/index.ts";
import { FabricError } from "../../../errors.ts";
import { type Change, spellings, understand } from "../../../owner/index.ts";

// Changes as they are typed after a command that has options of its own, several of them with `--and` between.

/** Lets a command take the options of every change. */
export function takeChangeOptions(command: Command): Command {
  const options = spellings.flatMap((spelling) => spelling.options);
  const flags = new Map(options.map(({ flag, parameter }) => [flag, parameter.name]));
  for (const [flag, parameter] of flags) command.addOption(new Option(`${flag} <${parameter}>`).hideHelp());
  return command;
}

/**
 * The changes that stand on the command line.
 * @throws CHANGE_INVALID, USAGE; what makes a document unreadable
 */
export function changesIn(command: Command): Change[] {
  const groups: string[][] = [[]];
  for (const word of ownWordsLeftOut(command)) {
    if (word === "--and") groups.push([]);
    else groups[groups.length - 1].push(word);
  }
  return groups.map(changeIn);
}

function changeIn([verb = "", ...words]: readonly string[]): Change {
  const known = spellings.filter((spelling) => spelling.verb === verb).flatMap(({ options }) => options);
  const operands: string[] = [];
  const options: Record<string, string> = {};
  for (let index = 0; index < words.length; index++) {
    const [flag, inline] = words[index].split(/=(.*)/s);
    if (!flag.startsWith("--")) {
      operands.push(words[index]);
      continue;
    }
    const option = known.find((each) => each.flag === flag);
    if (option === undefined) throw new FabricError("USAGE", { problem: `\`${verb}\` has no option ${flag}.` });
    const value = inline ?? words[++index];
    if (value === undefined) throw new FabricError("USAGE", { problem: `${flag} lacks its value.` });
    options[option.parameter.name] = value;
  }
  return understand(verb, operands, options, (file) => JsonDocument.read(file).value);
}

/** What was typed after the command, in its order, without the command's own options. */
function ownWordsLeftOut(command: Command): string[] {
  const typed = rawWords(command);
  const words: string[] = [];
  for (let index = 0; index < typed.length; index++) {
    const own = command.options.find(({ long, hidden }) => !hidden && long === typed[index].split("=")[0]);
    if (own === undefined || own.long === "--and") words.push(typed[index]);
    else if ((own.required || own.optional) && !typed[index].includes("=")) index++;
  }
  return words;
}

/** Everything behind the command's name. Commander sorts options out, and with them to which change each belongs. */
function rawWords(command: Command): string[] {
  let root = command;
  while (root.parent !== null) root = root.parent;
  const { rawArgs } = root as Command & { readonly rawArgs: readonly string[] };
  return rawArgs.slice(rawArgs.indexOf(command.name()) + 1);
}
