import { z } from "zod";
import type { Chain } from "./chain.ts";
import { type ContractName, contractNames, interfaceOf } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { readLogs } from "./logs.ts";

/** A batch that was executed; `digest` and `memo` are 32 bytes in lower-case hex. */
export type EventBatch = {
  readonly digest: string;
  readonly nonce: bigint;
  /** Bit i - 1 is set for the member with index i. */
  readonly signers: number;
  readonly memo: string;
};

/** An event of one of the fabric's contracts. `values` by the names of the event's parameters, as ethers decodes them. */
export type ChainEvent = {
  readonly contract: ContractName;
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly block: number;
  /** Hash of its transaction. */
  readonly transaction: string;
  /** The batch last executed before it in its transaction; null if none was. */
  readonly batch: EventBatch | null;
};

/** What anchorers do is no decision, and there is a lot of it. */
const ofAnchorers: ReadonlySet<string> = new Set(["Anchored", "Claimed"]);

/**
 * What ever happened to a fabric's contracts up to a block, in the chain's order, but for what anchorers do. It is as the
 * node tells it; `readHistory` of `evidence/` proves it.
 * @throws CHAIN_UNREACHABLE, CHAIN_REFUSED
 */
export async function readEvents(chain: Chain, deployment: Deployment, toBlock: number): Promise<ChainEvent[]> {
  const { contracts, blocks } = deployment;
  const names = new Map(contractNames.map((name) => [contracts[name].address.toLowerCase(), name]));
  const filter = { address: [...names.keys()], topics: [wantedTopics()] };
  const logs = await readLogs(chain, filter, blocks.first, toBlock);
  const events: ChainEvent[] = [];
  let batch: EventBatch | null = null;
  for (const log of logsForm.parse(logs)) {
    const contract = names.get(log.address.toLowerCase());
    const event = contract === undefined ? null : interfaceOf(contract).parseLog(log);
    if (contract === undefined || event === null) continue;
    const values = event.args.toObject();
    if (events.at(-1)?.transaction !== log.transactionHash) batch = null;
    if (contract === "OwnerMultisig" && event.name === "Executed") batch = batchForm.parse(values);
    events.push({
      ...{ contract, name: event.name, values, batch },
      ...{ block: log.blockNumber, transaction: log.transactionHash },
    });
  }
  return events;
}

function wantedTopics(): string[] {
  const topics = new Set<string>();
  for (const name of contractNames)
    interfaceOf(name).forEachEvent((event) => {
      if (!ofAnchorers.has(event.name)) topics.add(event.topicHash);
    });
  return [...topics];
}

const logsForm = z.array(
  z.object({
    address: z.string(),
    topics: z.array(z.string()),
    data: z.string(),
    blockNumber: z.string().transform(Number),
    transactionHash: z.string(),
  }),
);
const batchForm = z.object({
  digest: z.string(),
  nonce: z.bigint(),
  signers: z.bigint().transform(Number),
  memo: z.string(),
});
