import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign as signWith,
  verify as verifyWith,
} from "node:crypto";
import { FabricError } from "../errors.ts";
import type { KeyKind } from "../fabric/index.ts";

/** Bytes of a signature, whatever the kind of key: ed25519 as in RFC 8032; ECDSA as r ‖ s, 32 bytes each. */
export const signatureLength = 64;

/** A key that signatures are held against, ready for use. */
export type PublicKey = {
  readonly kind: KeyKind;
  /** As on the chain: ed25519 32 bytes; P-256 and secp256k1 33 bytes, compressed SEC1. */
  readonly bytes: Uint8Array;
  readonly digest: "sha256" | null;
  readonly handle: { readonly key: KeyObject; readonly dsaEncoding: "ieee-p1363" };
};

export type SigningKey = { readonly publicKey: PublicKey; readonly handle: PublicKey["handle"] };

// SubjectPublicKeyInfo up to the key itself: RFC 8410 for ed25519, RFC 5480 for the curves of ECDSA.
const spkiHeads = {
  ed25519: Buffer.from("302a300506032b6570032100", "hex"),
  p256: Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex"),
  secp256k1: Buffer.from("3036301006072a8648ce3d020106052b8104000a032200", "hex"),
} as const satisfies Record<KeyKind, Buffer>;
const keyLengths = { ed25519: 32, p256: 33, secp256k1: 33 } as const satisfies Record<KeyKind, number>;
// PKCS #8 up to the seed of an ed25519 key (RFC 8410).
const ed25519Pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

const curveOrders = {
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
} as const;
const halfOrders = {
  p256: bytesOf(curveOrders.p256 / 2n),
  secp256k1: bytesOf(curveOrders.secp256k1 / 2n),
} as const;

const imported = new WeakMap<Uint8Array, PublicKey>();

/**
 * The key that `bytes` stand for. It is imported once for each array, which must not change afterwards.
 * @throws FabricError KEY_INVALID
 */
export function publicKey(kind: KeyKind, bytes: Uint8Array): PublicKey {
  const known = imported.get(bytes);
  if (known?.kind === kind) return known;
  const key = importPublicKey(kind, bytes);
  imported.set(bytes, key);
  return key;
}

/**
 * True when `signature` is that of `key` over `message`. Of the two forms of an ECDSA signature only the one with the
 * lower s counts, so that nobody but the signer can make a second signature of the same message.
 */
export function verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const { kind, digest, handle } = key;
  if (kind === "ed25519") return verifyWith(digest, message, handle.key, signature);
  if (signature.length !== signatureLength || !isLow(signature, halfOrders[kind])) return false;
  return verifyWith(digest, message, handle.key, derOf(signature));
}

/** 64 bytes. ed25519 signs the same message with the same bytes each time; the other kinds do not. */
export function sign(key: SigningKey, message: Uint8Array): Uint8Array {
  const { kind, digest } = key.publicKey;
  // A key by itself is taken in a third less time than one with its settings, and ed25519 has none.
  if (kind === "ed25519") return signWith(digest, message, key.handle.key);
  const signature = signWith(digest, message, key.handle);
  if (isLow(signature, halfOrders[kind])) return signature;
  const s = BigInt(`0x${signature.toString("hex", 32)}`);
  signature.set(bytesOf(curveOrders[kind] - s), 32);
  return signature;
}

/** @throws FabricError KEY_INVALID when it is a private key of another kind than ours. */
export function signingKey(privateKey: KeyObject): SigningKey {
  const kind = kindOf(privateKey);
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  if (kind === "ed25519") return signingKeyOf(kind, privateKey, spki.subarray(-32));
  const x = spki.subarray(-64, -32);
  const yIsOdd = ((spki.at(-1) ?? 0) & 1) === 1;
  return signingKeyOf(kind, privateKey, Buffer.concat([Uint8Array.of(yIsOdd ? 3 : 2), x]));
}

/** A new key from the system's randomness. */
export function generateSigningKey(kind: KeyKind): SigningKey {
  if (kind === "ed25519") return signingKey(generateKeyPairSync("ed25519").privateKey);
  const namedCurve = kind === "p256" ? "prime256v1" : "secp256k1";
  return signingKey(generateKeyPairSync("ec", { namedCurve }).privateKey);
}

