import type { Mutant } from "./operators.ts";

/** A change that no test can notice, and why. */
export type Explanation = {
  readonly file: string;
  /** The lines that it changes, as {@link changeOf} has them. */
  readonly is: string;
  readonly becomes: string;
  /** What stays the same for whoever calls the contract. */
  readonly why: string;
};

export const explanations: readonly Explanation[] = [
  {
    file: "contracts/OwnerMultisig.sol",
    is: "if (announcement.since() != 0) _announcements[lane] = announcement.done();",
    becomes: "if (true) _announcements[lane] = announcement.done();",
    why: "Where nothing waits, what is written is what was there: only gas.",
  },
  {
    file: "contracts/OwnerMultisig.sol",
    is: "if (one > delay) delay = one;",
    becomes: "if (one >= delay) delay = one;",
    why: "It is set to what it is.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "uint256[] memory words = new uint256[](1 + members + rules + 2 * members);",
    becomes: "uint256[] memory words = new uint256[](1 + members + rules + 3 * members);",
    why: "Words that are not in use are cut off before they are kept: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "mstore(words, used)",
    becomes: "",
    why: "Words that are not in use are kept, too, and nobody reads them: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "code := mload(0x40)",
    becomes: "code := mload(0x41)",
    why: "The code is read to a place further up in memory, where nothing is either: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "mstore(0x40, and(add(add(code, length), 0x3f), not(0x1f)))",
    becomes: "mstore(0x40, and(add(add(code, length), 0x3f), not(0x1e)))",
    why: "What comes next in memory need not begin at a multiple of 32: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "return a.x != b.x ? a.x < b.x : a.y < b.y;",
    becomes: "return a.x != b.x ? a.x <= b.x : a.y < b.y;",
    why: "The two are compared only where they differ.",
  },
  {
    file: "contracts/libraries/OwnerTypedData.sol",
    is: "mstore(0x40, add(hashes, shl(5, calls.length)))",
    becomes: "mstore(0x40, add(hashes, shl(6, calls.length)))",
    why: "More memory is set apart than is used: only gas.",
  },
  {
    file: "contracts/libraries/ReceiptTree.sol",
    is: "while (place & 1 == 0 && place != 0) {",
    becomes: "while (place & 1 == 0 && place != 1) {",
    why: "`place` is `last` there, which is not 0, so it is odd before it could be 0.",
  },
];

/** The lines that a mutant changes, before and after, each as one line. */
export function changeOf(source: Buffer, { start, end, after }: Mutant): Pick<Explanation, "is" | "becomes"> {
  const from = source.lastIndexOf("\n", start - 1) + 1;
  const next = source.indexOf("\n", end);
  const to = next < 0 ? source.length : next;
  const [head, tail] = [source.toString("utf8", from, start), source.toString("utf8", end, to)];
  const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim();
  return { is: oneLine(source.toString("utf8", from, to)), becomes: oneLine(head + after + tail) };
}
