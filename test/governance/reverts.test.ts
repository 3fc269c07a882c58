import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AbiCoder, type ErrorFragment, Interface, id, type ParamType } from "ethers";
import { contractErrors, explainRevert, interfaceOf, nameBytes, revertError } from "../../src/governance/index.ts";
import { explanations } from "../../src/governance/revertSentences.ts";

describe("reverts in words", () => {
  for (const error of contractErrors())
    it(`explains ${error.name}`, () => {
      const explained = explainRevert(dataOf(error, error.inputs.map(sample)));
      const known = new Set(error.inputs.map(({ name }) => name));
      const { says, remedy } = explanations[error.name] ?? assert.fail(`there is no sentence for ${error.format()}`);
      for (const [, slot] of `${says} ${remedy}`.matchAll(/\{(\w+)\}/g))
        assert.ok(known.has(slot), `${error.format()} has no ${slot}`);
      assert.match(explained.reason, /^[A-Z\d].*\.$/);
      assert.match(explained.advice, /^[A-Z\d].*\.$/);
      assert.doesNotMatch(`${explained.reason} ${explained.advice}`, /[{}]|undefined/);
    });

  it("has no sentence for an error that no contract has", () => {
    const names = new Set(contractErrors().map(({ name }) => name));
    assert.deepEqual(
      Object.keys(explanations).filter((name) => !names.has(name)),
      [],
    );
  });

  it("passes on the reason of the call that failed within a batch, and what follows from it", () => {
    const moved = interfaceOf("ShardRegistry").encodeErrorResult("Moved", ["queueBudget", 6000, 5000]);
    const to = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    const failed = interfaceOf("OwnerMultisig").encodeErrorResult("OwnerMultisig_CallFailed", [2, to, moved]);
    const error = revertError("The batch", failed);
    assert.equal(error.code, "REVERTED_MOVED");
    assert.equal(error.exitCode, 7);
    const inner = "The queue budget is 5000, and the change was made for 6000.";
    assert.equal(error.message, `The batch was refused: Call 3 of the batch (to ${to}) failed: ${inner}`);
  });

  it("gives names as names and times as times", () => {
    const taken = interfaceOf("ShardRegistry").encodeErrorResult("ShardRegistry_NameTaken", [nameBytes("earth"), 1]);
    assert.equal(explainRevert(taken).reason, "Shard 1 is called earth already.");
    const expired = interfaceOf("OwnerMultisig").encodeErrorResult("OwnerMultisig_Expired", [1893456000, 1893456060]);
    const [until, now] = ["2030-01-01T00:00:00Z", "2030-01-01T00:01:00Z"];
    assert.equal(explainRevert(expired).reason, `The batch was good until ${until}, and the block's time is ${now}.`);
  });

  it("says what it can of errors that are none of the fabric's", () => {
    assert.equal(explainRevert(null).reason, "the chain gave no reason.");
    assert.equal(explainRevert("0x").reason, "the chain gave no reason.");
    const plain = new Interface(["error Error(string)"]).encodeErrorResult("Error", ["too late"]);
    assert.equal(explainRevert(plain).reason, "too late.");
    assert.match(
      explainRevert(new Interface(["error Panic(uint256)"]).encodeErrorResult("Panic", [17])).reason,
      /panic 17/,
    );
    assert.match(explainRevert(id("nothing").slice(0, 10)).reason, /none of the fabric's/);
  });
});

function dataOf(error: ErrorFragment, values: readonly unknown[]): string {
  return (
    error.selector +
    AbiCoder.defaultAbiCoder()
      .encode([...error.inputs], [...values])
      .slice(2)
  );
}

function sample({ type }: ParamType): unknown {
  if (type === "address") return "0x5FbDB2315678afecb367f032d93F642f64180aa3";
  if (type === "string") return "queueBudget";
  if (type === "bytes") return "0x";
  return type.startsWith("bytes") ? nameBytes("earth") : 3;
}
