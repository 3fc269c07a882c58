import { z } from "zod";
import type { Parameters } from "../../fabric/parameters.ts";
import {
  type Chain,
  contractNames,
  type Deployment,
  interfaceOf,
  malformed,
  readLogs,
} from "../../governance/index.ts";
import type { Call } from "../batch.ts";
import { catalogue } from "../catalogue.ts";
import type { Change } from "../changes.ts";
import { counted, type Severity, severities } from "../entry.ts";
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

/** More waiting jobs than this, and a pause is worth a second thought. */
export const largeBacklog = 1000;

/** Why a pause asks for care while so many jobs wait; none where they are few. */
export function backlogReasons(jobs: number): string[] {
  return jobs > largeBacklog ? [`It pauses while ${counted(jobs)} jobs wait.`] : [];
}

/** What to know of a fabric that is retired; nothing of any other. */
export function retiredReasons({ retired }: Pick<Parameters, "retired">): string[] {
  return retired ? [retiredReason] : [];
}

const retiredReason = "The fabric is retired for good: it takes no jobs any more, whatever is changed.";

/** What this program ever gives as a reason for care. Who writes another one into a plan wants to be believed. */
const reasonForms = [
  /^It changes who decides for the owners, or how\.$/,
  /^\d+ calls take effect together, or none of them\.$/,
  /^It pauses while \d{1,3}(,\d{3})* jobs wait\.$/,
  /^The fabric is retired for good: it takes no jobs any more, whatever is changed\.$/,
  /^These owners have not called \w+\.\w+ before\.$/,
  /^In their latest \d+ decisions these owners have not called \w+\.\w+\.$/,
  /^The chain does not tell which functions these owners have called before\.$/,
];

export function isReason(text: string): boolean {
  return reasonForms.some((form) => form.test(text));
}

/** Whether a reason is the backlog's. */
export function isBacklogReason(text: string): boolean {
  return /^It pauses while /.test(text);
}

/** How many of the latest decisions are looked at for a function that was called before: each takes a request. */
const decisionsMax = 200;
/** How many of these requests are under way at once. */
const atOnce = 10;

/**
 * Names the functions that these owners have never called, or not in their latest decisions where there are many.
 * @param most how many of the latest are looked at
 * @throws CHAIN_REFUSED when the node keeps no such history
 */
export async function firstUses(
  chain: Chain,
  deployment: Deployment,
  calls: readonly Call[],
  most: number = decisionsMax,
): Promise<string[]> {
  const wanted = new Set(calls.map(functionOf));
  const { OwnerMultisig } = deployment.contracts;
  const filter = {
    address: OwnerMultisig.address,
    topics: [interfaceOf("OwnerMultisig").getEvent("Executed").topicHash],
  };
  const { number } = await chain.latest();
  const logs = logsForm.parse(await readLogs(chain, filter, deployment.blocks.first, number));
  const hashes = [...new Set(logs.map(({ transactionHash }) => transactionHash))].reverse();
  const newest = hashes.slice(0, most);
  for (let done = 0; done < newest.length && wanted.size > 0; done += atOnce) {
    const asked = newest.slice(done, done + atOnce).map((hash) => chain.rpc("eth_getTransactionByHash", [hash]));
    for (const answer of await Promise.all(asked)) {
      if (answer === null) throw malformed("eth_getTransactionByHash", "it lacks one whose logs it has");
      const { to, input } = transactionForm.parse(answer);
      if (to !== OwnerMultisig.address.toLowerCase()) continue;
      for (const call of callsMade(input)) wanted.delete(functionOf(call));
    }
  }
  const names = [...wanted].map((key) => functionName(deployment, key));
  return newest.length === hashes.length
    ? names.map((name) => `These owners have not called ${name} before.`)
    : names.map((name) => `In their latest ${most} decisions these owners have not called ${name}.`);
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
