import { isDeepStrictEqual } from "node:util";
import { FabricError } from "../errors.ts";
import type { GovernanceInput, Input, OrderInput, Parameters } from "../fabric/index.ts";
import { ProvenParameters, type VerifiedBlock, withNewest } from "../governance/evidence/index.ts";
import { orderInput } from "../governance/index.ts";
import type { Proof } from "./proof.ts";
import { hexOf, plain } from "./text.ts";

type Refuse = (problem: string) => never;

/** How a drill reads the chain. */
export type TraceTerms = {
  /** Unix seconds from which ticks are counted, and how long each is. */
  readonly start: number;
  readonly tickSeconds: number;
  /** How many blocks what is in force is behind the newest. */
  readonly confirmations: number;
};

/**
 * Holds what the journal says of the chain, tick by tick, against what it should say: the newest block that is not
 * after the start of the tick, what it puts in force, and every order given until then.
 */
export class GovernanceTrace {
  readonly #proof: Proof;
  readonly #terms: TraceTerms;
  readonly #inForce: ProvenParameters;
  readonly #newest: ProvenParameters;
  /** Index of the newest block that was taken note of. */
  #at = -1;
  #silent = false;
  #orders = 0;
  #values: Parameters | undefined;

  constructor(proof: Proof, terms: TraceTerms) {
    this.#proof = proof;
    this.#terms = terms;
    this.#inForce = new ProvenParameters(proof.history);
    this.#newest = new ProvenParameters(proof.history);
  }

  /** In force after the tick checked last; undefined before the first. */
  get parameters(): Parameters | undefined {
    return this.#values;
  }

  /** @throws GOVERNANCE_UNTRACED */
  check(inputs: readonly Input[], tick: number): void {
    const refuse: Refuse = (problem) => {
      throw new FabricError("GOVERNANCE_UNTRACED", { tick, problem });
    };
    const said = inputs.filter(({ kind }) => kind === "governance" || kind === "order" || kind === "chainSilent");
    const [first, ...others] = said;
    if (first?.kind === "chainSilent" && others.length === 0) {
      this.#silent = true;
      return;
    }
    const newest = this.#newestAt(tick);
    if (first === undefined) {
      if (newest !== this.#at || this.#silent) refuse(`${this.#words(newest)} was not taken note of`);
      return;
    }
    if (first.kind !== "governance") refuse(`it begins with ${first.kind}`);
    this.#at = newest;
    this.#silent = false;
    this.#checkGovernance(first, refuse);
    this.#checkOrders(others, first.block, refuse);
  }

  #checkGovernance(input: GovernanceInput, refuse: Refuse): void {
    const { blocks, firstBlock } = this.#proof.chain;
    const newest: VerifiedBlock | undefined = blocks[this.#at];
    if (newest?.number !== input.latest)
      refuse(`the newest block was ${this.#words(this.#at)}, and not ${input.latest}`);
    const number = input.latest - this.#terms.confirmations;
    const block = blocks[number - firstBlock.number];
    if (block === undefined || input.block !== number) refuse(`block ${number} is in force, not ${input.block}`);
    if (block.hash !== hexOf(input.hash))
      refuse(`block ${input.block} has the hash ${block.hash}, not ${hexOf(input.hash)}`);
    if (block.time !== input.time) refuse(`block ${input.block} is of time ${block.time}, not ${input.time}`);
    const { version, parameters } = this.#inForce.at(number);
    if (version !== input.version)
      refuse(`the parameters of block ${input.block} are version ${version}, not ${input.version}`);
    this.#values = input.values ?? this.#values;
    const proven = withNewest(parameters, this.#newest.at(input.latest).parameters);
    if (!isDeepStrictEqual(plain(this.#values ?? null), plain(proven)))
      refuse(`the parameters in force are not those of block ${input.block}`);
  }

  /** Every order up to the block in force is passed on, once and in order. */
  #checkOrders(said: readonly Input[], block: number, refuse: Refuse): void {
    const proven = this.#proof.history.orders.filter((order) => order.index > this.#orders && order.block <= block);
    const due = proven.map(({ index, kind, payload }): OrderInput => orderInput({ index, kind, payload }));
    if (!isDeepStrictEqual(plain(said), plain(due)))
      refuse(`the owners had given ${due.length} new orders, and these are not what it says`);
    this.#orders += due.length;
  }

  /** Index of the newest block that is not after the start of a tick; -1 when there is none. */
  #newestAt(tick: number): number {
    const { blocks } = this.#proof.chain;
    const time = this.#terms.start + tick * this.#terms.tickSeconds;
    let at = this.#at;
    while (at + 1 < blocks.length && blocks[at + 1].time <= time) at++;
    return at;
  }

  #words(at: number): string {
    const block: VerifiedBlock | undefined = this.#proof.chain.blocks[at];
    return block === undefined ? "no block" : `block ${block.number}`;
  }
}
