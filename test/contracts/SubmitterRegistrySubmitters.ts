import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { ISubmitterRegistry } from "../../types/index.ts";
import { deployFamily, ed25519Key, nameOf, shardWith } from "./governedFamily.ts";

export type Submitter = ISubmitterRegistry.SubmitterStruct;

/** One that may bring jobs to shards 1 and 2, but for what is given. */
export function submitterWith(fields: Partial<Submitter> = {}): Submitter {
  return {
    submitterId: nameOf("acme"),
    keyKind: 1,
    shards: 0b011,
    jobsPerTick: 500,
    expiry: 0,
    revoked: false,
    key: ed25519Key("acme"),
    ...fields,
  };
}

/** The limits that {submitterWith} gives, but for what is given. */
export const limitsWith = (fields: Partial<ISubmitterRegistry.LimitsStruct> = {}): ISubmitterRegistry.LimitsStruct => ({
  shards: 0b011,
  jobsPerTick: 500,
  expiry: 0,
  ...fields,
});

/** Three shards of which the third is retired. */
export async function deploySubmitters(ethers: HardhatEthers) {
  const family = await deployFamily(ethers);
  for (const name of ["earth", "orbit", "moon"]) await family.shards.register(nameOf(name), shardWith());
  await family.shards.retire(3);
  return family;
}

/** The same with the submitter that {submitterWith} describes. */
export async function deploySubmitter(ethers: HardhatEthers) {
  const family = await deploySubmitters(ethers);
  await family.submitters.admit(submitterWith());
  return family;
}
