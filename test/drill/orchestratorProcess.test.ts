import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { OrchestratorProcess } from "../../src/drill/orchestratorProcess.ts";
import { setStage } from "../../src/drill/stage.ts";
import { Chain } from "../../src/governance/index.ts";
import type { Start } from "../../src/orchestrator/index.ts";
import { startPracticeChain } from "../../src/practice/chain.ts";
import { smallPlay } from "./plays.ts";
import { children, Stand } from "./stand.ts";

const stand = new Stand();
after(() => stand.close());

async function withStart(act: (start: Start) => Promise<void>): Promise<void> {
  const practice = await startPracticeChain();
  const chain = await Chain.open(practice.url);
  try {
    const { clock, deployment, genesis, keys } = await setStage(smallPlay(), chain);
    const start: Start = {
      ...{ kind: "start", folder: stand.folder(), genesis, url: practice.url, deployment, confirmations: 0 },
      ...{ anchorerKey: keys.anchorer.privateKey, sessionKey: { seed: 1, label: "session 1" } },
      ...{ blockTime: clock.afterStart(0, 0), barrier: null },
    };
    await act(start);
  } finally {
    chain.close();
    await practice.close();
  }
}

describe("The orchestrator's process", () => {
  it("that ends without a word is noticed, however often it is asked and told", async () => {
    await withStart(async (start) => {
      const orchestrator = new OrchestratorProcess(start);
      assert.equal((await orchestrator.next()).kind, "claimed");
      await orchestrator.kill();
      orchestrator.tell({ kind: "close" });
      const silent = { code: "ORCHESTRATOR_FAILED", message: /ended without a word, by SIGKILL/ };
      // It may have said that it is ready before it was killed.
      await assert.rejects(async () => {
        for (;;) await orchestrator.next();
      }, silent);
      await assert.rejects(orchestrator.next(), silent);
      await orchestrator.kill();
      await orchestrator.end();
      assert.equal(await children(), 0);
    });
  });

  it("that cannot reach the chain says so, with what to do, and ends", async () => {
    await withStart(async (start) => {
      const orchestrator = new OrchestratorProcess({ ...start, url: "http://127.0.0.1:1" });
      await assert.rejects(orchestrator.next(), {
        code: "ORCHESTRATOR_FAILED",
        message: /CHAIN_UNREACHABLE: No chain/,
      });
      await orchestrator.end();
      assert.equal(await children(), 0);
    });
  });
});
