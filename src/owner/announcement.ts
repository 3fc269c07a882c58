import { type Signer, TypedDataEncoder, ZeroHash } from "ethers";
import { type Chain, contractAt, type Deployment, interfaceOf, type Mined, type Sender } from "../governance/index.ts";
import {
  type Batch,
  batchTypes,
  type Call,
  type OwnerSignature,
  packSignatures,
  plain,
  signAsMember,
} from "./batch.ts";
import { type MemberKey, signWith } from "./members/key.ts";
import { type Office, ownersDomain } from "./office.ts";

// Batches that wait before they take effect: announced, then run or cancelled.

/**
 * How long a batch of these calls has to wait under the constitution in force, in seconds: 0 means that it is to be
 * executed, anything else that it is to be announced and run.
 */
export async function readDelay(chain: Chain, deployment: Deployment, calls: readonly Call[]): Promise<number> {
  const { hash } = await chain.latest();
  const { address } = deployment.contracts.OwnerMultisig;
  const batch = { calls, nonce: 0n, validAfter: 0, validUntil: 0, epoch: 0n, memo: ZeroHash };
  return Number(await contractAt("OwnerMultisig", address, chain.at(hash)).delayOf(plain(batch)));
}

/**
 * Announces what the owners signed; anyone may. It waits from then on.
 * @throws REVERTED and its kin, errors of `Sender.send`
 */
export function announceBatch(
  sender: Sender,
  deployment: Deployment,
  batch: Batch,
  signatures: readonly OwnerSignature[],
): Promise<Mined> {
  const data = interfaceOf("OwnerMultisig").encodeFunctionData("announce", [plain(batch), packSignatures(signatures)]);
  return sender.send({ action: "The announcement", to: deployment.contracts.OwnerMultisig.address, data });
}

/**
 * Executes what was announced, once it has waited; anyone may.
 * @throws REVERTED when it has to wait longer, REVERTED_MOVED when it does not wait any more; errors of `Sender.send`
 */
export function runBatch(sender: Sender, deployment: Deployment, batch: Batch): Promise<Mined> {
  const data = interfaceOf("OwnerMultisig").encodeFunctionData("run", [plain(batch)]);
  return sender.send({ action: "The batch", to: deployment.contracts.OwnerMultisig.address, data });
}

export const cancellationTypes = { Cancellation: [{ name: "batch", type: "Batch" }], ...batchTypes };

/** A member signs that an announced batch is not to be run. @throws NOT_A_MEMBER */
export function signCancellation(
  signer: Signer,
  office: Pick<Office, "chainId" | "multisig" | "members">,
  batch: Batch,
): Promise<OwnerSignature> {
  return signAsMember(signer, office, cancellationTypes, { batch });
}

/** What a member signs so that an announced batch is not run (EIP-712), hex. */
export function cancellationDigest(office: Pick<Office, "chainId" | "multisig">, batch: Batch): string {
  return TypedDataEncoder.hash(ownersDomain(office), cancellationTypes, { batch });
}

/** As `signCancellation`, with a key of whatever kind it is. @throws NOT_A_MEMBER */
export function signCancellationWith(
  key: MemberKey,
  office: Pick<Office, "chainId" | "multisig" | "members">,
  batch: Batch,
): OwnerSignature {
  return signWith(key, office.members, cancellationDigest(office, batch));
}

/**
 * Cancels what was announced: one member may, but in the membership lane only those who reach the threshold; anyone may
 * once its time is over.
 * @throws REVERTED and its kin, errors of `Sender.send`
 */
export function cancelBatch(
  sender: Sender,
  deployment: Deployment,
  batch: Batch,
  signatures: readonly OwnerSignature[],
): Promise<Mined> {
  const data = interfaceOf("OwnerMultisig").encodeFunctionData("cancel", [plain(batch), packSignatures(signatures)]);
  return sender.send({ action: "The cancellation", to: deployment.contracts.OwnerMultisig.address, data });
}
