/** A node of the compiler's syntax tree, of which only what is looked at is named. */
export type Node = { readonly nodeType: string; readonly src: string; readonly [field: string]: unknown };

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
}

/** Its first byte and the byte behind its last. */
export function placeOf(node: unknown): [start: number, end: number] {
  if (!isNode(node)) throw new TypeError("the compiler's syntax tree has no node here");
  const [start, length] = node.src.split(":").map(Number);
  return [start, start + length];
}

export function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** What is put before the byte `at` of a source text; at the same place by `order`. */
export type Insertion = { readonly at: number; readonly order: number; readonly text: string };

export function withInserted(source: Buffer, insertions: readonly Insertion[]): string {
  let [text, at] = ["", 0];
  for (const { at: next, text: more } of insertions.toSorted((a, b) => a.at - b.at || a.order - b.order)) {
    text += source.toString("utf8", at, next) + more;
    at = next;
  }
  return text + source.toString("utf8", at);
}
