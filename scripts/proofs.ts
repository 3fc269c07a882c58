import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");

export type Proof = {
  /**
   * `bmc` looks at one call from any state whatever, which is enough where neither loops nor calls of others are in between;
   * `chc` at every sequence of calls, and at what others call back.
   */
  readonly engine: "bmc" | "chc";
  /** Whether it takes about a second of CPU time, and is part of `npm test`. */
  readonly quick: boolean;
  /** What takes its reason away, so that it must fail. */
  readonly breaks: readonly (readonly [before: string, after: string])[];
};

/** What test/contracts/proofs/ has, by the name of its file. */
export const proofs: Readonly<Record<string, Proof>> = {
  Lanes: { engine: "bmc", quick: true, breaks: [["if (seq != next[lane]) revert();", ""]] },
  Ledger: {
    engine: "bmc",
    quick: true,
    breaks: [
      ["if (size_ < size || size_ - size > 1_048_576) revert();", ""],
      ["if (epoch_ != epoch) revert();", "epoch = epoch_;"],
    ],
  },
  Threshold: {
    engine: "bmc",
    quick: true,
    breaks: [
      ["threshold_ == 0 || ", ""],
      ["threshold_ > totalWeight_", "threshold_ > totalWeight_ + 1"],
    ],
  },
  Guardian: {
    engine: "bmc",
    quick: false,
    breaks: [
      ["armed[msg.sender] = false;", ""],
      [
        "function retire(address successor_) external lawful onlyOwner",
        "function retire(address successor_) external lawful",
      ],
    ],
  },
  Constitution: {
    engine: "chc",
    quick: false,
    breaks: [["if (msg.sender != address(this)) revert();", ""]],
  },
};

/** What the checker says of assertions: proved, refuted by a case that it shows, and left open. */
export type Verdict = { readonly proved: number; readonly refuted: number; readonly open: number };

/**
 * Has the Solidity compiler's model checker judge a proof. It has no time limit: chance would decide.
 *
 * @param change Made to the text before.
 * @throws If the text does not compile, or lacks what is to be changed.
 */
export function judge(name: string, change?: readonly [before: string, after: string]): Verdict {
  const whole = readFileSync(new URL(`../test/contracts/proofs/${name}.sol`, import.meta.url), "utf8");
  if (change !== undefined && !whole.includes(change[0])) throw new Error(`${name}.sol no longer has: ${change[0]}`);
  const content = change === undefined ? whole : whole.replace(...change);
  const input = {
    language: "Solidity",
    sources: { [name]: { content } },
    settings: {
      modelChecker: { engine: proofs[name]?.engine, targets: ["assert"], showProvedSafe: true, showUnproved: true },
    },
  };
  const messages: { severity: string; message: string }[] =
    JSON.parse(solc.compile(JSON.stringify(input))).errors ?? [];
  const failed = messages.find(({ severity }) => severity === "error");
  if (failed !== undefined) throw new Error(`${name}: ${failed.message}`);
  const count = (words: string) => messages.filter(({ message }) => message.includes(words)).length;
  const [proved, refuted] = [count("check is safe"), count("violation happens here")];
  // What the checker does not say is open, too.
  const asserted = whole.split("assert(").length - 1;
  return { proved, refuted, open: Math.max(count("might happen"), asserted - proved - refuted) };
}

/** Whether a proof holds, every assertion of it. */
export function holds({ proved, refuted, open }: Verdict): boolean {
  return proved > 0 && refuted === 0 && open === 0;
}
