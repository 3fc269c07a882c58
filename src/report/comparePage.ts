import type { Comparison } from "./compare.ts";
import { documentOf, section, table } from "./html.ts";
import { plotPaths } from "./plot/index.ts";
import type { Texts } from "./redraw.ts";
import { text, visible } from "./text.ts";

/**
 * Two runs side by side, for a person: what changed first, then the plots in pairs, then every figure.
 * @param a page and plots that were drawn here: those in a bundle may be anything
 */
export function comparePage(comparison: Comparison, a: Texts, b: Texts): string {
  const { changes, figures } = comparison;
  const title = `A: ${comparison.a}, B: ${comparison.b}`;
  const pairs = Object.values(plotPaths).map((path) =>
    [a, b].map(
      (plots, index) => `<figure><figcaption>${index === 0 ? "A" : "B"}</figcaption>${plots.get(path) ?? ""}</figure>`,
    ),
  );
  return documentOf(
    title,
    [
      `<h1>${text(`Two runs: ${title}`)}</h1>`,
      "<p>From the journals and the chains' evidence of both; whether these are true, <code>fabric verify</code> tells of each.</p>",
      section(
        "What changed",
        "From A to B: what was played, how each fabric was founded, what was decided, and what came of it.",
        `<ul>${changedWords(changes)
          .map((words) => `<li>${text(words)}</li>`)
          .join("")}</ul>`,
      ),
      section("Side by side", "", `<div class="pairs">${pairs.flat().join("\n")}</div>`),
      section(
        "Every figure",
        "",
        table({
          head: ["Of", "What", "A", "B"],
          rows: figures.map((figure) => [figure.of, figure.what, figure.a, figure.b]),
        }),
      ),
    ].join("\n"),
  );
}

/** The same in Markdown. */
export function compareMarkdown({ a, b, changes, figures }: Comparison): string {
  return [
    `# Two runs: A: ${plainMarkdown(a)}, B: ${plainMarkdown(b)}`,
    ...["", "## What changed", ""],
    ...changedWords(changes).map((words) => `- ${plainMarkdown(words)}`),
    ...["", "## Every figure", "", "| of | what | A | B |", "| --- | --- | --- | --- |"],
    ...figures.map((figure) => `| ${[figure.of, figure.what, figure.a, figure.b].map(plainMarkdown).join(" | ")} |`),
    "",
  ].join("\n");
}

export function changedWords(changes: readonly string[]): readonly string[] {
  return changes.length === 0 ? ["Nothing."] : changes;
}

/** Words of others are to stand as they are: with a backslash where Markdown would make something of them. */
function plainMarkdown(words: string): string {
  return visible(words).replaceAll(/[\\`*_{}[\]<>&#|]/g, (character) => `\\${character}`);
}
