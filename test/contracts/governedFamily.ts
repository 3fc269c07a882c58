import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { encodeBytes32String, getCreateAddress, keccak256, Result, type Wallet, ZeroAddress, ZeroHash } from "ethers";
import type { INodeRegistry, IShardRegistry, NodeRegistry, SystemPause } from "../../types/index.ts";

/**
 * Deploys the five governed contracts in the order in which a deployer must: whose only foresight is the address of
 * `SystemPause`, and who owns none of them. The first signer deploys, the second is the owner.
 */
export async function deployFamily(ethers: HardhatEthers) {
  const [deployer, owner, anchorer, marketplace, operator, stranger, ...guardians] = await ethers.getSigners();
  if (!deployer || !owner || !anchorer || !marketplace || !operator || !stranger) throw new Error("too few signers");
  const nonce = await deployer.getNonce();
  const pauseAddress = getCreateAddress({ from: deployer.address, nonce: nonce + 4 });

  const shards = (await ethers.deployContract("ShardRegistry", [owner.address, pauseAddress])).connect(owner);
  const nodes = (
    await ethers.deployContract("NodeRegistry", [owner.address, await shards.getAddress(), pauseAddress])
  ).connect(owner);
  const submitters = (
    await ethers.deployContract("SubmitterRegistry", [owner.address, await shards.getAddress()])
  ).connect(owner);
  const ledger = (
    await ethers.deployContract("CheckpointLedger", [owner.address, pauseAddress, ZeroAddress, ZeroHash])
  ).connect(owner);
  const pause = (
    await ethers.deployContract("SystemPause", [owner.address, await nodes.getAddress(), await ledger.getAddress()])
  ).connect(owner);

  return {
    ...{ shards, nodes, submitters, ledger, pause },
    ...{ deployer, owner, anchorer, marketplace, operator, stranger, guardians },
  };
}

/** A name as the contracts take it: ASCII, padded with zero bytes on the right. */
export const nameOf = (text: string): string => encodeBytes32String(text);

export type Routes = IShardRegistry.ShardStruct["routes"];

/** Eight routes, of which the first are given. */
export function routesTo(...shards: number[]): Routes {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = shards;
  return [a, b, c, d, e, f, g, h];
}

/** The dossier's earth shard, active and without routes, but for what is given. */
export function shardWith(fields: Partial<IShardRegistry.ShardStruct> = {}): IShardRegistry.ShardStruct {
  return {
    queueBudget: 6000,
    latencyBudgetMs: 120,
    spillThreshold: 400,
    spillBatch: 64,
    weight: 100,
    status: 1,
    routes: routesTo(),
    ...fields,
  };
}

/** A 32-byte public key that nobody else has; `tag` tells keys apart. */
export const ed25519Key = (tag: string): string => keccak256(Buffer.from(tag));

/** A 33-byte compressed key. */
export const compressedKey = (tag: string, prefix: "02" | "03" = "02"): string =>
  `0x${prefix}${ed25519Key(tag).slice(2)}`;

type Registration = INodeRegistry.RegistrationStruct;

/** The dossier's `earth.edge-europa` in shard 1, with the operator's next nonce, but for what is given. */
export async function registrationWith(
  nodes: NodeRegistry,
  operator: { getAddress(): Promise<string> },
  fields: Partial<Registration> = {},
): Promise<Registration> {
  const address = await operator.getAddress();
  return {
    nodeId: nameOf("earth.edge-europa"),
    operator: address,
    shard: 1,
    capacity: 16,
    maxConcurrency: 12,
    heartbeatSeconds: 18,
    skills: 0,
    keyKind: 1,
    key: ed25519Key("earth.edge-europa"),
    nonce: await nodes.nonces(address),
    deadline: 2_000_000_000,
    ...fields,
  };
}

const registrationTypes = {
  Registration: [
    { name: "nodeId", type: "bytes32" },
    { name: "operator", type: "address" },
    { name: "shard", type: "uint16" },
    { name: "capacity", type: "uint32" },
    { name: "maxConcurrency", type: "uint32" },
    { name: "heartbeatSeconds", type: "uint16" },
    { name: "skills", type: "uint64" },
    { name: "keyKind", type: "uint8" },
    { name: "key", type: "bytes" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint48" },
  ],
};

/** The operator's signature, made from what the interface documents. */
export async function signRegistration(
  nodes: NodeRegistry,
  signer: HardhatEthersSigner | Wallet,
  registration: Registration,
): Promise<string> {
  const verifyingContract = await nodes.getAddress();
  const domain = { name: "Planetary Fabric Nodes", version: "1", chainId: 31337, verifyingContract };
  return signer.signTypedData(domain, registrationTypes, registration);
}

/** A guardian's acceptance, made from what the interface documents. */
export async function signAcceptance(
  pause: SystemPause,
  signer: HardhatEthersSigner | Wallet,
  guardian: string,
  deadline = 2_000_000_000,
  verifyingContract?: string,
): Promise<string> {
  const domain = { name: "Planetary Fabric Guardians", version: "1", chainId: 31337 };
  const types = {
    GuardianAcceptance: [
      { name: "guardian", type: "address" },
      { name: "nonce", type: "uint256" },
      { name: "deadline", type: "uint48" },
    ],
  };
  const contract = verifyingContract ?? (await pause.getAddress());
  return signer.signTypedData({ ...domain, verifyingContract: contract }, types, {
    guardian,
    nonce: await pause.nonces(guardian),
    deadline,
  });
}

/** The fields of a struct as the contracts take it, each as the contracts give it: numbers are bigints. */
export function asGiven(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, given(value)]));
}

const given = (value: unknown): unknown =>
  typeof value === "number" ? BigInt(value) : Array.isArray(value) ? value.map(given) : value;

/** The named fields of a struct that a contract gave. */
export function asFields(struct: unknown): Record<string, unknown> {
  if (!(struct instanceof Result)) throw new TypeError("not a struct that a contract gave");
  return Object.fromEntries(
    Object.entries(struct.toObject()).map(([field, value]) => [field, value instanceof Result ? [...value] : value]),
  );
}

/** The unsigned number in `bytes` bytes of a storage word, `offset` bytes from its low end, as Solidity packs them. */
export function fieldOf(word: string, offset: number, bytes: number): bigint {
  return (BigInt(word) >> BigInt(8 * offset)) & ((1n << BigInt(8 * bytes)) - 1n);
}
