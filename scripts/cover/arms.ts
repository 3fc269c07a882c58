import { childrenOf, type Insertion, isNode, type Node, placeOf, withInserted } from "../mutants/syntaxTree.ts";

/** What stands first in every arm of an `if`. */
export const mark = "0;";

/** A source text in which every `if` has two arms in braces, each of which begins with a mark of its own. */
export function withArms(source: Buffer, tree: unknown): string {
  const inserted: Insertion[] = [];
  const visit = (node: Node, depth: number) => {
    if (node.nodeType === "IfStatement") {
      const [thenStart, thenEnd] = statementPlace(node.trueBody, source);
      inserted.push({ at: thenStart, order: depth, text: `{${mark} ` });
      if (isNode(node.falseBody)) {
        const [elseStart, elseEnd] = statementPlace(node.falseBody, source);
        inserted.push({ at: thenEnd, order: -depth, text: "}" });
        inserted.push({ at: elseStart, order: depth, text: `{${mark} ` }, { at: elseEnd, order: -depth, text: "}" });
      } else inserted.push({ at: thenEnd, order: -depth, text: `} else {${mark}}` });
    }
    for (const child of childrenOf(node)) visit(child, depth + 1);
  };
  if (isNode(tree)) visit(tree, 1);
  return withInserted(source, inserted);
}

/** A statement's first byte and the byte behind its semicolon. */
function statementPlace(statement: unknown, source: Buffer): [start: number, end: number] {
  const [start, end] = placeOf(statement);
  if (!isNode(statement)) return [start, end];
  const { nodeType, body, trueBody, falseBody } = statement;
  if (nodeType === "IfStatement") return [start, statementPlace(falseBody ?? trueBody, source)[1]];
  if (nodeType === "ForStatement" || nodeType === "WhileStatement") return [start, statementPlace(body, source)[1]];
  const semicolon = /^\s*;/.exec(source.toString("utf8", end, end + 20));
  return [start, end + (semicolon?.[0].length ?? 0)];
}
