import { hexlify, type Signer, type TypedDataDomain } from "ethers";
import { keyKinds, nameBytes } from "../governance/index.ts";
import type { ChangeKind } from "./changes.ts";
import type { Registration } from "./documents.ts";
import { invalid } from "./entry.ts";
import { shardNamed, type World } from "./world.ts";

/** What an operator's signature over a registration is about; `NodeRegistry` makes the same of it. */
export const registrationTypes = {
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

/** The EIP-712 domain of registrations. */
export function registrationDomain(chainId: number, registry: string): TypedDataDomain {
  return { name: "Planetary Fabric Nodes", version: "1", chainId, verifyingContract: registry };
}

/**
 * An operator registers a node.
 * @throws CHANGE_INVALID when the fabric has no such shard or skill
 */
export async function signRegistration(
  operator: Signer,
  world: World,
  node: Omit<Registration, "format" | "registry" | "operator" | "signature">,
): Promise<Registration> {
  const registry = world.deployment.contracts.NodeRegistry.address;
  const format = "planetary-fabric/registration/v1";
  const unsigned = { format, registry, operator: await operator.getAddress(), ...node } as const;
  const struct = registrationStruct("admitNode", unsigned, world);
  const domain = registrationDomain(node.chainId, registry);
  return { ...unsigned, signature: await operator.signTypedData(domain, registrationTypes, struct) };
}

/**
 * A registration as the contract takes it, with numbers for names.
 * @throws CHANGE_INVALID when it is for another registry, or the fabric has no such shard or skill
 */
export function registrationStruct(change: ChangeKind, registration: Omit<Registration, "signature">, world: World) {
  const { registry, node, operator, shard, capacity, maxConcurrency, heartbeatSeconds, nonce, deadline } = registration;
  if (registry !== world.deployment.contracts.NodeRegistry.address)
    throw invalid(change, "the registration is for another fabric", "Have the operator sign one for this");
  return {
    nodeId: nameBytes(node),
    operator,
    shard: shardNamed(world, change, shard).number,
    ...{ capacity, maxConcurrency, heartbeatSeconds },
    skills: registration.skills.reduce((set, skill) => set | (1n << BigInt(skillNumber(world, change, skill))), 0n),
    keyKind: keyKinds.indexOf(registration.keyKind) + 1,
    key: hexlify(registration.key),
    ...{ nonce, deadline },
  };
}

function skillNumber({ parameters: { skills } }: World, change: ChangeKind, name: string): number {
  const bit = skills.indexOf(name);
  if (bit >= 0) return bit;
  throw invalid(
    change,
    `there is no skill ${name}`,
    `Name some of: ${skills.join(", ")}; or add it with \`add-skill\``,
  );
}
