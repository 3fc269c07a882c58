import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parametersOf } from "../../src/config/index.ts";
import { manifestFrom, manifestText } from "./documents.ts";

describe("the parameters of a manifest", () => {
  it("are what a machine would read from the chain right after its deployment", () => {
    const key = new Uint8Array(32);
    const asked: string[] = [];
    const parameters = parametersOf(manifestFrom(manifestText), (role, id) => {
      asked.push(`${role} ${id}`);
      return { keyKind: "ed25519", key };
    });
    const pause = { ownerPaused: false, guardianUntil: 0 };
    const shard = { spillThreshold: 100, spillBatch: 32, retired: false, pause };
    const signed = { keyKind: "ed25519", key };
    assert.deepEqual(asked, ["node earth.core", "node mars.gpu", "submitter bank", "submitter works"]);
    assert.deepEqual(parameters, {
      tickMs: 5000,
      checkpointIntervalTicks: 40,
      heartbeatGrace: 3,
      maxAttempts: 5,
      retired: false,
      pause,
      skills: ["gpu", "finance"],
      shards: [
        { ...shard, name: "earth", queueBudget: 600, latencyBudgetMs: 120, weight: 1, routes: [2] },
        { ...shard, name: "mars", queueBudget: 400, latencyBudgetMs: 420, weight: 2, routes: [1] },
      ],
      nodes: [
        {
          name: "earth.core",
          shard: 1,
          capacity: 24,
          maxConcurrency: 20,
          heartbeatSeconds: 12,
          skills: 0b10n,
          status: "admitted",
          ...signed,
        },
        {
          name: "mars.gpu",
          shard: 2,
          capacity: 32,
          maxConcurrency: 10,
          heartbeatSeconds: 10,
          skills: 0b01n,
          status: "admitted",
          ...signed,
        },
      ],
      submitters: [
        { name: "bank", shards: 0b01, jobsPerTick: 500, expiry: 0, revoked: false, ...signed },
        { name: "works", shards: 0b11, jobsPerTick: 500, expiry: 0, revoked: false, ...signed },
      ],
    });
  });
});
