import { z } from "zod";
import { FabricError } from "../errors.ts";
import type { Store } from "../journal/index.ts";

/** What made a block: its time (Unix seconds), and the signed transaction that is in it, hex; none in an empty one. */
export type RecordedBlock = { readonly time: number; readonly raw?: string | undefined; readonly hash: string };

/** The file's name in a world's folder. */
export const chainRecordName = "chain.ndjson";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const headForm = z.strictObject({ format: z.literal("planetary-fabric/chain/v1"), time: z.int().min(0), hash });
const blockForm = z.strictObject({
  time: z.int().min(1),
  raw: z
    .string()
    .regex(/^0x([0-9a-f]{2})+$/i)
    .optional(),
  hash,
});

/**
 * All that ever made a block of a practice chain, one line each behind one for block 0, so that the same chain can be made
 * again. A line is on disk before anybody hears of its block.
 */
export class ChainRecord {
  readonly #store: Store;
  /** Block 0. */
  readonly genesis: RecordedBlock;

  private constructor(store: Store, genesis: RecordedBlock) {
    this.#store = store;
    this.genesis = genesis;
  }

  /** @throws STORE_FULL, STORE_FAILED */
  static create(store: Store, genesis: RecordedBlock): ChainRecord {
    const { time, hash } = genesis;
    append(store, { format: "planetary-fabric/chain/v1", time, hash });
    return new ChainRecord(store, genesis);
  }

  /**
   * The record and the blocks in it, from block 1 on; undefined when there is none yet. A last line that was not finished
   * is cut: nobody was told of it.
   * @throws CHAIN_RECORD_ALTERED
   */
  static open(store: Store): { readonly record: ChainRecord; readonly blocks: readonly RecordedBlock[] } | undefined {
    const bytes = Buffer.alloc(store.size(chainRecordName));
    store.read(chainRecordName, 0, bytes);
    const whole = bytes.lastIndexOf("\n") + 1;
    if (whole < bytes.length) store.truncate(chainRecordName, whole);
    if (whole === 0) return undefined;
    const [first, ...lines] = bytes.toString("utf8", 0, whole - 1).split("\n");
    const { time, hash } = parse(headForm, first, 1);
    const blocks = lines.map((line, index) => parse(blockForm, line, index + 2));
    return { record: new ChainRecord(store, { time, hash }), blocks };
  }

  /** Returns when the line would survive a loss of power. @throws STORE_FULL, STORE_FAILED */
  append(block: RecordedBlock): void {
    append(this.#store, block);
  }
}

/** @param block number of the block that is not as it was */
export function recordAltered(block: number, problem: string): FabricError<"CHAIN_RECORD_ALTERED"> {
  return new FabricError("CHAIN_RECORD_ALTERED", { file: chainRecordName, line: block + 1, problem });
}

function append(store: Store, line: object): void {
  store.append(chainRecordName, Buffer.from(`${JSON.stringify(line)}\n`));
  store.sync(chainRecordName);
}

function parse<Form extends z.ZodType>(form: Form, text: string, line: number): z.output<Form> {
  try {
    return form.parse(JSON.parse(text));
  } catch {
    throw recordAltered(line - 1, "it is no line of such a record");
  }
}
