import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { id, ZeroAddress } from "ethers";
import { anchorMany, at, deployLedgerInEpoch } from "../CheckpointLedgerHeads.ts";
import { deployFamily, ed25519Key, nameOf, routesTo, shardWith } from "../governedFamily.ts";
import { deployNode, ED25519 } from "../NodeRegistryNodes.ts";
import { fabricParameters, shardParameters } from "../ShardRegistryParameters.ts";
import { deploySubmitter, limitsWith, submitterWith } from "../SubmitterRegistrySubmitters.ts";
import { deployGuardedPause, FABRIC, HOUR, WEEK } from "../SystemPauseGuardians.ts";
import { type GasUse, gasOf, usesOf } from "./use.ts";

// Every call that changes a governed contract, by whoever may make it, second use. Each contract is measured on a chain
// that nothing else was done on.

const [EARTH, ORBIT, MOON] = [1, 2, 3];

/** Every setter of `ShardRegistry`. */
export async function shardRegistryUses(ethers: HardhatEthers): Promise<GasUse[]> {
  const { shards } = await deployFamily(ethers);
  for (const name of ["earth", "orbit", "moon"]) await shards.register(nameOf(name), shardWith());
  const uses: GasUse[] = [];
  for (const { setter, send, initial, value } of [...shardParameters, ...fabricParameters]) {
    await send(shards, initial, value);
    uses.push({ by: "ShardRegistry", use: setter, gas: await gasOf(send(shards, value, value + 100)) });
  }
  await shards.setRoutes(EARTH, routesTo(), routesTo(ORBIT));
  await shards.order(1, "0x");
  const others = await usesOf("ShardRegistry", {
    setRoutes: () => shards.setRoutes(EARTH, routesTo(ORBIT), routesTo(MOON, ORBIT)),
    register: () => shards.register(nameOf("mars"), shardWith()),
    "order: checkpoint now": () => shards.order(1, "0x"),
    "retire, one of four": () => shards.retire(4),
  });
  return [...uses, ...others];
}

export async function nodeRegistryUses(ethers: HardhatEthers): Promise<GasUse[]> {
  const { nodes, admit, byOperator, marketplace, stranger } = await deployNode(ethers);
  await admit({ nodeId: nameOf("earth.core-andes"), key: ed25519Key("earth.core-andes") });
  await nodes.limit(1, 16, 12, 15, 11);
  return usesOf("NodeRegistry", {
    admit: () => admit({ nodeId: nameOf("orbit.relay-alpha"), key: ed25519Key("orbit.relay-alpha") }),
    limit: () => nodes.limit(1, 15, 11, 14, 10),
    drain: () => nodes.drain(1),
    undrain: () => nodes.undrain(1),
    rotateKey: () => byOperator.rotateKey(1, ED25519, ed25519Key("new")),
    remove: () => nodes.remove(1),
    addSkill: () => nodes.addSkill(nameOf("edge")),
    setMarketplace: () => nodes.setMarketplace(marketplace.address, stranger.address),
  });
}

export async function submitterRegistryUses(ethers: HardhatEthers): Promise<GasUse[]> {
  const { submitters } = await deploySubmitter(ethers);
  await submitters.limit(1, limitsWith(), limitsWith({ jobsPerTick: 1 }));
  return usesOf("SubmitterRegistry", {
    admit: () => submitters.admit(submitterWith({ submitterId: nameOf("beta"), key: ed25519Key("beta") })),
    limit: () => submitters.limit(1, limitsWith({ jobsPerTick: 1 }), limitsWith({ jobsPerTick: 2 })),
    revoke: () => submitters.revoke(1),
  });
}

export async function systemPauseUses(ethers: HardhatEthers): Promise<GasUse[]> {
  const { pause, byFirst, bySecond, appoint, first, second, guardians } = await deployGuardedPause(ethers);
  await pause.pause(FABRIC);
  await pause.resume(FABRIC);
  return usesOf("SystemPause", {
    pause: () => pause.pause(FABRIC),
    resume: () => pause.resume(FABRIC),
    guardianPause: () => byFirst.guardianPause(FABRIC, HOUR),
    armGuardian: () => pause.armGuardian(first.address),
    revokeAnchorer: () => byFirst.revokeAnchorer(),
    revokeMarketplace: () => bySecond.revokeMarketplace(),
    appointGuardian: () => appoint(at(guardians, 2)),
    dismissGuardian: () => pause.dismissGuardian(second.address),
    setGuardianPauseLimit: () => pause.setGuardianPauseLimit(WEEK, HOUR),
    retire: () => pause.retire(ZeroAddress),
  });
}

/** What is done with the ledger but for anchoring. */
export async function checkpointLedgerUses(ethers: HardhatEthers): Promise<GasUse[]> {
  const { ledger, byAnchorer, anchorer, stranger } = await deployLedgerInEpoch(ethers);
  const heads = await anchorMany(byAnchorer, 3);
  return usesOf("CheckpointLedger", {
    claim: () => byAnchorer.claim(id("another session")),
    rebase: () => ledger.rebase(at(heads, 0)),
    setAnchorer: () => ledger.setAnchorer(anchorer.address, stranger.address),
  });
}
