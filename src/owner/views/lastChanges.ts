import { isDeepStrictEqual } from "node:util";
import type { Parameters } from "../../fabric/parameters.ts";
import { ProvenParameters } from "../../governance/evidence/index.ts";
import type { ChainEvent } from "../../governance/index.ts";
import type { World } from "../world.ts";
import {
  constitutionValues,
  fabricSubject,
  fabricValues,
  nodeValues,
  ownersSubject,
  placeOf,
  type Stated,
  shardValues,
  submitterValues,
} from "./governed.ts";
import { enactedBy, Signers } from "./signers.ts";

/** Where a value was last changed. */
export type Touch = {
  readonly block: number;
  readonly transaction: string;
  /** Names of the members who signed; null when it was no batch of the owners, but one account's own transaction. */
  readonly signers: readonly string[] | null;
};

/** Events that change one value each, which their contract keeps outside of the parameters. */
const ofOffices: Readonly<Record<string, Pick<Stated, "subject" | "field">>> = {
  AnchorerSet: { subject: fabricSubject, field: "anchorer" },
  MarketplaceSet: { subject: fabricSubject, field: "marketplace" },
  GuardianAppointed: { subject: fabricSubject, field: "guardians" },
  GuardianDismissed: { subject: fabricSubject, field: "guardians" },
  GuardianArmed: { subject: fabricSubject, field: "guardians" },
  GuardianSpent: { subject: fabricSubject, field: "guardians" },
  GuardianPauseLimitSet: { subject: fabricSubject, field: "guardianPauseSecondsMax" },
  OwnershipTransferStarted: { subject: ownersSubject, field: "contracts" },
  OwnershipTransferred: { subject: ownersSubject, field: "contracts" },
};

/**
 * Of each value, by `placeOf`, where it was last changed; what was never changed since its contract was made is left out.
 * @param events all there were, in the chain's order
 */
export function lastChanges(
  events: readonly ChainEvent[],
  contracts: World["deployment"]["contracts"],
): ReadonlyMap<string, Touch> {
  const found = new Map<string, Touch>();
  const signers = new Signers();
  // Each event is a block of its own to it, so that two of one block are told apart.
  const parameters = new ProvenParameters({ events: events.map((event, index) => ({ ...event, block: index })) });
  let before = parameters.at(-1).parameters;
  let constitution: readonly Stated[] = [];
  events.forEach((event, index) => {
    const { block, transaction, batch } = event;
    const touch: Touch = { block, transaction, signers: batch === null ? null : signers.named(batch.signers) };
    const differing = (old: readonly Stated[], young: readonly Stated[]) => {
      const values = new Map(old.map((each) => [placeOf(each), each.value]));
      for (const each of young)
        if (!isDeepStrictEqual(values.get(placeOf(each)), each.value)) found.set(placeOf(each), touch);
    };
    signers.follow(event);
    if (event.contract === "OwnerMultisig") {
      if (event.name !== "Constituted") return;
      const enacted = constitutionValues(contracts, enactedBy(event).constitution);
      differing(constitution, enacted);
      constitution = enacted;
      return;
    }
    const office = ofOffices[event.name];
    if (office !== undefined) found.set(placeOf(office), touch);
    const now = parameters.at(index).parameters;
    differing(touchedValues(event, before), touchedValues(event, now));
    before = now;
  });
  return found;
}

/** The values of what an event is about. */
function touchedValues({ contract, values }: ChainEvent, parameters: Parameters): Stated[] {
  // By a time at which no guardian's pause has ended.
  const time = 0;
  const ofShard = (number: number) => {
    const shard = parameters.shards[number - 1];
    return shard === undefined ? [] : shardValues(parameters, shard, time);
  };
  switch (contract) {
    case "ShardRegistry":
      return "shard" in values ? ofShard(Number(values.shard)) : fabricValues(parameters, time);
    case "SystemPause":
      return Number(values.scope ?? 0) > 0 ? ofShard(Number(values.scope)) : fabricValues(parameters, time);
    case "NodeRegistry": {
      if (!("index" in values)) return fabricValues(parameters, time);
      const node = parameters.nodes[Number(values.index) - 1];
      return node === undefined ? [] : nodeValues(parameters, node);
    }
    case "SubmitterRegistry": {
      const submitter = "index" in values ? parameters.submitters[Number(values.index) - 1] : undefined;
      return submitter === undefined ? [] : submitterValues(parameters, submitter);
    }
    default:
      return [];
  }
}
