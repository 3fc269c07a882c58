import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Anchorer, readParameters, readStanding } from "../../src/governance/index.ts";
import { generateSigningKey } from "../../src/nodes/index.ts";
import { decide, registerNode } from "../../src/owner/index.ts";
import { ChainSight } from "../../src/worker/index.ts";
import { decidersOf, type LocalFabric, senderOf, startFabric } from "../governance/localChain.ts";

let fabric: LocalFabric;
before(async () => {
  fabric = await startFabric();
});
after(() => fabric.stop());

function register(node: string): Promise<unknown> {
  const { publicKey } = generateSigningKey("ed25519");
  const { keys, chain, deployment } = fabric;
  return registerNode(senderOf(chain, keys.marketplace), deployment, keys.operatorOf, {
    ...{ node, shard: "earth", skills: [], capacity: 1, maxConcurrency: 1, heartbeatSeconds: 5 },
    ...{ keyKind: "ed25519", key: `0x${Buffer.from(publicKey.bytes).toString("hex")}` },
  });
}

describe("A node's reading of the chain", () => {
  it("is what the newest block says: parameters, pauses, and whose leases count", async () => {
    const { chain, deployment, keys } = fabric;
    const session = generateSigningKey("ed25519").publicKey.bytes;
    await new Anchorer(senderOf(chain, keys.anchorer), deployment).claim(session, []);
    const sight = new ChainSight(chain, deployment);
    const before = await sight.read();
    const { number, time, hash } = await chain.latest();
    const { epoch } = await readStanding(chain, deployment, hash);
    const { parameters } = await readParameters(chain, deployment, hash);
    assert.deepEqual(before, { block: number, time, epoch, sessionKey: session, parameters });
    await decide(decidersOf(chain, deployment), { kind: "pause", scope: "earth" });
    const paused = await sight.read();
    assert.equal(paused.block, number + 1);
    assert.equal(paused.parameters.shards[0].pause.ownerPaused, true);
  });

  it("costs one question while nothing happens", async () => {
    const { chain, deployment } = fabric;
    const sight = new ChainSight(chain, deployment);
    const first = await sight.read();
    const asked: string[] = [];
    const rpc = chain.rpc.bind(chain);
    chain.rpc = (method, params) => {
      asked.push(method);
      return rpc(method, params);
    };
    assert.equal(await sight.read(), first);
    assert.deepEqual(asked, ["eth_getBlockByNumber"]);
    chain.rpc = rpc;
  });

  it("forgets what a reorganisation took back, although as much was put in its place", async () => {
    const { chain, deployment } = fabric;
    const sight = new ChainSight(chain, deployment);
    const snapshot = await chain.rpc("evm_snapshot", []);
    await register("gone");
    assert.equal((await sight.read()).parameters.nodes.at(-1)?.name, "gone");
    await chain.rpc("evm_revert", [snapshot]);
    await register("instead");
    assert.equal((await sight.read()).parameters.nodes.at(-1)?.name, "instead");
  });
});
