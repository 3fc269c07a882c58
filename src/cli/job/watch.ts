import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ControlClient,
  type EndedJobView,
  type JobRef,
  type JobView,
  type LiveJobView,
  notRunning,
  type Running,
} from "../../control/index.ts";
import { FabricError } from "../../errors.ts";
import type { Chain, Deployment, ReceiptAnchor } from "../../governance/index.ts";
import { answered } from "./patience.ts";
import type { ProvedReceipt } from "./proof.ts";
import { refText } from "./ref.ts";

/** What is told of jobs that are watched. */
export type Watcher = {
  /** Where a job is now. */
  readonly moved: (job: LiveJobView) => void | Promise<void>;
  /** @param sentence how it ended */
  readonly ended: (job: EndedJobView, sentence: string) => void | Promise<void>;
  /** So many receipts wait for a checkpoint on the chain. */
  readonly waits: (receipts: number) => void | Promise<void>;
  readonly proved: (view: ProvedReceipt, anchor: ReceiptAnchor) => void | Promise<void>;
};

const pollMs = { least: 100, most: 1000 } as const;

/**
 * Follows jobs until each has ended, and unless told otherwise until each receipt is proved on the chain.
 * @returns the jobs as they ended, in the order in which they were named
 * @throws FabricError JOB_UNKNOWN, RECEIPT_UNPROVED, RECEIPT_UNCONFIRMED; when nobody answers any more, what says so; the signal's reason when it fires
 */
export async function watch(
  { client, run }: Running,
  refs: readonly JobRef[],
  watcher: Watcher,
  isProofWanted: boolean,
  signal: AbortSignal,
): Promise<readonly EndedJobView[]> {
  const status = await answered(() => client.status());
  const everyMs = Math.min(pollMs.most, Math.max(pollMs.least, status.tickMs / 2));
  const ended = await untilEnded(client, refs, watcher, everyMs, signal);
  if (!isProofWanted) return ended;
  const { openDeployment, readDeployment } = await import("../../governance/index.ts");
  // Before there is anything to prove.
  if (run === undefined) throw notRunning("nothing here tells where its chain is");
  const deployment = readDeployment(join(run.world, "deployment.json"));
  const chain = await openDeployment(run.rpc, deployment);
  try {
    await untilProved(client, { chain, deployment }, refs, watcher, everyMs, signal);
  } finally {
    chain.close();
  }
  return ended;
}

async function untilEnded(
  client: ControlClient,
  refs: readonly JobRef[],
  watcher: Watcher,
  everyMs: number,
  signal: AbortSignal,
): Promise<readonly EndedJobView[]> {
  const seen = new Map<string, string>();
  const ended = new Map<string, EndedJobView>();
  for (;;) {
    for (const ref of refs) {
      const name = refText(ref);
      if (ended.has(name)) continue;
      const job = await jobNamed(client, ref);
      if (job.state === "ended") {
        ended.set(name, job);
        const why = await answered(() => client.why(ref));
        await watcher.ended(job, why?.sentence ?? `${name} has ended.`);
      } else if (placeOf(job) !== seen.get(name)) {
        seen.set(name, placeOf(job));
        await watcher.moved(job);
      }
    }
    const all = refs.flatMap((ref) => ended.get(refText(ref)) ?? []);
    if (all.length === refs.length) return all;
    await sleep(everyMs, undefined, { signal });
  }
}

async function untilProved(
  client: ControlClient,
  { chain, deployment }: { readonly chain: Chain; readonly deployment: Deployment },
  refs: readonly JobRef[],
  watcher: Watcher,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { confirmedBy } = await import("./proof.ts");
  let waiting = refs;
  for (let said = 0; ; ) {
    const unproved: JobRef[] = [];
    const names = await answered(() => client.status());
    for (const ref of waiting) {
      const view = await answered(() => client.receipt(ref));
      if (view === undefined || view.proof === null) {
        unproved.push(ref);
        continue;
      }
      const proved = { ...view, proof: view.proof };
      await watcher.proved(proved, await confirmedBy(chain, deployment, proved, names));
    }
    if (unproved.length === 0) return;
    if (unproved.length !== said) await watcher.waits(unproved.length);
    said = unproved.length;
    waiting = unproved;
    await sleep(everyMs, undefined, { signal });
  }
}

/** @throws FabricError JOB_UNKNOWN, NAME_UNKNOWN */
export async function jobNamed(client: ControlClient, ref: JobRef): Promise<JobView> {
  const job = await answered(() => client.job(ref));
  if (job !== undefined) return job;
  const submitter = await answered(() => client.submitter(ref.submitter));
  throw new FabricError("JOB_UNKNOWN", {
    ...{ job: refText(ref), submitter: ref.submitter, highest: submitter?.highest ?? 0 },
  });
}

/** What a change of is worth a line. */
function placeOf({ state, shard, node, attempts }: LiveJobView): string {
  return `${state} ${shard} ${node} ${attempts}`;
}
