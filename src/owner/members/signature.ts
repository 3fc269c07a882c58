import { AbiCoder, dataLength, dataSlice, getBytes, Interface, recoverAddress, toQuantity } from "ethers";
import { type Chain, ChainRefusal } from "../../governance/index.ts";
import type { Member } from "../office.ts";
import { assertionHolds } from "./assertion.ts";
import { holds, pointOf } from "./p256.ts";

// Whether a member signed a digest, whatever kind of member it is.

/**
 * What can be told of a signature without a chain. An account's and a key's are looked at; a key's in the two forms that
 * OpenZeppelin's verifiers take. Of a contract's nothing is known, and neither of a form that only the key's verifier knows.
 */
export type Look = { readonly is: "good" } | { readonly is: "bad"; readonly why: string } | { readonly is: "unknown" };

/** @param payload as `OwnerMultisig` takes it, see `OwnerSignature` */
export function lookAt({ kind, address, key }: Member, digest: string, payload: string): Look {
  if (kind === "account") {
    const signer = signerOf(digest, payload);
    if (signer === null) return { is: "bad", why: "it is no signature of an account" };
    return signer === address ? { is: "good" } : { is: "bad", why: `${signer} signed it` };
  }
  const length = dataLength(payload);
  if (length < 3 || Number(dataSlice(payload, 0, 2)) !== length - 2)
    return { is: "bad", why: "its length is not that of what it holds" };
  if (kind === "contract") return { is: "unknown" };
  const [point, signature] = [pointOf(dataSlice(key, 20)), dataSlice(payload, 2)];
  const signed = length === 66 ? holds(point, digest, signature) : assertionHolds(point, digest, signature);
  if (signed === null) return { is: "unknown" };
  return signed ? { is: "good" } : { is: "bad", why: "its key did not sign this" };
}

/** Null for what nobody signed. */
function signerOf(digest: string, payload: string): string | null {
  try {
    return dataLength(payload) === 64 ? recoverAddress(digest, payload) : null;
  } catch {
    return null;
  }
}

const judges = new Interface([
  "function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)",
  "function verify(bytes key, bytes32 hash, bytes signature) view returns (bytes4)",
]);

/** The gas that a contract may use to judge one signature, as `MemberSignatures` has it. */
const gasToJudge = 400_000;

/** Asks a member that is a contract, or the verifier of one that is a key, whether it signed. */
export async function askMember(chain: Chain, member: Member, digest: string, payload: string): Promise<boolean> {
  const signature = dataSlice(payload, 2);
  const data =
    member.kind === "contract"
      ? judges.encodeFunctionData("isValidSignature", [digest, signature])
      : judges.encodeFunctionData("verify", [dataSlice(member.key, 20), digest, signature]);
  const call = { to: member.address, data, gas: toQuantity(gasToJudge + gasToCall(data)) };
  try {
    const answer = await chain.rpc("eth_call", [call, "latest"]);
    return answer === AbiCoder.defaultAbiCoder().encode(["bytes4"], [dataSlice(data, 0, 4)]);
  } catch (error) {
    if (error instanceof ChainRefusal) return false;
    throw error;
  }
}

/** What a transaction costs before anything runs (EIP-2028). */
function gasToCall(data: string): number {
  return 21_000 + getBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
}
