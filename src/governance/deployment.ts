import { setTimeout as sleep } from "node:timers/promises";
import { getAddress, getCreateAddress, keccak256, toQuantity, ZeroAddress, ZeroHash } from "ethers";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import { malformed } from "./answers.ts";
import { Chain } from "./chain.ts";
import { artifactOf, type ContractName, contractAt, contractNames, interfaceOf, isCodeOf } from "./contracts.ts";
import type { Mined, Sender } from "./sender.ts";

/** One who may sign for the owners. */
export type OwnerMember = { readonly address: string; readonly weight: number };

/** The numbers that the kinds of members have: an account with a key, a contract that signs, a P-256 key. */
export const memberKinds = { account: 1, contract: 2, key: 3 } as const;

/** How long a call of one function of one contract waits, in seconds, before it takes effect. */
export type DelayRule = { readonly target: string; readonly selector: string; readonly delay: number };

/** Who holds the powers over a fabric, and how long their decisions wait: see `IOwnerMultisig`. */
export type Constitution = {
  /** `key` in hex: the 20 bytes of an address; of a P-256 key its verifier's address, then x and y, 84 bytes. */
  readonly members: readonly { readonly kind: number; readonly weight: number; readonly key: string }[];
  readonly threshold: number;
  /** Seconds that a call waits which no rule names. */
  readonly defaultDelay: number;
  readonly rules: readonly DelayRule[];
};

export type Founders = {
  readonly constitution: Constitution;
  /** ERC-7913 verifiers whose keys may ever be members; none if left out. */
  readonly verifiers?: readonly string[];
  /** Ledger that this one goes on from, and its last head. */
  readonly previous?: { readonly ledger: string; readonly head: string };
};

export type DeployedContract = {
  /** With EIP-55 checksum. */
  readonly address: string;
  /** keccak-256 of the code there. */
  readonly codeHash: string;
};

/** Where a fabric's contracts are; all that a program needs to find them and to know them again. */
export type Deployment = {
  readonly format: "planetary-fabric/deployment/v1";
  readonly chainId: number;
  /** Hash of the chain's block 0. */
  readonly genesisHash: string;
  /** Blocks of the first and the last of the deployment's transactions. */
  readonly blocks: { readonly first: number; readonly last: number };
  readonly contracts: Readonly<Record<ContractName, DeployedContract>>;
};

/** The constitution in which accounts with keys of their own decide by weight, without delays. */
export function constitutionOf(members: readonly OwnerMember[], threshold: number): Constitution {
  const sorted = members.map(({ address, weight }) => ({
    kind: memberKinds.account,
    weight,
    key: getAddress(address).toLowerCase(),
  }));
  sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { members: sorted, threshold, defaultDelay: 0, rules: [] };
}

/**
 * What the constructor of each contract takes, the one place where it is written. `SystemPause` is told to the others
 * before it is there; its constructor checks that it was told right.
 * @param at the address of a contract, or what stands for it until it is deployed
 */
export function constructorArguments<Address, Founding>(
  name: ContractName,
  at: (name: ContractName) => Address,
  founders: {
    readonly constitution: Founding;
    readonly verifiers: Founding;
    readonly previousLedger: Address;
    readonly previousHead: Address;
  },
): (Address | Founding)[] {
  const owner = () => at("OwnerMultisig");
  switch (name) {
    case "OwnerMultisig":
      return [founders.constitution, founders.verifiers];
    case "ShardRegistry":
      return [owner(), at("SystemPause")];
    case "NodeRegistry":
      return [owner(), at("ShardRegistry"), at("SystemPause")];
    case "SubmitterRegistry":
      return [owner(), at("ShardRegistry")];
    case "CheckpointLedger":
      return [owner(), at("SystemPause"), founders.previousLedger, founders.previousHead];
    case "SystemPause":
      return [owner(), at("NodeRegistry"), at("CheckpointLedger")];
  }
}

