const utf8 = new TextEncoder();

/** More than any line has. */
export const lineBytesMax = 1024;
const bufferBytes = { least: 4 * lineBytesMax, most: 1 << 18 } as const;

/**
 * Writes lines of ASCII into a buffer, which it hands on whenever it is full. Room is made for a line when that begins,
 * not for each word: so that a word and a number take a few nanoseconds each.
 */
export class LineWriter {
  readonly #hand: (bytes: Uint8Array) => void;
  #bytes = new Uint8Array(bufferBytes.least);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** @param hand takes what was written, in order and in pieces, each good during the call only */
  constructor(hand: (bytes: Uint8Array) => void) {
    this.#hand = hand;
  }

  /** Bytes that were not handed on yet. */
  get length(): number {
    return this.#length;
  }

  /** Begins a line, of `lineBytesMax` bytes at most. */
  line(): this {
    if (this.#length + lineBytesMax > this.#bytes.length) this.#makeRoom();
    return this;
  }

  word({ quads, length }: AsciiWord): this {
    const view = this.#view;
    let at = this.#length;
    this.#length = at + length;
    for (let i = 0; i < quads.length; i++, at += 4) view.setUint32(at, quads[i]);
    return this;
  }

  /** A safe integer, 0 … 2^53 - 1, in decimal digits. */
  decimal(value: number): this {
    if (value >= decimalChunk) return this.#longDecimal(value);
    // In 32-bit arithmetic, which is several times as fast.
    let rest = value | 0;
    let count = 1;
    for (let bound = 10; rest >= bound; bound *= 10) count++;
    const view = this.#view;
    const at = this.#length;
    this.#length = at + count;
    let i = at + count;
    for (; rest >= 10; i -= 2) {
      const hundredth = (rest / 100) | 0;
      view.setUint16(i - 2, decimalPairs[rest - hundredth * 100]);
      rest = hundredth;
    }
    if (i > at) view.setUint8(at, zero + rest);
    return this;
  }

  /** Two lower-case hexadecimal digits a byte. */
  hex(value: Uint8Array): this {
    const view = this.#view;
    let at = this.#length;
    this.#length = at + value.length * 2;
    for (let i = 0; i < value.length; i++, at += 2) view.setUint16(at, hexPairs[value[i]]);
    return this;
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): this {
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Hands on what is left. */
  flush(): void {
    if (this.#length === 0) return;
    this.#hand(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  #makeRoom(): void {
    if (this.#bytes.length === bufferBytes.most) {
      this.flush();
      return;
    }
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  #longDecimal(value: number): this {
    const { written } = utf8.encodeInto(String(value), this.#bytes.subarray(this.#length));
    this.#length += written;
    return this;
  }
}

const zero = 0x30;
const hexDigits = utf8.encode("0123456789abcdef");
/** The two digits of each byte. */
const hexPairs = Uint16Array.from({ length: 256 }, (_, byte) => (hexDigits[byte >> 4] << 8) | hexDigits[byte & 15]);
/** The two digits of each number below 100. */
const decimalPairs = Uint16Array.from(
  { length: 100 },
  (_, n) => ((zero + Math.floor(n / 10)) << 8) | (zero + (n % 10)),
);
const decimalChunk = 1_000_000_000;

/** A text of ASCII for `LineWriter.word`: four bytes a number, the last one filled up with zeros that do not count. */
export type AsciiWord = { readonly quads: Uint32Array; readonly length: number };

export function asciiWord(text: string): AsciiWord {
  const bytes = utf8.encode(text);
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return {
    quads: Uint32Array.from({ length: padded.length / 4 }, (_, i) => view.getUint32(i * 4)),
    length: bytes.length,
  };
}

/** What is written, as one text. */
export function textOf(write: (lines: LineWriter) => void): string {
  let text = "";
  const lines = new LineWriter((bytes) => {
    text += ascii.decode(bytes);
  });
  write(lines);
  lines.flush();
  return text;
}

const ascii = new TextDecoder();
