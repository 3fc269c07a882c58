import type { Parameters } from "../../src/fabric/parameters.ts";
import { type Constitution, type ContractName, contractNames, memberKinds } from "../../src/governance/index.ts";
import { membersOf, type Offices, type Overview } from "../../src/owner/index.ts";

export const accountOf = (digit: string) => `0x${digit.repeat(40)}`;
const hashOf = (digit: string) => `0x${digit.repeat(64)}`;

export const contracts = Object.fromEntries(
  contractNames.map((name, index) => [name, { address: accountOf(String(index + 1)) }]),
) as Record<ContractName, { readonly address: string }>;

export const constitution: Constitution = {
  members: ["7", "8", "9"].map((digit) => ({ kind: memberKinds.account, weight: 1, key: accountOf(digit) })),
  threshold: 2,
  defaultDelay: 0,
  rules: [],
};

type Change = Partial<Omit<Overview, "offices">> & { readonly offices?: Partial<Offices> };

/** An overview of a fabric with these parameters in which all is as it should be, but for what is changed. */
export function overviewOf(parameters: Parameters, rules: Partial<Constitution> = {}, change: Change = {}): Overview {
  const own = { ...constitution, ...rules };
  const { offices: differing, ...rest } = change;
  const offices: Offices = {
    office: {
      ...{ chainId: 31337, multisig: contracts.OwnerMultisig.address, epoch: 1n, constitution: own },
      nonces: { parameters: 0n, membership: 1n << 64n, emergency: 2n << 64n },
      waiting: { parameters: null, membership: null, emergency: null },
      members: membersOf(own),
      threshold: own.threshold,
    },
    ...{ anchorer: accountOf("a"), marketplace: accountOf("b"), guardianPauseSecondsMax: 604_800 },
    guardians: [{ address: accountOf("c"), armed: true }],
    ...differing,
  };
  const held = { owner: contracts.OwnerMultisig.address, pending: "none" };
  return {
    block: { number: 20, hash: hashOf("2"), parentHash: hashOf("1"), time: 1000 },
    world: { deployment: { contracts }, parameters, time: 1000, offices },
    offices,
    holders: {
      ...{ ShardRegistry: held, NodeRegistry: held, SubmitterRegistry: held },
      ...{ CheckpointLedger: held, SystemPause: held },
    },
    events: [],
    touches: new Map(),
    senders: new Map(),
    coming: [],
    ...rest,
  };
}

/** A line of a Mermaid flowchart whose labels cannot be left: what is in quotes is plain text and numeric escapes. */
const quoted = '"(?:[A-Za-z0-9 .,_-]|#\\d+;|<br/>)*"';
const statements = [
  /^flowchart (LR|TD)$/,
  new RegExp(`^ {2}\\w+(\\(\\[|\\{\\{|\\[\\(|\\[/|\\[)${quoted}(\\]\\)|\\}\\}|\\)\\]|/\\]|\\]):::\\w+$`),
  new RegExp(`^ {2}\\w+ -->(\\|${quoted}\\|)? \\w+$`),
  /^ {2}\w+ -\.-> \w+$/,
  /^ {2}classDef \w+ [a-z0-9#:,-]+$/,
];

/** What is no statement of a flowchart, and what an arrow names that is nowhere. */
export function mermaidProblems(text: string): string[] {
  const lines = text.trimEnd().split("\n");
  const strange = lines.filter((line) => !statements.some((statement) => statement.test(line)));
  const declared = new Set(lines.flatMap((line) => /^ {2}(\w+)[([{]/.exec(line)?.[1] ?? []));
  const classes = new Set(lines.flatMap((line) => /^ {2}classDef (\w+) /.exec(line)?.[1] ?? []));
  const named = lines.flatMap((line) => {
    const [, from, to] = /^ {2}(\w+) -.*> ?(?:\|.*\| )?(\w+)$/.exec(line) ?? [];
    return from === undefined || to === undefined ? [] : [from, to];
  });
  const used = lines.flatMap((line) => /:::(\w+)$/.exec(line)?.[1] ?? []);
  return [
    ...strange,
    ...named.filter((id) => !declared.has(id)),
    ...used.filter((name) => !classes.has(name)),
    ...(text.startsWith("flowchart ") ? [] : ["it does not begin as a flowchart"]),
  ];
}
