import { setImmediate } from "node:timers/promises";
import { FabricError } from "../errors.ts";
import { lineBytesMax, type Receipt } from "../fabric/index.ts";
import type { DerivedFile } from "./derivedFile.ts";
import { ReceiptIndex } from "./receiptIndex.ts";
import { type IndexedReceipt, parseReceiptLine, writeReceiptLine } from "./receipts.ts";

/** Read and searched in a fraction of a millisecond: others wait no longer than that. */
const blockBytes = 1 << 18;
const newline = 0x0a;

/** `receipts.ndjson`: a line for each receipt, and the way to that of one job. */
export class ReceiptFile {
  readonly #file: DerivedFile;
  readonly #index: ReceiptIndex;
  #closed = false;

  /** @param indexed how many of the newest receipts are found without a search; 100,000 unless told */
  constructor(file: DerivedFile, indexed?: number) {
    this.#file = file;
    this.#index = new ReceiptIndex(file.length, indexed);
  }

  get name(): string {
    return this.#file.name;
  }

  get length(): number {
    return this.#file.length;
  }

  /** @param first index of the first receipt's leaf */
  add(first: number, receipts: readonly Receipt[]): void {
    let index = first;
    for (const receipt of receipts) {
      this.#index.add(receipt.submitter, receipt.number, this.#file.length);
      writeReceiptLine(this.#file.writer, index++, receipt);
    }
  }

  /**
   * The receipt of a job, if it had ended when this was called. Newer ones are found at once; for older ones the file is
   * searched from its end, in pieces between which others have their turn: a second for some five million receipts.
   * @throws FabricError RECEIPT_DAMAGED, FABRIC_STOPPING
   */
  async find(submitter: number, number: number): Promise<IndexedReceipt | undefined> {
    const offset = this.#index.find(submitter, number) ?? (await this.#search(submitter, number));
    if (offset === undefined) return undefined;
    const line = this.#lineAt(offset);
    const found = line === undefined ? undefined : parseReceiptLine(line);
    if (found?.receipt.submitter === submitter && found.receipt.number === number) return found;
    throw new FabricError("RECEIPT_DAMAGED", { file: this.name, offset });
  }

  flush(): void {
    this.#file.flush();
  }

  sync(): void {
    this.#file.sync();
  }

  /** Ends every search: the store is about to be given up. */
  close(): void {
    this.#closed = true;
  }

  async #search(submitter: number, number: number): Promise<number | undefined> {
    const key = Buffer.from(`,"submitter":${submitter},"job":${number},`, "latin1");
    const end = this.#index.from;
    for (let to = end; to > 0; to -= blockBytes) {
      await setImmediate();
      if (this.#closed) throw new FabricError("FABRIC_STOPPING", {});
      const from = Math.max(0, to - blockBytes);
      // As far into the block after it as the key may reach.
      const block = Buffer.from(this.#file.read(from, Math.min(to + key.length - 1, end) - from));
      const at = block.indexOf(key);
      if (at !== -1) return this.#beginOf(from + at);
    }
    return undefined;
  }

  /** First byte of the line that has the byte at `offset`. */
  #beginOf(offset: number): number {
    const from = Math.max(0, offset - lineBytesMax);
    const before = this.#file.read(from, offset - from);
    return from + before.lastIndexOf(newline) + 1;
  }

  #lineAt(offset: number): string | undefined {
    const bytes = Buffer.from(this.#file.read(offset, Math.min(lineBytesMax, this.#file.length - offset)));
    const end = bytes.indexOf(newline);
    return end === -1 ? undefined : bytes.toString("latin1", 0, end);
  }
}
