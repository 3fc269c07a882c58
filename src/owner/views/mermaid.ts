/**
 * Text inside the quotes of a Mermaid label, whatever is in it: all but plain characters becomes one of its own escapes,
 * which are HTML's numeric ones, with # for &#.
 */
export function mermaidText(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,_-]/gu, (character) => `#${character.codePointAt(0)};`);
}
