import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { Chain } from "../../src/governance/index.ts";
import { startPracticeChain } from "../../src/practice/chain.ts";

describe("The practice chain", () => {
  it("is served on 127.0.0.1, on the drill's own clock, and each one is new", async () => {
    const chains = [await startPracticeChain(), await startPracticeChain()];
    const [first, second] = await Promise.all(chains.map(({ url }) => Chain.open(url)));
    try {
      for (const { url } of chains) assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      const start = await first.latest();
      assert.equal(start.time, Date.parse("2030-01-01T00:00:00Z") / 1000);
      await first.rpc("evm_setNextBlockTimestamp", [start.time + 1000]);
      await first.rpc("evm_mine", []);
      assert.equal((await first.latest()).time, start.time + 1000);
      assert.deepEqual(await second.latest(), start);
    } finally {
      for (const chain of [first, second]) chain.close();
      for (const { close } of chains) await close();
    }
  });

  const modules = ["../../src/practice/chain.ts", "../../hardhat.config.ts"];
  for (const module of modules)
    it(`tells nobody that it is used: ${module.replaceAll("../", "")}`, () => {
      const program = `
        const { startPracticeChain } = await import(${JSON.stringify(new URL(module, import.meta.url).href)});
        await (await startPracticeChain?.())?.close();
        console.log(process.env.HARDHAT_DISABLE_TELEMETRY);`;
      const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "" };
      const words = ["--input-type=module", "--eval", program];
      const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", env });
      assert.equal(stdout.trim(), "true", stderr);
    });
});
