import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign as rawSign, verify as rawVerify } from "node:crypto";
import { describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import type { KeyKind } from "../../src/fabric/parameters.ts";
import { generateSigningKey, practiceKey, publicKey, sign, signingKey, verify } from "../../src/nodes/index.ts";

const kinds: readonly KeyKind[] = ["ed25519", "p256", "secp256k1"];
const orders = {
  p256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
};
const message = Buffer.from("a node's word");

describe("keys", () => {
  for (const kind of kinds) {
    it(`a ${kind} node is known by the key that it wrote on the chain`, () => {
      for (let round = 0; round < 20; round++) {
        const key = generateSigningKey(kind);
        // Read from the chain, the key is nothing but its bytes.
        const fromChain = publicKey(kind, Uint8Array.from(key.publicKey.bytes));
        assert.equal(key.publicKey.bytes.length, kind === "ed25519" ? 32 : 33);
        assert.equal(verify(fromChain, message, sign(key, message)), true);
      }
    });

    it(`what a ${kind} node did not sign is not taken for its word`, () => {
      const key = generateSigningKey(kind);
      const signature = sign(key, message);
      assert.equal(verify(key.publicKey, Buffer.from("another word"), signature), false);
      assert.equal(verify(generateSigningKey(kind).publicKey, message, signature), false);
      assert.equal(verify(key.publicKey, message, signature.subarray(0, 63)), false);
      assert.equal(verify(key.publicKey, message, Buffer.concat([signature, Buffer.of(0)])), false);
      const spread = Buffer.concat([signature.subarray(0, 32), Buffer.of(0), signature.subarray(32)]);
      assert.equal(verify(key.publicKey, message, spread), false);
      for (const bad of [Buffer.alloc(64), Buffer.alloc(64, 0xff), Buffer.alloc(0)])
        assert.equal(verify(key.publicKey, message, bad), false);
      for (let bit = 0; bit < 512; bit += 37) {
        const changed = Uint8Array.from(signature);
        changed[bit >> 3] ^= 1 << (bit & 7);
        assert.equal(verify(key.publicKey, message, changed), false);
      }
    });

    it(`a ${kind} key of the wrong form is refused with what would be right`, () => {
      const { bytes } = generateSigningKey(kind).publicKey;
      const isInvalid = (error: unknown): boolean =>
        error instanceof FabricError && error.code === "KEY_INVALID" && /32 bytes.*33 bytes/.test(error.remedy);
      assert.throws(() => publicKey(kind, bytes.subarray(1)), isInvalid);
      assert.throws(() => publicKey(kind, Buffer.concat([bytes, Buffer.of(1)])), isInvalid);
      assert.throws(() => publicKey(kind, new Uint8Array(bytes.length)), isInvalid);
    });
  }

  for (const kind of ["p256", "secp256k1"] as const) {
    it(`nobody can turn a ${kind} signature into a second one of the same message`, () => {
      const key = generateSigningKey(kind);
      const signature = sign(key, message);
      const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString("hex")}`);
      const twin = Uint8Array.from(signature);
      twin.set(Buffer.from((orders[kind] - s).toString(16).padStart(64, "0"), "hex"), 32);
      assert.equal(rawVerify("sha256", message, key.publicKey.handle, twin), true, "the twin is valid mathematically");
      assert.equal(verify(key.publicKey, message, twin), false);
    });

    it(`a ${kind} node never sends a signature that would be refused for its form`, () => {
      const key = generateSigningKey(kind);
      // About half of what the library signs has the higher s.
      for (let round = 0; round < 40; round++) {
        const text = Buffer.from(`message ${round}`);
        assert.equal(verify(key.publicKey, text, sign(key, text)), true);
      }
    });

    it(`a ${kind} node is heard also when a number in its signature is short, which happens to one in a hundred`, () => {
      const key = generateSigningKey(kind);
      for (const part of [0, 32]) {
        let text = Buffer.of();
        let signature: Uint8Array;
        do {
          text = Buffer.concat([text, Buffer.of(part)]);
          signature = sign(key, text);
        } while (signature[part] !== 0);
        assert.equal(verify(key.publicKey, text, signature), true);
      }
    });

    it(`a ${kind} key that is no point of the curve is refused, and so are other SEC1 forms`, () => {
      const { bytes } = generateSigningKey(kind).publicKey;
      for (const head of [0, 1, 4, 5, 6, 7]) {
        const changed = Uint8Array.from(bytes);
        changed[0] = head;
        assert.throws(() => publicKey(kind, changed), { code: "KEY_INVALID" });
      }
      assert.throws(() => publicKey(kind, Buffer.concat([Buffer.of(2), Buffer.alloc(32, 0xff)])), {
        code: "KEY_INVALID",
      });
    });
  }

  it("the kind of a key is part of it: the same bytes are not taken for a key of another kind", () => {
    const { bytes } = generateSigningKey("ed25519").publicKey;
    assert.equal(publicKey("ed25519", bytes), publicKey("ed25519", bytes), "imported once");
    assert.throws(() => publicKey("p256", bytes), { code: "KEY_INVALID" });
  });

  it("an ed25519 key that anyone can sign for is refused", () => {
    const orderEight = Buffer.from("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "hex");
    const otherOrderEight = Buffer.from("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "hex");
    const one = Buffer.alloc(32);
    one[0] = 1;
    const minusOne = Buffer.from(`ec${"ff".repeat(30)}7f`, "hex");
    const notCanonical = Buffer.from(`ee${"ff".repeat(30)}7f`, "hex");
    for (const weak of [orderEight, otherOrderEight, one, minusOne, notCanonical, Buffer.alloc(32)])
      for (const sign of [0, 0x80]) {
        const key = Buffer.from(weak);
        key[31] |= sign;
        assert.throws(() => publicKey("ed25519", key), { code: "KEY_INVALID" });
      }
  });

  it("ed25519 is that of RFC 8032 (section 7.1, test 2)", () => {
    const key = Buffer.from("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "hex");
    const signature = Buffer.from(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
      "hex",
    );
    assert.equal(verify(publicKey("ed25519", key), Buffer.of(0x72), signature), true);
  });

  it("an ed25519 signature whose s is not reduced is refused", () => {
    const key = generateSigningKey("ed25519");
    const signature = Uint8Array.from(sign(key, message));
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + order;
    signature.set(Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse(), 32);
    assert.equal(verify(key.publicKey, message, signature), false);
  });

  it("a drill's keys are the same on any computer, and others for another seed or label", () => {
    // HKDF of RFC 5869 by its two steps: extract with an empty salt, expand to one block.
    const extracted = createHmac("sha256", Buffer.alloc(32)).update(Buffer.from("0000000000000007", "hex")).digest();
    const info = Buffer.concat([Buffer.from("planetary-fabric/practice-key/v1/node/1"), Buffer.of(1)]);
    const secret = createHmac("sha256", extracted).update(info).digest();
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), secret]);
    const expected = rawSign(null, message, { key: der, format: "der", type: "pkcs8" });
    assert.deepEqual(sign(practiceKey(7, "node/1"), message), expected);
    assert.notDeepEqual(sign(practiceKey(8, "node/1"), message), expected);
    assert.notDeepEqual(sign(practiceKey(7, "node/2"), message), expected);
  });

  it("a private key of a kind that the chain does not know is refused by its name", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    assert.throws(() => signingKey(privateKey), { code: "KEY_INVALID", message: /secp384r1/ });
    assert.throws(() => signingKey(generateKeyPairSync("x25519").privateKey), { message: /x25519/ });
  });
});
