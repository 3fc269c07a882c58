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
  const pairs = Object.values(plotPaths).map((path) => {
    const figures = [a, b].map(
      (plots, index) => `<figure><figcaption>${index === 0 ? "A" : "B"}</figcaption>${plots.get(path) ?? ""}</figure>`,
    );
    return `<h3>${titleIn(a.get(path) ?? "")}</h3><div class="pairs">${figures.join("\n")}</div>`;
  });
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
      section(
        "Side by side",
        "A is on the left, B on the right. Each picture has a scale of its own.",
        pairs.join("\n"),
      ),
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

/** The title of a picture that was drawn here, as it may stand in HTML. */
function titleIn(svg: string): string {
  return /<title>([^<]*)<\/title>/.exec(svg)?.[1] ?? "";
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
