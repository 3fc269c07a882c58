import { getBytes, toBeHex } from "ethers";
import { z } from "zod";
import type { Log } from "../sender.ts";
import { readEvent } from "./event.ts";
import type { Refuse } from "./refuse.ts";

// Where `CheckpointLedger` keeps its state and its ring of heads, as its compiler lays them out.
export const stateSlot = 2n;
const ringSlot = 3n;
const ringLength = 64n;

/** What the ledger keeps in one slot. `anchorer` in lower-case hex; `minutes` from its creation to its last anchor. */
export type LedgerState = {
  readonly anchorer: string;
  readonly epoch: number;
  readonly seq: number;
  readonly size: number;
  readonly minutes: number;
};

/** The slot of the ring in which the head with this number stands. */
export function headSlot(seq: number): bigint {
  return ringSlot + (BigInt(seq) % ringLength);
}

/** `word`: the content of `stateSlot`. */
export function readState(word: bigint): LedgerState {
  const bits = (at: number, width: number): bigint => (word >> BigInt(at)) & ((1n << BigInt(width)) - 1n);
  return {
    anchorer: toBeHex(bits(0, 160), 20),
    epoch: Number(bits(160, 16)),
    seq: Number(bits(176, 24)),
    size: Number(bits(200, 32)),
    minutes: Number(bits(232, 24)),
  };
}

const small = z.bigint().transform(Number);
const word = z.string();
const hash = z.string().transform((hex) => getBytes(hex));
const forms = {
  Anchored: z.object({ epoch: small, seq: small, parent: word, head: word, size: small, root: hash, digest: hash }),
  Claimed: z.object({ epoch: small, sessionKey: word }),
  AnchorerSet: z.object({ anchorer: word.toLowerCase(), epoch: small }),
  Rebased: z.object({ epoch: small, seq: small, head: word, voided: word, size: small }),
};

/** What the ledger says in a log, as far as it concerns epochs and heads. */
export type LedgerEvent = {
  [Name in keyof typeof forms]: { readonly name: Name } & Readonly<z.infer<(typeof forms)[Name]>>;
}[keyof typeof forms];

/** Null when the log is about something else. */
export function readLedgerEvent(log: Log, refuse: Refuse): LedgerEvent | null {
  const event = readEvent("CheckpointLedger", log, refuse);
  const values = event?.values;
  switch (event?.name) {
    case "Anchored":
      return { name: "Anchored", ...forms.Anchored.parse(values) };
    case "Claimed":
      return { name: "Claimed", ...forms.Claimed.parse(values) };
    case "AnchorerSet":
      return { name: "AnchorerSet", ...forms.AnchorerSet.parse(values) };
    case "Rebased":
      return { name: "Rebased", ...forms.Rebased.parse(values) };
    default:
      return null;
  }
}
