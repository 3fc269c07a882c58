/** Receipts whose place is known without a search. */
const receiptsMax = 100_000;
const receiptsLeast = 256;

/**
 * Where the newest receipts stand in their file, in a ring of columns: 2 MB at most however long the fabric lives, and
 * looked through in a fraction of a millisecond.
 */
export class ReceiptIndex {
  #submitter = new Uint32Array(receiptsLeast);
  #number = new Float64Array(receiptsLeast);
  #offset = new Float64Array(receiptsLeast);
  readonly #capacity: number;
  readonly #first: number;
  #count = 0;

  /** @param first byte of the file from which on receipts will be added */
  constructor(first: number, capacity: number = receiptsMax) {
    this.#first = first;
    this.#capacity = capacity;
  }

  /** Byte from which on every receipt is known. */
  get from(): number {
    return this.#count <= this.#capacity ? this.#first : this.#offset[this.#count % this.#capacity];
  }

  /** @param offset first byte of its line */
  add(submitter: number, number: number, offset: number): void {
    const at = this.#count % this.#capacity;
    if (at === this.#submitter.length) this.#grow();
    this.#count++;
    this.#submitter[at] = submitter;
    this.#number[at] = number;
    this.#offset[at] = offset;
  }

  /** First byte of the line of a job's receipt, if it is among the newest. */
  find(submitter: number, number: number): number | undefined {
    const oldest = Math.max(0, this.#count - this.#capacity);
    for (let position = this.#count - 1; position >= oldest; position--) {
      const at = position % this.#capacity;
      if (this.#number[at] === number && this.#submitter[at] === submitter) return this.#offset[at];
    }
    return undefined;
  }

  #grow(): void {
    const length = Math.min(this.#capacity, 2 * this.#submitter.length);
    const [submitter, number, offset] = [new Uint32Array(length), new Float64Array(length), new Float64Array(length)];
    submitter.set(this.#submitter);
    number.set(this.#number);
    offset.set(this.#offset);
    this.#submitter = submitter;
    this.#number = number;
    this.#offset = offset;
  }
}
