import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { withFork } from "../../src/cli/owner/plan/place.ts";
import { Chain, GovernanceFollower, openDeployment, readLogs, Sender } from "../../src/governance/index.ts";
import { decide, planChange, readWorld } from "../../src/owner/index.ts";
import { firstUses } from "../../src/owner/plan/severity.ts";
import { type FaultyLine, openLine } from "./faultyLine.ts";
import { type LocalFabric, startFabric } from "./localChain.ts";

describe("A node that answers nonsense", () => {
  let local: LocalFabric;
  let line: FaultyLine;
  let chain: Chain;
  before(async () => {
    local = await startFabric();
    await decide(local.deciders, { kind: "setWeight", shard: "earth", value: 5 });
    line = await openLine(local.url);
    chain = await Chain.open(line.url);
  });
  afterEach(() => {
    line.answer = (_, result) => result;
  });
  after(async () => {
    chain.close();
    await line.close();
    await local.stop();
  });

  const nonsense: readonly unknown[] = [null, "nonsense", "0x", "0xzz", 7, [], [null], {}];
  const of = (method: string) => ({ code: "CHAIN_ANSWER_MALFORMED", exitCode: 5, message: new RegExp(method) });
  const answers = (method: string, wrong: unknown) => {
    line.answer = (asked, result) => (asked === method ? wrong : result);
  };

  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    eth_chainId: () => Chain.open(line.url),
    eth_getBlockByNumber: () => chain.latest(),
    eth_getCode: () => openDeployment(line.url, local.deployment),
    eth_call: () => readWorld(chain, local.deployment),
    eth_getLogs: () => readLogs(chain, { address: local.deployment.contracts.OwnerMultisig.address }, 0, 5),
    eth_getTransactionByHash: async () => {
      const { calls } = planChange(await readWorld(chain, local.deployment), {
        kind: "setWeight",
        shard: "earth",
        value: 7,
      });
      return firstUses(chain, local.deployment, calls);
    },
    eth_getTransactionCount: () => new Sender(chain, local.keys.guardian, { fees: null }).nextNonce(),
  };
  for (const [method, ask] of Object.entries(asked))
    it(`to ${method} is named as such, whatever it says: nobody is left with a stack to read`, async () => {
      for (const wrong of nonsense) {
        // These are answers of that form: no code, and no logs.
        if (method === "eth_getCode" && wrong === "0x") continue;
        if (method === "eth_getLogs" && Array.isArray(wrong) && wrong.length === 0) continue;
        answers(method, wrong);
        await assert.rejects(ask(), of(method), JSON.stringify(wrong));
      }
    });

  for (const method of ["eth_getBlockByNumber", "eth_getStorageAt", "eth_getCode", "eth_getBalance"])
    it(`to ${method} while something is tried on a fork is named as such, and no plan is blamed`, async () => {
      for (const wrong of [null, "nonsense", [], {}]) {
        answers(method, wrong);
        const tries = withFork({ chain }, ({ fork }) => readWorld(fork, local.deployment));
        await assert.rejects(tries, of("eth_"), JSON.stringify(wrong));
      }
    });

  it("is silent for a fabric that runs: it waits for the chain, and does not end", async () => {
    const follower = new GovernanceFollower(chain, local.deployment, { confirmations: 0 });
    answers("eth_getBlockByNumber", "nonsense");
    assert.deepEqual(await follower.poll(), [{ kind: "chainSilent" }]);
    assert.match(follower.silence ?? "", /eth_getBlockByNumber/);
    line.answer = (_, result) => result;
    assert.notDeepEqual(await follower.poll(), [{ kind: "chainSilent" }]);
  });
});
