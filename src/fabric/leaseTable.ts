/**
 * Which slot the job of each live lease has. Leases of an epoch are numbered one after the other, so that a ring finds
 * most of them in one step, side by side in memory; the few that outlive a turn of the ring are kept apart. It has no
 * order.
 */
export class LeaseTable {
  #lease = new Float64Array(64);
  #slot = new Int32Array(64);
  readonly #old = new Map<number, number>();
  #inRing = 0;

  get size(): number {
    return this.#inRing + this.#old.size;
  }

  /** @param lease the number of a lease that is not in the table */
  set(lease: number, slot: number): void {
    if (this.#inRing * 2 >= this.#slot.length) this.#grow();
    this.#enter(lease, slot);
  }

  /** Undefined when the lease is not live. */
  get(lease: number): number | undefined {
    const at = this.#place(lease);
    return this.#lease[at] === lease && this.#slot[at] !== 0 ? this.#slot[at] : this.#old.get(lease);
  }

  delete(lease: number): void {
    const at = this.#place(lease);
    if (this.#lease[at] !== lease || this.#slot[at] === 0) {
      this.#old.delete(lease);
      return;
    }
    this.#slot[at] = 0;
    this.#inRing--;
  }

  #place(lease: number): number {
    return lease & (this.#slot.length - 1);
  }

  #enter(lease: number, slot: number): void {
    const at = this.#place(lease);
    if (this.#slot[at] === 0) this.#inRing++;
    else this.#old.set(this.#lease[at], this.#slot[at]);
    this.#lease[at] = lease;
    this.#slot[at] = slot;
  }

  #grow(): void {
    const [leases, slots] = [this.#lease, this.#slot];
    this.#lease = new Float64Array(leases.length * 2);
    this.#slot = new Int32Array(slots.length * 2);
    this.#inRing = 0;
    for (const [at, slot] of slots.entries()) if (slot !== 0) this.#enter(leases[at], slot);
  }
}
