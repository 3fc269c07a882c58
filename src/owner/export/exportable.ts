import { FabricError } from "../../errors.ts";
import type { Batch, OwnerSignature } from "../batch.ts";
import type { PlannedChange } from "../catalogue.ts";
import type { Change } from "../changes.ts";
import { dateOf } from "../entry.ts";
import type { Office } from "../office.ts";
import type { World } from "../world.ts";

/** A planned change, with all that tools of others need to know of it. */
export type Exportable = {
  readonly planned: Pick<PlannedChange, "change" | "sentence" | "by" | "lane" | "calls">;
  /** As the owners would sign it. */
  readonly batch: Batch;
  /** How long it has to wait after it was announced, in seconds; 0 when it is executed at once. */
  readonly delay: number;
  /** What is there already of the owners' signatures over the batch. */
  readonly signatures: readonly OwnerSignature[];
  readonly office: Pick<Office, "chainId" | "multisig">;
  readonly deployment: World["deployment"];
  /** Unix seconds of the block that it was planned for. */
  readonly time: number;
  /** Address of the Safe, batch account, governor or timelock that is to send it; null where that is not known. */
  readonly account: string | null;
};

/** What is sent to a contract: `to` is null where the account that takes it is not known. */
export type Payload = { readonly to: string | null; readonly value: "0"; readonly data: string };

/**
 * What a governor's proposal says, and what salts a timelock's operation: the sentence, and the time that it was planned
 * for, so that the same change decided twice is two decisions.
 */
export function descriptionOf({ planned: { sentence }, time }: Exportable): string {
  return `${sentence}\n\nPlanned for the state of ${dateOf(time)}.`;
}

/** @throws EXPORT_UNFIT when only the multisig itself may make the calls */
export function checkNoConstitution(
  { planned: { change } }: { readonly planned: { readonly change: Pick<Change, "kind"> | null } },
  format: string,
): void {
  if (change?.kind !== "constitute") return;
  throw new FabricError("EXPORT_UNFIT", {
    ...{ change: change.kind, format },
    problem: "only the owners' multisig changes its own constitution, whoever owns the other contracts",
    right: "Export it as eip712, for its members to sign",
  });
}

/** @param right what would be right, without a full stop @throws EXPORT_UNFIT when a guardian decides it alone */
export function checkByOwners({ planned: { change, by } }: Exportable, format: string, problem: string): void {
  if (by === "owners") return;
  const right = "Export it as calldata; as safe or erc7821 where that is what the guardian is";
  throw new FabricError("EXPORT_UNFIT", { change: change.kind, format, problem, right });
}
