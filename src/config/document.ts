import {
  createScanner,
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { z } from "zod";
import { FabricError } from "../errors.ts";
import { readRegularFile } from "./regularFile.ts";
import { labelOf, quote, sentencesOf } from "./sentences.ts";

/** Where a value stands inside a document: keys and list positions from the root. */
export type Path = readonly (string | number)[];

/** Larger files, deeper ones, and more problems than this are not looked at. */
export const limits = { bytes: 2 ** 20, depth: 32, problems: 50 } as const;

type Problem = { readonly offset: number; readonly says: string };

/**
 * One JSON file that a person wrote, every value of it with its line and column. Lines and columns are counted from 1,
 * columns in UTF-16 code units, as editors count them.
 */
export class JsonDocument {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly #root: Node;
  readonly #lineStarts: readonly number[];

  /**
   * @param file what the text is called in messages
   * @throws FabricError DOCUMENT_INVALID when the text is no JSON, or a key stands twice, so that it has no one meaning
   */
  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    const tooDeep = firstTooDeep(text);
    if (tooDeep !== undefined) {
      this.#refuse([
        { offset: tooDeep, says: `lists and objects are nested deeper than ${limits.depth}; keep to that` },
      ]);
    }
    const errors: ParseError[] = [];
    const root = parseTree(text, errors, { disallowComments: true });
    if (root === undefined || errors.length > 0) this.#refuse(this.#syntaxProblems(errors));
    const repeated = repeatedKeys(root);
    if (repeated.length > 0) this.#refuse(repeated);
    this.#root = root;
    this.value = getNodeValue(root);
  }

  /**
   * @param file path of a regular file of at most 1 MiB of UTF-8
   * @throws FabricError FILE_UNREADABLE, DOCUMENT_INVALID
   */
  static read(file: string): JsonDocument {
    const bytes = readRegularFile(file, limits.bytes);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (error) {
      throw new FabricError("FILE_UNREADABLE", { file, reason: "it is not UTF-8" }, { cause: error });
    }
    return new JsonDocument(file, text);
  }

  /**
   * The value as the schema has it, frozen by its type.
   * @throws FabricError DOCUMENT_INVALID with every problem, in the order of the file
   */
  check<Schema extends z.ZodType>(schema: Schema): Frozen<z.output<Schema>> {
    const outcome = schema.safeParse(this.value);
    if (outcome.success) return outcome.data as Frozen<z.output<Schema>>;
    const problems: Problem[] = [];
    for (const issue of outcome.error.issues.slice(0, limits.problems + 1)) {
      const path = issue.path.filter((step) => typeof step !== "symbol");
      if (issue.code === "unrecognized_keys") {
        const object = this.#nodeAt(path);
        const sentences = sentencesOf(issue, labelOf(path), undefined).slice(0, limits.problems + 1);
        sentences.forEach((says, index) => {
          problems.push({ offset: offsetOfKey(object, issue.keys[index]), says });
        });
        continue;
      }
      const node = findNodeAtLocation(this.#root, path);
      const literal = node === undefined ? undefined : this.#literal(node);
      const { offset } = node ?? this.#nodeAt(path);
      for (const says of sentencesOf(issue, labelOf(path), literal)) problems.push({ offset, says });
    }
    this.#refuse(problems);
  }

  /** The error for one problem that no schema can see. @param says what was wrong; what would be right */
  refusal(path: Path, says: string, options?: ErrorOptions): FabricError {
    return new FabricError("DOCUMENT_INVALID", { problems: `${this.place(path)}: ${printable(says)}.` }, options);
  }

  /** `file:line:column` of the value at a path, or of what is nearest above it. */
  place(path: Path): string {
    return this.#placeOf(this.#nodeAt(path).offset);
  }

  #nodeAt(path: Path): Node {
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(this.#root, path.slice(0, length));
      if (node !== undefined) return node;
    }
    return this.#root;
  }

  #literal(node: Node): string {
    if (node.type === "object") return "an object";
    if (node.type === "array") return `a list of ${node.children?.length ?? 0}`;
    const text = this.text.slice(node.offset, node.offset + node.length);
    return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
  }

  #placeOf(offset: number): string {
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return `${this.file}:${low + 1}:${offset - starts[low] + 1}`;
  }

  #refuse(problems: readonly Problem[]): never {
    const inOrder = problems.toSorted((a, b) => a.offset - b.offset);
    const lines = inOrder.slice(0, limits.problems).map(({ offset, says }) => {
      return `${this.#placeOf(offset)}: ${printable(says)}${says.endsWith("?") ? "" : "."}`;
    });
    if (inOrder.length > lines.length) lines.push(`${this.file}: there are more; these are the first ${lines.length}.`);
    throw new FabricError("DOCUMENT_INVALID", { problems: lines.join("\n") });
  }

  /** All comments, and the first other error: what follows it is mostly its echo. */
  #syntaxProblems(errors: readonly ParseError[]): Problem[] {
    const isComment = ({ error }: ParseError) => printParseErrorCode(error) === "InvalidCommentToken";
    const first = errors.find((error) => !isComment(error));
    return errors.flatMap((error) => {
      if (error !== first && !isComment(error)) return [];
      const found = this.text.slice(error.offset, error.offset + Math.min(error.length, 40));
      return [{ offset: error.offset, says: syntaxSentence(printParseErrorCode(error.error), found) }];
    });
  }
}

