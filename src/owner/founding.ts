import { hexlify, type Signer, ZeroAddress } from "ethers";
import type { Parameters } from "../fabric/parameters.ts";
import { contractAt, interfaceOf, keyKinds, nameBytes } from "../governance/index.ts";
import { guardianAcceptanceBy } from "./acceptance.ts";
import type { Call } from "./batch.ts";
import { batchGas, gasOf } from "./batchGas.ts";
import { type Deciders, decideByOwners, type OwnerLogEntry } from "./decide.ts";
import { eight } from "./entries/shards.ts";
import { registrationDomain, registrationTypes } from "./registration.ts";

/** What a fabric begins with, and who holds which office. */
export type FoundingPlan = {
  /** As they are to be read from the chain afterwards: nothing paused, nobody draining, nobody revoked. */
  readonly parameters: Parameters;
  /** Longest pause that a guardian may order, in seconds. */
  readonly guardianPauseSecondsMax: number;
  readonly anchorer: string;
  /** A sentence that the owners sign with the founding: what the fabric is for. */
  readonly purpose?: string;
  /** None when only the owners may admit nodes. */
  readonly marketplace?: string;
  /** They sign that they accept. */
  readonly guardians: readonly Signer[];
  /** Who answers for a node, and signs its registration. @param node its number, from 1 */
  operatorOf(node: number): Signer;
};

/** How long what operators and guardians signed is good, in seconds from the newest block. */
const signaturesLastSeconds = 14 * 86_400;

type Weighed = Call & { readonly gas: number };

/**
 * Has the owners order everything that a fabric begins with, in as few batches as the gas of a transaction allows.
 * @returns one entry per batch
 * @throws REVERTED and its kin; VALUE_INVALID for a name that a contract cannot keep
 */
export async function found(deciders: Omit<Deciders, "guardian">, plan: FoundingPlan): Promise<OwnerLogEntry[]> {
  const calls = [
    ...fabricCalls(deciders, plan),
    ...shardCalls(deciders, plan.parameters),
    ...(await nodeCalls(deciders, plan)),
    ...submitterCalls(deciders, plan.parameters),
    ...(await officeCalls(deciders, plan)),
  ];
  const batches: Call[][] = [];
  let left = 0;
  for (const { gas, to, data } of calls) {
    if (left < gas) {
      batches.push([]);
      left = batchGas;
    }
    batches[batches.length - 1].push({ to, data });
    left -= gas;
  }
  const entries: OwnerLogEntry[] = [];
  for (const [index, batch] of batches.entries()) {
    const sentence = foundingSentence(plan.parameters, index + 1, batches.length, plan.purpose);
    entries.push(await decideByOwners(deciders, { change: null, sentence, calls: batch, lane: "parameters" }));
  }
  return entries;
}

/**
 * What the owners read before they sign one of the founding's batches.
 * @param parameters what the fabric begins with
 * @param part number of the batch, from 1
 */
export function foundingSentence(parameters: Parameters, part: number, parts: number, purpose?: string): string {
  const { shards, nodes, submitters, skills } = parameters;
  const named = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name).join(", ");
  const all = `shards ${named(shards)}; nodes ${named(nodes)}; submitters ${named(submitters)}; skills ${skills.join(", ")}`;
  const founded = `Found the fabric${parts === 1 ? "" : `, part ${part} of ${parts}`}: ${all}.`;
  return purpose === undefined ? founded : `${founded} ${purpose}`;
}

function fabricCalls(
  { deployment }: Pick<Deciders, "deployment">,
  { parameters, guardianPauseSecondsMax }: FoundingPlan,
): Weighed[] {
  const shards = interfaceOf("ShardRegistry");
  const to = deployment.contracts.ShardRegistry.address;
  const { tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts } = parameters;
  const setters = [
    shards.encodeFunctionData("setTickLength", [0, tickMs]),
    shards.encodeFunctionData("setCheckpointInterval", [0, checkpointIntervalTicks]),
    shards.encodeFunctionData("setHeartbeatGrace", [0, heartbeatGrace]),
    shards.encodeFunctionData("setMaxAttempts", [0, maxAttempts]),
  ].map((data) => ({ to, data, gas: gasOf.setter }));
  // The contract begins with this limit, and refuses to be told what it knows.
  if (guardianPauseSecondsMax === firstGuardianPauseLimit) return setters;
  const limit = [firstGuardianPauseLimit, guardianPauseSecondsMax] as const;
  const data = interfaceOf("SystemPause").encodeFunctionData("setGuardianPauseLimit", [...limit]);
  return [...setters, { to: deployment.contracts.SystemPause.address, data, gas: gasOf.setter }];
}

