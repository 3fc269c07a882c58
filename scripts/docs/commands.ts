import type { Command } from "commander";
import { commands as load } from "../../src/cli/program.ts";
import { markdownTable } from "./section.ts";

const topCommands = await load();

/** The commands of `fabric`; one that has others below it does something by itself only where it takes an argument. */
export function commands(): { readonly name: string; readonly command: Command }[] {
  const flat = (command: Command, above: string): { name: string; command: Command }[] => {
    const name = `${above} ${command.name()}`;
    if (command.commands.length === 0) return [{ name, command }];
    const itself = command.registeredArguments.length === 0 ? [] : [{ name, command }];
    return [...itself, ...command.commands.flatMap((below) => flat(below, name))];
  };
  return topCommands.flatMap((command) => flat(command, "fabric"));
}

/** The commands by their first word, in a line each. */
export function commandList(): string {
  const rows = topCommands.map((command) => [`\`fabric ${command.name()}\``, command.description()]);
  return markdownTable(["command", "what it does"], rows);
}

/** What each command is for and which options it has; those of the owners only by what they are for. */
export function commandTables(): string {
  const all = commands();
  const owners = all.filter(({ name }) => name.startsWith("fabric owner "));
  const ownersRows = owners.map(({ name, command }) => [
    `\`${name}${command.usage().replace("[options]", "")}\``,
    command.description(),
  ]);
  const tables = all
    .filter((each) => !owners.includes(each))
    .map(({ name, command }) => {
      const args = command.registeredArguments.map((argument) => {
        const word = `${argument.name()}${argument.variadic ? " …" : ""}`;
        return [`\`${argument.required ? `<${word}>` : `[${word}]`}\``, argument.description];
      });
      const options = command.options.map(({ flags, description }) => [`\`${flags}\``, description]);
      const purpose = command.description();
      const table = markdownTable(["", "what it is"], [...args, ...options]);
      return `\`${name}\`: ${purpose}.\n\n${table}`;
    });
  const intro = "`fabric owner …`: the owners' changes. [parameters.md](parameters.md) has what each takes.";
  return [...tables, `${intro}\n\n${markdownTable(["", "what it is for"], ownersRows)}`].join("\n\n");
}
