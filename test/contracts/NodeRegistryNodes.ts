import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroAddress } from "ethers";
import type { INodeRegistry, NodeRegistry } from "../../types/index.ts";
import {
  asFields,
  asGiven,
  deployFamily,
  ed25519Key,
  nameOf,
  registrationWith,
  shardWith,
  signRegistration,
} from "./governedFamily.ts";

export const [ADMITTED, DRAINING, REMOVED] = [1, 2, 3];
export const [ED25519, P256, SECP256K1] = [1, 2, 3];
export const [EARTH, ORBIT, MOON] = [1, 2, 3];
export const U64 = 2n ** 64n - 1n;

export type Registration = Partial<INodeRegistry.RegistrationStruct>;

/** Three shards of which the third is retired, two skills, a marketplace, and a way to admit nodes. */
export async function deployNodes(ethers: HardhatEthers) {
  const family = await deployFamily(ethers);
  const { shards, nodes, operator, marketplace } = family;
  for (const name of ["earth", "orbit", "moon"]) await shards.register(nameOf(name), shardWith());
  await shards.retire(MOON);
  for (const skill of ["logistics", "iot"]) await nodes.addSkill(nameOf(skill));
  await nodes.setMarketplace(ZeroAddress, marketplace.address);

  /** Admits by `by`, the owner if nobody is given, what `operator` signed. */
  async function admit(fields: Registration = {}, by: NodeRegistry = nodes) {
    const registration = await registrationWith(nodes, operator, fields);
    return by.admit(registration, await signRegistration(nodes, operator, registration));
  }
  return { ...family, admit, byMarketplace: nodes.connect(marketplace), byOperator: nodes.connect(operator) };
}

/** The same with the node that {registrationWith} describes. */
export async function deployNode(ethers: HardhatEthers) {
  const family = await deployNodes(ethers);
  await family.admit();
  return family;
}

/** What {page} gives for the registration that {registrationWith} makes. */
export const nodeWith = (operator: { address: string }, fields: object = {}) =>
  asGiven({
    ...{ nodeId: nameOf("earth.edge-europa"), operator: operator.address, shard: 1, capacity: 16, maxConcurrency: 12 },
    ...{ heartbeatSeconds: 18, skills: 0, keyKind: ED25519, status: ADMITTED, key: ed25519Key("earth.edge-europa") },
    ...fields,
  });

export async function nodeOf(nodes: NodeRegistry, index: number) {
  return asFields((await nodes.page(index, 1))[0]);
}
