import { childrenOf, isNode, type Node, placeOf } from "./syntaxTree.ts";

/** One small change of a source text. */
export type Mutant = {
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
  readonly operator: string;
  /** First byte and the byte behind the last of what is replaced. */
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
};

/** What may stand for an operator. */
const swaps: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
  "&&": ["||"],
  "||": ["&&"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "<<": [">>"],
  ">>": ["<<"],
  "&": ["|"],
  "|": ["&"],
  "^": ["&"],
  "+=": ["-="],
  "-=": ["+="],
  "|=": ["&="],
  ">>=": ["<<="],
  "++": ["--"],
  "--": ["++"],
};
const boolean = new Set(["&&", "||"]);
const comparison = new Set(["<", "<=", ">", ">=", "==", "!="]);
/** What may stand for an instruction in assembly. */
const instructionSwaps: Readonly<Record<string, string>> = {
  ...{ add: "sub", sub: "add", and: "or", or: "and", gt: "lt", lt: "gt", shl: "shr", shr: "shl", eq: "gt" },
};
/** What no change is made in: types, names, interfaces. */
const passedOver = new Set(["ArrayTypeName", "ImportDirective", "PragmaDirective", "StructuredDocumentation"]);

/** Every change of a file that an operator knows, in the order of their places. */
export function mutantsOf(file: string, source: Buffer, tree: unknown): Mutant[] {
  const found: Mutant[] = [];
  const add = (operator: string, start: number, end: number, after: string) => {
    const before = source.toString("utf8", start, end);
    const line = source.toString("utf8", 0, start).split("\n").length;
    if (before !== after) found.push({ file, line, operator, start, end, before, after });
  };
  const visit = (node: Node, parent: Node | undefined) => {
    if (passedOver.has(node.nodeType) || node.contractKind === "interface") return;
    changesOf(node, parent, source, add);
    for (const child of childrenOf(node)) visit(child, node);
  };
  if (isNode(tree)) visit(tree, undefined);
  return found.sort((a, b) => a.start - b.start);
}

type Add = (operator: string, start: number, end: number, after: string) => void;

function changesOf(node: Node, parent: Node | undefined, source: Buffer, add: Add): void {
  const [start, end] = placeOf(node);
  const swap = (from: number, to: number) => {
    const operator = String(node.operator);
    const at = source.indexOf(operator, from);
    if (at < from || at + operator.length > to) return;
    const kind = comparison.has(operator) ? "comparison" : boolean.has(operator) ? "boolean" : "arithmetic";
    for (const after of swaps[operator] ?? []) add(kind, at, at + operator.length, after);
  };
  const remove = (operator: string, after: string) => {
    const semicolon = /^\s*;/.exec(source.toString("utf8", end, end + 20));
    add(operator, start, end + (semicolon?.[0].length ?? 0), after);
  };
  switch (node.nodeType) {
    case "BinaryOperation":
      swap(placeOf(node.leftExpression)[1], placeOf(node.rightExpression)[0]);
      break;
    case "Assignment":
      swap(placeOf(node.leftHandSide)[1], placeOf(node.rightHandSide)[0]);
      break;
    case "UnaryOperation":
      if (node.operator === "!" || node.operator === "~") add("boolean", start, start + 1, "");
      else swap(start, end);
      break;
    case "Conditional":
    case "IfStatement": {
      const [from, to] = placeOf(node.condition);
      add("condition", from, to, "true");
      add("condition", from, to, "false");
      break;
    }
    case "Literal":
      if (node.kind === "bool") add("constant", start, end, node.value === "true" ? "false" : "true");
      if (node.kind === "number")
        for (const after of neighbours(String(node.value))) {
          const length = String(node.value).length;
          add("constant", start, start + length, after);
        }
      break;
    case "ModifierInvocation":
      if (node.kind === "modifierInvocation") add("guard", start, end, "");
      break;
    case "RevertStatement":
      // Under a condition it goes when the condition is never true.
      if (parent?.nodeType !== "IfStatement") remove("statement", "{}");
      break;
    case "ExpressionStatement":
    case "EmitStatement":
    case "Return":
      remove("statement", "{}");
      break;
    case "YulFunctionCall": {
      const name = node.functionName;
      const after = isNode(name) ? instructionSwaps[String(name.name)] : undefined;
      if (after !== undefined) add("assembly", ...placeOf(name), after);
      break;
    }
    case "YulExpressionStatement":
    case "YulAssignment":
      add("assembly", start, end, "");
      break;
    case "YulLiteral":
      for (const after of neighbours(String(node.value))) add("constant", start, end, after);
      break;
    default:
  }
}

/** One more and one less, with as many digits: the length of a hexadecimal number is part of its type. */
function neighbours(number: string): string[] {
  const plain = number.replaceAll("_", "");
  if (!/^(0x[0-9a-fA-F]+|\d+)$/.test(plain)) return [];
  const digits = plain.startsWith("0x") ? plain.length - 2 : undefined;
  const written = (value: bigint) =>
    digits === undefined ? `${value}` : `0x${value.toString(16).padStart(digits, "0")}`;
  const value = BigInt(plain);
  return value === 0n ? [written(1n)] : [written(value + 1n), written(value - 1n)];
}
