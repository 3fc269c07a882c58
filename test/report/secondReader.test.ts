import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { encodeInputs, type Input } from "../../src/fabric/index.ts";
import { hasPython } from "./secondVerifier.ts";

const nothing = new Uint8Array(0);
const hash = new Uint8Array(32);
/** One of each kind; a new kind has to be added here, and to the second verifier. */
const each: { readonly [Kind in Exclude<Input["kind"], "tick">]: Extract<Input, { kind: Kind }> } = {
  governance: { kind: "governance", version: 1, block: 2, latest: 3, hash, time: 4, values: null },
  jobs: { kind: "jobs", submitter: 1, rows: nothing, signature: nothing },
  nodeMessage: {
    ...{ kind: "nodeMessage", node: 1, seq: 2, heartbeat: true, latencyMs: 3 },
    ...{ results: [{ lease: 1e11 + 1, outcome: "completed", digest: hash }], signature: nothing },
  },
  order: { kind: "order", index: 1, order: { type: "cancel", submitter: 1, number: 2 } },
  resumed: { kind: "resumed", downTicks: 5 },
  claimed: { kind: "claimed", epoch: 2 },
  chainSilent: { kind: "chainSilent" },
  refused: { kind: "refused", from: 1, reason: "replay", count: 2 },
  stopped: { kind: "stopped" },
  checkpointDue: { kind: "checkpointDue" },
};
const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
from verify_bundle import read_inputs
print(json.dumps([read_inputs(bytes.fromhex(record), 1) for record in sys.argv[2:]]))
`;

describe("The second verifier", { skip: hasPython ? false : "there is no Python" }, () => {
  it("reads every kind of input, or it would refuse a sound journal", () => {
    const records = Object.values(each).map((input) => encodeInputs([input, { kind: "tick", tick: 7 }]));
    const scripts = fileURLToPath(new URL("../../scripts", import.meta.url));
    const written = records.map((record) => Buffer.from(record).toString("hex"));
    const { stdout, stderr } = spawnSync("python3", ["-B", "-c", script, scripts, ...written], { encoding: "utf8" });
    assert.deepEqual(
      stdout === "" ? stderr : JSON.parse(stdout),
      Object.keys(each).map((kind) => [7, kind === "resumed" ? 5 : 0]),
    );
  });
});
