import { dataSlice, getAddress, hexlify, type TypedDataDomain } from "ethers";
import { FabricError } from "../errors.ts";
import { type Chain, type Constitution, contractAt, type Deployment, memberKinds } from "../governance/index.ts";

/** The queues in which the owners' decisions wait for each other: each in order, independent of the others. */
export const lanes = { parameters: 0, membership: 1, emergency: 2 } as const;
export type Lane = keyof typeof lanes;

/** What a batch that was announced left on the chain. */
export type Waiting = {
  /** The first 25 bytes of the batch's digest, hex. */
  readonly digest: string;
  /** Unix seconds of block time. */
  readonly since: number;
};

/** One who may sign. */
export type Member = {
  /** An account with a key of its own, a contract that is asked, or a P-256 key that a verifier is asked about. */
  readonly kind: keyof typeof memberKinds;
  /** The account or contract; of a key its verifier. With its checksum. */
  readonly address: string;
  /** As the constitution has it: that address, and behind a verifier's x and y. Hex, lower case. */
  readonly key: string;
  readonly weight: number;
};

/** The multisig as it stands: who may sign, what each lane takes next, and what waits there. */
export type Office = {
  readonly chainId: number;
  /** Address of the multisig. */
  readonly multisig: string;
  readonly epoch: bigint;
  /** The nonce that each lane takes next. */
  readonly nonces: Readonly<Record<Lane, bigint>>;
  readonly waiting: Readonly<Record<Lane, Waiting | null>>;
  /** As the chain has it. */
  readonly constitution: Constitution;
  /** Member 1 is the first. */
  readonly members: readonly Member[];
  readonly threshold: number;
};

/** Reads the multisig at the newest block. */
export async function readOffice(chain: Chain, deployment: Deployment): Promise<Office> {
  return readOfficeAt(chain, deployment, (await chain.latest()).hash);
}

/** Reads the multisig at the block of that hash. */
export async function readOfficeAt(chain: Chain, deployment: Deployment, blockHash: string): Promise<Office> {
  const multisig = deployment.contracts.OwnerMultisig.address;
  const contract = contractAt("OwnerMultisig", multisig, chain.at(blockHash));
  const [{ epoch, nonces, constitution }, waiting] = await Promise.all([contract.snapshot(), contract.waiting()]);
  const [parameters, membership, emergency] = nonces;
  const [first, second, third] = waiting.map(({ digest, since }) =>
    since === 0n ? null : { digest, since: Number(since) },
  );
  const read: Constitution = {
    members: constitution.members.map(({ kind, weight, key }) => {
      return { kind: Number(kind), weight: Number(weight), key: hexlify(key) };
    }),
    threshold: Number(constitution.threshold),
    defaultDelay: Number(constitution.defaultDelay),
    rules: constitution.rules.map(({ target, selector, delay }) => ({ target, selector, delay: Number(delay) })),
  };
  return {
    chainId: chain.chainId,
    multisig,
    epoch,
    nonces: { parameters, membership, emergency },
    waiting: { parameters: first ?? null, membership: second ?? null, emergency: third ?? null },
    constitution: read,
    members: membersOf(read),
    threshold: read.threshold,
  };
}

/** The verifiers that members may name, with their checksums. */
export async function readVerifiers(chain: Chain, { contracts }: Pick<Deployment, "contracts">): Promise<string[]> {
  const { hash } = await chain.latest();
  return [...(await contractAt("OwnerMultisig", contracts.OwnerMultisig.address, chain.at(hash)).verifiers())];
}

/** What a member is called: its address; a key, whose verifier others have too, by all its bytes. */
export function memberName({ kind, address, key }: Pick<Member, "kind" | "address" | "key">): string {
  return kind === "key" ? key : address;
}

/** @param called what to call whoever it is: an address, or a key */
export function notAMember(called: string, members: readonly Pick<Member, "key">[]): FabricError {
  return new FabricError("NOT_A_MEMBER", { address: called, members: members.map(({ key }) => key).join(", ") });
}

/** A constitution's members, by what they are. */
export function membersOf({ members }: Pick<Constitution, "members">): Member[] {
  return members.map(({ kind, key, weight }) => {
    const [name] = memberKindNames.filter((each) => memberKinds[each] === kind);
    if (name === undefined) throw new RangeError(`there is no kind ${kind} of members`);
    return { kind: name, address: getAddress(dataSlice(key, 0, 20)), key: key.toLowerCase(), weight };
  });
}

export const memberKindNames = ["account", "contract", "key"] as const satisfies readonly Member["kind"][];

/** The EIP-712 domain of what the owners sign. */
export function ownersDomain({ chainId, multisig }: Pick<Office, "chainId" | "multisig">): TypedDataDomain {
  return { name: "Planetary Fabric Owners", version: "1", chainId, verifyingContract: multisig };
}
