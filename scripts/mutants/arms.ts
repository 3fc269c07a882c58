/** A node of the compiler's syntax tree. */
type Node = { readonly nodeType: string; readonly src: string; readonly [field: string]: unknown };

/** What stands first in every arm of an `if`. */
export const mark = "0;";

/** A source text in which every `if` has two arms in braces, each of which begins with a mark of its own. */
export function withArms(source: Buffer, tree: unknown): string {
  const inserted: { readonly at: number; readonly order: number; readonly text: string }[] = [];
  const visit = (node: Node, depth: number) => {
    if (node.nodeType === "IfStatement") {
      const [thenStart, thenEnd] = placeOf(node.trueBody, source);
      inserted.push({ at: thenStart, order: depth, text: `{${mark} ` });
      if (isNode(node.falseBody)) {
        const [elseStart, elseEnd] = placeOf(node.falseBody, source);
        inserted.push({ at: thenEnd, order: -depth, text: "}" });
        inserted.push({ at: elseStart, order: depth, text: `{${mark} ` }, { at: elseEnd, order: -depth, text: "}" });
      } else inserted.push({ at: thenEnd, order: -depth, text: `} else {${mark}}` });
    }
    for (const child of childrenOf(node)) visit(child, depth + 1);
  };
  if (isNode(tree)) visit(tree, 1);
  inserted.sort((a, b) => a.at - b.at || a.order - b.order);
  let [text, at] = ["", 0];
  for (const { at: next, text: more } of inserted) {
    text += source.toString("utf8", at, next) + more;
    at = next;
  }
  return text + source.toString("utf8", at);
}

/** A statement's first byte and the byte behind its semicolon. */
function placeOf(node: unknown, source: Buffer): [start: number, end: number] {
  if (!isNode(node)) throw new TypeError("the compiler's syntax tree has no node here");
  const [start, length] = node.src.split(":").map(Number);
  if (node.nodeType === "IfStatement") {
    const last = isNode(node.falseBody) ? node.falseBody : node.trueBody;
    return [start, placeOf(last, source)[1]];
  }
  if (node.nodeType === "ForStatement" || node.nodeType === "WhileStatement")
    return [start, placeOf(node.body, source)[1]];
  const semicolon = /^\s*;/.exec(source.toString("utf8", start + length, start + length + 20));
  return [start, start + length + (semicolon?.[0].length ?? 0)];
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
}
