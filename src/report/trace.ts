import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { FabricError } from "../errors.ts";
import type { GovernanceInput, Input, Machine, OrderInput } from "../fabric/index.ts";
import type { History, ProvenParameters, VerifiedChain } from "../governance/evidence/index.ts";
import { orderInput } from "../governance/index.ts";
import type { Primary } from "./primary.ts";
import { hexOf } from "./text.ts";

type Refuse = (problem: string) => never;

/** Holds what the journal says of the chain against what the chain proves. */
export class GovernanceTrace {
  readonly #history: History;
  readonly #chain: VerifiedChain;
  readonly #proven: ProvenParameters;
  #values: unknown;

  constructor(history: History, chain: VerifiedChain, proven: ProvenParameters) {
    this.#history = history;
    this.#chain = chain;
    this.#proven = proven;
  }

  /** @throws GOVERNANCE_UNTRACED */
  check(inputs: readonly Input[], { tick, genesis, state }: Machine): void {
    const refuse: Refuse = (problem) => {
      throw new FabricError("GOVERNANCE_UNTRACED", { tick, problem });
    };
    for (const input of inputs) {
      if (input.kind === "governance") this.#checkGovernance(input, refuse);
      else if (input.kind === "order") this.#checkOrder(input, state.transport.governance.block, refuse);
    }
    if (genesis.chainId !== this.#chain.chainId) refuse(`chain ${genesis.chainId} is not the proven one`);
    if (genesis.ledger !== this.#chain.ledger.address) refuse(`ledger ${genesis.ledger} is not the proven one`);
  }

  #checkGovernance(input: GovernanceInput, refuse: Refuse): void {
    const block = this.#chain.blocks[input.block - this.#chain.firstBlock.number];
    if (block === undefined) refuse(`block ${input.block} is not among the proven headers`);
    if (block.hash !== hexOf(input.hash))
      refuse(`block ${input.block} has the hash ${block.hash}, not ${hexOf(input.hash)}`);
    if (block.time !== input.time) refuse(`block ${input.block} is of time ${block.time}, not ${input.time}`);
    if (input.latest < input.block || input.latest > this.#chain.lastBlock.number)
      refuse(`block ${input.latest} cannot have been the newest`);
    const { version, parameters } = this.#proven.at(input.block);
    if (version !== input.version)
      refuse(`the parameters of block ${input.block} are version ${version}, not ${input.version}`);
    this.#values = input.values ?? this.#values;
    if (!isDeepStrictEqual(plain(this.#values), plain(parameters)))
      refuse(`the parameters in force are not those of block ${input.block}`);
  }

  #checkOrder(input: OrderInput, block: number, refuse: Refuse): void {
    const proven = this.#history.orders[input.index - 1];
    if (proven === undefined || proven.block > block) refuse(`order ${input.index} was not given by then`);
    const { index, kind, payload } = proven;
    if (!isDeepStrictEqual(orderInput({ index: Number(index), kind, payload }), input))
      refuse(`order ${input.index} is another one on the chain`);
  }
}

/** Without prototypes, so that bytes of one kind of array equal those of another. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "bigint") return String(part);
      return part instanceof Uint8Array ? hexOf(part) : part;
    }),
  );
}

/**
 * Each entry of the owners' log is what its transaction did: the batch with that digest, of that sentence, in that block.
 * @throws OWNER_LOG_DIFFERS
 */
export function traceOwnerLog({ ownerLog }: Primary, { batches, events }: History, chain: VerifiedChain): void {
  for (const [index, entry] of ownerLog.entries()) {
    const refuse: Refuse = (problem) => {
      throw new FabricError("OWNER_LOG_DIFFERS", { entry: index + 1, problem });
    };
    const transaction = chain.transactions.find(({ hash }) => hash === entry.transactionHash);
    if (transaction === undefined) refuse(`transaction ${entry.transactionHash} is not proven`);
    if (transaction.block !== entry.block) refuse(`its transaction is in block ${transaction.block}`);
    if (!transaction.succeeded) refuse("its transaction failed");
    if (entry.batch === null) {
      const guardian = events.some(
        ({ transaction: hash, name }) => hash === transaction.hash && name === "GuardianPaused",
      );
      const [call] = entry.calls;
      const same = call !== undefined && entry.calls.length === 1 && call.data === transaction.data;
      if (!guardian || !same) refuse("its call is not what the guardian's transaction did");
      continue;
    }
    const batch = batches.find((found) => found.transaction === transaction.hash);
    if (batch === undefined) refuse("its transaction executed no batch of the owners");
    if (batch.digest !== entry.batch.digest) refuse(`the batch executed has the digest ${batch.digest}`);
    const memo = `0x${createHash("sha256").update(entry.sentence).digest("hex")}`;
    if (batch.memo !== memo || entry.batch.memo !== memo) refuse("the owners signed another sentence");
  }
}