const firstGuardianPauseLimit = 7 * 86_400;

function shardCalls({ deployment }: Pick<Deciders, "deployment">, { shards }: Parameters): Weighed[] {
  const registry = interfaceOf("ShardRegistry");
  const to = deployment.contracts.ShardRegistry.address;
  const registrations = shards.map(({ name, queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight }) => {
    const numbers = { queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight };
    // Routes follow when all shards are there.
    const shard = { ...numbers, status: shardActive, routes: eight([]) };
    return { to, data: registry.encodeFunctionData("register", [nameBytes(name), shard]), gas: gasOf.shard };
  });
  const routes = shards.flatMap(({ routes }, index) => {
    if (routes.length === 0) return [];
    const data = registry.encodeFunctionData("setRoutes", [index + 1, eight([]), eight(routes)]);
    return [{ to, data, gas: gasOf.setter }];
  });
  return [...registrations, ...routes];
}

const shardActive = 1;

async function nodeCalls(
  { deployment, relayer }: Pick<Deciders, "deployment" | "relayer">,
  plan: FoundingPlan,
): Promise<Weighed[]> {
  const registry = interfaceOf("NodeRegistry");
  const to = deployment.contracts.NodeRegistry.address;
  const { skills, nodes } = plan.parameters;
  const calls: Weighed[] = skills.map((skill) => {
    return { to, data: registry.encodeFunctionData("addSkill", [nameBytes(skill)]), gas: gasOf.skill };
  });
  const { time, hash } = await relayer.chain.latest();
  const reader = contractAt("NodeRegistry", to, relayer.chain.at(hash));
  const domain = registrationDomain(deployment.chainId, to);
  const nonces = new Map<string, bigint>();
  for (const [index, node] of nodes.entries()) {
    const signer = plan.operatorOf(index + 1);
    const operator = await signer.getAddress();
    const nonce = nonces.get(operator) ?? (await reader.nonces(operator));
    nonces.set(operator, nonce + 1n);
    const { shard, capacity, maxConcurrency, heartbeatSeconds } = node;
    const registration = {
      nodeId: nameBytes(node.name),
      operator,
      ...{ shard, capacity, maxConcurrency, heartbeatSeconds, skills: node.skills },
      keyKind: keyKinds.indexOf(node.keyKind) + 1,
      key: hexlify(node.key),
      nonce,
      deadline: time + signaturesLastSeconds,
    };
    const signature = await signer.signTypedData(domain, registrationTypes, registration);
    calls.push({ to, data: registry.encodeFunctionData("admit", [registration, signature]), gas: gasOf.node });
  }
  return calls;
}

function submitterCalls({ deployment }: Pick<Deciders, "deployment">, { submitters }: Parameters): Weighed[] {
  const to = deployment.contracts.SubmitterRegistry.address;
  return submitters.map(({ name, shards, jobsPerTick, expiry, keyKind, key }) => {
    const limits = { shards, jobsPerTick, expiry, revoked: false };
    const submitter = {
      submitterId: nameBytes(name),
      keyKind: keyKinds.indexOf(keyKind) + 1,
      key: hexlify(key),
      ...limits,
    };
    const data = interfaceOf("SubmitterRegistry").encodeFunctionData("admit", [submitter]);
    return { to, data, gas: gasOf.submitter };
  });
}

async function officeCalls(
  { deployment, relayer }: Pick<Deciders, "deployment" | "relayer">,
  plan: FoundingPlan,
): Promise<Weighed[]> {
  const { CheckpointLedger, NodeRegistry, SystemPause } = deployment.contracts;
  const setAnchorer = interfaceOf("CheckpointLedger").encodeFunctionData("setAnchorer", [ZeroAddress, plan.anchorer]);
  const calls: Weighed[] = [{ to: CheckpointLedger.address, data: setAnchorer, gas: gasOf.setter }];
  if (plan.marketplace !== undefined) {
    const data = interfaceOf("NodeRegistry").encodeFunctionData("setMarketplace", [ZeroAddress, plan.marketplace]);
    calls.push({ to: NodeRegistry.address, data, gas: gasOf.setter });
  }
  const to = SystemPause.address;
  for (const signer of plan.guardians) {
    const acceptance = await guardianAcceptanceBy(signer, relayer.chain, deployment, signaturesLastSeconds);
    const { guardian, deadline, signature } = acceptance;
    const data = interfaceOf("SystemPause").encodeFunctionData("appointGuardian", [guardian, deadline, signature]);
    calls.push({ to, data, gas: gasOf.guardian });
  }
  return calls;
}