/** The addresses that the next transactions of an account will create, given its next nonce. */
export function predictAddresses(from: string, nonce: number): Record<ContractName, string> {
  const at = contractNames.map((name, index) => [name, getCreateAddress({ from, nonce: nonce + index })] as const);
  return Object.fromEntries(at) as Record<ContractName, string>;
}

/** Where a deployment begins: the account's next six transactions make the contracts, and nothing else. */
export type Beginning = {
  readonly from: string;
  /** Of the first of them. */
  readonly nonce: number;
  /** The newest block before them. */
  readonly block: number;
};

/** What an account would begin with now. */
export async function beginningOf(sender: Sender): Promise<Beginning> {
  const [nonce, { number }] = await Promise.all([sender.nextNonce(), sender.chain.latest()]);
  return { from: sender.address, nonce, block: number };
}

export type DeployOptions = {
  /** Goes on with a deployment that was interrupted. */
  readonly beginning?: Beginning;
  /** Told of each contract that is there, with its transaction where it was sent now. */
  readonly onDeployed?: (name: ContractName, address: string, mined: Mined | null) => void;
};

/**
 * Deploys the contracts of a fabric; the owners' multisig owns them from the first moment. Nothing is set yet: see
 * `found` in `owner/`. Interrupted, it is gone on with from the same beginning, and nothing is deployed twice.
 * @throws DEPLOYMENT_DISTURBED when the account sent something else meanwhile; DEPLOYMENT_PENDING when what it sent before
 * is in no block yet; DEPLOYMENT_OWNED_OTHERWISE when anything belongs to anyone else in the end; errors of `Sender.send`
 */
export async function deployFabric(
  sender: Sender,
  founders: Founders,
  { beginning, onDeployed }: DeployOptions = {},
): Promise<Deployment> {
  const { chain } = sender;
  const { from, nonce, block } = beginning ?? (await beginningOf(sender));
  const predicted = predictAddresses(from, nonce);
  const { ledger, head } = founders.previous ?? { ledger: ZeroAddress, head: ZeroHash };
  const { constitution, verifiers = [] } = founders;
  const founding = { constitution, verifiers, previousLedger: ledger, previousHead: head };
  for (const [index, name] of contractNames.entries()) {
    const address = predicted[name];
    const next = await sender.nextNonce();
    if (next < nonce + index) throw disturbed(sender, name, address);
    if (next > nonce + index) {
      await untilThere(sender, name, address, nonce + index);
      onDeployed?.(name, address, null);
      continue;
    }
    const args = constructorArguments<string, Constitution | readonly string[]>(
      name,
      (other) => predicted[other],
      founding,
    );
    const data = artifactOf(name).bytecode + interfaceOf(name).encodeDeploy(args).slice(2);
    const mined = await sender.send({ action: `The deployment of ${name}`, to: null, data });
    if (mined.created === null || getAddress(mined.created) !== address) throw disturbed(sender, name, address);
    onDeployed?.(name, address, mined);
  }
  return deploymentAt(chain, predicted, await blocksOf(chain, Object.values(predicted), block + 1));
}

/** How long a transaction that was sent before may still take to get into a block, in seconds. */
const patienceSeconds = 120;

/** @throws DEPLOYMENT_DISTURBED, DEPLOYMENT_PENDING */
async function untilThere(sender: Sender, name: ContractName, address: string, nonce: number): Promise<void> {
  const { chain } = sender;
  for (let waited = 0; ; waited++) {
    const mined = Number(await chain.rpc("eth_getTransactionCount", [sender.address, "latest"]));
    const code = String(await chain.rpc("eth_getCode", [address, "latest"]));
    if (isCodeOf(name, code)) return;
    if (mined > nonce) throw disturbed(sender, name, address);
    if (waited >= patienceSeconds)
      throw new FabricError("DEPLOYMENT_PENDING", { contract: name, payer: sender.address, seconds: patienceSeconds });
    await sleep(1000);
  }
}

