import { hexlify, type Signer } from "ethers";
import { FabricError } from "../errors.ts";
import type { NodeParameters } from "../fabric/parameters.ts";
import { type Chain, contractAt, type Deployment, interfaceOf, keyKinds, type Sender } from "../governance/index.ts";
import { planChange } from "./catalogue.ts";
import type { Change } from "./changes.ts";
import type { Registration } from "./documents.ts";
import { signRegistration } from "./registration.ts";
import { nodeNamed, readWorld, type World } from "./world.ts";

// What is not for the owners to decide: the marketplace admits and drains, and an operator changes its node's key.

/** A transaction that the marketplace, or an operator, has made. */
export type NodeAct = { readonly sentence: string; readonly transactionHash: string; readonly block: number };

/** What an operator registers; the rest of a registration is not for it to choose. */
export type NodeOffer = Pick<
  Registration,
  "node" | "shard" | "capacity" | "maxConcurrency" | "heartbeatSeconds" | "skills" | "keyKind" | "key"
>;

/** Its name among the changes: it is none of the owners'. */
const rotation = "rotateKey";
/** How long a registration may be admitted that is admitted at once, in seconds from the newest block. */
const registrationLastsSeconds = 86_400;

/** What an operator signs besides what it offers. */
export type RegistrationTerms = {
  /** How long it may be admitted, in seconds from the newest block. */
  readonly lastsSeconds: number;
  /** The operator's number for it; its next one, unless told: more than one may be signed before any is admitted. */
  readonly nonce?: number | undefined;
};

/**
 * An operator registers a node, for the owners or their marketplace to admit.
 * @param world whose shards and skills it names
 * @throws CHANGE_INVALID, VALUE_INVALID
 */
export async function registrationBy(
  operator: Signer,
  chain: Chain,
  deployment: Deployment,
  world: World,
  offer: NodeOffer,
  { lastsSeconds, nonce }: RegistrationTerms,
): Promise<Registration> {
  const { hash } = await chain.latest();
  const registry = contractAt("NodeRegistry", deployment.contracts.NodeRegistry.address, chain.at(hash));
  return signRegistration(operator, world, {
    ...{ chainId: deployment.chainId, ...offer, deadline: world.time + lastsSeconds },
    nonce: nonce ?? Number(await registry.nonces(await operator.getAddress())),
  });
}

/**
 * An operator registers a node, and the marketplace admits it.
 * @param operatorOf who answers for it, by the number that it will have
 * @throws CHANGE_INVALID, VALUE_INVALID, REVERTED and its kin, errors of `Sender.send`
 */
export async function registerNode(
  marketplace: Sender,
  deployment: Deployment,
  operatorOf: (node: number) => Signer,
  offer: NodeOffer,
): Promise<NodeAct> {
  const { chain } = marketplace;
  const world = await readWorld(chain, deployment);
  const operator = operatorOf(world.parameters.nodes.length + 1);
  const terms = { lastsSeconds: registrationLastsSeconds };
  const registration = await registrationBy(operator, chain, deployment, world, offer, terms);
  return byMarketplace(marketplace, deployment, { kind: "admitNode", registration });
}

/**
 * The marketplace lets a node finish what it has and gives it nothing new. Only the owners take it back.
 * @throws CHANGE_INVALID, REVERTED and its kin, errors of `Sender.send`
 */
export function drainNode(marketplace: Sender, deployment: Deployment, node: string): Promise<NodeAct> {
  return byMarketplace(marketplace, deployment, { kind: "drain", node });
}

/**
 * A node's operator puts another key on the chain.
 * @param operators those whose keys are at hand
 * @throws CHANGE_INVALID when there is no such node, or it has that key; OPERATOR_ABSENT when it is another's; REVERTED and
 * its kin, errors of `Sender.send`
 */
export async function rotateNodeKey(
  chain: Chain,
  deployment: Deployment,
  operators: readonly Sender[],
  name: string,
  key: Pick<NodeParameters, "keyKind" | "key">,
): Promise<NodeAct> {
  const world = await readWorld(chain, deployment);
  const node = nodeNamed(world, rotation, name);
  const bytes = hexlify(key.key);
  if (node.keyKind === key.keyKind && hexlify(node.key) === bytes)
    throw new FabricError("CHANGE_INVALID", {
      ...{ change: rotation, problem: `${bytes} is the key of ${name} already` },
      right: "Make another one with `fabric node keygen`",
    });
  const to = deployment.contracts.NodeRegistry.address;
  const { hash } = await chain.latest();
  const [{ operator }] = await contractAt("NodeRegistry", to, chain.at(hash)).page(node.number, 1);
  const sender = operators.find(({ address }) => address === operator);
  if (sender === undefined) throw new FabricError("OPERATOR_ABSENT", { name, operator });
  const args = [node.number, keyKinds.indexOf(key.keyKind) + 1, bytes] as const;
  const data = interfaceOf("NodeRegistry").encodeFunctionData("rotateKey", [...args]);
  const mined = await sender.send({ action: "The operator's call", to, data });
  const sentence = `Replace the key of the node ${name} by the ${key.keyKind} key ${bytes}.`;
  return { sentence, transactionHash: mined.hash, block: mined.block };
}

async function byMarketplace(marketplace: Sender, deployment: Deployment, change: Change): Promise<NodeAct> {
  const { calls, sentence } = planChange(await readWorld(marketplace.chain, deployment, change), change);
  const [{ to, data }] = calls;
  const { hash: transactionHash, block } = await marketplace.send({ action: "The marketplace's call", to, data });
  return { sentence, transactionHash, block };
}
