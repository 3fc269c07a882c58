import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { Command } from "commander";
import { anchorUses, receiptUses } from "../../test/contracts/gas/checkpoints.ts";
import {
  type Deciders,
  decisionUses,
  delayedUses,
  deployTarget,
  nameOfOwners,
} from "../../test/contracts/gas/decisions.ts";
import { limitOf } from "../../test/contracts/gas/limits.ts";
import { delayedOwnerMultisig, memberUses, ownerMultisig } from "../../test/contracts/gas/ownerMultisig.ts";
import {
  checkpointLedgerUses,
  nodeRegistryUses,
  shardRegistryUses,
  submitterRegistryUses,
  systemPauseUses,
} from "../../test/contracts/gas/registries.ts";
import { safe, safeWithTimelock } from "../../test/contracts/gas/safe.ts";
import type { GasUse } from "../../test/contracts/gas/use.ts";
import { ownersOf } from "../../test/contracts/OwnerMultisigSigning.ts";
import { markdownTable } from "../docs/section.ts";
import { multiSigner, weightedMultiSigner } from "./gas/openZeppelin.ts";

/** The rules by which a chain counts gas: those in force, and the draft of the ones to come as Hardhat's EVM has it. */
const hardforks = ["osaka", "amsterdam"] as const;
type Hardfork = (typeof hardforks)[number];

/** Uses by the rules they were measured under. */
export type GasReport = Readonly<Record<Hardfork, readonly GasUse[]>>;

export function gasCommand(): Command {
  return new Command("gas")
    .description("whole transactions, relayed by an account, second use, beside what others have for the same")
    .option("--json", "print JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const report = await measureGas();
      console.log(json === true ? JSON.stringify(report) : gasTables(report));
    });
}

/** Each is measured twice, on chains of their own. @throws when the two differ */
export async function measureGas(): Promise<GasReport> {
  const [osaka, amsterdam] = [await agreed("osaka"), await agreed("amsterdam")];
  return { osaka, amsterdam };
}

async function agreed(hardfork: Hardfork): Promise<GasUse[]> {
  const [first, second] = [await usesUnder(hardfork), await usesUnder(hardfork)];
  const different = first.filter(({ gas }, index) => gas !== second[index]?.gas);
  if (different.length > 0) throw new Error(`Two runs differ: ${JSON.stringify(different)}`);
  return first;
}

async function usesUnder(hardfork: Hardfork): Promise<GasUse[]> {
  const uses: GasUse[] = [];
  for (const [threshold, count] of [
    [2, 3],
    [3, 5],
    [4, 7],
  ] as const)
    uses.push(...(await ownersUses(await openChain(hardfork), threshold, count)));
  const members = async (ethers: HardhatEthers) => memberUses(ethers, await deployTarget(ethers));
  const registries = [
    shardRegistryUses,
    nodeRegistryUses,
    submitterRegistryUses,
    systemPauseUses,
    checkpointLedgerUses,
  ];
  for (const measure of [anchorUses, members, receiptUses, ...registries])
    uses.push(...(await measure(await openChain(hardfork))));
  return uses;
}

/** What all deciders there are make of the same target on one chain. */
async function ownersUses(ethers: HardhatEthers, threshold: number, count: number): Promise<GasUse[]> {
  const owners = { threshold, owners: ownersOf(count) };
  const set = await deployTarget(ethers);
  const deciders: Deciders[] = [
    await ownerMultisig(ethers, owners),
    await safe(ethers, owners, "1.5.0"),
    await safe(ethers, owners, "1.4.1"),
    await multiSigner(ethers, owners),
    await weightedMultiSigner(ethers, owners),
  ];
  const delayed = [
    await delayedOwnerMultisig(ethers, owners),
    await safeWithTimelock(ethers, owners, "1.5.0"),
    await safeWithTimelock(ethers, owners, "1.4.1"),
  ];
  const uses: GasUse[] = [];
  for (const each of deciders) uses.push(...(await decisionUses(each, set, nameOfOwners(owners))));
  for (const each of delayed) uses.push(...(await delayedUses(ethers, each, set, nameOfOwners(owners))));
  return uses;
}

async function openChain(hardfork: Hardfork): Promise<HardhatEthers> {
  const { network } = await import("hardhat");
  // To deploy a contract costs more under the draft than a transaction may cost now.
  const override = { hardfork, blockGasLimit: 1_000_000_000, transactionGasCap: false } as const;
  return (await network.create({ network: "drill", override })).ethers;
}

const titles = { osaka: "Osaka", amsterdam: "Amsterdam draft" } as const;
const ours: readonly string[] = ["OwnerMultisig", "CheckpointLedger"];

/** Markdown: beside what others have first, then the limits, then what has nothing beside it. */
export function gasTables(report: GasReport): string {
  return [
    ...hardforks.flatMap((hardfork) => [`**${titles[hardfork]}**, ours ÷ theirs`, ...ratioTables(report[hardfork])]),
    "**Limits**, under Osaka",
    limitTable(report.osaka),
    "**What has nothing beside it**",
    restTable(report),
  ].join("\n\n");
}

/** What others took for the same; none for what only ours do, and for theirs. */
function othersOf(uses: readonly GasUse[], { by, use }: GasUse): GasUse[] {
  return ours.includes(by) ? uses.filter((other) => other.use === use && other.by !== by) : [];
}

/** A row for each use that others have too, a table for each set of others. */
function ratioTables(uses: readonly GasUse[]): string[] {
  const found = new Map<string, { heads: string[]; rows: string[][] }>();
  for (const own of uses) {
    const others = othersOf(uses, own);
    if (others.length === 0) continue;
    const heads = ["use", own.by, ...others.map(({ by }) => by)];
    const table = found.get(heads.join()) ?? { heads, rows: [] };
    found.set(heads.join(), table);
    table.rows.push([
      own.use,
      counted(own.gas),
      ...others.map(({ gas }) => `${(own.gas / gas).toFixed(2)} × ${counted(gas)}`),
    ]);
  }
  return [...found.values()].map(({ heads, rows }) => markdownTable(heads, rows));
}

function limitTable(uses: readonly GasUse[]): string {
  const rows = uses.flatMap(({ by, use, gas }) => {
    const limit = limitOf(by, use);
    if (limit === undefined) return [];
    return [[`${by}, ${use}`, counted(gas), `≤ ${counted(limit)}`, gas <= limit ? "✓" : "✗ MISSED"]];
  });
  return markdownTable(["use", "gas", "limit", ""], rows);
}

function restTable({ osaka, amsterdam }: GasReport): string {
  const compared = new Set(osaka.flatMap((own) => (othersOf(osaka, own).length > 0 ? own.use : [])));
  const rows = osaka.flatMap(({ by, use, gas }, index) =>
    compared.has(use) ? [] : [[by, use, counted(gas), counted(amsterdam[index].gas)]],
  );
  return markdownTable(["by", "use", ...hardforks.map((hardfork) => titles[hardfork])], rows);
}

function counted(gas: number): string {
  return gas.toLocaleString("en-US");
}