function disturbed(sender: Sender, contract: ContractName, address: string): FabricError {
  return new FabricError("DEPLOYMENT_DISTURBED", { payer: sender.address, contract, address });
}

/** The first and the last block that contracts reported something in. @param from that block, or one before */
async function blocksOf(chain: Chain, addresses: readonly string[], from: number): Promise<Deployment["blocks"]> {
  // Each of them reports its owner, or its owners, from its constructor.
  const logs = logsForm.parse(await chain.rpc("eth_getLogs", [{ address: addresses, fromBlock: toQuantity(from) }]));
  if (logs.length === 0) throw malformed("eth_getLogs", "it lacks those of contracts that it has");
  const blocks = logs.map(({ blockNumber }) => Number(blockNumber));
  return { first: Math.min(...blocks), last: Math.max(...blocks) };
}

const logsForm = z.array(z.object({ blockNumber: z.string() }));

/**
 * Describes contracts that were deployed, by whatever tool.
 * @param blocks those of the first and the last of the deployment's transactions
 * @throws DEPLOYMENT_OWNED_OTHERWISE
 */
export async function deploymentAt(
  chain: Chain,
  addresses: Readonly<Record<ContractName, string>>,
  blocks: Deployment["blocks"],
): Promise<Deployment> {
  const described = contractNames.map(async (name) => {
    const address = addresses[name];
    return [name, { address, codeHash: await codeHashAt(chain, address) }] as const;
  });
  const contracts = Object.fromEntries(await Promise.all(described)) as Deployment["contracts"];
  const { chainId, genesisHash } = chain;
  const deployment: Deployment = { format: "planetary-fabric/deployment/v1", chainId, genesisHash, blocks, contracts };
  await checkOwnership(chain, deployment);
  return deployment;
}

/** The contracts that have an owner. */
export const governedNames = contractNames.filter((name) => name !== "OwnerMultisig");

/**
 * Looks whether every governed contract belongs to the owners' multisig, and is offered to nobody.
 * @throws DEPLOYMENT_OWNED_OTHERWISE
 */
export async function checkOwnership(chain: Chain, deployment: Deployment): Promise<void> {
  const expected = deployment.contracts.OwnerMultisig.address;
  const { hash } = await chain.latest();
  for (const contract of governedNames) {
    const governed = contractAt(contract, deployment.contracts[contract].address, chain.at(hash));
    const [owner, pending] = await Promise.all([governed.owner(), governed.pendingOwner()]);
    if (owner !== expected) throw new FabricError("DEPLOYMENT_OWNED_OTHERWISE", { contract, found: owner, expected });
    if (pending !== ZeroAddress)
      throw new FabricError("DEPLOYMENT_OWNED_OTHERWISE", { contract, found: `soon ${pending}`, expected });
  }
}

/**
 * Connects to the chain of a deployment and looks whether the contracts are there. A practice chain that was started anew
 * has the same id and the same first block, but no contracts.
 * @throws CHAIN_UNREACHABLE, CHAIN_ID_WRONG, GENESIS_WRONG, CONTRACT_DIFFERS
 */
export async function openDeployment(url: string, deployment: Deployment): Promise<Chain> {
  const chain = await Chain.open(url, deployment);
  await checkCode(chain, deployment);
  return chain;
}

/**
 * Looks whether the code on the chain is the code that was deployed.
 * @throws CONTRACT_DIFFERS
 */
export async function checkCode(chain: Chain, deployment: Deployment): Promise<void> {
  for (const contract of contractNames) {
    const { address, codeHash: expected } = deployment.contracts[contract];
    const found = await codeHashAt(chain, address);
    if (found === expected) continue;
    const what = found === keccak256("0x") ? "nothing" : `other code (${found})`;
    throw new FabricError("CONTRACT_DIFFERS", { contract, address, expected, found: what });
  }
}

async function codeHashAt(chain: Chain, address: string): Promise<string> {
  return keccak256(String(await chain.rpc("eth_getCode", [address, "latest"])));
}
