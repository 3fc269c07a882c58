import { FabricError } from "../../errors.ts";
import { type Head, headOf } from "../head.ts";
import { readLedgerEvent } from "./ledger.ts";
import type { ProvenLedger } from "./ledgerProof.ts";
import type { Refuse } from "./refuse.ts";
import type { VerifiedTransaction } from "./verify.ts";

type Place = { readonly block: number; readonly time: number; readonly transaction: string };

/** A checkpoint that the ledger took. */
export type Anchor = Head & Place & { readonly head: string; readonly voided: boolean };

/** One start of one orchestrator; `sessionKey` in lower-case hex. */
export type Claim = Place & { readonly epoch: number; readonly sessionKey: string };

/**
 * Computes each head anew from what the ledger's logs say was anchored, one upon the other, and holds the last one and
 * the epoch against the ledger's storage.
 *
 * @throws EVIDENCE_HEADS
 */
export function followHeads(
  chainId: number,
  ledger: ProvenLedger,
  transactions: readonly VerifiedTransaction[],
): { readonly anchors: readonly Anchor[]; readonly claims: readonly Claim[] } {
  const past: Anchor[] = [];
  const claims: Claim[] = [];
  /** Heads in force, by their seq. */
  let line: Anchor[] = [];
  let epoch: number | undefined;
  for (const { hash: transaction, block, time, logs } of transactions) {
    const place = { block, time, transaction };
    const refuse: Refuse = (problem) => {
      throw new FabricError("EVIDENCE_HEADS", { where: `transaction ${transaction}`, problem });
    };
    for (const log of logs) {
      const event = log.address === ledger.address ? readLedgerEvent(log, refuse) : null;
      if (event === null) continue;
      epoch = event.epoch;
      const last = line.at(-1);
      if (event.name === "Claimed") claims.push({ epoch, sessionKey: event.sessionKey, ...place });
      if (event.name === "Anchored") {
        const { name: _, head, ...checkpoint } = event;
        const computed = headOf(chainId, ledger.address, checkpoint);
        if (head !== computed) refuse(`it says head ${head}, and what it anchors hashes to ${computed}`);
        if (last !== undefined && checkpoint.parent !== last.head)
          refuse(`its parent is ${checkpoint.parent}, and the head before is ${last.head}: an anchor is missing`);
        const anchor = { ...checkpoint, head, voided: false, ...place };
        line.push(anchor);
        past.push(anchor);
      }
      if (event.name === "Rebased") {
        if (event.voided !== last?.head) refuse(`it voids ${event.voided}, and the head before is ${last?.head}`);
        line = line.filter(({ seq }) => seq <= event.seq);
        if (event.head !== line.at(-1)?.head) refuse(`it goes back to ${event.head}, which is not in the evidence`);
      }
    }
  }
  const refuse: Refuse = (problem) => {
    throw new FabricError("EVIDENCE_HEADS", { where: "the ledger's storage", problem });
  };
  const last = line.at(-1) ?? refuse("it has a head, and no anchor is in the evidence");
  if (ledger.head !== last.head) refuse(`it has the head ${ledger.head}, and the last anchor made ${last.head}`);
  if (ledger.epoch !== epoch) refuse(`it is at epoch ${ledger.epoch}, and the last log of the ledger says ${epoch}`);
  const kept = new Set(line);
  return { anchors: past.map((anchor) => (kept.has(anchor) ? anchor : { ...anchor, voided: true })), claims };
}
