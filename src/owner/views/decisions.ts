import { type Batch, digestOf, signedMemo } from "../batch.ts";
import type { LogAct, LoggedEntry } from "../logChain.ts";
import { type Lane, lanes } from "../office.ts";
import type { Overview } from "../overview.ts";
import { Signers } from "./signers.ts";

/** What the owners or a guardian did, as the chain has it. */
export type ChainDecision = {
  readonly act: LogAct;
  readonly block: number;
  readonly transaction: string;
  /** What the owners signed; null for a guardian, who acts alone. */
  readonly digest: string | null;
  readonly lane: Lane | null;
  readonly seq: number | null;
  /** In words. */
  readonly by: string;
};

export type LogRow = {
  /** From 1, as in the file. */
  readonly number: number;
  readonly entry: LoggedEntry;
  /** What the chain has instead, without a full stop; null when it has it as it stands here. */
  readonly problem: string | null;
};

/** The log of a world, held against the chain. */
export type LogView = {
  readonly format: "planetary-fabric/owner-log-view/v1";
  readonly chainId: number;
  readonly block: { readonly number: number; readonly hash: string };
  readonly rows: readonly LogRow[];
  /** On the chain, and not in the log. */
  readonly unlogged: readonly ChainDecision[];
  /** The newest line's; whoever keeps it can tell later that nothing before it was changed. */
  readonly head: string | null;
  /** How many rows are not on the chain as they stand, and how many decisions are not in the log. */
  readonly differing: number;
};

const acts: Readonly<Record<string, LogAct>> = { Executed: "made", Announced: "announced", Cancelled: "cancelled" };

/** What owners and guardians did, in the chain's order. */
export function chainDecisions(overview: Pick<Overview, "events" | "senders" | "offices">): ChainDecision[] {
  const found: ChainDecision[] = [];
  const signers = new Signers();
  for (const event of overview.events) {
    signers.follow(event);
    const { block, transaction, values } = event;
    const act = event.contract === "OwnerMultisig" ? acts[event.name] : undefined;
    if (act !== undefined) {
      const by = signers.named(Number(values.signers));
      const { lane, seq } = placeIn(BigInt(String(values.nonce)));
      const said = by.length === 0 ? "anyone, since its time was over" : `the owners ${by.join(" and ")}`;
      found.push({ act, block, transaction, digest: String(values.digest), lane, seq, by: said });
    } else if (event.name === "GuardianSpent") {
      const by = `the guardian ${String(values.guardian)}`;
      found.push({ act: "made", block, transaction, digest: null, lane: null, seq: null, by });
    }
  }
  return found;
}

/** Holds the log against what the chain has. */
export function logView(overview: Overview, entries: readonly LoggedEntry[]): LogView {
  const { block, offices } = overview;
  const decisions = chainDecisions(overview);
  const open = new Map(decisions.map((decision) => [keyOf(decision), decision]));
  const rows = entries.map((entry, index): LogRow => {
    const key = keyOf({ ...entry, transaction: entry.transactionHash, digest: entry.batch?.digest ?? null });
    const decision = open.get(key);
    open.delete(key);
    const problem = decision === undefined ? "the chain has no such decision" : problemOf(entry, decision, overview);
    return { number: index + 1, entry, problem };
  });
  const unlogged = [...open.values()];
  return {
    format: "planetary-fabric/owner-log-view/v1",
    chainId: offices.office.chainId,
    block: { number: block.number, hash: block.hash },
    ...{ rows, unlogged, head: entries.at(-1)?.hash ?? null },
    differing: unlogged.length + rows.filter(({ problem }) => problem !== null).length,
  };
}

/** What an entry says that cannot be, by what the chain has of it. */
function problemOf({ block, batch, calls, sentence, plan }: LoggedEntry, decision: ChainDecision, overview: Overview) {
  if (block !== decision.block) return `the chain has it in block ${decision.block}`;
  if (batch === null) return null;
  const { lane, seq, epoch, memo } = batch;
  const signed: Batch = { ...batch, calls, nonce: (BigInt(lanes[lane]) << 64n) | BigInt(seq), epoch: BigInt(epoch) };
  if (digestOf(overview.offices.office, signed) !== decision.digest) return "the owners signed other calls or times";
  return signedMemo(sentence, plan) === memo ? null : "the owners signed another sentence";
}

type Key = Pick<ChainDecision, "act" | "transaction" | "digest">;

function keyOf({ act, transaction, digest }: Key): string {
  return `${act} ${transaction} ${digest ?? "guardian"}`;
}

function placeIn(nonce: bigint): { lane: Lane | null; seq: number } {
  const names: readonly Lane[] = ["parameters", "membership", "emergency"];
  const lane = names.find((name) => BigInt(lanes[name]) === nonce >> 64n) ?? null;
  return { lane, seq: Number(nonce & 0xffff_ffff_ffff_ffffn) };
}
