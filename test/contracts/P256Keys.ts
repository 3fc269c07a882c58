import { createECDH, createHash } from "node:crypto";
import { AbiCoder, concat, getBytes, keccak256, sha256, toBeHex } from "ethers";

/** The order of P-256's group. */
export const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** The prime of its field. */
export const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

/** A P-256 key made from a seed. Its signatures are deterministic, so that gas is the same in every run. */
export class P256Key {
  readonly #secret: bigint;
  readonly x: bigint;
  readonly y: bigint;

  constructor(seed: string) {
    this.#secret = BigInt(keccak256(Buffer.from(seed))) % order;
    [this.x, this.y] = multiplesOfBase(this.#secret);
  }

  /** `x` and `y`, 64 bytes. */
  get publicKey(): string {
    return concat([toBeHex(this.x, 32), toBeHex(this.y, 32)]);
  }

  /** `r` and `s`, 64 bytes, of a digest that is signed as it is. */
  sign(digest: string): string {
    const k = BigInt(keccak256(concat([toBeHex(this.#secret, 32), digest]))) % order;
    const r = multiplesOfBase(k)[0] % order;
    const s = (inverse(k) * (BigInt(digest) + r * this.#secret)) % order;
    return concat([toBeHex(r, 32), toBeHex(s > order / 2n ? order - s : s, 32)]);
  }

  /**
   * What an authenticator gives for a challenge (WebAuthn, level 2), in the bytes that OpenZeppelin's verifier takes.
   * @param flags 1 for "user present", 4 for "user verified"
   */
  assertion(challenge: string, flags = 5): string {
    const challengeText = Buffer.from(getBytes(challenge)).toString("base64url");
    const client = `{"type":"webauthn.get","challenge":"${challengeText}","origin":"https://owners.example"}`;
    const authenticator = concat([sha256(Buffer.from("owners.example")), toBeHex(flags, 1), toBeHex(0, 4)]);
    const clientHash = createHash("sha256").update(client).digest();
    const signature = this.sign(sha256(concat([authenticator, clientHash])));
    return AbiCoder.defaultAbiCoder().encode(
      ["uint256", "uint256", "uint256", "uint256", "bytes", "string"],
      [
        `0x${signature.slice(2, 66)}`,
        `0x${signature.slice(66)}`,
        client.indexOf('"challenge"'),
        client.indexOf('"type"'),
        authenticator,
        client,
      ],
    );
  }
}

function multiplesOfBase(scalar: bigint): [x: bigint, y: bigint] {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(Buffer.from(getBytes(toBeHex(scalar, 32))));
  const point = ecdh.getPublicKey("hex", "uncompressed");
  return [BigInt(`0x${point.slice(2, 66)}`), BigInt(`0x${point.slice(66)}`)];
}

/** By Fermat: `value ** (order - 2)`. */
function inverse(value: bigint): bigint {
  let result = 1n;
  for (let bits = order - 2n, square = value % order; bits > 0n; bits >>= 1n, square = (square * square) % order)
    if (bits & 1n) result = (result * square) % order;
  return result;
}
