import { hexlify } from "ethers";
import { interfaceOf } from "../../governance/index.ts";
import type { Change } from "../changes.ts";
import { none } from "../documents.ts";
import {
  amountOf,
  byGuardian,
  callOf,
  dateOf,
  type Entries,
  emergency,
  invalid,
  irreversible,
  needless,
  routine,
  serious,
} from "../entry.ts";
import { addressOf, guardianNamed, officesOf, type World } from "../world.ts";
import { rearmOf } from "./pauses.ts";

/** Who anchors, who admits nodes for the owners, and who may stop it all. */
export const offices: Entries<
  | "setAnchorer"
  | "revokeAnchorer"
  | "rebase"
  | "setMarketplace"
  | "revokeMarketplace"
  | "setGuardianPauseLimit"
  | "appointGuardian"
  | "dismissGuardian"
  | "rearmGuardian"
> = {
  setAnchorer: {
    ...emergency,
    title: "Appoint who anchors checkpoints, or nobody; the orchestrator that runs has to be started anew",
    words: ["set fabric.anchorer <account>"],
    plan: ({ account }, world) => {
      const { anchorer } = officesOf(world, "setAnchorer");
      if (anchorer === account) throw needless("setAnchorer", "the anchorer", account);
      const undo: Change = { kind: "setAnchorer", account: anchorer };
      return { calls: [anchorerCall(world, anchorer, account)], undo: [undo] };
    },
  },
  revokeAnchorer: {
    ...byGuardian,
    title: "A guardian takes the role from the anchorer, once until the owners re-arm it",
    words: ["guardian-revoke-anchorer --guardian <guardian>"],
    plan: ({ guardian }, world) => {
      const { anchorer } = officesOf(world, "revokeAnchorer");
      if (anchorer === none) throw needless("revokeAnchorer", "the anchorer", none);
      const data = interfaceOf("SystemPause").encodeFunctionData("revokeAnchorer");
      const calls = [callOf(world, "SystemPause", data)];
      const rearm = rearmOf(world, "revokeAnchorer", guardian);
      return { calls, undo: [{ kind: "setAnchorer", account: anchorer }, ...rearm] };
    },
  },
  rebase: {
    ...irreversible,
    title: "Take the ledger back to one of its last 64 heads, when an anchorer went bad, and replace it at once",
    words: ["rebase <seq> --anchorer <anchorer>"],
    plan: ({ seq, anchorer }, world) => {
      const offices = officesOf(world, "rebase");
      const { head } = world;
      if (head?.seq !== seq) throw invalid("rebase", `the ledger keeps no head ${seq}`, "Name one of its last 64");
      const target = { ...head, root: hexlify(head.root), digest: hexlify(head.digest) };
      const data = interfaceOf("CheckpointLedger").encodeFunctionData("rebase", [target]);
      const replaced =
        anchorer === undefined || anchorer === offices.anchorer
          ? []
          : [anchorerCall(world, offices.anchorer, anchorer)];
      return {
        calls: [...replaced, callOf(world, "CheckpointLedger", data)],
        lasts: "heads that were voided stay void",
      };
    },
  },
  setMarketplace: {
    ...serious,
    title: "Appoint who admits registered nodes, lowers limits and drains for the owners, or nobody",
    words: ["set fabric.marketplace <account>"],
    plan: ({ account }, world) => {
      const { marketplace } = officesOf(world, "setMarketplace");
      if (marketplace === account) throw needless("setMarketplace", "the marketplace", account);
      const addresses = [addressOf(marketplace), addressOf(account)] as const;
      const data = interfaceOf("NodeRegistry").encodeFunctionData("setMarketplace", [...addresses]);
      const undo: Change = { kind: "setMarketplace", account: marketplace };
      return { calls: [callOf(world, "NodeRegistry", data)], undo: [undo] };
    },
  },
  revokeMarketplace: {
    ...byGuardian,
    title: "A guardian takes the role from the marketplace, once until the owners re-arm it",
    words: ["guardian-revoke-marketplace --guardian <guardian>"],
    plan: ({ guardian }, world) => {
      const { marketplace } = officesOf(world, "revokeMarketplace");
      if (marketplace === none) throw needless("revokeMarketplace", "the marketplace", none);
      const data = interfaceOf("SystemPause").encodeFunctionData("revokeMarketplace");
      const calls = [callOf(world, "SystemPause", data)];
      const rearm = rearmOf(world, "revokeMarketplace", guardian);
      return { calls, undo: [{ kind: "setMarketplace", account: marketplace }, ...rearm] };
    },
  },
  setGuardianPauseLimit: {
    ...routine,
    title: "How long a guardian's pause may last",
    words: ["set fabric.guardianPauseSecondsMax <value>"],
    plan: ({ value }, world) => {
      const now = officesOf(world, "setGuardianPauseLimit").guardianPauseSecondsMax;
      if (now === value) throw needless("setGuardianPauseLimit", "the limit", amountOf(value, "seconds"));
      const data = interfaceOf("SystemPause").encodeFunctionData("setGuardianPauseLimit", [now, value]);
      const undo: Change = { kind: "setGuardianPauseLimit", value: now };
      return { calls: [callOf(world, "SystemPause", data)], undo: [undo] };
    },
  },
  appointGuardian: {
    ...emergency,
    title: "Appoint a guardian, who accepted by signature",
    words: ["appoint-guardian <acceptance>"],
    plan: ({ acceptance }, world) => {
      const { guardian, deadline, signature, chainId, pause } = acceptance;
      const { guardians, office } = officesOf(world, "appointGuardian");
      if (guardians.some(({ address }) => address === guardian))
        throw needless("appointGuardian", guardian, "a guardian");
      if (chainId !== office.chainId || pause !== world.deployment.contracts.SystemPause.address)
        throw invalid("appointGuardian", "the acceptance is for another fabric", "Have the guardian sign one for this");
      if (deadline < world.time)
        throw invalid(
          "appointGuardian",
          `the acceptance was good until ${dateOf(deadline)}`,
          "Have the guardian sign a new one",
        );
      const args = [guardian, deadline, signature] as const;
      const data = interfaceOf("SystemPause").encodeFunctionData("appointGuardian", [...args]);
      const calls = [callOf(world, "SystemPause", data)];
      return { calls, undo: [{ kind: "dismissGuardian", guardian }] };
    },
  },
  dismissGuardian: {
    ...emergency,
    title: "Dismiss a guardian; a pause that it set stays",
    words: ["dismiss-guardian <guardian>"],
    plan: ({ guardian }, world) => {
      const { address } = guardianNamed(world, "dismissGuardian", guardian);
      const data = interfaceOf("SystemPause").encodeFunctionData("dismissGuardian", [address]);
      const calls = [callOf(world, "SystemPause", data)];
      return { calls, lasts: "it takes a new acceptance of the guardian to appoint it again" };
    },
  },
  rearmGuardian: {
    ...emergency,
    title: "Let a guardian that has acted act once more",
    words: ["rearm-guardian <guardian>"],
    plan: ({ guardian }, world) => {
      const { address, armed } = guardianNamed(world, "rearmGuardian", guardian);
      if (armed) throw needless("rearmGuardian", `the guardian ${address}`, "armed");
      const data = interfaceOf("SystemPause").encodeFunctionData("armGuardian", [address]);
      const calls = [callOf(world, "SystemPause", data)];
      return { calls, lasts: "only a guardian's own act spends it; `dismiss-guardian` ends its office" };
    },
  },
};

function anchorerCall(world: World, before: string, after: string) {
  const addresses = [addressOf(before), addressOf(after)] as const;
  return callOf(
    world,
    "CheckpointLedger",
    interfaceOf("CheckpointLedger").encodeFunctionData("setAnchorer", [...addresses]),
  );
}
