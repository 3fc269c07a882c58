import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { amountOf } from "../../src/owner/entry.ts";

describe("A number with its unit", () => {
  it("is one of it, or several", () => {
    const says = (amount: number) =>
      ["ticks", "jobs a tick", "units", "ms", "s", ""].map((unit) => amountOf(amount, unit)).join(", ");
    assert.equal(says(1), "1 tick, 1 job a tick, 1 unit, 1 ms, 1 s, 1");
    assert.equal(says(2), "2 ticks, 2 jobs a tick, 2 units, 2 ms, 2 s, 2");
    assert.equal(amountOf(0, "jobs"), "0 jobs");
    assert.equal(amountOf(4_294_967_295, "ticks"), "4,294,967,295 ticks");
  });
});
