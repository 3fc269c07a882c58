import { type Constitution, interfaceOf } from "../../governance/index.ts";
import { packSignatures } from "../batch.ts";
import { checkAcceptable, checkAcceptances, enoughAccepted } from "../constitution/acceptances.ts";
import { callOf, type Entries, invalid } from "../entry.ts";
import { officesOf } from "../world.ts";

/** Who decides, and how long their decisions wait. */
export const constitution: Entries<"constitute"> = {
  constitute: {
    by: "owners",
    lane: "membership",
    severity: "serious",
    title: "Put another constitution in force, which enough of its members have accepted: members, threshold, delays",
    words: ["constitute <proposal>"],
    plan: ({ proposal }, world) => {
      const { office } = officesOf(world, "constitute");
      const { chainId, multisig, epoch, acceptances } = proposal;
      if (chainId !== office.chainId || multisig !== office.multisig)
        throw invalid("constitute", "the proposal is for another fabric", "Have the members accept one for this");
      if (BigInt(epoch) !== office.epoch + 1n)
        throw invalid(
          "constitute",
          `the members accepted it as constitution ${epoch}, and the next one is ${office.epoch + 1n}`,
          "Have them accept it anew",
        );
      checkAcceptable(proposal);
      checkAcceptances(proposal, "the proposal");
      enoughAccepted(proposal);
      const next: Constitution = proposal.constitution;
      const plain = { ...next, members: next.members.map((each) => ({ ...each })), rules: [...next.rules] };
      const args = [plain, packSignatures(acceptances)] as const;
      const data = interfaceOf("OwnerMultisig").encodeFunctionData("constitute", [...args]);
      return {
        calls: [callOf(world, "OwnerMultisig", data)],
        lasts: "those who were members before take office again only by accepting it anew",
      };
    },
  },
};
