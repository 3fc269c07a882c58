import { type Constitution, contractNames, interfaceOf } from "../../governance/index.ts";
import { packSignatures } from "../batch.ts";
import { counted, type Entries, invalid, step } from "../entry.ts";
import { membersOf } from "../office.ts";
import { officesOf, type World } from "../world.ts";

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
      const next: Constitution = proposal.constitution;
      const plain = { ...next, members: next.members.map((each) => ({ ...each })), rules: [...next.rules] };
      const args = [plain, packSignatures(acceptances)] as const;
      const data = interfaceOf("OwnerMultisig").encodeFunctionData("constitute", [...args]);
      const says = differences(world, office.constitution, next);
      const sentence =
        says.length === 0
          ? "Enact the same constitution once more: what was signed or announced before is void"
          : `Change the constitution, and void what was signed or announced before: ${says.join("; ")}`;
      return {
        steps: [step(world, "OwnerMultisig", data, sentence)],
        lasts: "those who were members before take office again only by accepting it anew",
      };
    },
  },
};

/** What is different, each in words. */
function differences(world: World, before: Constitution, after: Constitution): string[] {
  const [old, young] = [membersOf(before), membersOf(after)];
  const joining = young.filter(({ key }) => !old.some((member) => member.key === key));
  const leaving = old.filter(({ key }) => !young.some((member) => member.key === key));
  const moved = young.filter(({ key, weight }) => old.some((member) => member.key === key && member.weight !== weight));
  const votes = (constitution: Constitution) =>
    `${counted(constitution.threshold)} of ${counted(constitution.members.reduce((sum, { weight }) => sum + weight, 0))}`;
  const rules = (constitution: Constitution) =>
    new Map(constitution.rules.map(({ target, selector, delay }) => [functionName(world, target, selector), delay]));
  const [oldRules, youngRules] = [rules(before), rules(after)];
  const waits = (delay: number | undefined) => (delay === undefined ? "the default" : `${counted(delay)} s`);
  const functions = [...new Set([...oldRules.keys(), ...youngRules.keys()])];
  return [
    ...joining.map(({ kind, key, weight }) => `the ${kind} ${key} becomes a member of weight ${counted(weight)}`),
    ...leaving.map(({ kind, key }) => `the ${kind} ${key} is no member any more`),
    ...moved.map(({ kind, key, weight }) => `the ${kind} ${key} has weight ${counted(weight)}`),
    ...(votes(before) === votes(after) ? [] : [`${votes(after)} decide (before: ${votes(before)})`]),
    ...(before.defaultDelay === after.defaultDelay
      ? []
      : [`what no rule names waits ${waits(after.defaultDelay)} (before: ${waits(before.defaultDelay)})`]),
    ...functions.flatMap((name) => {
      const [was, is] = [oldRules.get(name), youngRules.get(name)];
      return was === is ? [] : [`${name} waits ${waits(is)} (before: ${waits(was)})`];
    }),
  ];
}

/** "ShardRegistry.setQueueBudget", or target and selector where they are none of the fabric's. */
function functionName({ deployment }: World, target: string, selector: string): string {
  const contract = contractNames.find((name) => deployment.contracts[name].address === target);
  const named = contract && interfaceOf(contract).getFunction(selector as never)?.name;
  return contract === undefined ? `${target} ${selector}` : `${contract}.${named ?? selector}`;
}
