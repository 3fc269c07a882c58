import { fencedBlocks } from "./documents.ts";

// What a document has its reader type, and what it shows of the answer: `…` stands for anything.

/** Commands that stand in one frame, and what the frame below it shows of them. */
export type Step = { readonly lines: readonly string[]; readonly shows: readonly string[] };

export function stepsOf(document: string): Step[] {
  const blocks = fencedBlocks(document);
  return blocks.flatMap(({ language, lines }, index) => {
    if (language !== "sh") return [];
    const below = blocks[index + 1];
    return [{ lines, shows: below?.language === "text" ? below.lines : [] }];
  });
}

/** The first line that the document shows and the commands did not, in this order; undefined when they showed all. */
export function unseen(shows: readonly string[], said: string): string | undefined {
  const lines = said.split("\n").map(plain);
  let from = 0;
  return shows.find((shown) => {
    const parts = plain(shown).split("…");
    const at = lines.findIndex((line, index) => index >= from && isMadeOf(line, parts));
    from = at + 1;
    return at < 0;
  });
}

/** Whether a text begins with the first part, ends with the last, and has the others between, in this order. */
function isMadeOf(text: string, [first, ...parts]: readonly string[]): boolean {
  const last = parts.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

/** Without what the width of a table's columns depends on. */
function plain(line: string): string {
  return line.trim().replaceAll(/ +/g, " ");
}
