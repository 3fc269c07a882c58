import { FabricError } from "../errors.ts";
import type { Anchorer, AnchorRecord } from "../governance/index.ts";
import { type Checkpoint, type DurableMachine, fromHex } from "../journal/index.ts";
import type { Clock } from "./clock.ts";

/** Ticks until anchors that could not be sent are sent again: twice as many after each failure, up to this. */
const retryTicksMax = 64;

/** What the ledger takes of a checkpoint. */
export function anchorRecord({ document, digest }: Checkpoint): AnchorRecord {
  return { size: document.receipts.size, root: fromHex(document.receipts.root), digest: fromHex(digest) };
}

export type AnchoringSurroundings = {
  /** The ledger has a checkpoint, and all before it. */
  anchored(checkpoint: Checkpoint): void;
  /** A line for the operator. */
  log(line: string): void;
  readonly clock: Clock;
};

/** Where checkpoints wait for the ledger. */
type Line = Pick<Anchorer, "waiting" | "queue" | "flush">;

/** Anchors checkpoints beside the ticks, in their order: what the chain does not take waits, and is sent again. */
export class Anchoring {
  readonly #anchorer: Line;
  readonly #record: DurableMachine;
  readonly #surroundings: AnchoringSurroundings;
  #busy: Promise<void> | undefined;
  #failures = 0;
  #ticksToRetry = 0;
  #failure: unknown;

  constructor(anchorer: Line, record: DurableMachine, surroundings: AnchoringSurroundings) {
    this.#anchorer = anchorer;
    this.#record = record;
    this.#surroundings = surroundings;
  }

  /** Checkpoints that the ledger is not known to have. */
  get waiting(): number {
    return this.#anchorer.waiting;
  }

  /** Returns at once. */
  add(checkpoint: Checkpoint): void {
    this.#anchorer.queue(anchorRecord(checkpoint));
    this.#send();
  }

  /**
   * To be called once a tick: what could not be sent is sent again in its time.
   * @throws ANCHOR_FENCED, STORE_FULL, STORE_FAILED
   */
  tick(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.waiting > 0 && --this.#ticksToRetry <= 0) this.#send();
  }

  /** Sends what waits; returns when the ledger has it, or the time is over, or another orchestrator has the ledger. */
  async finish(milliseconds: number): Promise<void> {
    const { clock } = this.#surroundings;
    const end = new AbortController();
    const over = clock.sleep(milliseconds, end.signal).then(() => "over" as const);
    while (this.waiting > 0 && this.#failure === undefined) {
      this.#send();
      if ((await Promise.race([over, this.#busy])) === "over" || this.waiting === 0) break;
      if ((await Promise.race([over, clock.sleep(500, end.signal)])) === "over") break;
    }
    end.abort();
  }

  #send(): void {
    this.#busy ??= this.#flush().finally(() => {
      this.#busy = undefined;
    });
  }

  async #flush(): Promise<void> {
    try {
      await this.#anchorer.flush();
      if (this.#failures > 0) this.#surroundings.log("The ledger takes checkpoints again.");
      this.#failures = 0;
    } catch (error) {
      this.#ticksToRetry = Math.min(2 ** this.#failures++, retryTicksMax);
      if (error instanceof FabricError && error.code === "ANCHOR_FENCED") this.#failure = error;
      else if (this.#failures === 1) this.#surroundings.log(`Checkpoints wait to be anchored. ${reasonOf(error)}`);
    }
    const { unanchored } = this.#record;
    const newest = unanchored[unanchored.length - 1 - this.waiting];
    if (newest === undefined) return;
    try {
      this.#record.noteAnchored(newest.digest);
      this.#surroundings.anchored(newest);
    } catch (error) {
      this.#failure = error;
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
