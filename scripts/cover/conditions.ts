import { childrenOf, type Insertion, isNode, type Node, placeOf, withInserted } from "../mutants/syntaxTree.ts";

/** What may be true or false at a place of a source text. */
export type Condition = { readonly line: number; readonly text: string };

/** What has to be true for these modifiers to let a call pass. */
const passes: Readonly<Record<string, string>> = {
  onlyOwner: "msg.sender == owner()",
  onlyOwnerOrMarketplace: "msg.sender == owner() || msg.sender == _state.marketplace",
  nonReentrant: "!_reentrancyGuardEntered()",
};

/**
 * A source text in which every condition is handed through an `if` of its own, one a line behind the end: the operands of
 * `&&` and `||`, what stands before a `?`, and what a modifier refuses by. The other lines stay where they are.
 *
 * @returns Also the conditions, in the order of those lines.
 */
export function withConditions(source: Buffer, tree: unknown): { text: string; conditions: Condition[] } {
  const inserted: Insertion[] = [];
  const conditions: Condition[] = [];
  const named = (start: number, end: number) => {
    const line = source.toString("utf8", 0, start).split("\n").length;
    conditions.push({ line, text: source.toString("utf8", start, end).replace(/\s+/g, " ") });
    return `_condition${conditions.length - 1}`;
  };
  const visit = (node: Node, depth: number, contractEnd: number) => {
    const [start, end] = placeOf(node);
    const wrap = (operand: unknown) => {
      if (!isNode(operand)) return;
      const [from, to] = placeOf(operand);
      // Within what is wrapped around the same place.
      inserted.push({ at: from, order: depth, text: `${named(from, to)}(` }, { at: to, order: -depth, text: ")" });
    };
    if (isJunction(node)) {
      for (const operand of [node.leftExpression, node.rightExpression]) {
        if (!(isNode(operand) && isJunction(operand))) wrap(operand);
      }
    }
    if (node.nodeType === "Conditional") wrap(node.condition);
    const passed = node.nodeType === "ModifierInvocation" && passes[source.toString("utf8", start, end)];
    if (passed) {
      const name = named(start, end);
      inserted.push({ at: start, order: depth, text: `_passes${name} ` });
      inserted.push({ at: contractEnd - 1, order: 0, text: ` modifier _passes${name}() { ${name}(${passed}); _; } ` });
    }
    const inner = node.nodeType === "ContractDefinition" ? end : contractEnd;
    for (const child of childrenOf(node)) visit(child, depth + 1, inner);
  };
  if (isNode(tree)) visit(tree, 1, 0);
  const text = withInserted(source, inserted).trimEnd();
  const functions = conditions.map(
    (_, i) => `\nfunction _condition${i}(bool met) pure returns (bool) { if (met) {} else {} return met; }`,
  );
  return { text: `${text}${functions.join("")}\n`, conditions };
}

function isJunction(node: Node): boolean {
  return node.nodeType === "BinaryOperation" && (node.operator === "&&" || node.operator === "||");
}
