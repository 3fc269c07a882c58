import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { it } from "node:test";
import type { NodeMessageInput } from "../../src/fabric/inputs.ts";
import { type Dispatch, decodeNodeFrame, isSignedInput, type NodeProvider } from "../../src/nodes/index.ts";
import { domains, leaseOf, nodeWith } from "./practiceWorld.ts";

/** A provider under test, with the nodes 1 and 2 of the practice world in it, freshly made for each test. */
export type ProviderUnderTest = {
  readonly provider: NodeProvider;
  /** Lease messages that its nodes obey in this tick, for work that takes a few ticks and ends as completed. */
  dispatches(tick: number, leases: readonly { lease: number; node: number }[]): Dispatch[];
  /** Waits until what was delivered may have had an effect; returns the next tick. */
  nextTick(): Promise<number>;
};

const patienceTicks = 100;

/** What every provider promises, whatever its nodes run on. To be called inside `describe`. */
export function itIsANodeProvider(make: () => ProviderUnderTest): void {
  it("its nodes prove to be alive, each under its own key", () =>
    withProvider(make, async (under) => {
      const heard = await collectUntil(under, (inputs) => new Set(inputs.map(({ node }) => node)).size === 2);
      for (const input of heard) assert.ok(isSignedInput(domains, nodeWith(input.node), input));
      assert.ok(heard.some(({ heartbeat }) => heartbeat));
    }));

  it("work that was given is done, and reported by the node that did it", () =>
    withProvider(make, async (under) => {
      const given = [leaseOf(1, 1), leaseOf(2, 2), leaseOf(3, 1)];
      await collectUntil(under, () => true);
      await under.provider.deliver(under.dispatches(await collectedTick(under), given));
      const heard = await collectUntil(under, (inputs) => resultsOf(inputs).length >= 3);
      const expected = given.map(({ lease, node, payloadDigest }) => {
        const digest = createHash("sha256").update(payloadDigest).update("done").digest("hex");
        return { node, lease, outcome: "completed", digest };
      });
      assert.deepEqual(resultsOf(heard), expected);
    }));

  it("work that is given twice, as after a crash, is done once", () =>
    withProvider(make, async (under) => {
      const dispatches = under.dispatches(await collectedTick(under), [leaseOf(1, 1), leaseOf(2, 2)]);
      await under.provider.deliver(dispatches);
      await under.provider.deliver(dispatches);
      await collectUntil(under, (inputs) => resultsOf(inputs).length >= 2);
      await under.provider.deliver(dispatches);
      await under.provider.deliver(under.dispatches(await collectedTick(under), [leaseOf(3, 1), leaseOf(4, 2)]));
      const heard = await collectUntil(under, (inputs) => resultsOf(inputs).length >= 2);
      assert.deepEqual(
        resultsOf(heard).map(({ lease }) => lease),
        [3, 4],
      );
    }));

  it("a tick's messages can be had again until the next tick is asked for", () =>
    withProvider(make, async ({ provider, nextTick }) => {
      const first = await nextTick();
      const frames = await provider.collect(first);
      assert.deepEqual(await provider.collect(first), frames);
      await provider.collect(await nextTick());
      await assert.rejects(provider.collect(first), { code: "TICK_GONE" });
    }));

  it("once stopped, it is silent; stopping twice is no error", () =>
    withProvider(make, async ({ provider, nextTick }) => {
      await provider.collect(await nextTick());
      await provider.stop();
      await provider.stop();
      for (let waited = 0; waited < patienceTicks; waited++)
        assert.deepEqual(await provider.collect(await nextTick()), []);
    }));
}

async function withProvider(make: () => ProviderUnderTest, test: (under: ProviderUnderTest) => Promise<void>) {
  const under = make();
  await under.provider.start();
  try {
    await test(under);
  } finally {
    await under.provider.stop();
  }
}

async function collectedTick({ provider, nextTick }: ProviderUnderTest): Promise<number> {
  const tick = await nextTick();
  await provider.collect(tick);
  return tick;
}

/** What the nodes say until it is enough. */
async function collectUntil(
  { provider, nextTick }: ProviderUnderTest,
  isEnough: (inputs: readonly NodeMessageInput[]) => boolean,
): Promise<NodeMessageInput[]> {
  const inputs: NodeMessageInput[] = [];
  for (let waited = 0; waited < patienceTicks; waited++) {
    for (const frame of await provider.collect(await nextTick())) inputs.push(decodeNodeFrame(frame));
    if (isEnough(inputs)) return inputs;
  }
  throw new Error(`not enough after ${patienceTicks} ticks: ${inputs.length} messages`);
}

function resultsOf(inputs: readonly NodeMessageInput[]) {
  return inputs
    .flatMap(({ node, results }) =>
      results.map(({ lease, outcome, digest }) => ({
        node,
        lease,
        outcome,
        digest: Buffer.from(digest).toString("hex"),
      })),
    )
    .sort((a, b) => a.lease - b.lease);
}
