import { createECDH, type KeyObject, randomBytes } from "node:crypto";
import { concat, dataLength, dataSlice, hexlify, toBeHex } from "ethers";

// Signatures of P-256 keys over a digest as it is, as the verifiers of ERC-7913 take them and `node:crypto` does not make
// them: it signs the digest of what it is given.

const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
export const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** A point of the curve but infinity. */
export type Point = { readonly x: bigint; readonly y: bigint };

const base: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

/** @param key 64 bytes, x and y, hex */
export function pointOf(key: string): Point {
  return { x: BigInt(dataSlice(key, 0, 32)), y: BigInt(dataSlice(key, 32, 64)) };
}

/** Whether x and y are a point of the curve, in their only form. */
export function isOnCurve({ x, y }: Point): boolean {
  return x < prime && y < prime && modulo(y * y - (x * x * x - 3n * x + b), prime) === 0n;
}

/** x and y of a key, public or private, 64 bytes in hex; null when it is none of P-256. */
export function publicPointOf(key: KeyObject): string | null {
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") return null;
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
}

/**
 * Signs a digest as it is.
 * @param key a private one of P-256
 * @param digest 32 bytes, hex
 * @returns r and s, 64 bytes; s in the lower half, as the verifiers demand
 */
export function signDigest(key: KeyObject, digest: string): string {
  const secret = BigInt(hexlify(Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url")));
  const nonce = createECDH("prime256v1");
  const x = nonce.generateKeys().subarray(1, 33);
  const r = BigInt(hexlify(x)) % order;
  // Whoever measures how long the arithmetic takes learns of the key times a number that nobody knows.
  const blind = 1n + (BigInt(hexlify(randomBytes(40))) % (order - 1n));
  const blinded = (BigInt(digest) * blind + r * ((secret * blind) % order)) % order;
  const s = (inverse((BigInt(hexlify(nonce.getPrivateKey())) * blind) % order, order) * blinded) % order;
  return concat([toBeHex(r, 32), toBeHex(lower(s), 32)]);
}

/** The other of the two values of s that hold, if it is the upper one. */
export function lower(s: bigint): bigint {
  return s > order / 2n ? order - s : s;
}

/** Whether r and s, 64 bytes, are the key's signature of the digest, with s in the lower half. */
export function holds(key: Point, digest: string, signature: string): boolean {
  if (dataLength(signature) !== 64) return false;
  const [r, s] = [BigInt(dataSlice(signature, 0, 32)), BigInt(dataSlice(signature, 32))];
  if (r === 0n || r >= order || s === 0n || s > order / 2n) return false;
  const back = inverse(s, order);
  const sum = add(times((BigInt(digest) * back) % order, base), times((r * back) % order, key));
  return sum !== null && sum.x % order === r;
}

type Sum = Point | null;

/** Of public values only: it takes as long as they say. Null is the point at infinity. */
function times(scalar: bigint, point: Point): Sum {
  let sum: Sum = null;
  for (let bits = scalar, power: Sum = point; bits > 0n; bits >>= 1n, power = add(power, power))
    if ((bits & 1n) === 1n) sum = add(sum, power);
  return sum;
}

function add(one: Sum, other: Sum): Sum {
  if (one === null) return other;
  if (other === null) return one;
  if (one.x === other.x && (one.y !== other.y || one.y === 0n)) return null;
  const slope =
    one.x === other.x
      ? (3n * one.x * one.x - 3n) * inverse(2n * one.y, prime)
      : (other.y - one.y) * inverse(other.x - one.x, prime);
  const x = modulo(slope * slope - one.x - other.x, prime);
  return { x, y: modulo(slope * (one.x - x) - one.y, prime) };
}

/** By Euclid, of anything but a multiple of the modulus, which is a prime. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [before, now] = [modulus, modulo(value, modulus)];
  let [countBefore, count] = [0n, 1n];
  while (now > 0n) {
    const quotient = before / now;
    [before, now] = [now, before - quotient * now];
    [countBefore, count] = [count, countBefore - quotient * count];
  }
  return modulo(countBefore, modulus);
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}
