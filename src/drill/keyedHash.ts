import { hash } from "node:crypto";
import type { Scheme } from "../nodes/index.ts";

/**
 * A hash of public key and message in a signature's place: anyone can make it, so it proves nothing. For rehearsals, where
 * all parts are played by one program that only wants to know what would follow; no program that takes messages from
 * others may use it.
 */
export const keyedHash: Scheme = {
  sign: ({ publicKey: { bytes } }, message) => hashOf(bytes, message),
  isSignature: ({ key }, message, signature) => hashOf(key, message).equals(signature),
};

function hashOf(key: Uint8Array, message: Uint8Array): Buffer {
  return hash("sha512", Buffer.concat([key, message]), "buffer");
}
