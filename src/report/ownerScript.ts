import type { Parameters } from "../fabric/index.ts";
import { type PlannedChange, readyScripts, safeBatchOf } from "../owner/index.ts";
import { type Decision, deploymentOf } from "./decisions.ts";
import type { OwnerScript } from "./forms.ts";
import type { Primary } from "./primary.ts";
import type { Proof } from "./proof.ts";

type Payload = OwnerScript["decided"][number];

/**
 * `owner-script.json`: what owners do in a hurry, prepared for the fabric as the run left it, and what was decided in the
 * run with what would take it back. Each with its calls, which any wallet or multisig can send, and as the file that
 * Safe's transaction builder takes.
 * @param parameters in force after the last block
 */
export function ownerScriptOf(
  { drill: { contracts } }: Primary,
  { chain }: Proof,
  decisions: readonly Decision[],
  parameters: Parameters,
): OwnerScript {
  const deployment = deploymentOf(contracts);
  const payload = (
    { change, sentence, by, calls }: Pick<PlannedChange, "sentence" | "by" | "calls"> & Pick<Payload, "change">,
    time: number,
  ) => {
    const planned = { change, sentence, calls };
    const source = { planned, deployment, time, account: null, office: { chainId: chain.chainId } };
    // Only the multisig changes its own constitution; no Safe has a use for that.
    const safe = change?.kind === "constitute" ? null : safeBatchOf(source);
    return { change, sentence, by, calls: [...calls], safe: safe && { ...safe, transactions: [...safe.transactions] } };
  };
  const planned = (changes: readonly PlannedChange[], time: number) =>
    changes.map((each) => ({ ...payload(each, time), change: each.change }));
  const { time } = chain.lastBlock;
  const world = { deployment, parameters, time };
  return {
    format: "planetary-fabric/owner-script/v1",
    chainId: chain.chainId,
    multisig: contracts.OwnerMultisig,
    ready: readyScripts(world, decisions.at(-1)?.undo ?? null).map(({ id, title, card, commands, changes }) => ({
      ...{ id, title, card: { ...card, checklist: [...card.checklist] }, commands: [...commands] },
      changes: planned(changes, time),
    })),
    decided: decisions.map(({ entry: { batch, signers, ...entry }, undo, time }) => ({
      ...payload({ ...entry, by: batch === null ? "guardian" : "owners" }, time),
      signers: [...signers],
      undo: undo && planned(undo, time),
    })),
  };
}
