import assert from "node:assert/strict";
import { JsonDocument, type Manifest, manifestOf, type Scenario, scenarioOf } from "../../src/config/index.ts";
import { FabricError } from "../../src/errors.ts";

/** A small valid manifest. Tests change single places of it and expect errors at line and column. */
export const manifestText = `{
  "name": "test",
  "fabric": { "tickMs": 5000, "checkpointIntervalTicks": 40, "heartbeatGrace": 3, "maxAttempts": 5,
    "guardianPauseSecondsMax": 3600 },
  "chain": { "confirmations": 0, "maxLagBlocks": 64, "maxSilentTicks": 60 },
  "skills": ["gpu", "finance"],
  "shards": [
    { "id": "earth", "title": "Earth", "queueBudget": 600, "latencyBudgetMs": 120, "spillThreshold": 100,
      "spillBatch": 32, "weight": 1, "routes": ["mars"] },
    { "id": "mars", "title": "Mars", "queueBudget": 400, "latencyBudgetMs": 420, "spillThreshold": 100,
      "spillBatch": 32, "weight": 2, "routes": ["earth"] }
  ],
  "nodes": [
    { "id": "earth.core", "shard": "earth", "capacity": 24, "maxConcurrency": 20, "heartbeatSeconds": 12,
      "skills": ["finance"], "latencyMs": 45 },
    { "id": "mars.gpu", "shard": "mars", "capacity": 32, "maxConcurrency": 10, "heartbeatSeconds": 10,
      "skills": ["gpu"], "latencyMs": 240 }
  ],
  "submitters": [
    { "id": "bank", "shards": ["earth"], "jobsPerTick": 500 },
    { "id": "works", "shards": ["earth", "mars"], "jobsPerTick": 500 }
  ]
}
`;

/** A small valid scenario for that manifest. */
export const scenarioText = `{
  "name": "test", "title": "A test", "manifest": "manifest.json", "seed": 1, "jobsPerShard": 100,
  "templates": [
    { "name": "Ledger", "shard": "earth", "skills": ["finance"], "class": "interactive",
      "durationTicks": { "min": 1, "max": 3 }, "budgetTicks": 5, "deadlineTicks": 100, "value": 10, "share": 3 },
    { "name": "Render", "shard": "mars", "skills": ["gpu"], "class": "background",
      "durationTicks": { "min": 2, "max": 2 }, "budgetTicks": 5, "deadlineTicks": 0, "value": 10, "share": 1 }
  ],
  "arrival": { "kind": "waves", "ticks": 50, "periodTicks": 20, "amplitudePercent": 30 },
  "faults": [
    { "kind": "silence", "node": "mars.gpu", "atTick": 20, "forTicks": 10 },
    { "kind": "kill", "fromTick": 24, "toTick": 26 }
  ],
  "owners": [
    { "atTick": 10, "change": { "kind": "setQueueBudget", "shard": "earth", "value": 500 } },
    { "atTick": 30, "change": { "kind": "move", "from": "earth", "to": "mars", "count": 5 } }
  ],
  "acceptance": { "failureRateMax": 0.02, "warmUpTicks": 5, "settleTicks": 5, "noQueueAboveBudget": true }
}
`;

/** The text with one place of it changed. */
export function edited(text: string, from: string, to: string): string {
  assert.equal(text.split(from).length, 2, `${from} stands exactly once`);
  return text.replace(from, () => to);
}

/** A change of one place; each ⟦ in it stands before something that is wrong and is not part of the text. */
export type Mistake = {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** A sentence for each ⟦. */
  readonly says: readonly string[];
};

/** The changed text, and the messages that its author must get. */
export function mistaken(
  file: string,
  text: string,
  { from, to, says }: Mistake,
): { text: string; messages: string[] } {
  const parts = edited(text, from, to).split("⟦");
  assert.equal(parts.length, says.length + 1, "one sentence for each mark");
  const messages = says.map((sentence, index) => {
    const lines = parts
      .slice(0, index + 1)
      .join("")
      .split("\n");
    return `${file}:${lines.length}:${(lines.at(-1) ?? "").length + 1}: ${sentence}`;
  });
  return { text: parts.join(""), messages };
}

export function manifestFrom(text: string): Manifest {
  return manifestOf(new JsonDocument("m.json", text));
}

export function scenarioFrom(text: string, manifest = manifestFrom(manifestText)): Scenario {
  return scenarioOf(new JsonDocument("s.json", text), manifest);
}

/** The lines of the one DOCUMENT_INVALID that reading throws. */
export function problemsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    assert.equal(error.code, "DOCUMENT_INVALID");
    assert.equal(error.exitCode, 2);
    return error.message.split("\n");
  }
  return [];
}
