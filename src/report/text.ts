/** Text as it may stand anywhere in an HTML or SVG document. Titles and names are not to be trusted. */
export function text(plain: string): string {
  return visible(plain).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What controls how text is shown, such as marks that turn its direction, is shown as its number. */
export function visible(plain: string): string {
  return plain.replace(/[^\P{C}\n\t]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** A number as a person reads it: 40,000. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** Bytes as lower-case hex with 0x. */
export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

/** Without prototypes and with bytes as hex, so that values can be compared wherever they come from. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "bigint") return String(part);
      return part instanceof Uint8Array ? hexOf(part) : part;
    }),
  );
}
