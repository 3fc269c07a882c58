import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroAddress } from "ethers";
import type { SystemPause } from "../../types/index.ts";
import { asFields, deployFamily, signAcceptance } from "./governedFamily.ts";

export const [FABRIC, EARTH, LAST_SHARD] = [0, 1, 32];
export const [HOUR, WEEK] = [3_600n, 604_800n];
export const DEADLINE = 2_000_000_000;

/** A pause without guardians, two who could be, and a way to appoint them. */
export async function deployPause(ethers: HardhatEthers) {
  const family = await deployFamily(ethers);
  const [first, second] = family.guardians;
  if (!first || !second) throw new Error("too few signers");
  const { pause } = family;
  async function appoint(guardian: typeof first) {
    const acceptance = await signAcceptance(pause, guardian, guardian.address, DEADLINE);
    return pause.appointGuardian(guardian.address, DEADLINE, acceptance);
  }
  return { ...family, first, second, appoint, byFirst: pause.connect(first), bySecond: pause.connect(second) };
}

/** Two guardians, an anchorer and a marketplace. */
export async function deployGuardedPause(ethers: HardhatEthers) {
  const family = await deployPause(ethers);
  const { appoint, first, second, ledger, nodes, anchorer, marketplace } = family;
  await appoint(first);
  await appoint(second);
  await ledger.setAnchorer(ZeroAddress, anchorer.address);
  await nodes.setMarketplace(ZeroAddress, marketplace.address);
  return family;
}

/** A scope as {snapshot} gives it. */
export async function scopeOf(pause: SystemPause, scope: number) {
  return asFields((await pause.snapshot()).scopes[scope]);
}

/** The guardians as {guardians} gives them. */
export async function guardiansOf(pause: SystemPause) {
  return (await pause.guardians()).map(({ account, armed }) => ({ account, armed }));
}
