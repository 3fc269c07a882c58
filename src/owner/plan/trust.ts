import { z } from "zod";
import { FabricError } from "../../errors.ts";
import {
  type Constitution,
  type Deployment,
  deploymentForm,
  misnaming,
  networkNameForm,
} from "../../governance/index.ts";
import { constitutionForm } from "../constitution/forms.ts";
import { vocabularyOf } from "../describe.ts";
import { hex, whole } from "../documents.ts";
import { type Member, membersOf } from "../office.ts";
import type { Vocabulary } from "../words/callWords.ts";
import { officesOf, type World } from "../world.ts";
import { phraseOf } from "./phrase.ts";
import { altered, digestOfJson, readSealed, sealedText } from "./sealed.ts";

const names = z.array(z.string().regex(/^[!-~]{1,32}$/)).readonly();
/** `trust.json`. */
export const trustForm = z
  .strictObject({
    format: z.literal("planetary-fabric/trust/v1"),
    network: z.string().regex(networkNameForm).describe("What the network is called"),
    deployment: deploymentForm,
    epoch: whole("Number of the constitution that was in force", 1, Number.MAX_SAFE_INTEGER, ""),
    constitution: constitutionForm,
    owners: z
      .array(
        z
          .string()
          .min(1)
          .max(64)
          .regex(/^[^\p{C}]+$/u, "a name that can be shown"),
      )
      .readonly()
      .describe("What the members are called, member 1 first"),
    own: whole("Number of the member who trusts", 1, 16, "").nullable(),
    shards: names.describe("Names on the chain by their numbers, which never change, from 1"),
    nodes: names,
    submitters: names,
    skills: names,
    digest: hex("SHA-256 of all this, as canonical JSON", 32),
  })
  .describe("What an owner has pinned once, and holds every plan against.");

/** What an owner has pinned once: plans are held against it, and never supply any of it. */
export type Trust = Readonly<z.output<typeof trustForm>> & {
  readonly deployment: Deployment;
  readonly constitution: Constitution;
};

/** What whoever pins adds to what the chain says. */
export type Pinning = {
  /** What the network is called. */
  readonly network: string;
  /** What the members are called, member 1 first; where it is left out, as before, or "member 1" and so on. */
  readonly owners?: readonly string[] | undefined;
  /** Number of the member who trusts; where it is left out, the same key as before, or nobody's. */
  readonly own?: number | undefined;
  /** What was pinned before, if anything. A constitution that changes numbers its members anew. */
  readonly before?: Trust | undefined;
};

/**
 * Pins what is in force.
 * @throws VALUE_INVALID when the names or the number are not of members, or names have changed places since;
 * TRUST_CONTRADICTED when the chain calls something otherwise than before
 */
export function trustIn(deployment: Deployment, world: World, { network, owners, own, before }: Pinning): Trust {
  const { office } = officesOf(world, "constitute");
  const count = office.members.length;
  const known = before?.deployment.contracts.OwnerMultisig.address === office.multisig ? before : undefined;
  const called = owners ?? namesOf(office.members, known);
  if (called.length !== count || new Set(called).size !== count)
    throw new FabricError("VALUE_INVALID", {
      what: "The names of the members",
      problem: `these are ${called.length}: ${called.join(", ")}`,
      right: `Give ${count} that differ, in the order of: ${office.members.map(({ key }) => key).join(", ")}`,
    });
  const numeric = called.find((name) => /^\s*\d+\s*$/.test(name));
  if (numeric !== undefined)
    throw new FabricError("VALUE_INVALID", {
      ...{ what: "The names of the members", problem: `${numeric} is a number, and members are named by theirs, too` },
      right: "Give names that are no numbers",
    });
  refuseExchanged(office.members, called, known);
  const self = own ?? ownAgain(office.members, known);
  if (self !== null && !(Number.isInteger(self) && self >= 1 && self <= count))
    throw new FabricError("VALUE_INVALID", {
      ...{ what: "The own number", problem: `there is no member ${self}` },
      right: `Members are 1 to ${count}`,
    });
  const { shards, nodes, submitters, skills } = vocabularyOf(world);
  if (known?.deployment.genesisHash === deployment.genesisHash)
    refuseRenamed(known, { shards, nodes, submitters, skills });
  const said = {
    ...{ format: "planetary-fabric/trust/v1" as const, network, deployment: plainDeployment(deployment) },
    ...{ epoch: Number(office.epoch), constitution: office.constitution, owners: [...called], own: self },
    ...{ shards, nodes, submitters, skills },
  };
  return { ...said, digest: digestOfJson(said) };
}

