/** Thrown in the step in which a process dies, and at every one that its remains would take. */
export class Killed extends Error {
  override readonly name = "Killed";
}
const killed = new Killed();
const askAgainMs = 1000;

/**
 * One life of a process. It touches the world in steps: a write, an fsync, an answer, a message, a question to the chain.
 * It can die before any of them.
 */
export class Life {
  isLive = true;
  /** Its process is stopped (SIGSTOP) until then, ms. */
  heldUpUntilMs = 0;
  steps = 0;
  readonly #lastStep: number;
  readonly #died: () => void;

  constructor(lastStep: number, died: () => void) {
    this.#lastStep = lastStep;
    this.#died = died;
  }

  /** @param half what may be left of a step that is cut off in the middle */
  step(half: () => void = () => {}): void {
    if (!this.isLive) throw killed;
    if (++this.steps < this.#lastStep) return;
    half();
    this.end();
    throw killed;
  }

  /** How much longer it is stopped, ms; it is asked again when that is over. */
  heldUpMs(nowMs: number): number {
    return Math.min(askAgainMs, Math.max(0, this.heldUpUntilMs - nowMs));
  }

  end(): void {
    if (!this.isLive) return;
    this.isLive = false;
    this.#died();
  }
}
