import { type ContractName, contractNames } from "../../governance/index.ts";
import { counted, dateOf } from "../entry.ts";
import { memberName } from "../office.ts";
import type { Coming, Overview } from "../overview.ts";
import { mermaidText } from "./mermaid.ts";
import { delayOf, ownersFunctions } from "./powers.ts";

/** What one may do to a contract. */
export type Authority = {
  readonly from: "owners" | "guardian" | "anchorer" | "marketplace" | "operators";
  /** Address of the guardian, anchorer or marketplace; empty for the others. */
  readonly account: string;
  readonly contract: ContractName;
  /** The owners' functions of this edge, by name; of others, what they may do in words. */
  readonly may: readonly string[];
  /** How long a decision of the owners waits there, in seconds; nobody else's waits. */
  readonly waitsSeconds: number;
};

/** Who may do what to this fabric. */
export type AuthorityView = {
  readonly format: "planetary-fabric/owner-diagram/v1";
  readonly chainId: number;
  readonly block: { readonly number: number; readonly hash: string };
  readonly epoch: number;
  readonly members: readonly { readonly kind: string; readonly name: string; readonly weight: number }[];
  readonly threshold: number;
  /** Sum of the members' weights. */
  readonly weight: number;
  readonly contracts: readonly {
    readonly name: ContractName;
    readonly address: string;
    /** Who owns it, where that is not the owners' multisig, and to whom it is offered; null where all is as it should be. */
    readonly stray: string | null;
  }[];
  readonly guardians: readonly { readonly address: string; readonly armed: boolean }[];
  readonly authorities: readonly Authority[];
  readonly coming: readonly Coming[];
};

export function authorityView({ world, offices, holders, block, coming }: Overview): AuthorityView {
  const { contracts } = world.deployment;
  const { office, guardians, anchorer, marketplace, guardianPauseSecondsMax } = offices;
  const rules = { contracts, constitution: office.constitution };
  const ofOwners = [...ownersFunctions()].flatMap(([contract, functions]) => {
    const byDelay = new Map<number, string[]>();
    for (const name of functions) {
      const delay = delayOf(rules, contract, name);
      byDelay.set(delay, [...(byDelay.get(delay) ?? []), name]);
    }
    return [...byDelay]
      .sort(([a], [b]) => a - b)
      .map(([waitsSeconds, may]): Authority => ({ from: "owners", account: "", contract, may, waitsSeconds }));
  });
  const other = (from: Authority["from"], account: string, contract: ContractName, ...may: string[]): Authority[] =>
    account === "none" ? [] : [{ from, account, contract, may, waitsSeconds: 0 }];
  const limit = `pause for at most ${counted(guardianPauseSecondsMax)} s`;
  return {
    format: "planetary-fabric/owner-diagram/v1",
    chainId: office.chainId,
    block: { number: block.number, hash: block.hash },
    epoch: Number(office.epoch),
    members: office.members.map((member) => {
      return { kind: member.kind, name: memberName(member), weight: member.weight };
    }),
    threshold: office.threshold,
    weight: office.members.reduce((sum, { weight }) => sum + weight, 0),
    contracts: contractNames.map((name) => {
      const held = name === "OwnerMultisig" ? null : holders[name];
      const stray = held === null || held.owner === office.multisig ? null : `belongs to ${held.owner}`;
      const offered = held === null || held.pending === "none" ? null : `is offered to ${held.pending}`;
      return { name, address: contracts[name].address, stray: stray ?? offered };
    }),
    guardians,
    authorities: [
      ...ofOwners,
      ...guardians.flatMap(({ address }) =>
        other("guardian", address, "SystemPause", limit, "revoke the anchorer", "revoke the marketplace"),
      ),
      ...other("anchorer", anchorer, "CheckpointLedger", "claim an epoch", "anchor checkpoints"),
      ...other("marketplace", marketplace, "NodeRegistry", "admit nodes", "lower their limits", "drain them"),
      ...other("operators", "", "NodeRegistry", "rotate the keys of their own nodes"),
    ],
    coming,
  };
}

/** The view as a Mermaid flowchart. */
export function authorityMermaid(view: AuthorityView): string {
  const lines = ["flowchart LR"];
  const node = (id: string, shape: readonly [string, string], kind: string, ...text: string[]) =>
    lines.push(`  ${id}${shape[0]}"${text.map(mermaidText).join("<br/>")}"${shape[1]}:::${kind}`);
  const edge = (from: string, to: string, label: string) => lines.push(`  ${from} -->|"${mermaidText(label)}"| ${to}`);
  const { members, threshold, weight, epoch, contracts, guardians, authorities, coming } = view;
  const owners = "OwnerMultisig";
  members.forEach(({ kind, name, weight: share }, index) => {
    node(`M${index + 1}`, ["([", "])"], "member", `member ${index + 1}: ${kind}`, name, `weight ${counted(share)}`);
    edge(`M${index + 1}`, owners, "signs");
  });
  for (const { name, address, stray } of contracts) {
    const more = name === owners ? [`${counted(threshold)} of ${counted(weight)} decide`, `epoch ${epoch}`] : [];
    const kind = stray === null ? (name === owners ? "owners" : "contract") : "stray";
    const shape = name === owners ? (["{{", "}}"] as const) : (["[(", ")]"] as const);
    node(name, shape, kind, name, address, ...more, ...(stray === null ? [] : [stray]));
  }
  guardians.forEach(({ address, armed }, index) => {
    const state = armed ? "armed: it may act once" : "has acted: the owners may re-arm it";
    node(`G${index + 1}`, ["([", "])"], "guardian", "guardian", address, state);
  });
  for (const { from, account, contract, may, waitsSeconds } of authorities) {
    if (from === "owners") {
      edge(owners, contract, `${may.join(", ")}: ${waitWords(waitsSeconds)}`);
      continue;
    }
    const id = from === "guardian" ? `G${guardians.findIndex(({ address }) => address === account) + 1}` : from;
    if (from !== "guardian")
      node(id, ["([", "])"], "office", ...(account === "" ? ["operators of nodes"] : [from, account]));
    edge(id, contract, `may ${may.join(", ")}`);
  }
  coming.forEach(({ lane, readyAt, sentence }, index) => {
    const what = sentence ?? "what it does is not in its transaction";
    node(`W${index + 1}`, ["[/", "/]"], "coming", `waits in ${lane} until ${dateOf(readyAt)}`, what);
    lines.push(`  W${index + 1} -.-> ${owners}`);
  });
  lines.push(
    "  classDef member fill:#0b3d2e,stroke:#5fd3a2,color:#fff",
    "  classDef owners fill:#3b2f0b,stroke:#ffcc33,stroke-width:2px,color:#fff",
    "  classDef contract fill:#110033,stroke:#80d0ff,color:#fff",
    "  classDef guardian fill:#3d0b0b,stroke:#ff8080,color:#fff",
    "  classDef office fill:#061f3a,stroke:#ffcc33,color:#f8f8f8",
    "  classDef coming fill:#333,stroke:#fff,stroke-dasharray:4,color:#fff",
    "  classDef stray fill:#a00,stroke:#fff,stroke-width:3px,color:#fff",
  );
  return `${lines.join("\n")}\n`;
}

function waitWords(seconds: number): string {
  return seconds === 0 ? "at once" : `after ${counted(seconds)} s`;
}
