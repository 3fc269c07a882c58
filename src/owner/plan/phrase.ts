import { scryptSync } from "node:crypto";
import { wordlists } from "ethers";

/** scrypt with these takes some 0.1 s: whoever wants another file with the same words has to try 2^66 of them so. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;

/**
 * Six words of BIP-39's English list for a digest, for people to compare by voice.
 * @param digest 32 bytes in hex
 */
export function phraseOf(digest: string): string {
  const bytes = scryptSync(Buffer.from(digest.slice(2), "hex"), "planetary-fabric/phrase/v1", 9, cost);
  // 6 words of 11 bits; the last 6 of the 72 bits are left over.
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const numbers = Array.from({ length: 6 }, (_, index) => Number.parseInt(bits.slice(11 * index, 11 * index + 11), 2));
  return numbers.map((number) => wordlists.en.getWord(number)).join(" ");
}
