import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type ChainEvidence, collectEvidence } from "../governance/evidence/index.ts";
import { Chain, contractNames } from "../governance/index.ts";
import type { Standing } from "../orchestrator/index.ts";
import { startPracticeChain } from "../practice/index.ts";
import { type KillPlan, killPlanOf } from "./killPlan.ts";
import type { Play } from "./play.ts";
import { type News, type Run, run } from "./run.ts";

export type DrillSetup = {
  readonly play: Play;
  /** Node that answers for chain 31337; a chain of its own in this process when absent. */
  readonly url?: string;
  /** Folder for the stores of the runs; empty. */
  readonly folder: string;
  readonly onTick: (run: RunName, standing: Standing) => void;
  /** Told of what happens in the run that is judged. */
  readonly onNews?: (news: News) => void;
};

/** The run that is judged, and the one it is compared with. */
export type RunName = "main" | "unkilled";

/** What a drill left, before anyone looks at it. */
export type Drill = {
  readonly main: Run;
  /** Folder of the main run's store. */
  readonly store: string;
  readonly kill: KillPlan | null;
  /** The same play on a chain of its own, with nobody killed; null where nobody was killed anyway. */
  readonly unkilled: Run | null;
  readonly evidence: ChainEvidence;
};

/**
 * Plays a scenario: the run that is judged, in which the orchestrator is killed where the seed says, and the run that
 * it is compared with.
 * @throws errors of `run` and `collectEvidence`
 */
export async function drill(setup: DrillSetup): Promise<Drill> {
  const kill = killPlanOf(setup.play);
  const judged = async (url: string, signal: AbortSignal) => {
    const main = await playOn(url, setup, "main", kill, signal);
    return { main, evidence: await evidenceOf(url, main) };
  };
  const compared = (url: string, signal: AbortSignal) => playOn(url, setup, "unkilled", null, signal);
  const [{ main, evidence }, unkilled] = await (setup.url === undefined
    ? sideBySide(judged, kill && compared)
    : oneAfterTheOther(setup.url, judged, kill && compared));
  return { main, store: join(setup.folder, "main"), kill, unkilled, evidence };
}

function playOn(
  url: string,
  setup: DrillSetup,
  name: RunName,
  kill: KillPlan | null,
  signal: AbortSignal,
): Promise<Run> {
  const folder = join(setup.folder, name);
  mkdirSync(folder, { recursive: true });
  const onNews = name === "main" ? setup.onNews : undefined;
  const onTick = (standing: Standing) => setup.onTick(name, standing);
  return run({ play: setup.play, url, folder, kill, signal, onTick, onNews });
}

type Act<T> = (url: string, signal: AbortSignal) => Promise<T>;

/** Each on a chain of its own. When one fails, the other is stopped. */
async function sideBySide<First, Second>(
  first: Act<First>,
  second: Act<Second> | null,
): Promise<[First, Second | null]> {
  const stop = new AbortController();
  const act = async <T>(it: Act<T>): Promise<T> => {
    const chain = await startPracticeChain();
    try {
      return await it(chain.url, stop.signal);
    } catch (error) {
      stop.abort(error);
      throw error;
    } finally {
      await chain.close();
    }
  };
  const [one, other] = await Promise.allSettled([act(first), second === null ? null : act(second)]);
  if (one.status === "rejected" || other.status === "rejected") throw stop.signal.reason;
  return [one.value, other.value];
}

/**
 * Both on one chain. What the second does is undone before the first begins, so that both find the same chain, and the
 * run that is judged is the one that stays.
 */
async function oneAfterTheOther<First, Second>(
  url: string,
  first: Act<First>,
  second: Act<Second> | null,
): Promise<[First, Second | null]> {
  const { signal } = new AbortController();
  if (second === null) return [await first(url, signal), null];
  const chain = await Chain.open(url);
  try {
    const before = await chain.rpc("evm_snapshot", []);
    const result = await second(url, signal);
    await chain.rpc("evm_revert", [before]);
    return [await first(url, signal), result];
  } finally {
    chain.close();
  }
}

async function evidenceOf(url: string, { deployment, ownerLog }: Run): Promise<ChainEvidence> {
  const chain = await Chain.open(url, { chainId: deployment.chainId });
  try {
    const { CheckpointLedger: ledger, ...others } = deployment.contracts;
    return await collectEvidence(chain, {
      ledger: ledger.address,
      governed: contractNames.filter((name) => name !== "CheckpointLedger").map((name) => others[name].address),
      transactions: ownerLog.map(({ transactionHash }) => transactionHash),
      fromBlock: deployment.blocks.first,
      toBlock: (await chain.latest()).number,
    });
  } finally {
    chain.close();
  }
}
