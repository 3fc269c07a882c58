import type { Signer, TypedDataDomain } from "ethers";
import { type Chain, type Constitution, contractAt, type Deployment } from "../governance/index.ts";
import { type OwnerSignature, signAsMember } from "./batch.ts";
import { constitutionTypes } from "./constitution/acceptances.ts";
import type { GuardianAcceptance } from "./documents.ts";
import { membersOf, type Office } from "./office.ts";

// Nobody enters office unasked: guardians and new members sign that they accept.

/** The name of the EIP-712 domain of what guardians sign. */
export const guardianDomainName = "Planetary Fabric Guardians";

export const guardianTypes = {
  GuardianAcceptance: [
    { name: "guardian", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint48" },
  ],
};

/**
 * A guardian accepts.
 * @param nonce the guardian's next number in `SystemPause`
 * @param deadline Unix seconds until which it may be appointed
 */
export async function signGuardianAcceptance(
  signer: Signer,
  { chainId, contracts }: Pick<Deployment, "chainId" | "contracts">,
  { nonce, deadline }: { readonly nonce: bigint; readonly deadline: number },
): Promise<GuardianAcceptance> {
  const pause = contracts.SystemPause.address;
  const domain: TypedDataDomain = {
    name: guardianDomainName,
    version: "1",
    chainId,
    verifyingContract: pause,
  };
  const guardian = await signer.getAddress();
  const signature = await signer.signTypedData(domain, guardianTypes, { guardian, nonce, deadline });
  return { format: "planetary-fabric/guardian-acceptance/v1", chainId, pause, guardian, deadline, signature };
}

/**
 * A guardian accepts, with its next number.
 * @param lastsSeconds how long it may be appointed, in seconds from the newest block
 */
export async function guardianAcceptanceBy(
  signer: Signer,
  chain: Chain,
  deployment: Deployment,
  lastsSeconds: number,
): Promise<GuardianAcceptance> {
  const { time, hash } = await chain.latest();
  const pause = contractAt("SystemPause", deployment.contracts.SystemPause.address, chain.at(hash));
  const nonce = await pause.nonces(await signer.getAddress());
  return signGuardianAcceptance(signer, deployment, { nonce, deadline: time + lastsSeconds });
}

/**
 * An account accepts the constitution that names it, under the epoch that follows the one in force.
 * @returns its signature, with its index in that constitution
 * @throws NOT_A_MEMBER
 */
export function signConstitution(
  signer: Signer,
  office: Pick<Office, "chainId" | "multisig" | "epoch">,
  constitution: Constitution,
): Promise<OwnerSignature> {
  const { chainId, multisig } = office;
  const value = { epoch: office.epoch + 1n, constitution };
  return signAsMember(signer, { chainId, multisig, members: membersOf(constitution) }, constitutionTypes, value);
}
