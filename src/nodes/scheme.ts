import { FabricError } from "../errors.ts";
import type { NodeParameters } from "../fabric/parameters.ts";
import { publicKey, type SigningKey, sign, verify } from "./keys.ts";

/** Whose signature is looked for, as the chain has it. */
export type Signer = Pick<NodeParameters, "keyKind" | "key">;

/** How messages are signed, and how that is checked. */
export type Scheme = {
  /** 64 bytes. */
  sign(key: SigningKey, message: Uint8Array): Uint8Array;
  isSignature(signer: Signer, message: Uint8Array, signature: Uint8Array): boolean;
};

/** The real thing. */
export const signatures: Scheme = {
  sign,
  isSignature({ keyKind, key }, message, signature) {
    try {
      return verify(publicKey(keyKind, key), message, signature);
    } catch (error) {
      // The chain takes any bytes for a key. One that cannot be used signs nothing.
      if (error instanceof FabricError && error.code === "KEY_INVALID") return false;
      throw error;
    }
  },
};
