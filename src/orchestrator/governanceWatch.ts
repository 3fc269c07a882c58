import type { Input } from "../fabric/index.ts";
import type { GovernanceFollower } from "../governance/index.ts";

/** What is asked of who follows the chain. */
export type Follower = Pick<GovernanceFollower, "poll" | "silence" | "noteSilence">;

/** Ticks that a question to the chain may stay without an answer before the machine is told of a silence. */
const patienceTicks = 2;

/**
 * Asks the chain between ticks, so that no tick waits for it: what has come in is there for the next tick, and where an
 * answer is long in coming the machine is told that the chain is silent.
 */
export class GovernanceWatch {
  readonly #follower: Follower;
  #arrived: Input[] = [];
  #asking = false;
  /** Ticks since the question that is open was asked. */
  #waitedTicks = 0;
  #failure: unknown;

  constructor(follower: Follower) {
    this.#follower = follower;
  }

  /** Why the chain gave no answer; null when it did. */
  get silence(): string | null {
    return this.#follower.silence;
  }

  /** Something has come in that the machine should know soon: other values, or an order. */
  get hasNews(): boolean {
    return this.#arrived.some((input) => {
      return input.kind === "order" || (input.kind === "governance" && input.values !== null);
    });
  }

  /** Asks now, unless a question is open, and returns with the answer. */
  async ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    this.#waitedTicks = 0;
    try {
      const inputs = await this.#follower.poll();
      this.#arrived.push(...inputs);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#asking = false;
    }
  }

  /**
   * What has come in since the last tick; the chain is asked again meanwhile.
   * @throws ADMISSIONS_DIVERGED, ORDERS_DIVERGED
   */
  take(): Input[] {
    if (this.#failure !== undefined) throw this.#failure;
    const inputs = this.#arrived;
    this.#arrived = [];
    if (!this.#asking) void this.ask();
    else if (++this.#waitedTicks >= patienceTicks) {
      this.#follower.noteSilence("it has not answered yet");
      inputs.push({ kind: "chainSilent" });
    }
    return inputs;
  }
}
