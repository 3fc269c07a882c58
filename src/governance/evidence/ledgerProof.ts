import { keccak256, toBeHex } from "ethers";
import type { ChainEvidence } from "./evidence.ts";
import { headSlot, type LedgerState, readState, stateSlot } from "./ledger.ts";
import type { Refuse } from "./refuse.ts";
import { readFixed, readList, readWord } from "./rlp.ts";
import { readProof } from "./trie.ts";

/** The ledger after a block: `codeHash` is the keccak-256 of its code, `head` its last head. */
export type ProvenLedger = LedgerState & {
  readonly address: string;
  readonly codeHash: string;
  readonly head: string;
};

/** What the ledger's storage holds under a `stateRoot`. */
export function readLedgerProof(
  { ledger, ledgerProof }: Pick<ChainEvidence, "ledger" | "ledgerProof">,
  stateRoot: string,
  refuse: Refuse,
): ProvenLedger {
  const read = (root: string, key: string, proof: readonly string[], what: string): string | null =>
    readProof(root, keccak256(key), proof, (problem) => refuse(`the proof of its ${what} fails: ${problem}`));
  const value = read(stateRoot, ledger, ledgerProof.account, "account");
  if (value === null) return refuse("there is no such account");
  const account = readList(value, refuse);
  const storageRoot = readFixed(account[2], 32, "storageRoot", refuse);
  const codeHash = readFixed(account[3], 32, "codeHash", refuse);
  const wordAt = (slot: bigint, proof: readonly string[], what: string): bigint => {
    const word = read(storageRoot, toBeHex(slot, 32), proof, what);
    return word === null ? 0n : readWord(word, refuse);
  };
  const state = readState(wordAt(stateSlot, ledgerProof.state, "state"));
  const head = toBeHex(wordAt(headSlot(state.seq), ledgerProof.head, "head"), 32);
  return { ...state, address: ledger, codeHash, head };
}
