import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { FabricError } from "../../src/errors.ts";

const script = fileURLToPath(new URL("second_verifier.py", import.meta.url));
const answerForm = z.strictObject({ verdict: z.enum(["holds", "wrong", "missing"]), problem: z.string() });
export type SecondOpinion = z.output<typeof answerForm>;

/** Whether this computer has what the second verifier runs on. */
export const hasPython = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status === 0;

type Running = {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly lines: Interface;
  /** Fails when it ends. */
  readonly ended: Promise<never>;
};
let process: Running | undefined;
let last: Promise<unknown> = Promise.resolve();

/** What `scripts/verify_bundle.py` says of a folder; one process answers all, one after the other. */
export function secondOpinion(folder: string): Promise<SecondOpinion> {
  const answer = last.then(() => ask(folder));
  last = answer.catch(() => {});
  return answer;
}

/** Ends its process, or the tests would wait for it. */
export function endSecondOpinions(): void {
  process?.child.stdin.end();
  process = undefined;
}

async function ask(folder: string): Promise<SecondOpinion> {
  process ??= start();
  const { child, lines, ended } = process;
  const answered = once(lines, "line");
  child.stdin.write(`${JSON.stringify(folder)}\n`);
  const [line] = await Promise.race([answered, ended]);
  return answerForm.parse(JSON.parse(String(line)));
}

function start(): Running {
  const child = spawn("python3", ["-B", script], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close").then(() => {
    throw new Error("the second verifier has ended");
  });
  // It is asked to end when nobody waits for an answer.
  ended.catch(() => {});
  return { child, lines: createInterface(child.stdout), ended };
}

/** Errors about what the second verifier looks at: digests, the chain, the journal, receipts and checkpoints. */
const shared: ReadonlySet<string> = new Set([
  ...["BUNDLE_ALTERED", "BUNDLE_MISSING", "RECEIPTS_FORKED", "CHECKPOINT_NOT_ANCHORED"],
  ...["EVIDENCE_MALFORMED", "EVIDENCE_HEADER", "EVIDENCE_BLOCK", "EVIDENCE_TRANSACTION", "EVIDENCE_LEDGER"],
  ...["EVIDENCE_HEADS", "EVIDENCE_INCOMPLETE", "JOURNAL_ALTERED", "JOURNAL_SEGMENT_MISSING", "JOURNAL_UNREADABLE"],
]);
const sharedFiles: ReadonlySet<unknown> = new Set(["receipts.ndjson", "checkpoints.json", "manifest.json"]);

/** What speaks against it that both say the same; null when nothing does. @param refusal null where it was verified */
export function disagreement(refusal: FabricError | null, { verdict, problem }: SecondOpinion): string | null {
  if (refusal === null) return verdict === "holds" ? null : `only the second verifier refuses it: ${problem}`;
  const file = Object.entries(refusal.slots).find(([slot]) => slot === "file")?.[1];
  if (!shared.has(refusal.code) && !sharedFiles.has(file)) return null;
  const same = refusal.code === "BUNDLE_MISSING" ? verdict === "missing" : verdict !== "holds";
  return same ? null : `the second verifier does not see it: ${refusal.message}`;
}
