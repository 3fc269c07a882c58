import type { ChainEvent, Constitution } from "../../governance/index.ts";
import { type Member, memberName, membersOf } from "../office.ts";
import { constitutionForm } from "../words/constitution.ts";

/** A constitution that came into force, and the event that says so. */
export type Enacted = { readonly epoch: number; readonly constitution: Constitution };

/** @throws ZodError when the event is of another kind */
export function enactedBy({ values }: Pick<ChainEvent, "values">): Enacted {
  return { epoch: Number(values.epoch), constitution: constitutionForm.parse(values.constitution) };
}

/** The members that a `Constituted` event puts into office, by their indices. @throws ZodError */
export function membersEnacted(event: Pick<ChainEvent, "values">): Member[] {
  return membersOf(enactedBy(event).constitution);
}

/**
 * Who signed what the multisig's events are about, in the events' order: the keys of members by the constitution that was
 * in force then.
 */
export class Signers {
  #members: readonly string[] = [];

  /** Takes the next event. */
  follow(event: ChainEvent): void {
    if (event.contract === "OwnerMultisig" && event.name === "Constituted")
      this.#members = membersEnacted(event).map(memberName);
  }

  /** @param signers bit i - 1 is set for the member with index i */
  named(signers: number): string[] {
    return this.#members.filter((_, index) => (signers & (1 << index)) !== 0);
  }
}