/**
 * The ed25519 key that drills use for `label`: its seed is HKDF-SHA-256 of `seed`, a safe integer. Anyone can make it
 * again, so it guards nothing.
 */
export function practiceKey(seed: number, label: string): SigningKey {
  const material = Buffer.alloc(8);
  material.writeBigUInt64BE(BigInt(seed));
  const secret = new Uint8Array(hkdfSync("sha256", material, "", `planetary-fabric/practice-key/v1/${label}`, 32));
  const der = Buffer.concat([ed25519Pkcs8Head, secret]);
  return signingKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
}

function importPublicKey(kind: KeyKind, bytes: Uint8Array): PublicKey {
  if (bytes.length !== keyLengths[kind]) throw invalidKey(kind, bytes, `it has ${bytes.length} bytes`);
  if (kind === "ed25519" && isWeakEd25519(bytes))
    throw invalidKey(kind, bytes, "it is a point of small order or not in canonical form, so others could sign for it");
  const der = Buffer.concat([spkiHeads[kind], bytes]);
  let key: KeyObject;
  try {
    key = createPublicKey({ key: der, format: "der", type: "spki" });
  } catch (cause) {
    throw invalidKey(kind, bytes, "it is no point of the curve", cause);
  }
  return { kind, bytes, digest: digestOf(kind), handle: { key, dsaEncoding: "ieee-p1363" } };
}

function signingKeyOf(kind: KeyKind, privateKey: KeyObject, publicBytes: Uint8Array): SigningKey {
  const bytes = Uint8Array.from(publicBytes);
  return { publicKey: publicKey(kind, bytes), handle: { key: privateKey, dsaEncoding: "ieee-p1363" } };
}

function kindOf(key: KeyObject): KeyKind {
  if (key.asymmetricKeyType === "ed25519") return "ed25519";
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === "prime256v1") return "p256";
  if (curve === "secp256k1") return "secp256k1";
  const found = curve ?? key.asymmetricKeyType ?? key.type;
  throw new FabricError("KEY_INVALID", {
    what: `a key of the kind ${found}`,
    kind: "signing",
    reason: "it is not one of ours",
  });
}

function digestOf(kind: KeyKind): "sha256" | null {
  return kind === "ed25519" ? null : "sha256";
}

const fieldPrime = 2n ** 255n - 19n;
const orderEightY = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const smallOrderYs: ReadonlySet<bigint> = new Set([0n, 1n, fieldPrime - 1n, orderEightY, fieldPrime - orderEightY]);

/** Under a key of small order anyone can make signatures that hold, and not every version of Node.js refuses them. */
function isWeakEd25519(bytes: Uint8Array): boolean {
  const y = BigInt.asUintN(255, BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`));
  return y >= fieldPrime || smallOrderYs.has(y);
}

function isLow(signature: Uint8Array, halfOrder: Uint8Array): boolean {
  return Buffer.compare(signature.subarray(32), halfOrder) <= 0;
}

/** An ECDSA signature of r ‖ s as DER (RFC 3279), which Node.js verifies in two thirds of the time. */
function derOf(signature: Uint8Array): Uint8Array {
  const [r, s] = [derInteger(signature.subarray(0, 32)), derInteger(signature.subarray(32))];
  return Buffer.concat([Uint8Array.of(0x30, r.length + s.length), r, s]);
}

function derInteger(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  // With its first bit set it would be a negative number.
  const padding = bytes[start] >> 7;
  const integer = new Uint8Array(2 + padding + bytes.length - start);
  integer.set([0x02, integer.length - 2]);
  integer.set(bytes.subarray(start), 2 + padding);
  return integer;
}

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex"));
}

function invalidKey(kind: KeyKind, bytes: Uint8Array, reason: string, cause?: unknown): FabricError<"KEY_INVALID"> {
  const what = `0x${Buffer.from(bytes).toString("hex")}`;
  return new FabricError("KEY_INVALID", { what, kind, reason }, { cause });
}
