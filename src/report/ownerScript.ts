import type { Parameters } from "../fabric/index.ts";
import { type PlannedChange, type ReadyScript, readyScripts, safeBatchOf, type World } from "../owner/index.ts";
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
  const { chainId } = chain;
  const at = (time: number): Place => ({ deployment, chainId, time });
  const { time } = chain.lastBlock;
  const world = { deployment, parameters, time };
  return {
    format: "planetary-fabric/owner-script/v1",
    chainId,
    multisig: contracts.OwnerMultisig,
    ready: preparedScripts(readyScripts(world, decisions.at(-1)?.undo ?? null), world, chainId),
    decided: decisions.map(({ entry: { batch, signers, ...entry }, undo, time }) => ({
      ...payloadOf({ ...entry, by: batch === null ? "guardian" : "owners" }, at(time)),
      signers: [...signers],
      undo: undo === null ? null : undo.map((each) => plannedPayload(each, at(time))),
    })),
  };
}

/** Scripts for a world, each with its calls and as the file that Safe's transaction builder takes. */
export function preparedScripts(
  scripts: readonly ReadyScript[],
  { deployment, time }: Pick<World, "deployment" | "time">,
  chainId: number,
): OwnerScript["ready"] {
  return scripts.map(({ id, title, card, commands, changes }) => ({
    ...{ id, title, card: { ...card, checklist: [...card.checklist] }, commands: [...commands] },
    changes: changes.map((each) => plannedPayload(each, { deployment, chainId, time })),
  }));
}

/** Where calls are for, and the block time that they were planned for. */
type Place = Pick<World, "deployment" | "time"> & { readonly chainId: number };

function plannedPayload(planned: PlannedChange, place: Place) {
  return { ...payloadOf(planned, place), change: planned.change };
}

function payloadOf(
  { change, sentence, by, calls }: Pick<PlannedChange, "sentence" | "by" | "calls"> & Pick<Payload, "change">,
  { deployment, chainId, time }: Place,
) {
  const source = { planned: { change, sentence, calls }, deployment, time, account: null, office: { chainId } };
  // Only the multisig changes its own constitution; no Safe has a use for that.
  const safe = change?.kind === "constitute" ? null : safeBatchOf(source);
  return { change, sentence, by, calls: [...calls], safe: safe && { ...safe, transactions: [...safe.transactions] } };
}
