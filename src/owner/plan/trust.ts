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

/**
 * Pins what is in force.
 * @param network what the chain is called
 * @param owners what the members are called, member 1 first; "member 1" and so on where it is left out
 * @param own number of the member who trusts; null for somebody who only looks
 * @throws VALUE_INVALID when the names or the number are not of members
 */
export function trustIn(
  deployment: Deployment,
  world: World,
  {
    network,
    owners,
    own = null,
  }: {
    readonly network: string;
    readonly owners?: readonly string[] | undefined;
    readonly own?: number | null | undefined;
  },
): Trust {
  const { office } = officesOf(world, "constitute");
  const count = office.members.length;
  const called = owners ?? office.members.map((_, index) => `member ${index + 1}`);
  if (called.length !== count || new Set(called).size !== count)
    throw new FabricError("VALUE_INVALID", {
      what: "The names of the members",
      problem: `these are ${called.length}: ${called.join(", ")}`,
      right: `Give ${count} that differ, in the order of: ${office.members.map(({ key }) => key).join(", ")}`,
    });
  if (own !== null && !(Number.isInteger(own) && own >= 1 && own <= count))
    throw new FabricError("VALUE_INVALID", {
      ...{ what: "The own number", problem: `there is no member ${own}` },
      right: `Members are 1 to ${count}`,
    });
  const { shards, nodes, submitters, skills } = vocabularyOf(world);
  const said = {
    ...{ format: "planetary-fabric/trust/v1" as const, network, deployment: plainDeployment(deployment) },
    ...{ epoch: Number(office.epoch), constitution: office.constitution, owners: [...called], own },
    ...{ shards, nodes, submitters, skills },
  };
  return { ...said, digest: digestOfJson(said) };
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

/** What an owner can put in words without a chain. */
export function trustedVocabulary({ deployment, constitution, shards, nodes, submitters, skills }: Trust): Vocabulary {
  return { contracts: deployment.contracts, constitution, shards, nodes, submitters, skills };
}

export function trustedMembers({ constitution }: Trust): Member[] {
  return membersOf(constitution);
}

/** A member by name: what plans are signed by, in the owner's own words. @param index from 1 */
export function ownerCalled({ owners }: Trust, index: number): string {
  return owners[index - 1] ?? `member ${index}`;
}

function plainDeployment({ format, chainId, genesisHash, blocks, contracts }: Deployment) {
  return { format, chainId, genesisHash, blocks, contracts };
}
