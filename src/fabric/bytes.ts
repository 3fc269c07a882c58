const utf8 = new TextEncoder();

/** Appends big-endian fields to a buffer that grows. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** A safe integer, 0 … 2^53 - 1, in eight bytes. */
  u64(value: number): this {
    const at = this.#grow(8);
    this.#view.setUint32(at, Math.floor(value / 2 ** 32));
    this.#view.setUint32(at + 4, value % 2 ** 32);
    return this;
  }

  bigU64(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  raw(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Bytes behind their length (u32). */
  bytes(value: Uint8Array): this {
    return this.u32(value.length).raw(value);
  }

  /** UTF-8 behind its length in bytes (u32). */
  text(value: string): this {
    const at = this.#grow(4 + 3 * value.length);
    const { written } = utf8.encodeInto(value, this.#bytes.subarray(at + 4));
    this.#view.setUint32(at, written);
    this.#length = at + 4 + written;
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was written, not a copy: good until more is written. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins anew in the same room. */
  clear(): this {
    this.#length = 0;
    return this;
  }

  /** Where the next `count` bytes go. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length = at + count;
    if (this.#length > this.#bytes.length) this.#widen();
    return at;
  }

  #widen(): void {
    const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Thrown by `ByteReader` and the decoders on it: the bytes are not of the form they should have. */
export class MalformedBytes extends Error {
  override readonly name = "MalformedBytes";
}

/** Reads what `ByteWriter` wrote; every read past the end throws `MalformedBytes`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    const value = this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw new MalformedBytes(`a number above 2^53 - 1 at byte ${at}`);
    return value;
  }

  bigU64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) throw new MalformedBytes(`a truth value of ${value} at byte ${this.#at - 1}; 0 or 1 is right`);
    return value === 1;
  }

  /** A view of the next `length` bytes, not a copy. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  bytes(): Uint8Array {
    return this.raw(this.u32());
  }

  text(): string {
    const at = this.#at;
    const bytes = this.bytes();
    try {
      return strictUtf8.decode(bytes);
    } catch {
      throw new MalformedBytes(`a text at byte ${at} that is not UTF-8`);
    }
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.remaining > 0) throw new MalformedBytes(`${this.remaining} bytes left over at byte ${this.#at}`);
  }

  #take(count: number): number {
    if (count > this.remaining)
      throw new MalformedBytes(`${count} bytes wanted at byte ${this.#at}, ${this.remaining} left`);
    const at = this.#at;
    this.#at += count;
    return at;
  }
}

// With `ignoreBOM` a leading U+FEFF stays in the text, so that what was read is written back byte for byte.
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
