import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { network } from "hardhat";
import { anchorUses, receiptUses } from "./gas/checkpoints.ts";
import { decisionUses, delayedUses, deployTarget, nameOfOwners } from "./gas/decisions.ts";
import { gasLimits, limitOf } from "./gas/limits.ts";
import { delayedOwnerMultisig, memberUses, ownerMultisig } from "./gas/ownerMultisig.ts";
import {
  checkpointLedgerUses,
  nodeRegistryUses,
  shardRegistryUses,
  submitterRegistryUses,
  systemPauseUses,
} from "./gas/registries.ts";
import { safe, safeWithTimelock } from "./gas/safe.ts";
import type { GasUse } from "./gas/use.ts";
import { snapshotGas } from "./gasSnapshot.ts";
import { ownersOf } from "./OwnerMultisigSigning.ts";

/** A chain on which nothing was done yet: addresses, signatures and calldata are the same in every run. */
const openChain = async (): Promise<HardhatEthers> => (await network.create("drill")).ethers;

/** Uses of ours that were held against their limits. */
const held = new Set<string>();

/** Holds what ours cost against its limit and against `gas.json`. */
function hold(uses: readonly GasUse[]): void {
  for (const { by, use, gas } of uses) {
    const limit = limitOf(by, use) ?? Number.POSITIVE_INFINITY;
    expect(gas <= limit, `${by}, ${use}: ${gas} > ${limit}`).to.equal(true);
    held.add(`${by}, ${use}`);
    snapshotGas(by, use, gas);
  }
}

/** Holds that ours costs less than what others take for the same on the same chain. */
function expectBelow(own: readonly GasUse[], others: readonly GasUse[]): void {
  const compared = others.filter((other) => own.some(({ use }) => use === other.use));
  expect(compared).to.have.length.above(0);
  for (const other of compared) {
    const gas = own.find(({ use }) => use === other.use)?.gas;
    expect(gas, `${other.use}: ${other.by} takes ${other.gas}`).to.be.below(other.gas);
  }
}

describe("Gas, second use, whole transactions", () => {
  for (const [threshold, count] of [
    [2, 3],
    [3, 5],
    [4, 7],
  ] as const)
    it(`of what ${threshold} of ${count} owners decide, within its limits and below a Safe's`, async () => {
      const ethers = await openChain();
      const owners = { threshold, owners: ownersOf(count) };
      const set = await deployTarget(ethers);
      const uses = async (deciders: Parameters<typeof decisionUses>[0]) =>
        decisionUses(deciders, set, nameOfOwners(owners));
      const own = await uses(await ownerMultisig(ethers, owners));
      hold(own);
      expectBelow(own, await uses(await safe(ethers, owners, "1.5.0")));
      expectBelow(own, await uses(await safe(ethers, owners, "1.4.1")));
    });

  it("of a decision that waits, within its limit and below a Safe's with a timelock", async () => {
    const ethers = await openChain();
    const owners = { threshold: 2, owners: ownersOf(3) };
    const set = await deployTarget(ethers);
    const own = await delayedUses(ethers, await delayedOwnerMultisig(ethers, owners), set, nameOfOwners(owners));
    const other = await safeWithTimelock(ethers, owners, "1.5.0");
    hold(own);
    expectBelow(own, await delayedUses(ethers, other, set, nameOfOwners(owners)));
  });

  it("of a signature of each kind of member", async () => {
    const ethers = await openChain();
    hold(await memberUses(ethers, await deployTarget(ethers)));
  });

  it("of an anchor, within its limit and below what the Ethereum Attestation Service takes", async () => {
    const [own, ...others] = await anchorUses(await openChain());
    hold([own]);
    expectBelow([own], others);
  });

  it("of a receipt that is proved on the chain", async () => hold(await receiptUses(await openChain())));

  for (const [contract, measure] of Object.entries({
    ...{ ShardRegistry: shardRegistryUses, NodeRegistry: nodeRegistryUses, SubmitterRegistry: submitterRegistryUses },
    ...{ SystemPause: systemPauseUses, CheckpointLedger: checkpointLedgerUses },
  }))
    it(`of every call that changes ${contract}`, async () => hold(await measure(await openChain())));

  it("has been held against every limit there is", () => {
    expect(gasLimits.map(({ by, use }) => `${by}, ${use}`).filter((name) => !held.has(name))).to.deep.equal([]);
  });
});
