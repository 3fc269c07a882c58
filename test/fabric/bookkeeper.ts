import assert from "node:assert/strict";
import type { Receipt } from "../../src/fabric/index.ts";
import { type Outcome, result } from "./world.ts";

/** Follows a run from outside, by what leaves the machine alone, and asserts what a submitter and a node count on. */
export class Bookkeeper {
  readonly receipts = new Map<string, Receipt>();
  readonly taken = new Set<string>();
  /** Newest lease of each job that has one running. */
  readonly #running = new Map<string, { readonly lease: number; readonly node: number }>();
  #leases = 0;

  see({ events, leases, receipts }: Outcome): void {
    for (const { event, submitter, job } of events) {
      const id = `${submitter}/${job}`;
      if (event === "accepted") {
        assert.ok(!this.taken.has(id), `job ${id} was taken in twice`);
        this.taken.add(id);
      }
      if (event === "interrupted" || event === "requeued") this.#running.delete(id);
    }
    for (const receipt of receipts) this.#end(receipt);
    for (const { lease, node, submitter, number, attempt } of leases) {
      const id = `${submitter}/${number}`;
      assert.equal(lease, ++this.#leases, "lease numbers rise by one");
      assert.ok(this.taken.has(id) && !this.receipts.has(id), `job ${id} is given out before or after its life`);
      assert.ok(!this.#running.has(id), `job ${id} is given out while an attempt runs`);
      assert.ok(attempt >= 1);
      this.#running.set(id, { lease, node });
    }
  }

  #end(receipt: Receipt): void {
    const id = `${receipt.submitter}/${receipt.number}`;
    assert.ok(this.taken.has(id), `job ${id} ended and was never taken in`);
    assert.ok(!this.receipts.has(id), `job ${id} ended twice`);
    this.receipts.set(id, receipt);
    const running = this.#running.get(id);
    if (receipt.outcome === "completed") {
      assert.ok(running !== undefined, `job ${id} was completed, and no attempt ran`);
      assert.deepEqual(receipt.resultDigest, result(running.lease).digest, `job ${id}: the result of its newest lease`);
      assert.equal(receipt.node, running.node);
    }
    this.#running.delete(id);
  }
}
