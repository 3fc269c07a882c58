import { decodeRlp, type RlpStructuredData } from "ethers";
import type { Refuse } from "./refuse.ts";

/** Hex bytes, or a list of such. */
export type RlpItem = RlpStructuredData;

/** The number in RLP that a slot of storage holds. */
export function readWord(bytes: string, refuse: Refuse): bigint {
  const item = decode(bytes, refuse);
  return typeof item === "string" && item.length <= 2 + 2 * 32
    ? BigInt(item === "0x" ? 0 : item)
    : refuse("it is no RLP of a word");
}

/** The list that `bytes` are the RLP of. Bytes that are none, also those nested too deep to be read, are refused. */
export function readList(bytes: string, refuse: Refuse): readonly RlpItem[] {
  const item = decode(bytes, refuse);
  return typeof item === "string" ? refuse("it is RLP of bytes where a list is wanted") : item;
}

function decode(bytes: string, refuse: Refuse): RlpItem {
  try {
    return decodeRlp(bytes);
  } catch {
    return refuse("it is no RLP, or lists are nested in it too deep to be read");
  }
}

export function readBytes(item: RlpItem | undefined, what: string, refuse: Refuse): string {
  return typeof item === "string" ? item : refuse(`its ${what} is missing or is a list`);
}

/** Bytes of exactly `length`. */
export function readFixed(item: RlpItem | undefined, length: number, what: string, refuse: Refuse): string {
  const bytes = readBytes(item, what, refuse);
  return bytes.length === 2 + 2 * length ? bytes : refuse(`its ${what} is ${bytes}, and ${length} bytes are wanted`);
}

/** A number below 2^53. */
export function readNumber(item: RlpItem | undefined, what: string, refuse: Refuse): number {
  const bytes = readBytes(item, what, refuse);
  const value = bytes === "0x" ? 0n : BigInt(bytes.length <= 2 + 2 * 8 ? bytes : -1);
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) return refuse(`its ${what} is ${bytes}, beyond 2^53 - 1`);
  return Number(value);
}
