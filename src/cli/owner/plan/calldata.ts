import {
  batchOfPlan,
  type CalldataDocument,
  calldataOf,
  checkWorld,
  enoughSignatures,
  officeOf,
  tallyOf,
} from "../../../owner/index.ts";
import { networkWords } from "../../network.ts";
import { knownToChain, signaturesBeside, trustName } from "./files.ts";
import { atSite, type Where, withFork } from "./place.ts";
import { verifiable } from "./verify.ts";

/**
 * Writes down what anyone may send to have a plan made that enough owners have signed. Nothing is sent.
 * @throws SIGNATURES_MISSING; what `verify` throws
 */
export function planCalldata(file: string, flags: Where): Promise<{ document: CalldataDocument; note: string }> {
  const { plan, trust } = verifiable(file, flags);
  const held = signaturesBeside(file, plan, trust);
  enoughSignatures(
    tallyOf(
      trust,
      held.map(({ signature }) => signature),
    ),
  );
  return atSite(flags, trust.deployment, async (site) => {
    const signatures = enoughSignatures(tallyOf(trust, await knownToChain(site.chain, plan, trust, held)));
    await withFork(site, (ground) => checkWorld(plan, trust, ground, flags.trust ?? trustName));
    const { sentence, calls, delaySeconds: delay } = plan;
    const office = officeOf(trust);
    const document = calldataOf({
      ...{ planned: { sentence, by: "owners", calls }, batch: batchOfPlan(plan), delay, signatures },
      ...{ office, deployment: trust.deployment },
    });
    const note = [
      sentence,
      `Nothing was sent. Anyone may send what stands under "multisig" to ${office.multisig}, and pays for it.`,
      `Network: ${networkWords(trust.network, plan.chainId)}.`,
    ].join("\n");
    return { document, note };
  });
}
