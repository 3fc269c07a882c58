import { createECDH, createHash, type KeyObject, randomBytes } from "node:crypto";
import { AbiCoder, concat, dataLength, dataSlice, getBytes, toBeHex } from "ethers";

// Signatures of P-256 keys as OpenZeppelin's two verifiers (ERC-7913) take them: of a digest as it is, which `node:crypto`
// does not make, and of what an authenticator made of it (WebAuthn, level 2).

const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
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
  const secret = BigInt(toHex(Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url")));
  const nonce = createECDH("prime256v1");
  const x = nonce.generateKeys().subarray(1, 33);
  const r = BigInt(toHex(x)) % order;
  // Whoever measures how long the arithmetic takes learns of the key times a number that nobody knows.
  const blind = 1n + (BigInt(toHex(randomBytes(40))) % (order - 1n));
  const blinded = (BigInt(digest) * blind + r * ((secret * blind) % order)) % order;
  const s = (inverse((BigInt(toHex(nonce.getPrivateKey())) * blind) % order, order) * blinded) % order;
  return concat([toBeHex(r, 32), toBeHex(s > order / 2n ? order - s : s, 32)]);
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

/** What an authenticator answered, in the bytes that the verifier of WebAuthn takes. */
const assertionTypes = ["bytes32", "bytes32", "uint256", "uint256", "bytes", "string"];

/** What a browser has of an authenticator's answer, as bytes. */
export type Assertion = {
  readonly authenticatorData: Uint8Array;
  readonly clientDataJSON: Uint8Array;
  /** As DER. */
  readonly signature: Uint8Array;
};

/** In the bytes that the verifier takes, hex; null when the signature is not in DER. */
export function assertionBytes({ authenticatorData, clientDataJSON, signature }: Assertion): string | null {
  const numbers = fromDer(signature);
  if (numbers === null) return null;
  const [r, s] = numbers;
  const client = Buffer.from(clientDataJSON).toString("utf8");
  const low = s > order / 2n ? order - s : s;
  const places = ['"challenge":"', '"type":"'].map((name) => Math.max(0, Buffer.from(client).indexOf(name)));
  return AbiCoder.defaultAbiCoder().encode(assertionTypes, [
    ...[toBeHex(r, 32), toBeHex(low, 32), ...places],
    ...[authenticatorData, client],
  ]);
}

/**
 * Whether an authenticator with that key signed the digest as its challenge, with a person there whom it knew.
 * @returns null when the bytes are no answer of an authenticator
 */
export function assertionHolds(key: Point, digest: string, bytes: string): boolean | null {
  let decoded: readonly unknown[];
  try {
    decoded = [...AbiCoder.defaultAbiCoder().decode(assertionTypes, bytes)];
  } catch {
    return null;
  }
  const [r, s, challengeAt, typeAt, authenticatorData, client] = decoded.map(String);
  const said = Buffer.from(client, "utf8");
  const challenge = `"challenge":"${challengeOf(digest)}"`;
  const has = (at: string, text: string) =>
    said.subarray(Number(at)).subarray(0, text.length).equals(Buffer.from(text));
  if (!has(challengeAt, challenge) || !has(typeAt, '"type":"webauthn.get"')) return false;
  const known = getBytes(authenticatorData);
  // User present, user verified; and no backup of what cannot be backed up.
  const flags = known[32] ?? 0;
  if (known.length <= 36 || (flags & 5) !== 5 || ((flags & 0x10) !== 0 && (flags & 8) === 0)) return false;
  const signed = createHash("sha256").update(known).update(sha256(said)).digest();
  return holds(key, toHex(signed), concat([r, s]));
}

/** What an authenticator is asked to sign for a digest, as browsers write it. */
export function challengeOf(digest: string): string {
  return Buffer.from(getBytes(digest)).toString("base64url");
}

/** r and s; null for anything but two whole numbers of at most 32 bytes. */
function fromDer(signature: Uint8Array): [bigint, bigint] | null {
  const found = /^30..02(..)(.*)$/.exec(Buffer.from(signature).toString("hex"));
  if (found === null) return null;
  const length = 2 * Number.parseInt(found[1], 16);
  const second = /^02(..)(.*)$/.exec(found[2].slice(length));
  const numbers = [found[2].slice(0, length), second?.[2] ?? ""];
  if (second === null || numbers[1].length !== 2 * Number.parseInt(second[1], 16)) return null;
  const [r, s] = numbers.map((digits) => BigInt(`0x${digits || "0"}`));
  return r < order && s < order ? [r, s] : null;
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

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function toHex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
