import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

/** Every document of the repository, by its path from the root on. */
export function documents(): ReadonlyMap<string, string> {
  const files = ["*.md", "docs/**/*.md", "reports/README.md"].flatMap((pattern) => globSync(pattern, { cwd: root }));
  return new Map(files.sort().map((file) => [file, readFileSync(join(root, file), "utf8")]));
}

/** A fenced block: its language, and its lines without those that are empty. */
export type Block = { readonly language: string; readonly lines: readonly string[] };

export function fencedBlocks(document: string): Block[] {
  const blocks = document.matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...blocks].map(([, language, text]) => ({ language, lines: text.split("\n").filter((line) => line !== "") }));
}

/** The lines of every fenced block of that language. */
export function fencedLines(document: string, language: string): string[] {
  return fencedBlocks(document).flatMap((block) => (block.language === language ? block.lines : []));
}

/** The words of a command as a shell has them: what is in double quotes is one. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}
