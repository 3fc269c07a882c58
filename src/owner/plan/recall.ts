import { FabricError } from "../../errors.ts";
import type { Chain } from "../../governance/index.ts";
import { cancellationDigest, cancellationTypes } from "../announcement.ts";
import { type OwnerSignature, payloadOf } from "../batch.ts";
import { type TypedData, typedDataIn } from "../export/typedData.ts";
import { askMember, lookAt } from "../members/signature.ts";
import { ownersDomain } from "../office.ts";
import { batchOfPlan, type Plan } from "./planFile.ts";
import { ownerCalled, type Trust, trustedMembers } from "./trust.ts";

// What members sign so that a plan that was announced is not run, by whatever they sign with.

function officeOfPlan({ chainId, contracts }: Plan) {
  return { chainId, multisig: contracts.OwnerMultisig };
}

/** EIP-712, hex. */
export function recallDigest(plan: Plan): string {
  return cancellationDigest(officeOfPlan(plan), batchOfPlan(plan));
}

/** What the members' wallets sign (`eth_signTypedData_v4`). */
export function recallTypedData(plan: Plan): TypedData {
  return typedDataIn(ownersDomain(officeOfPlan(plan)), cancellationTypes, { batch: batchOfPlan(plan) });
}

/**
 * What a member's wallet, contract or key answered, as `OwnerMultisig` takes it. Contracts and verifiers are asked.
 * @param index of the member, from 1
 * @param answer hex
 * @throws RECALL_FORGED, VALUE_INVALID
 */
export async function recallBy(
  chain: Chain,
  plan: Plan,
  trust: Trust,
  index: number,
  answer: string,
): Promise<OwnerSignature> {
  const member = trustedMembers(trust)[index - 1];
  const forged = (problem: string) => new FabricError("RECALL_FORGED", { signer: ownerCalled(trust, index), problem });
  const payload = payloadOf(member, answer);
  const digest = recallDigest(plan);
  const look = lookAt(member, digest, payload);
  if (look.is === "bad") throw forged(look.why);
  if (member.kind !== "account" && !(await askMember(chain, member, digest, payload)))
    throw forged(`${member.address} does not know it as its own`);
  return { index, payload };
}
