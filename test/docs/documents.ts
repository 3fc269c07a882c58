import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

/** Every document of the repository, by its path from the root on. */
export function documents(): ReadonlyMap<string, string> {
  const files = ["*.md", "docs/**/*.md", "reports/README.md"].flatMap((pattern) => globSync(pattern, { cwd: root }));
  return new Map(files.sort().map((file) => [file, readFileSync(join(root, file), "utf8")]));
}

/** The lines of every fenced block of that language. */
export function fencedLines(document: string, language: string): string[] {
  const blocks = document.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"));
  return [...blocks].flatMap(([, text]) => text.split("\n").filter((line) => line !== ""));
}
