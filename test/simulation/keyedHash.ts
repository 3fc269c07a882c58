import type { Scheme } from "../../src/nodes/index.ts";

/** 64 bytes over key and message in a signature's place. Anyone could make it: it is quick, which is all that it is for. */
export const keyedHash: Scheme = {
  sign: ({ publicKey: { bytes } }, message) => hashOf(bytes, message),
  isSignature: ({ key }, message, signature) => {
    const expected = hashOf(key, message);
    return signature.length === expected.length && Buffer.compare(expected, signature) === 0;
  },
};

function hashOf(key: Uint8Array, message: Uint8Array): Uint8Array {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (const bytes of [key, message])
    for (let at = 0; at < bytes.length; at++) {
      a = Math.imul(a ^ bytes[at], 0xcc9e2d51);
      b = (Math.imul(b, 0x1b873593) + bytes[at]) ^ (a >>> 15);
    }
  const words = new Uint32Array(16);
  for (let at = 0; at < words.length; at++) {
    a = Math.imul(a ^ (a >>> 13), 0x5bd1e995) + at;
    words[at] = a ^ b;
  }
  return new Uint8Array(words.buffer);
}
