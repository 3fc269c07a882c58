import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FabricError } from "../../../src/errors.ts";
import {
  type ChainEvidence,
  evidenceSchema,
  readEvidence,
  verifyEvidence,
  writeEvidence,
} from "../../../src/governance/evidence/index.ts";

const hash = `0x${"00".repeat(32)}`;
const hollow: ChainEvidence = {
  format: "planetary-fabric/chain/1",
  chainId: 31337,
  ledger: `0x${"00".repeat(20)}`,
  block: { number: 7, hash },
  headers: ["0x"],
  transactions: [],
  bystanders: [],
  ledgerProof: { account: [], state: [], head: [] },
};
const text = writeEvidence(hollow);
const refused = (given: string, problem = /./) =>
  assert.throws(
    () => readEvidence(given),
    (error: FabricError) => error.code === "EVIDENCE_MALFORMED" && error.exitCode === 6 && problem.test(error.message),
  );

describe("chain.json", () => {
  it("is read as it was written", () => {
    assert.deepEqual(readEvidence(text), hollow);
  });

  it("has one text for one meaning, or bytes could be altered that nothing holds to anything", () => {
    refused(text.slice(0, -1), /canonical/);
    refused(text.replace('"chainId": 31337', '"chainId": 3.1337e4'), /canonical/);
    refused(text.replace(/ {1}"chainId": 31337,\n/, "").replace("{\n", '{\n "chainId": 31337,\n'), /canonical/);
    refused(text.replace('"chainId"', '"\\u0063hainId"'), /canonical/);
    refused(text.replace('"chainId"', '"chainId": 1,\n "chainId"'), /canonical/);
  });

  it("of another form is refused by name, whatever it is", () => {
    refused("", /JSON/);
    refused("null\n");
    refused(text.replace("chain/1", "chain/2"), /format/);
    refused(text.replace(hash, hash.toUpperCase()), /block\.hash/);
    refused(text.replace('"0x"', '"0x1"'), /headers\.0/);
    refused(text.replace('"0x"', "7"), /headers\.0/);
    refused(text.replace('"number": 7', '"number": 1e99'), /block\.number/);
    refused(text.replace('"number": 7', '"number": 9007199254740993'), /block\.number/);
    refused(text.replace('"number": 7', '"number": -1'), /block\.number/);
    refused(text.replace('"number": 7', '"number": 7.5'), /block\.number/);
    refused(text.replace('"number": 7', '"number": "7"'), /block\.number/);
    refused(text.replace('"number": 7', '"__proto__": {"number": 7}'), /block/);
  });

  it("that is too deep or too long to be honest harms nobody", () => {
    refused("[".repeat(200_000), /JSON/);
    refused(text.replace('"0x"', "[".repeat(50_000) + "]".repeat(50_000)), /headers\.0/);
    refused(text.replace('"0x"', `"0x${"00".repeat(2 ** 21 + 1)}"`), /headers\.0/);
    const long = `"0x${"00".repeat(2 ** 21)}"`;
    assert.throws(() => verifyEvidence(readEvidence(text.replace('"0x"', long))), { code: "EVIDENCE_HEADER" });
  });

  it("of any JSON at all gives a named error", () => {
    fc.assert(
      fc.property(fc.json(), (json) => refused(json)),
      { numRuns: 300, seed: 1 },
    );
  });

  it("of the right form and any bytes gives a named error", () => {
    const hex = fc.uint8Array({ maxLength: 80 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
    const anything = fc.record({ headers: fc.array(hex, { minLength: 1, maxLength: 3 }), number: fc.nat() });
    fc.assert(
      fc.property(anything, ({ headers, number }) => {
        assert.throws(
          () => verifyEvidence({ ...hollow, headers, block: { number, hash } }),
          (error) => error instanceof FabricError && error.code === "EVIDENCE_HEADER",
        );
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("has a JSON Schema, for those who read it with other tools", () => {
    const { properties, additionalProperties, required } = evidenceSchema();
    assert.equal(additionalProperties, false);
    assert.deepEqual(required, Object.keys(hollow));
    assert.deepEqual(Object.keys(properties ?? {}), Object.keys(hollow));
  });
});
