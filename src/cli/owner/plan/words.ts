import {
  challengeOf,
  type Difference,
  dateOf,
  type Fingerprint,
  namesPhrase,
  ownerCalled,
  type Plan,
  planDigest,
  type Routing,
  type Tally,
  type Trust,
  trustedMembers,
  trustPhrase,
} from "../../../owner/index.ts";
import { networkWords } from "../../network.ts";
import { count, table } from "../../table.ts";

// What people read of plans, trust and signatures.

export function trustWords(trust: Trust): string {
  const { network, deployment, epoch, constitution, own } = trust;
  const members = trustedMembers(trust).map(({ kind, key, weight }, index) => {
    const you = own === index + 1 ? ", you" : "";
    return `  ${index + 1}  ${ownerCalled(trust, index + 1)}${you}: ${kind} ${key}, weight ${weight}`;
  });
  return [
    `Network: ${networkWords(network, deployment.chainId)}, which began with block ${deployment.genesisHash}.`,
    ...Object.entries(deployment.contracts).map(([name, { address }]) => `  ${name.padEnd(18)} ${address}`),
    `Constitution ${epoch}: ${constitution.threshold} votes decide.`,
    ...members,
    "",
    `Six words: ${trustPhrase(trust)}`,
    "Read them to the other owners by voice: theirs are the same, or one of you trusts another fabric.",
    ...namesPinned(trust),
  ].join("\n");
}

/** What is called how, by a node's word, until owners compare it. */
function namesPinned(trust: Trust): string[] {
  const { shards, nodes, submitters, skills } = trust;
  const lists = { shards, nodes, submitters, skills };
  const named = Object.entries(lists).filter(([, names]) => names.length > 0);
  if (named.length === 0)
    return ["", "Nothing has a name there yet: pin anew when the first plan is made, for the names that it gives."];
  return [
    "",
    "Names, by their numbers from 1, which never change:",
    ...named.map(([what, names]) => `  ${what}: ${names.join(", ")}`),
    `Six words for these names: ${namesPhrase(trust)}`,
    "Whoever pins at the same time has the same: compare them by voice, too.",
  ];
}

/** @param network what its chain is called; null where nobody has named it */
export function planWords(plan: Plan, network: string | null): string[] {
  const { sentence, severity, differences, trial, routing, undo, lasts, lane, seq, delaySeconds } = plan;
  const waits = delaySeconds === 0 ? "at once" : `${count(delaySeconds)} s after it was announced`;
  return [
    sentence,
    "",
    network === null
      ? `Network: chain ${plan.chainId}, which nobody has named here.`
      : `Network: ${networkWords(network, plan.chainId)}.`,
    `Decision ${seq} of the lane ${lane}, executed ${waits}; good until ${dateOf(plan.validUntil)}.`,
    `Care: ${[severity.level, ...severity.reasons].join(". ").replace(/\.\./g, ".")}`,
    ...differences.map(differenceWords),
    `Tried on a fork of block ${count(trial.block)}: it succeeds, for ${count(trial.gas)} gas.`,
    ...(routing === null ? [] : routingWords(routing)),
    ...(undo === null ? [] : [`To undo it: ${undo.sentence} ${undo.note}`]),
    ...lasts.map((why) => `Not undone by another change: ${why}.`),
  ];
}

/** What it would have done to a past run, as a table where it would have done something. */
function routingWords({ verdict, without, with: changed, unplayed }: Routing): string[] {
  const heads = ["shard", "completed", "", "spilled", "", "p50 wait", "", "p95 wait", ""];
  const columns = heads.map((head, index) => ({ head, align: index === 0 ? ("left" as const) : ("right" as const) }));
  const rows = changed.shards.map((now, index) => {
    const was = without.shards[index];
    const pair = (field: "completed" | "spilled" | "waitP50" | "waitP95") => [count(was[field]), count(now[field])];
    return [now.shard, ...pair("completed"), ...pair("spilled"), ...pair("waitP50"), ...pair("waitP95")];
  });
  const differs = JSON.stringify(without) !== JSON.stringify(changed);
  return [
    verdict,
    ...(differs ? ["Without the change, and with it (waits in ticks):", table(columns, rows).trimEnd()] : []),
    ...(unplayed.length === 0 ? [] : [`Not part of that: ${unplayed.join("; ")}.`]),
  ];
}

export function differenceWords({ what, before, after }: Difference): string {
  return `  ${what}: ${valueWords(before)} → ${valueWords(after)}`;
}

export function valueWords(value: Difference["after"]): string {
  if (value === null) return "nothing";
  if (typeof value === "number") return count(value);
  return typeof value === "object" ? value.join(", ") || "none" : String(value);
}

export function fingerprintWords({ domain, struct, digest, phrase }: Fingerprint): string[] {
  return [`Domain hash  ${domain}`, `Struct hash  ${struct}`, `Digest       ${digest}`, `Six words    ${phrase}`];
}

/** What a passkey is asked to sign, where a member may have one. */
export function challengeWords(plan: Plan, trust: Trust): string[] {
  if (!trustedMembers(trust).some(({ kind }) => kind === "key")) return [];
  return [`Challenge    ${challengeOf(planDigest(plan))} (what a passkey is asked to sign)`];
}

/** Who has signed, who has not, and what to write to the next one. @param file of the plan */
export function tallyWords(plan: Plan, tally: Tally, fingerprint: Fingerprint, file: string): string[] {
  const { signed, missing, votes, threshold } = tally;
  const state = `Signed by ${signed.join(", ") || "nobody"}: ${votes} of the ${threshold} votes that it takes.`;
  if (votes >= threshold)
    return [state, `Next: npx fabric owner ${plan.delaySeconds > 0 ? "announce" : "execute"} ${file}`];
  return [
    state,
    `Not signed by ${missing.join(", ")}.`,
    "",
    "To copy for the next signer:",
    ...message(plan, fingerprint, file),
  ];
}

function message(plan: Plan, { phrase }: Fingerprint, file: string): string[] {
  return [
    `  Please look at the change attached (${file.split("/").at(-1)}): “${plan.sentence}”`,
    `  Check it with: npx fabric owner verify ${file.split("/").at(-1)}`,
    `  It has to show these six words, which I read to you by voice, too: ${phrase}`,
    `  If you agree: npx fabric owner sign ${file.split("/").at(-1)} --key <your key>`,
    "  and send me the file that it writes.",
  ];
}
