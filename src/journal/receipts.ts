import { z } from "zod";
import {
  type AsciiWord,
  asciiWord,
  type Genesis,
  type LineWriter,
  type Outcome,
  outcomes,
  type Reason,
  type Receipt,
  reasons,
  textOf,
} from "../fabric/index.ts";
import { digestBytes, fromHex, type Hex, sha256Into } from "./digest.ts";

/** keccak-256 of the receipt's EIP-712 type; `CheckpointLedger.RECEIPT_TYPEHASH`. */
export const receiptTypeHash: Hex = "0x175ff62a801e7cddf3147cb132a86e269aef4f16b5c35dc8449214085858967b";

const wordBytes = 32;
/** Word of each field in the ABI encoding. */
const words = {
  typeHash: 0,
  chainId: 1,
  ledger: 2,
  submitter: 3,
  number: 4,
  outcome: 5,
  reason: 6,
  shard: 7,
  node: 8,
  attempts: 9,
  submittedTick: 10,
  endedTick: 11,
  value: 12,
  resultDigest: 13,
} as const;
const leafBytes = 14 * wordBytes;

/**
 * Makes the leaves of one fabric's receipts: `abi.encode(RECEIPT_TYPEHASH, chain id, ledger, every field in order)`,
 * which `CheckpointLedger.verifyReceipt` makes again from the typed receipt. One buffer serves all of them.
 */
export class ReceiptEncoder {
  /** The leaf behind the prefix 0x00 with which RFC 9162 hashes it. */
  readonly #prefixed = Buffer.alloc(1 + leafBytes);
  readonly #view = new DataView(this.#prefixed.buffer, this.#prefixed.byteOffset + 1, leafBytes);
  readonly #leaf = new Uint8Array(this.#view.buffer, this.#view.byteOffset, leafBytes);
  readonly #hash = Buffer.alloc(digestBytes);
  readonly #hashView = new Uint8Array(this.#hash.buffer, this.#hash.byteOffset, digestBytes);

  constructor(genesis: Pick<Genesis, "chainId" | "ledger">) {
    const ledger = fromHex(genesis.ledger);
    this.#leaf.set(fromHex(receiptTypeHash), words.typeHash * wordBytes);
    this.#number(words.chainId, genesis.chainId);
    this.#leaf.set(ledger, (words.ledger + 1) * wordBytes - ledger.length);
  }

  /** 448 bytes; the view is good until the next call. */
  leaf(receipt: Receipt): Uint8Array {
    this.#number(words.submitter, receipt.submitter);
    this.#number(words.number, receipt.number);
    this.#number(words.outcome, outcomes[receipt.outcome]);
    this.#number(words.reason, reasons[receipt.reason]);
    this.#number(words.shard, receipt.shard);
    this.#number(words.node, receipt.node);
    this.#number(words.attempts, receipt.attempts);
    this.#number(words.submittedTick, receipt.submittedTick);
    this.#number(words.endedTick, receipt.endedTick);
    this.#number(words.value, receipt.value);
    this.#leaf.set(receipt.resultDigest, words.resultDigest * wordBytes);
    return this.#leaf;
  }

  /** SHA-256(0x00 ‖ leaf); the view is good until the next call. */
  leafHash(receipt: Receipt): Uint8Array {
    this.leaf(receipt);
    sha256Into(this.#prefixed, this.#hash, 0);
    return this.#hashView;
  }

  /** A safe integer, right-aligned in its word, whose upper 24 bytes are never anything but zero. */
  #number(word: number, value: number): void {
    const end = (word + 1) * wordBytes;
    this.#view.setUint32(end - 8, Math.floor(value / 2 ** 32));
    this.#view.setUint32(end - 4, value % 2 ** 32);
  }
}

const ascii = {
  index: asciiWord('{"index":'),
  submitter: asciiWord(',"submitter":'),
  job: asciiWord(',"job":'),
  outcome: piecesOf("outcome", outcomes),
  reason: piecesOf("reason", reasons),
  shard: asciiWord(',"shard":'),
  node: asciiWord(',"node":'),
  attempts: asciiWord(',"attempts":'),
  submittedTick: asciiWord(',"submittedTick":'),
  endedTick: asciiWord(',"endedTick":'),
  value: asciiWord(',"value":'),
  resultDigest: asciiWord(',"resultDigest":"0x'),
  end: asciiWord('"}\n'),
};

/** Adds the receipt's line of `receipts.ndjson`, ended by a newline; `index` is that of its leaf. */
export function writeReceiptLine(lines: LineWriter, index: number, receipt: Receipt): void {
  const line = lines.line().word(ascii.index).decimal(index);
  line.word(ascii.submitter).decimal(receipt.submitter).word(ascii.job).decimal(receipt.number);
  line.word(ascii.outcome[outcomes[receipt.outcome]]).word(ascii.reason[reasons[receipt.reason]]);
  line.word(ascii.shard).decimal(receipt.shard).word(ascii.node).decimal(receipt.node);
  line.word(ascii.attempts).decimal(receipt.attempts);
  line.word(ascii.submittedTick).decimal(receipt.submittedTick).word(ascii.endedTick).decimal(receipt.endedTick);
  line.word(ascii.value).decimal(receipt.value).word(ascii.resultDigest).hex(receipt.resultDigest).word(ascii.end);
}

/** That line as a text. */
export function receiptLine(index: number, receipt: Receipt): string {
  return textOf((lines) => writeReceiptLine(lines, index, receipt));
}

/** The piece of a line that says each of the words, by the word's number. */
function piecesOf(field: string, words: Readonly<Record<string, number>>): AsciiWord[] {
  const pieces: AsciiWord[] = [];
  for (const [word, number] of Object.entries(words)) pieces[number] = asciiWord(`,"${field}":"${word}"`);
  return pieces;
}

const count = z.int().nonnegative();
const lineForm = z.object({
  index: count,
  submitter: count,
  job: count,
  outcome: z.custom<Outcome>((word) => typeof word === "string" && Object.hasOwn(outcomes, word)),
  reason: z.custom<Reason>((word) => typeof word === "string" && Object.hasOwn(reasons, word)),
  shard: count,
  node: count,
  attempts: count,
  submittedTick: count,
  endedTick: count,
  value: count,
  resultDigest: z.string().regex(/^0x[0-9a-f]{64}$/),
});

/** A receipt, and the index of its leaf. */
export type IndexedReceipt = { readonly index: number; readonly receipt: Receipt };

/** @param line of `receipts.ndjson`, without the newline; undefined when `receiptLine` would have written another */
export function parseReceiptLine(line: string): IndexedReceipt | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { data } = lineForm.safeParse(json);
  if (data === undefined) return undefined;
  const { index, job: number, resultDigest, ...fields } = data;
  const receipt = { ...fields, number, resultDigest: fromHex(resultDigest) };
  return receiptLine(index, receipt) === `${line}\n` ? { index, receipt } : undefined;
}
