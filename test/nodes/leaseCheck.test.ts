import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  checkLeases,
  dispatch,
  domainsOf,
  type LeaseRefusal,
  type NodeView,
  practiceKey,
} from "../../src/nodes/index.ts";
import { domains, genesis, leaseOf, nodeWith, noPause, parametersWith, sessionKey, viewWith } from "./practiceWorld.ts";

const identity = { node: 1, domains, maxLagBlocks: 10 };
const header = { epoch: 1, tick: 5, governanceBlock: 100, expiryTick: 8 };

function frameOf({ changes = {}, key = sessionKey, under = domains, node = 1 } = {}): Uint8Array {
  const [made] = dispatch(under, key, { ...header, ...changes }, [leaseOf(1, node)]);
  return made.frame;
}
function answer(frame: Uint8Array, view: NodeView = viewWith(), tick = 5): LeaseRefusal | "taken" {
  const checked = checkLeases(frame, identity, tick, view);
  return "refused" in checked ? checked.refused : "taken";
}

describe("what a node demands of a lease message", () => {
  it("it does the work of the orchestrator that the chain names", () => {
    const checked = checkLeases(frameOf(), identity, 5, viewWith());
    assert.ok("message" in checked);
    const { node, ...offer } = leaseOf(1, 1);
    assert.equal(checked.message.leases.length, 1);
    assert.deepEqual({ ...checked.message.leases[0] }, offer);
  });

  it("an orchestrator of an earlier or later epoch has no nodes", () => {
    assert.equal(answer(frameOf(), viewWith({ epoch: 2 })), "epoch");
    assert.equal(answer(frameOf({ changes: { epoch: 2 } })), "epoch");
  });

  it("a key that the chain does not name for this epoch gives no work", () => {
    assert.equal(answer(frameOf({ key: practiceKey(7, "session/2") })), "signature");
    const { bytes } = practiceKey(7, "session/2").publicKey;
    assert.equal(answer(frameOf(), viewWith({ sessionKey: bytes })), "signature");
    assert.equal(answer(frameOf(), viewWith({ sessionKey: new Uint8Array(32) })), "signature", "not even a key");
  });

  it("leases of another chain or another ledger bind nobody here", () => {
    const ledger = `0x${"0".repeat(39)}1`;
    assert.equal(answer(frameOf({ under: domainsOf({ ...genesis, chainId: 1 }) })), "signature");
    assert.equal(answer(frameOf({ under: domainsOf({ ...genesis, ledger }) })), "signature");
  });

  it("no byte of a lease can be changed under way", () => {
    const frame = frameOf();
    for (let at = 0; at < frame.length; at++) {
      const changed = frame.slice();
      changed[at] ^= 1;
      assert.notEqual(answer(changed), "taken", `byte ${at}`);
    }
    assert.equal(answer(frame.subarray(1)), "malformed");
  });

  it("another node's leases are not its own", () => {
    assert.equal(answer(frameOf({ node: 2 })), "addressee");
  });

  it("the owners stop every node by a pause, whether the orchestrator obeys or not", () => {
    const [shard] = parametersWith().shards;
    const ownerPaused = { ownerPaused: true, guardianUntil: 0 };
    const byGuardian = { ownerPaused: false, guardianUntil: 1_800_000_001 };
    for (const pause of [ownerPaused, byGuardian]) {
      assert.equal(answer(frameOf(), viewWith({ parameters: parametersWith({ pause }) })), "paused");
      const shards = [{ ...shard, pause }];
      assert.equal(answer(frameOf(), viewWith({ parameters: parametersWith({ shards }) })), "paused");
    }
    assert.equal(answer(frameOf(), viewWith({ parameters: parametersWith({ retired: true }) })), "paused");
    const over = parametersWith({ pause: { ...noPause, guardianUntil: 1_800_000_000 } });
    assert.equal(answer(frameOf(), viewWith({ parameters: over })), "taken", "a guardian's pause ends by itself");
    const elsewhere = [shard, { ...shard, pause: ownerPaused }];
    assert.equal(answer(frameOf(), viewWith({ parameters: parametersWith({ shards: elsewhere }) })), "taken");
  });

  it("an orchestrator that lives by governance of long ago has no nodes", () => {
    assert.equal(answer(frameOf(), viewWith({ block: 110 })), "taken");
    assert.equal(answer(frameOf(), viewWith({ block: 111 })), "governance");
    assert.equal(answer(frameOf(), viewWith({ block: 50 })), "taken", "the node itself may be behind");
  });

  it("a message that took too long is not begun", () => {
    assert.equal(answer(frameOf(), viewWith(), 8), "taken");
    assert.equal(answer(frameOf(), viewWith(), 9), "expired");
  });

  it("a node that is not admitted takes no work; one that drains finishes what it was given", () => {
    const nodes = (status: "removed" | "draining") => parametersWith({ nodes: [nodeWith(1, { status })] });
    assert.equal(answer(frameOf(), viewWith({ parameters: nodes("removed") })), "notAdmitted");
    assert.equal(answer(frameOf(), viewWith({ parameters: nodes("draining") })), "taken");
    assert.equal(answer(frameOf(), viewWith({ parameters: parametersWith({ nodes: [] }) })), "notAdmitted");
  });

  it("each node gets one message a tick, with all its leases in order", () => {
    const leases = [leaseOf(4, 2), leaseOf(5, 1), leaseOf(6, 2)];
    const dispatches = dispatch(domains, sessionKey, header, leases);
    assert.deepEqual(
      dispatches.map(({ node }) => node),
      [1, 2],
    );
    const checked = checkLeases(dispatches[1].frame, { ...identity, node: 2 }, 5, viewWith());
    assert.ok("message" in checked);
    assert.deepEqual(
      checked.message.leases.map(({ lease }) => lease),
      [4, 6],
    );
  });
});
