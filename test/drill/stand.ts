import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { KillPlan, Play } from "../../src/drill/index.ts";
import { type Run, run } from "../../src/drill/run.ts";
import type { Standing } from "../../src/orchestrator/index.ts";
import { startPracticeChain } from "../../src/practice/chain.ts";

/** Where drills are tried: a folder for the stores of runs. */
export class Stand {
  readonly #folder = mkdtempSync(join(tmpdir(), "fabric-test-"));
  #runs = 0;

  /** A new and empty folder. */
  folder(): string {
    const folder = join(this.#folder, String(++this.#runs));
    mkdirSync(folder);
    return folder;
  }

  /** Plays on a chain of its own. */
  async run(
    play: Play,
    { kill = null, folder = this.folder(), onTick = () => {}, signal = new AbortController().signal }: RunOptions = {},
  ): Promise<Run> {
    const { url, close } = await startPracticeChain();
    try {
      return await run({ play, url, folder, kill, onTick, signal });
    } finally {
      await close();
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

type RunOptions = {
  readonly kill?: KillPlan | null;
  readonly folder?: string;
  readonly onTick?: (standing: Standing) => void;
  readonly signal?: AbortSignal;
};

/** Child processes of this process that live. */
export async function children(): Promise<number> {
  const count = () => process.getActiveResourcesInfo().filter((kind) => kind === "ProcessWrap").length;
  // Node lets go of a process that has ended some turns of its loop later.
  for (let turn = 0; turn < 1000 && count() > 0; turn++) await setImmediate();
  return count();
}
