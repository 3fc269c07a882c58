import { fontFace, type Table } from "./plot/index.ts";
import { text } from "./text.ts";

const style = `
body { font: 16px/1.5 "Public Sans", system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1f; background: white; }
h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 600; }
h2 { font-size: 1.15rem; margin-top: 2.4rem; font-weight: 600; }
h3 { font-size: 1rem; font-weight: 600; margin: 1.6rem 0 .25rem; }
.verdict { font-size: 1.2rem; font-weight: 600; border-left: .35rem solid #1b1b1f; padding: .4rem 0 .4rem 1rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.2rem 0; }
.figures div { border: 1px solid #c9c9d1; border-radius: 4px; padding: .5rem .75rem; }
.figures dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures dt { font-size: .8rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .875rem; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #d5d5dc; vertical-align: top; overflow-wrap: break-word; }
th { font-weight: 600; white-space: nowrap; }
th.n, td.n { text-align: right; white-space: nowrap; padding-right: 1.25rem; }
.n:first-child { width: 1%; }
.words dt { font-weight: 600; }
.words dd { margin: 0 0 .6rem; max-width: 46rem; }
.wide { overflow-x: auto; }
.pairs { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; align-items: start; }
.pairs svg { min-width: 0; }
svg { display: block; min-width: 40rem; max-width: 100%; height: auto; font-family: "Public Sans", system-ui, sans-serif; }
figure { margin: 0; }
.caption { margin: .25rem 0 .75rem; max-width: 46rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
summary { cursor: pointer; margin: .5rem 0; }
footer { margin-top: 3rem; font-size: .8rem; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } h2, h3, .caption { break-after: avoid; break-inside: avoid; } tr, svg, .figures div { break-inside: avoid; } svg { min-width: 0; } table { font-size: 9.5px; } th { white-space: normal; } .wide { overflow: visible; } details { display: none; } }
`;

/** A page in one file that loads nothing. @param body HTML */
export function documentOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:">
<title>${text(title)}</title>
<style>
${fontFace(400)}
${fontFace(600)}${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** @param says what is to be seen, in plain words @param content HTML */
export function section(title: string, says: string, content: string): string {
  const caption = says === "" ? "" : `<p class="caption">${text(says)}</p>`;
  return `<section><h2>${text(title)}</h2>${caption}${content}</section>`;
}

export function table({ head, rows }: Table): string {
  const areNumbers = head.map((_, column) => rows.length > 0 && rows.every((row) => isNumber(row[column])));
  const cells = (tag: string, row: readonly string[]) =>
    row
      .map((cell, column) => `<${tag}${areNumbers[column] ? ' class="n"' : ""}>${breakable(text(cell))}</${tag}>`)
      .join("");
  const lines = rows.map((row) => `<tr>${cells("td", row)}</tr>`);
  return `<div class="wide"><table><thead><tr>${cells("th", head)}</tr></thead><tbody>${lines.join("\n")}</tbody></table></div>`;
}

/** A digest is broken where the line ends, and does not make a column as wide as it is. @param html in which no tag is */
function breakable(html: string): string {
  return html.replaceAll(/[0-9A-Za-z]{40,}/g, (digest) => `<code>${digest}</code>`);
}

/** Numbers, with their unit, stand above one another by their last digits. */
function isNumber(cell: string | undefined): boolean {
  return cell !== undefined && /^[\d,.]+( [a-z%]+)?$/.test(cell);
}
