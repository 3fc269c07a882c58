import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LeaseTable } from "../../src/fabric/leaseTable.ts";

describe("the table of leases", () => {
  it("finds every live lease, however old, and no other: a lost one would be a job that never ends", () => {
    const step = fc.record({
      skipped: fc.constantFrom(0, 0, 0, 1, 500, 1023, 1024, 5000, 1e11),
      ended: fc.nat(),
      many: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 100, size: "max" }), (steps) => {
        const table = new LeaseTable();
        const live = new Map<number, number>();
        let newest = 0;
        for (const [index, { skipped, ended, many }] of steps.entries()) {
          newest += skipped;
          for (let left = many ? 40 : 1; left > 0; left--) {
            table.set(++newest, index + 1);
            live.set(newest, index + 1);
          }
          const [...leases] = live.keys();
          const lease = leases[ended % leases.length];
          table.delete(lease);
          table.delete(newest + 1);
          live.delete(lease);
          assert.equal(table.get(lease), undefined);
          assert.equal(table.get(newest + 1), undefined);
          assert.equal(table.size, live.size);
        }
        for (const [lease, slot] of live) assert.equal(table.get(lease), slot);
      }),
    );
  });
});
