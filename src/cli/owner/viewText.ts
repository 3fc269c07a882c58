import type { Command } from "commander";
import { Option } from "commander";
import { plainText } from "../../errors.ts";
import { refuseExisting, writeText } from "../textFile.ts";

// How the owners' views are written. Names, sentences and reasons are other people's: nothing in them means anything here.

/** In which form a view is wanted, and where. */
export type FormFlags = { readonly json?: true; readonly markdown?: true } & OutFlags;

/** Where it is written: a file that is there only when that is wanted. */
export type OutFlags = { readonly out?: string | undefined; readonly replace?: true | undefined };

/** A view in each of its forms. */
export type Forms = { readonly json: object; readonly markdown: string; readonly text: string };

export function takeForms(command: Command): Command {
  return takeOut(
    command
      .option("--json", "print one JSON document")
      .addOption(new Option("--markdown", "print Markdown").conflicts("json")),
  );
}

export function takeOut(command: Command): Command {
  return command
    .option("--out <file>", "file to write (default: standard output)")
    .option("--replace", "write it also where there is a file already");
}

/** Prints a view, or writes it. @throws FILE_UNWRITABLE */
export function sayView(flags: FormFlags, forms: Forms): void {
  const { json, markdown } = flags;
  sayText(json === true ? jsonText(forms.json) : markdown === true ? forms.markdown : forms.text, flags);
}

/** @throws FILE_UNWRITABLE */
export function sayText(text: string, { out, replace }: OutFlags): void {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  if (replace !== true) refuseExisting(out, true);
  writeText(out, text);
  console.error(`Written to ${out}.`);
}

export function jsonText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Within a line of Markdown, also in a table. */
export function markdownText(text: string): string {
  return plainText(text).replace(/[\\`*_{}[\]<>#|~&!]/g, "\\$&");
}

/** Cells are text, not Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(" | ")} |`;
  return `${[line(head), `| ${head.map(() => "---").join(" | ")} |`, ...rows.map(line)].join("\n")}\n`;
}

/** RFC 4180. A cell that a spreadsheet would take for a formula gets a ' before it. */
export function csvText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const shown = plainText(text);
    const said = /^[=+\-@]/.test(shown) ? `'${shown}` : shown;
    return /[",\r\n]/.test(said) ? `"${said.replaceAll('"', '""')}"` : said;
  };
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** At most so many characters. */
export function cutText(text: string, most: number): string {
  const characters = [...plainText(text)];
  return characters.length <= most ? characters.join("") : `${characters.slice(0, most - 1).join("")}…`;
}
