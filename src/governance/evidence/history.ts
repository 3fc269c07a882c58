import { z } from "zod";
import { FabricError } from "../../errors.ts";
import { artifactOf, type ContractName, contractNames } from "../contracts.ts";
import { fold, noOrders, type Order } from "../orders.ts";
import { assertComplete } from "./complete.ts";
import { type DecodedEvent, readEvent } from "./event.ts";
import type { VerifiedChain } from "./verify.ts";

/** Where a fabric's contracts are; addresses in any case. */
export type Addresses = Readonly<Record<ContractName, string>>;

type Place = { readonly block: number; readonly time: number; readonly transaction: string };

/** A batch that the owners had their multisig execute; `digest` and `memo` are 32 bytes in lower-case hex. */
export type Batch = Place & {
  readonly digest: string;
  readonly nonce: bigint;
  /** Bit i - 1 is set for the member with index i. */
  readonly signers: number;
  readonly memo: string;
};

/** An event of one of the contracts. `batch`: the batch last executed before it in its transaction; null if none was. */
export type GovernanceEvent = DecodedEvent & Place & { readonly contract: ContractName; readonly batch: Batch | null };

/** A change of parameters; `version` is the one that it made of its contract's parameters. */
export type Change = GovernanceEvent & { readonly version: bigint };

/** An order of the owners; `payload` in lower-case hex. */
export type GivenOrder = Order & Place & { readonly rollingHash: string; readonly batch: Batch | null };

/** Everything that the contracts ever logged, in the chain's order. */
export type History = {
  readonly events: readonly GovernanceEvent[];
  readonly batches: readonly Batch[];
  readonly changes: readonly Change[];
  readonly orders: readonly GivenOrder[];
};

/**
 * The whole history of a fabric's contracts, so that each parameter in force can be traced to the transaction that set
 * it. Shown are: the contracts are the ones compiled here, from their creation on; no log of theirs is missing
 * (`assertComplete`); and each registry's versions go up by one, from 1 to the last, each with exactly one event, as do
 * the orders, whose rolling hash is computed anew. The last two follow from the first two, and hold the contracts to
 * what they promise.
 *
 * @throws EVIDENCE_INCOMPLETE, EVIDENCE_FOREIGN_CODE, EVIDENCE_HISTORY
 */
export function readHistory(chain: VerifiedChain, addresses: Addresses): History {
  const names = new Map(contractNames.map((name) => [addresses[name].toLowerCase(), name]));
  assertComplete(chain, [...names.keys()]);
  for (const { creates, data, hash } of chain.transactions) {
    const contract = names.get(creates ?? "");
    if (contract !== undefined && !data.startsWith(artifactOf(contract).bytecode.toLowerCase()))
      throw new FabricError("EVIDENCE_FOREIGN_CODE", { contract, transaction: hash });
  }
  const events = readEvents(chain, names);
  const batches = [...new Set(events.map(({ batch }) => batch))].filter((batch) => batch !== null);
  return { events, batches, changes: readChanges(events), orders: readOrders(events) };
}

function readEvents(chain: VerifiedChain, names: ReadonlyMap<string, ContractName>): GovernanceEvent[] {
  const events: GovernanceEvent[] = [];
  for (const { hash: transaction, block, time, logs } of chain.transactions) {
    let batch: Batch | null = null;
    for (const log of logs) {
      const contract = names.get(log.address);
      const refuse = (problem: string): never => {
        throw new FabricError("EVIDENCE_HISTORY", { contract: contract ?? log.address, problem });
      };
      const event = contract === undefined ? null : readEvent(contract, log, refuse);
      if (contract === undefined || event === null) continue;
      if (contract === "OwnerMultisig" && event.name === "Executed")
        batch = { ...executed.parse(event.values), transaction, block, time };
      events.push({ ...event, contract, transaction, block, time, batch });
    }
  }
  return events;
}

const executed = z.object({
  digest: z.string(),
  nonce: z.bigint(),
  signers: z.bigint().transform(Number),
  memo: z.string(),
});
const versioned = z.object({ version: z.bigint() });
const ordered = z.object({
  index: z.bigint().transform(Number),
  kind: z.bigint().transform(Number),
  payload: z.string(),
  rollingHash: z.string(),
});

function readChanges(events: readonly GovernanceEvent[]): Change[] {
  const changes: Change[] = [];
  const versions = new Map<ContractName, bigint>();
  for (const event of events) {
    const { contract, transaction, values } = event;
    const { version } = versioned.safeParse(values).data ?? {};
    if (version === undefined) continue;
    const before = versions.get(contract) ?? 0n;
    if (version !== before + 1n) {
      const problem = `transaction ${transaction} makes version ${version} of version ${before}`;
      throw new FabricError("EVIDENCE_HISTORY", { contract, problem });
    }
    versions.set(contract, version);
    changes.push({ ...event, version });
  }
  return changes;
}

function readOrders(events: readonly GovernanceEvent[]): GivenOrder[] {
  const orders: GivenOrder[] = [];
  let mark = noOrders;
  for (const { contract, name, values, transaction, block, time, batch } of events) {
    if (contract !== "ShardRegistry" || name !== "Ordered") continue;
    const order = { ...ordered.parse(values), transaction, block, time, batch };
    const refuse = (problem: string): never => {
      throw new FabricError("EVIDENCE_HISTORY", { contract, problem: `transaction ${transaction} gives ${problem}` });
    };
    if (order.index !== mark.index + 1) refuse(`order ${order.index} after ${mark.index} orders`);
    mark = fold(mark, [order]);
    if (order.rollingHash !== mark.hash)
      refuse(`order ${order.index} with the rolling hash ${order.rollingHash}, and ${mark.hash} is computed`);
    orders.push(order);
  }
  return orders;
}
