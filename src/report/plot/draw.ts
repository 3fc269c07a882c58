import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TopLevelSpec } from "vega-lite";
import { text, visible } from "../text.ts";
import { ink, type Plot, type Spec } from "./plot.ts";

declare module "vega-typings" {
  /** How Vega measures text; its types leave it out. */
  export const textMetrics: { width: (item: { readonly fontSize?: number }, words: unknown) => number };
}

/** A plot as SVG. */
export type Picture = {
  /** For a page that has the font already. */
  readonly inline: string;
  /** A file of its own, with the font in it. */
  readonly file: string;
};

const fontName = "Public Sans";
const fontSize = 12;
/** How much larger a picture is on a page than it was drawn. */
const pageScale = 1.1;
/** Mean advance of a character of the font, in parts of its size. */
const advance = 0.56;

const config = {
  aria: false,
  background: "white",
  padding: 4,
  font: fontName,
  view: { stroke: null },
  axis: {
    ...{ labelFontSize: fontSize, titleFontSize: fontSize, titleFontWeight: "normal", labelColor: ink.dark },
    ...{ titleColor: ink.dark, gridColor: ink.faint, domainColor: ink.grey, tickColor: ink.grey, labelLimit: 260 },
    axisBand: { labelPadding: 6 },
  },
  legend: { labelFontSize: fontSize, titleFontSize: fontSize, symbolStrokeWidth: 2, labelColor: ink.dark },
  title: { fontSize, fontWeight: "normal", anchor: "start", color: ink.dark, limit: 740 },
  text: { fontSize, color: ink.dark },
} as const;

/** Draws a plot; the bytes are the same each time. */
export async function draw({ spec, title, caption }: Plot): Promise<Picture> {
  // Loading them takes a fifth of a second, which only those who draw are to spend.
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  // A canvas that happens to be installed would measure otherwise than the estimate that is used without one.
  vega.textMetrics.width = ({ fontSize: size = fontSize }, words) => Math.round(String(words).length * size * advance);
  const { spec: compiled } = compile(withVisibleWords({ ...spec, config }), { logger: refusing });
  const svg = await new vega.View(vega.parse(compiled), { renderer: "none", logger: refusing }).toSVG();
  const [opening] = /^<svg[^>]*>/.exec(svg) ?? [];
  const [, viewBox, width, height] = /viewBox="(0 0 ([\d.]+) ([\d.]+))"/.exec(opening ?? "") ?? [];
  if (opening === undefined || viewBox === undefined) throw new TypeError("Vega drew no SVG");
  const drawing = svg.slice(opening.length).replaceAll(/ (?:d|transform)="[^"]*"/g, rounded);
  const described = `role="img" aria-label="${text(`${title}. ${caption}`)}"`;
  return {
    inline: `<svg viewBox="${viewBox}" width="${Math.round(pageScale * Number(width))}" ${described}>${drawing}\n`,
    file: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${viewBox}" ${described}><title>${text(title)}</title><style>${fontFace(400)}</style>${drawing}\n`,
  };
}

/** To a hundredth of a point: nobody sees more, and half of a picture's bytes would be digits. */
function rounded(attribute: string): string {
  return attribute.replaceAll(/\d+\.\d{3,}/g, (number) => `${Math.round(100 * Number(number)) / 100}`);
}

/** The style rule that brings the font along: its Latin letters in one weight. */
export function fontFace(weight: 400 | 600): string {
  const file = import.meta.resolve(`@fontsource/public-sans/files/public-sans-latin-${weight}-normal.woff2`);
  const data = readFileSync(fileURLToPath(file)).toString("base64");
  return `@font-face{font-family:"${fontName}";font-weight:${weight};src:url(data:font/woff2;base64,${data}) format("woff2")}`;
}

/** What controls how text is shown is shown as its number, wherever words stand. That it is a spec, `compile` looks. */
function withVisibleWords(part: Spec): TopLevelSpec;
function withVisibleWords(part: unknown): unknown;
function withVisibleWords(part: unknown): unknown {
  if (typeof part === "string") return visible(part);
  if (Array.isArray(part)) return part.map((each) => withVisibleWords(each));
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, withVisibleWords(value)]));
}

function refuse(...words: readonly unknown[]): never {
  throw new TypeError(`a plot that Vega would draw otherwise than it is described: ${words.join(" ")}`);
}

/** A picture that needs a warning is wrong. */
const refusing = {
  level: () => refusing,
  error: refuse,
  warn: refuse,
  info: () => refusing,
  debug: () => refusing,
};
