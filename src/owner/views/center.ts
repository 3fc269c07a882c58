import { isDeepStrictEqual } from "node:util";
import type { Manifest } from "../../config/index.ts";
import type { Coming, Overview } from "../overview.ts";
import {
  chainValues,
  manifestValues,
  placeOf,
  type Stated,
  type Subject,
  titleOf,
  unitOf,
  type Value,
} from "./governed.ts";
import type { Touch } from "./lastChanges.ts";
import { type Power, powersOver } from "./powers.ts";

/** What an orchestrator that runs obeys. */
export type Enforced = {
  readonly tick: number;
  /** The block whose parameters it has in force. */
  readonly block: number;
  readonly values: readonly Stated[];
};

export type LastChange = {
  readonly block: number;
  readonly transaction: string;
  /** In words: "the owners 0x… and 0x…", "the guardian 0x…", "the deployment". */
  readonly by: string;
};

/** What differs from what the chain has: `behind` is what a block says that the orchestrator does not have in force yet. */
export type Drift = "enforced" | "behind" | "manifest";

export type CenterRow = {
  /** As it is typed: "earth.queueBudget". */
  readonly title: string;
  readonly subject: Subject;
  readonly field: string;
  readonly unit: string;
  /** Null for what the chain does not have. */
  readonly chain: Value | null;
  /** Who sees to it that it holds. */
  readonly enforcedBy: "orchestrator" | "contracts";
  /** Null where no orchestrator runs, or it does not have it. */
  readonly enforced: Value | null;
  /** Null where the manifest does not say, or there is none. */
  readonly manifest: Value | null;
  /** Nobody may change what has none. */
  readonly powers: readonly Power[];
  /** Null when it is as it was when the contract was made. */
  readonly last: LastChange | null;
  readonly drift: readonly Drift[];
};

/** Everything that the owners govern, in one table. */
export type CenterView = {
  readonly format: "planetary-fabric/owner-center/v1";
  readonly chainId: number;
  readonly multisig: string;
  /** At which it was read; time in Unix seconds. */
  readonly block: { readonly number: number; readonly hash: string; readonly time: number };
  /** Null when none runs. */
  readonly orchestrator: { readonly tick: number; readonly block: number } | null;
  /** Its name; null when there is none to compare with. */
  readonly manifest: string | null;
  readonly rows: readonly CenterRow[];
  /** Batches that were announced and wait. */
  readonly coming: readonly Coming[];
  /** How many rows differ from the chain. */
  readonly drifting: number;
};

/** Everything governed: on chain, enforced, and as the manifest has it. */
export function centerView(overview: Overview, enforced: Enforced | null, manifest: Manifest | null): CenterView {
  const { world, offices, holders, touches, block, coming } = overview;
  const { contracts } = world.deployment;
  const rules = { contracts, constitution: offices.office.constitution };
  const onChain = chainValues(world, offices, holders);
  const inManifest = manifest === null ? [] : manifestValues(manifest);
  const asked = { running: valuesByPlace(enforced?.values ?? []), planned: valuesByPlace(inManifest) };
  const known = new Set(onChain.map(placeOf));
  // What somebody believes in and the chain does not have; told by its status alone.
  const unknown = [...(enforced?.values ?? []), ...inManifest].filter(
    (each) => each.field === "status" && !known.has(placeOf(each)) && known.add(placeOf(each)),
  );
  const rowOf = ({ subject, field }: Stated, chain: Value | null): CenterRow => {
    const place = placeOf({ subject, field });
    const touch = touches.get(place);
    const row = {
      ...{ title: titleOf({ subject, field }), subject, field, unit: unitOf(field), chain },
      enforcedBy: isOfContracts(subject, field) ? ("contracts" as const) : ("orchestrator" as const),
      enforced: asked.running.get(place) ?? null,
      manifest: asked.planned.get(place) ?? null,
      powers: powersOver(subject, field, rules),
      last: touch === undefined ? null : { block: touch.block, transaction: touch.transaction, by: byOf(touch) },
    };
    return { ...row, drift: driftOf(row, enforced, manifest !== null) };
  };
  const byOf = ({ transaction, signers }: Touch) =>
    signers === null ? accountText(overview, transaction) : `the owners ${signers.join(" and ")}`;
  const rows = [...onChain.map((each) => rowOf(each, each.value)), ...unknown.map((each) => rowOf(each, null))];
  return {
    format: "planetary-fabric/owner-center/v1",
    ...{ chainId: offices.office.chainId, multisig: offices.office.multisig },
    block: { number: block.number, hash: block.hash, time: block.time },
    orchestrator: enforced === null ? null : { tick: enforced.tick, block: enforced.block },
    manifest: manifest?.name ?? null,
    ...{ rows, coming, drifting: rows.filter(({ drift }) => drift.length > 0).length },
  };
}

/** Who is in office, and how decisions are made, is nothing that an orchestrator could do otherwise. */
const ofContracts: ReadonlySet<string> = new Set(["anchorer", "marketplace", "guardians", "guardianPauseSecondsMax"]);

function isOfContracts({ kind }: Subject, field: string): boolean {
  return kind === "owners" || (kind === "fabric" && ofContracts.has(field));
}

function driftOf(
  { subject, field, chain, enforcedBy, enforced: running, manifest: planned, last }: Omit<CenterRow, "drift">,
  enforced: Enforced | null,
  hasManifest: boolean,
): Drift[] {
  const drift: Drift[] = [];
  if (enforced !== null && enforcedBy === "orchestrator" && !isSame(chain, running)) {
    const isBehind = last !== null && last.block > enforced.block;
    // What it does not tell is no difference, but that it does not know somebody is one.
    if (running !== null || (field === "status" && !isGone(chain))) drift.push(isBehind ? "behind" : "enforced");
  }
  if (hasManifest && !isSame(chain, planned)) {
    const lists = subject.kind !== "fabric" && subject.kind !== "owners";
    if (planned !== null || (lists && field === "status" && !isGone(chain))) drift.push("manifest");
  }
  return drift;
}

/** A manifest does not name what was there once. */
function isGone(value: Value | null): boolean {
  return value === null || value === "retired" || value === "removed" || value === "revoked";
}

function isSame(a: Value | null, b: Value | null): boolean {
  return isDeepStrictEqual(a, b);
}

/** Who sent a transaction that was no batch of the owners. */
export function accountText({ senders, offices }: Pick<Overview, "senders" | "offices">, transaction: string): string {
  const sender = senders.get(transaction);
  if (sender === undefined) return "somebody";
  if (sender.creates) return "the deployment";
  const { from } = sender;
  if (offices.guardians.some(({ address }) => address === from)) return `the guardian ${from}`;
  if (offices.marketplace === from) return `the marketplace ${from}`;
  return from;
}

function valuesByPlace(values: readonly Stated[]): ReadonlyMap<string, Value> {
  return new Map(values.map((each) => [placeOf(each), each.value]));
}
