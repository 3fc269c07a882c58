import { concat, toBeHex } from "ethers";
import { EOA } from "./OwnerMultisigMembers.ts";

/** A member, and whatever a set of signatures says is its signature: of an EOA `r` and `yParityAndS`, of any other the bytes that a contract judges. */
export type Member = { readonly kind: number; readonly weight: number; readonly key: string };

/** One signature: the index that it claims, and its bytes without the length that stands before judged ones. */
export type Signature = { readonly index: number; readonly bytes: Buffer };

/** What decides: the members, the threshold, and the signatures that the members made, by index. */
export type Signers = {
  readonly members: readonly Member[];
  readonly threshold: number;
  readonly made: ReadonlyMap<number, Buffer>;
};

/** Signatures in the bytes that an OwnerMultisig takes. */
export function packed({ members }: Signers, signatures: readonly Signature[]): Buffer {
  const parts = signatures.flatMap(({ index, bytes }) => {
    const judged = members[index - 1] !== undefined && members[index - 1].kind !== EOA;
    return [Buffer.of(index), judged ? Buffer.of(bytes.length >> 8, bytes.length & 0xff) : Buffer.of(), bytes];
  });
  return Buffer.concat(parts);
}

/** Each signature as OpenZeppelin's signers take it: who signed, and 65 bytes of `r`, `s`, `v` if it is an EOA. */
export function encoded(
  { members }: Signers,
  signatures: readonly Signature[],
): { keys: string[]; payloads: Buffer[] } {
  const keys = signatures.map(({ index }) => members[index - 1]?.key ?? stranger(index));
  const payloads = signatures.map(({ index, bytes }) =>
    members[index - 1] !== undefined && members[index - 1].kind !== EOA ? bytes : withParity(bytes),
  );
  return { keys, payloads };
}

/** An address that is nobody's. */
const stranger = (index: number): string => concat([toBeHex(0x57a4, 19), toBeHex(index, 1)]);

/** EIP-2098 undone. */
function withParity(compact: Buffer): Buffer {
  const s = Buffer.from(compact.subarray(32));
  const odd = s[0] >> 7;
  s[0] &= 0x7f;
  return Buffer.concat([compact.subarray(0, 32), s, Buffer.of(27 + odd)]);
}

/**
 * What an OwnerMultisig says of packed signatures, written from the documentation of its interface and not from its code.
 *
 * @returns `Decided()`, or the error that it refuses them with, without the contract's name
 */
export function verdictOf({ members, threshold, made }: Signers, signatures: Buffer): string {
  let [at, previous, weight] = [0, 0, 0];
  while (at < signatures.length) {
    const index = signatures[at];
    if (index <= previous) return `IndexNotRising(${previous},${index})`;
    const member = members[index - 1];
    if (member === undefined) return `UnknownMember(${index},${members.length})`;
    const start = at + (member.kind === EOA ? 1 : 3);
    const length = member.kind === EOA ? 64 : start > signatures.length ? 0 : signatures.readUInt16BE(at + 1);
    if (start + length > signatures.length) return `BytesLeftOver(${signatures.length - at})`;
    if (!made.get(index)?.equals(signatures.subarray(start, start + length))) return `BadSignature(${index})`;
    at = start + length;
    previous = index;
    weight += member.weight;
  }
  return weight < threshold ? `BelowThreshold(${weight},${threshold})` : "Decided()";
}