/** Names by keys, as they were given before. */
function namesOf(members: readonly Member[], before: Trust | undefined): string[] {
  const given =
    before === undefined ? [] : trustedMembers(before).map(({ key }, at) => [key, before.owners[at]] as const);
  const names = new Map(given.filter(([, name], at) => name !== unnamed(at + 1)));
  return members.map(({ key }, index) => names.get(key) ?? unnamed(index + 1));
}

function unnamed(index: number): string {
  return `member ${index}`;
}

/**
 * A name that was a member's is not given to another one as long as both are there.
 * @throws VALUE_INVALID
 */
function refuseExchanged(members: readonly Member[], called: readonly string[], before: Trust | undefined): void {
  const were = namesOf(members, before);
  const wrong = called.findIndex((name, at) => name !== were[at] && were.includes(name));
  if (before === undefined || wrong < 0) return;
  const right = members.find((_, at) => were[at] === called[wrong]);
  throw new FabricError("VALUE_INVALID", {
    what: "The names of the members",
    problem: `${called[wrong]} was ${right?.key} before, and would be ${members[wrong].key}`,
    right: `Leave them out, to have them as they were: ${were.join(", ")}; or give them in that order`,
  });
}

/**
 * Names on the chain never change.
 * @throws TRUST_CONTRADICTED
 */
export function refuseRenamed(pinned: Trust, found: Pick<Vocabulary, NamedList>): void {
  for (const [list] of namedLists)
    for (const [index, name] of pinned[list].entries())
      if (found[list][index] !== name) {
        const is = found[list][index] ?? "missing";
        const problem = `number ${index + 1} of the ${list} is ${is} there, and ${name} here`;
        throw new FabricError("TRUST_CONTRADICTED", { problem });
      }
}

type NamedList = (typeof namedLists)[number][0];

/** What is named by number, and pinned; and what one of each is called. */
export const namedLists = [
  ["shards", "shard"],
  ["nodes", "node"],
  ["submitters", "submitter"],
  ["skills", "skill"],
] as const;

function ownAgain(members: readonly Member[], before: Trust | undefined): number | null {
  if (before === undefined || before.own === null) return null;
  const { key } = trustedMembers(before)[before.own - 1];
  const at = members.findIndex((member) => member.key === key);
  return at < 0 ? null : at + 1;
}

export function trustText(trust: Trust): string {
  return sealedText(trust);
}

/** @param file what to call the text in an error @throws OWNER_FILE_ALTERED */
export function readTrust(text: string, file: string): Trust {
  const trust = readSealed(text, file, trustForm);
  const { digest, ...said } = trust;
  if (digestOfJson(said) !== digest) throw altered(file, "its digest is another one");
  const { network, deployment } = trust;
  const problem = misnaming(deployment.chainId, network);
  if (problem !== null) throw altered(file, `it calls chain ${deployment.chainId} ${network}, and ${problem}`);
  return trust;
}

/**
 * Six words for what all owners of a fabric pin alike: its chain, its contracts and their code, and its constitution.
 * Names, and who one is oneself, are not part of it.
 */
export function trustPhrase({ deployment, epoch, constitution }: Trust): string {
  const { chainId, genesisHash, contracts } = deployment;
  return phraseOf(digestOfJson({ chainId, genesisHash, contracts, epoch, constitution }));
}

/**
 * Six words for the names that were pinned. Owners who pin at the same time have the same ones; whoever pins later has those
 * that were added since, too.
 */
export function namesPhrase({ shards, nodes, submitters, skills }: Trust): string {
  return phraseOf(digestOfJson({ shards, nodes, submitters, skills }));
}

/** What an owner can put in words without a chain. */
export function trustedVocabulary({ deployment, constitution, shards, nodes, submitters, skills }: Trust): Vocabulary {
  return { contracts: deployment.contracts, constitution, shards, nodes, submitters, skills };
}

export function trustedMembers({ constitution }: Trust): Member[] {
  return membersOf(constitution);
}

/** A member by name: what plans are signed by, in the owner's own words. @param index from 1 */
export function ownerCalled({ owners }: Trust, index: number): string {
  return owners[index - 1] ?? unnamed(index);
}

function plainDeployment({ format, chainId, genesisHash, blocks, contracts }: Deployment) {
  return { format, chainId, genesisHash, blocks, contracts };
}
