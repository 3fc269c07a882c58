import { z } from "zod";
import { type Chain, contractNames, type Deployment, interfaceOf } from "../../governance/index.ts";
import type { Call } from "../batch.ts";
import { catalogue } from "../catalogue.ts";
import type { Change } from "../changes.ts";
import { type Severity, severities } from "../entry.ts";
import { callsMade } from "../executed.ts";

/** The most severe of several changes. */
export function levelOf(changes: readonly Change[]): Severity {
  return severities[Math.max(0, ...changes.map(({ kind }) => severities.indexOf(catalogue[kind].severity)))];
}

/** Why calls ask for care, as far as they tell by themselves. */
export function reasonsIn(calls: readonly Call[], deployment: Pick<Deployment, "contracts">): string[] {
  const constitution = calls.some(({ to }) => to === deployment.contracts.OwnerMultisig.address);
  return [
    ...(constitution ? ["It changes who decides for the owners, or how."] : []),
    ...(calls.length > 1 ? [`${calls.length} calls take effect together, or none of them.`] : []),
  ];
}

/** How many of the latest decisions are looked at for a function that was called before. */
const decisionsMax = 200;

/**
 * Names the functions that these owners have never called, as far as the chain tells.
 * @throws CHAIN_REFUSED when the node keeps no such history
 */
export async function firstUses(chain: Chain, deployment: Deployment, calls: readonly Call[]): Promise<string[]> {
  const wanted = new Set(calls.map(functionOf));
  const { OwnerMultisig } = deployment.contracts;
  const topic = interfaceOf("OwnerMultisig").getEvent("Executed").topicHash;
  const filter = {
    ...{ address: OwnerMultisig.address, topics: [topic] },
    fromBlock: `0x${deployment.blocks.first.toString(16)}`,
  };
  const logs = logsForm.parse(await chain.rpc("eth_getLogs", [filter]));
  const hashes = [...new Set(logs.map(({ transactionHash }) => transactionHash))].slice(-decisionsMax).reverse();
  for (const hash of hashes) {
    if (wanted.size === 0) break;
    const { to, input } = transactionForm.parse(await chain.rpc("eth_getTransactionByHash", [hash]));
    if (to !== OwnerMultisig.address.toLowerCase()) continue;
    for (const call of callsMade(input)) wanted.delete(functionOf(call));
  }
  return [...wanted].map((key) => `These owners have not called ${functionName(deployment, key)} before.`);
}

function functionOf({ to, data }: Call): string {
  return `${to} ${data.slice(0, 10)}`;
}

function functionName({ contracts }: Deployment, key: string): string {
  const [to, selector] = key.split(" ");
  const contract = contractNames.find((name) => contracts[name].address === to);
  const called = contract && interfaceOf(contract).getFunction(selector as never)?.name;
  return contract === undefined || called === undefined ? key : `${contract}.${called}`;
}

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const logsForm = z.array(z.object({ transactionHash: hash }));
const transactionForm = z.object({ to: z.string().toLowerCase().nullable(), input: z.string() });
