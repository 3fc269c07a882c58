import type { Command } from "commander";
import { commands as topCommands } from "../../src/cli/program.ts";
import { markdownTable } from "./section.ts";

/** The commands of `fabric`; one that has others below it does nothing by itself. */
export function commands(): { readonly name: string; readonly command: Command }[] {
  const flat = (command: Command, above: string): { name: string; command: Command }[] => {
    const name = `${above} ${command.name()}`;
    if (command.commands.length === 0) return [{ name, command }];
    return command.commands.flatMap((below) => flat(below, name));
  };
  return topCommands().flatMap((command) => flat(command, "fabric"));
}

/** What each command is for and which options it has. */
export function commandTables(): string {
  return commands()
    .map(({ name, command }) => {
      const args = command.registeredArguments.map((argument) => {
        const word = `${argument.name()}${argument.variadic ? " …" : ""}`;
        return [`\`${argument.required ? `<${word}>` : `[${word}]`}\``, argument.description];
      });
      const options = command.options.map(({ flags, description }) => [`\`${flags}\``, description]);
      const purpose = command.description();
      const table = markdownTable(["", "what it is"], [...args, ...options]);
      return `\`${name}\`: ${purpose}.\n\n${table}`;
    })
    .join("\n\n");
}
