import { FabricError } from "../errors.ts";
import { type Hex, sha256, toHex } from "./digest.ts";
import { readAll, type Store } from "./store.ts";

/**
 * What jobs are about, as their submitters gave it: bytes that are named by their digest, kept for as long as the world
 * lasts, each in a file of its own.
 */
export class PayloadStore {
  readonly #store: Store;

  /** @param store for payloads alone */
  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Returns the SHA-256 of the bytes when they would survive a loss of power. What is there already is left as it is.
   * @throws FabricError STORE_FULL, STORE_FAILED; nothing is half kept then, and other payloads can be put
   */
  put(bytes: Uint8Array): Hex {
    const digest = toHex(sha256(bytes));
    const name = nameOf(digest);
    // Read again: what a disk has damaged is put right. The empty one is known without a file.
    const isThere = this.#store.size(name) === bytes.length && toHex(sha256(readAll(this.#store, name))) === digest;
    if (!isThere) this.#store.replace(name, bytes);
    return digest;
  }

  /**
   * Undefined when nobody put it.
   * @throws FabricError PAYLOAD_ALTERED when it is not what was put
   */
  get(digest: Hex): Uint8Array | undefined {
    const name = nameOf(digest);
    const bytes = readAll(this.#store, name);
    if (toHex(sha256(bytes)) === digest) return bytes;
    if (bytes.length === 0) return undefined;
    throw new FabricError("PAYLOAD_ALTERED", { digest });
  }

  close(): void {
    this.#store.close();
  }
}

/** @throws RangeError: a name that is no digest could be that of any file */
function nameOf(digest: Hex): string {
  if (!/^0x[0-9a-f]{64}$/.test(digest)) throw new RangeError(`${digest} is no SHA-256 in lower-case hex`);
  return digest.slice(2);
}
