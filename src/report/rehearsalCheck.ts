import { type Play, type RehearsedTick, rehearse } from "../drill/index.ts";
import { FabricError } from "../errors.ts";
import { encodeInputs, type Genesis, type Input } from "../fabric/index.ts";

/**
 * Plays the scenario again beside the journal, under the same word of the chain: every record must hold what the
 * scenario brings, so that nothing else ever reaches the machine. Signatures are left to others: marks stand in their
 * place in a rehearsal.
 */
export class RehearsalCheck {
  readonly #ticks: AsyncGenerator<RehearsedTick>;
  #governance: readonly Input[] = [];
  /** The tick at hand if it is the run's last. */
  #lastTick = Number.POSITIVE_INFINITY;
  #faultsLeft = 0;

  constructor(play: Play, genesis: Genesis) {
    const lastTick = () => this.#lastTick;
    this.#ticks = rehearse(play, genesis, {
      at: () => this.#governance,
      get lastTick() {
        return lastTick();
      },
    });
  }

  /** Faults that found nothing to work on until the tick checked last. */
  get faultsLeft(): number {
    return this.#faultsLeft;
  }

  /**
   * Ticks are given in order, from 1.
   * @throws REHEARSAL_DIFFERS
   */
  async check(inputs: readonly Input[], tick: number): Promise<void> {
    this.#governance = inputs.filter(({ kind }) => kind === "governance" || kind === "order" || kind === "chainSilent");
    if (inputs.some(({ kind }) => kind === "stopped")) this.#lastTick = tick;
    const { value, done } = await this.#ticks.next();
    if (done !== true && Buffer.compare(unsigned(value.inputs), unsigned(inputs)) === 0) {
      this.#faultsLeft = value.faultsLeft;
      return;
    }
    throw new FabricError("REHEARSAL_DIFFERS", { tick });
  }
}

const none = new Uint8Array(0);

/** The bytes of inputs without their signatures. */
function unsigned(inputs: readonly Input[]): Uint8Array {
  return encodeInputs(
    inputs.map((input) =>
      input.kind === "nodeMessage" || input.kind === "jobs" ? { ...input, signature: none } : input,
    ),
  );
}
