/** A part of a document that is made from the program, between two comments of its name; the rest is written by hand. */
export type Section = {
  /** Path of the document from the root on. */
  readonly file: string;
  readonly name: string;
  /** Markdown, without a line break at either end. */
  readonly make: () => string;
};

/**
 * The document with the section filled in.
 * @throws RangeError when the document has no place for it
 */
export function withSection(document: string, { file, name }: Pick<Section, "file" | "name">, body: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new RangeError(`${file} has no place for ${begin} … ${end}`);
  return `${document.slice(0, from)}${begin}\n\n${body}\n\n${document.slice(to)}`;
}

export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text in a cell keeps to one line, and its bars are no borders. */
function cell(text: string): string {
  return text.replaceAll("\n", " ").replaceAll("|", "\\|");
}

/** What stands in code in a document, one of several. */
export function codes(texts: readonly string[]): string {
  return texts.map((text) => `\`${text}\``).join(", ");
}
