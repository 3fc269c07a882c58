import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Input } from "../../src/fabric/index.ts";
import { Chain, GovernanceFollower } from "../../src/governance/index.ts";
import { GovernanceWatch } from "../../src/orchestrator/governanceWatch.ts";
import { type FaultyLine, openLine } from "../governance/faultyLine.ts";
import { type LocalFabric, startFabric } from "../governance/localChain.ts";

describe("The watch over the chain", () => {
  let fabric: LocalFabric;
  let line: FaultyLine;
  before(async () => {
    fabric = await startFabric();
    line = await openLine(fabric.url);
  });
  after(async () => {
    await line.close();
    await fabric.stop();
  });

  /** Takes until something has come in. */
  async function next(watch: GovernanceWatch): Promise<Input[]> {
    for (let tries = 0; tries < 1000; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const inputs = watch.take();
      if (inputs.length > 0) return inputs;
    }
    throw new Error("nothing came in");
  }

  it("lets no tick wait, calls a late answer silence, and says that the chain is back though nothing is new", async () => {
    const chain = await Chain.open(line.url);
    const watch = new GovernanceWatch(new GovernanceFollower(chain, fabric.deployment, { confirmations: 0 }));
    await watch.ask();
    const [first] = watch.take();
    assert.equal(first.kind, "governance");
    let release = () => {};
    line.hold = new Promise((resolve) => {
      release = resolve;
    });
    assert.deepEqual(await next(watch), [{ kind: "chainSilent" }]);
    assert.deepEqual(watch.take(), [{ kind: "chainSilent" }], "each tick without an answer counts");
    assert.notEqual(watch.silence, null);
    line.hold = null;
    release();
    let back = await next(watch);
    while (back.every(({ kind }) => kind === "chainSilent")) back = await next(watch);
    assert.deepEqual(
      back.map((input) => (input.kind === "governance" ? input.values : input.kind)),
      [null],
    );
    assert.equal(watch.silence, null);
    chain.close();
  });
});
