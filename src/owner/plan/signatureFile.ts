import type { Signer } from "ethers";
import { z } from "zod";
import { FabricError } from "../../errors.ts";
import type { Chain } from "../../governance/index.ts";
import { type OwnerSignature, payloadOf, signBatch } from "../batch.ts";
import { account, hex, whole } from "../documents.ts";
import { type MemberKey, signWith } from "../members/key.ts";
import { askMember, lookAt } from "../members/signature.ts";
import { type Member, notAMember, type Office } from "../office.ts";
import { batchOfPlan, type Plan, planDigest } from "./planFile.ts";
import { readSealed, sealedText } from "./sealed.ts";
import { ownerCalled, type Trust, trustedMembers } from "./trust.ts";

/** `change-<n>.member-<m>.json`. */
export const signatureForm = z
  .strictObject({
    format: z.literal("planetary-fabric/signature/v1"),
    chainId: whole("Id of the chain", 1, Number.MAX_SAFE_INTEGER, ""),
    multisig: account("Address of OwnerMultisig"),
    plan: hex("Hash of the plan", 32),
    digest: hex("What is signed (EIP-712)", 32),
    member: hex("Key of the member, as the constitution has it"),
    payload: hex("The signature, as OwnerMultisig takes it"),
  })
  .describe("One member's signature over a plan.");

export type SignatureFile = Readonly<z.output<typeof signatureForm>>;

export function signatureText(signature: SignatureFile): string {
  return sealedText(signature);
}

/** @param file what to call the text in an error @throws OWNER_FILE_ALTERED */
export function readSignature(text: string, file: string): SignatureFile {
  return readSealed(text, file, signatureForm);
}

/** An account signs a plan that was verified. @throws NOT_A_MEMBER */
export async function signPlan(signer: Signer, plan: Plan, trust: Trust): Promise<SignatureFile> {
  const { index, payload } = await signBatch(signer, officeOf(trust), batchOfPlan(plan));
  return signatureBy(plan, trust, index, payload);
}

/** A member signs a plan that was verified, with a key of whatever kind it is. @throws NOT_A_MEMBER */
export function signPlanWith(key: MemberKey, plan: Plan, trust: Trust): SignatureFile {
  const { index, payload } = signWith(key, trustedMembers(trust), planDigest(plan));
  return signatureBy(plan, trust, index, payload);
}

/** Somebody's signature over a plan that was made elsewhere: the raw one of a wallet, contract or key, hex. */
export function signatureOf(plan: Plan, trust: Trust, index: number, signature: string): SignatureFile {
  return signatureBy(plan, trust, index, payloadOf(trustedMembers(trust)[index - 1], signature));
}

function signatureBy(plan: Plan, trust: Trust, index: number, payload: string): SignatureFile {
  const { chainId, contracts, hash } = plan;
  const { key } = trustedMembers(trust)[index - 1];
  const format = "planetary-fabric/signature/v1";
  return {
    format,
    chainId,
    multisig: contracts.OwnerMultisig,
    plan: hash,
    digest: planDigest(plan),
    member: key,
    payload,
  };
}

/** The parts of a trust file that signing takes. */
export function officeOf(trust: Trust): Pick<Office, "chainId" | "multisig" | "members"> {
  const { chainId, contracts } = trust.deployment;
  return { chainId, multisig: contracts.OwnerMultisig.address, members: trustedMembers(trust) };
}

/**
 * Holds a signature against a plan and the pinned constitution. What an account has signed is looked at here; contracts
 * and keys are asked by `judgeSignature`.
 * @param file what to call it in an error
 * @throws SIGNATURE_FOREIGN, SIGNATURE_FORGED, NOT_A_MEMBER
 */
export function checkSignature(signed: SignatureFile, plan: Plan, trust: Trust, file: string): OwnerSignature {
  const foreign = (problem: string) => new FabricError("SIGNATURE_FOREIGN", { file, problem });
  const digest = planDigest(plan);
  if (signed.chainId !== plan.chainId || signed.multisig !== plan.contracts.OwnerMultisig)
    throw foreign(`it is for the owners ${signed.multisig} on chain ${signed.chainId}`);
  if (signed.plan !== plan.hash) throw foreign(`it is over the plan ${signed.plan}, and this one is ${plan.hash}`);
  if (signed.digest !== digest) throw foreign(`it names the digest ${signed.digest}, and this plan's is ${digest}`);
  const members = trustedMembers(trust);
  const index = members.findIndex(({ key }) => key === signed.member) + 1;
  if (index === 0) throw notAMember(signed.member, members);
  const forged = (problem: string) =>
    new FabricError("SIGNATURE_FORGED", { file, signer: ownerCalled(trust, index), problem });
  const { payload } = signed;
  const look = lookAt(members[index - 1], digest, payload);
  if (look.is === "bad") throw forged(look.why);
  return { index, payload };
}

/**
 * Asks a member that is a contract, or the verifier of one that is a key, about its signature.
 * @throws SIGNATURE_FORGED
 */
export async function judgeSignature(
  chain: Chain,
  plan: Plan,
  trust: Trust,
  { index, payload }: OwnerSignature,
  file: string,
): Promise<void> {
  const member: Member = trustedMembers(trust)[index - 1];
  if (member.kind === "account") return;
  if (await askMember(chain, member, planDigest(plan), payload)) return;
  const signer = ownerCalled(trust, index);
  throw new FabricError("SIGNATURE_FORGED", { file, signer, problem: `${member.address} does not know it as its own` });
}

/** Who has signed, who has not, and whether it is enough. */
export type Tally = {
  readonly signatures: readonly OwnerSignature[];
  /** By name, in the order of the constitution. */
  readonly signed: readonly string[];
  readonly missing: readonly string[];
  readonly votes: number;
  readonly threshold: number;
};

/** Counts signatures that were checked; a member counts once. */
export function tallyOf(trust: Trust, checked: readonly OwnerSignature[]): Tally {
  const members = trustedMembers(trust);
  const byIndex = new Map(checked.map((signature) => [signature.index, signature]));
  const called = (has: boolean) =>
    members.flatMap((_, at) => (byIndex.has(at + 1) === has ? [ownerCalled(trust, at + 1)] : []));
  const signatures = [...byIndex.values()].sort((a, b) => a.index - b.index);
  return {
    ...{ signatures, signed: called(true), missing: called(false), threshold: trust.constitution.threshold },
    votes: signatures.reduce((sum, { index }) => sum + members[index - 1].weight, 0),
  };
}

/** @throws SIGNATURES_MISSING */
export function enoughSignatures({ signatures, votes, threshold, missing }: Tally): readonly OwnerSignature[] {
  if (votes >= threshold) return signatures;
  throw new FabricError("SIGNATURES_MISSING", { have: votes, threshold, missing: missing.join(", ") });
}