/** The same type, every property and list of it read-only. */
export type Frozen<T> = T extends readonly (infer Entry)[]
  ? readonly Frozen<Entry>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

// Token kinds of jsonc-parser's scanner, which declares them as a const enum that erasable syntax cannot read.
const token = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, end: 17 } as const;

/** Offset of the first bracket past the depth limit; the parser recurses, so this is asked first. */
function firstTooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (;;) {
    const kind: number = scanner.scan();
    if (kind === token.end) return undefined;
    if (kind === token.openBrace || kind === token.openBracket) depth++;
    if (kind === token.closeBrace || kind === token.closeBracket) depth--;
    if (depth > limits.depth) return scanner.getTokenOffset();
  }
}

function repeatedKeys(node: Node, problems: Problem[] = []): Problem[] {
  const keys = new Set<unknown>();
  for (const child of node.children ?? []) {
    if (child.type === "property") {
      const [key, value] = child.children ?? [];
      if (keys.has(key.value)) {
        const says = `the key ${quote(String(key.value))} stands here a second time; keep one`;
        problems.push({ offset: key.offset, says });
      }
      keys.add(key.value);
      if (value !== undefined) repeatedKeys(value, problems);
    } else {
      repeatedKeys(child, problems);
    }
  }
  return problems;
}

function offsetOfKey(object: Node, name: string): number {
  const property = object.children?.find((child) => child.children?.[0]?.value === name);
  return (property ?? object).offset;
}

/** Control and formatting characters as escapes: a file must not steer the terminal that shows its errors. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function syntaxSentence(error: string, found: string): string {
  const here = found === "" ? "the file ends" : `\`${found}\` stands`;
  switch (error) {
    case "PropertyNameExpected":
      return `${here} where a key should be; write a key in double quotes, or take out the comma before`;
    case "ValueExpected":
      return `${here} where a value should be; write one, or take out the comma before`;
    case "ColonExpected":
      return `${here} where a colon should be; write ":" between key and value`;
    case "CommaExpected":
      return `${here} where a comma should be; write "," between two entries`;
    case "CloseBraceExpected":
      return `${here} where an object is still open; close it with "}"`;
    case "CloseBracketExpected":
      return `${here} where a list is still open; close it with "]"`;
    case "EndOfFileExpected":
      return `${here} after the end of the document; take it out`;
    case "InvalidCommentToken":
    case "UnexpectedEndOfComment":
      return "comments are not JSON; take it out";
    case "UnexpectedEndOfString":
      return 'the text that begins here does not end in its line; close it with a double quote, and write \\" inside it';
    case "InvalidUnicode":
    case "InvalidEscapeCharacter":
      return `\`${found}\` holds an escape that JSON does not have; write \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four digits`;
    case "InvalidCharacter":
      return `\`${found}\` holds a control character; write it as an escape, \\n or \\t`;
    default:
      return `\`${found}\` is not JSON; a number, true, false, null, or a text in double quotes would be right`;
  }
}
