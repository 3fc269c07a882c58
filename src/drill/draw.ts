import { hash } from "node:crypto";
import { ByteWriter } from "../fabric/index.ts";
import { sha256 } from "../journal/index.ts";

const numbersLength = 16; // u32, u64, u32

/** What chance decides of one kind: it follows from the seed, the kind's name, and three numbers that say what it is for. */
export class Draw {
  /** Seed, name and numbers. The numbers are written anew for each draw: the rest is the same each time. */
  readonly #question: Uint8Array<ArrayBuffer>;
  readonly #numbers: DataView;

  constructor(seed: number, kind: string) {
    this.#question = new ByteWriter().u32(seed).text(kind).raw(new Uint8Array(numbersLength)).finish();
    this.#numbers = new DataView(this.#question.buffer, this.#question.length - numbersLength);
  }

  /** @param b a safe integer; `a` and `c` are u32 */
  digest(a: number, b: number, c: number): Uint8Array {
    return sha256(this.#about(a, b, c));
  }

  /** A u32: the first four bytes of the digest. */
  number(a: number, b: number, c: number): number {
    return Number.parseInt(hash("sha256", this.#about(a, b, c), "hex").slice(0, 8), 16);
  }

  #about(a: number, b: number, c: number): Uint8Array {
    this.#numbers.setUint32(0, a);
    this.#numbers.setUint32(4, Math.floor(b / 2 ** 32));
    this.#numbers.setUint32(8, b % 2 ** 32);
    this.#numbers.setUint32(12, c);
    return this.#question;
  }
}
