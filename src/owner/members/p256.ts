import type { KeyObject } from "node:crypto";
import { p256 } from "@noble/curves/p256";
import { concat, dataLength, dataSlice, getBytes, hexlify } from "ethers";

// Signatures of P-256 keys over a digest as it is, as the verifiers of ERC-7913 take them and `node:crypto` does not make
// them: it signs the digest of what it is given.

/** A point of the curve but infinity. */
export type Point = { readonly x: bigint; readonly y: bigint };

/** @param key 64 bytes, x and y, hex */
export function pointOf(key: string): Point {
  return { x: BigInt(dataSlice(key, 0, 32)), y: BigInt(dataSlice(key, 32, 64)) };
}

/** Whether x and y are a point of the curve, in their only form. */
export function isOnCurve(point: Point): boolean {
  try {
    p256.ProjectivePoint.fromAffine(point).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** x and y of a key, public or private, 64 bytes in hex; null when it is none of P-256. */
export function publicPointOf(key: KeyObject): string | null {
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") return null;
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
}

/**
 * Signs a digest as it is, with the nonce of RFC 6979.
 * @param key a private one of P-256
 * @param digest 32 bytes, hex
 * @returns r and s, 64 bytes; s in the lower half, as the verifiers demand
 */
export function signDigest(key: KeyObject, digest: string): string {
  const secret = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
  return hexlify(p256.sign(getBytes(digest), secret, { lowS: true }).toCompactRawBytes());
}

/** r and s of a signature in DER, 64 bytes, with s in the lower half; null for what is none. */
export function fromDer(signature: Uint8Array): string | null {
  try {
    return hexlify(p256.Signature.fromDER(signature).normalizeS().toCompactRawBytes());
  } catch {
    return null;
  }
}

/** Whether r and s, 64 bytes, are the key's signature of the digest, with s in the lower half. */
export function holds(key: Point, digest: string, signature: string): boolean {
  if (dataLength(signature) !== 64 || !isOnCurve(key)) return false;
  const publicKey = p256.ProjectivePoint.fromAffine(key).toRawBytes();
  return p256.verify(getBytes(signature), getBytes(digest), publicKey, { lowS: true });
}
