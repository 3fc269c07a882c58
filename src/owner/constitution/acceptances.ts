import { type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";
import { FabricError } from "../../errors.ts";
import type { Chain, Constitution } from "../../governance/index.ts";
import { type OwnerSignature, payloadOf } from "../batch.ts";
import { amountOf } from "../entry.ts";
import { type TypedData, typedDataIn } from "../export/typedData.ts";
import { type MemberKey, signWith } from "../members/key.ts";
import { askMember, lookAt } from "../members/signature.ts";
import { type Member, membersOf, ownersDomain } from "../office.ts";
import { readSealed, sealedText } from "../plan/sealed.ts";
import { checkConstitution, checkMemberCode, checkVerifiers } from "./check.ts";
import { type Acceptable, acceptableForm } from "./forms.ts";

// Nobody enters office unasked: members sign the constitution that names them.

const constitutionFields = {
  Constitution: [
    { name: "members", type: "Member[]" },
    { name: "threshold", type: "uint32" },
    { name: "defaultDelay", type: "uint32" },
    { name: "rules", type: "Rule[]" },
  ],
  Member: [
    { name: "kind", type: "uint8" },
    { name: "weight", type: "uint16" },
    { name: "key", type: "bytes" },
  ],
  Rule: [
    { name: "target", type: "address" },
    { name: "selector", type: "bytes4" },
    { name: "delay", type: "uint32" },
  ],
};

/** What members sign of a constitution that is to follow another; `OwnerMultisig` looks at it. */
export const constitutionTypes = {
  Acceptance: [
    { name: "epoch", type: "uint64" },
    { name: "constitution", type: "Constitution" },
  ],
  ...constitutionFields,
};

/** The name of the EIP-712 domain of what members sign of the first one. No contract is there, and none is named. */
export const foundingDomainName = "Planetary Fabric Founding";

/** What members sign of the first constitution; no contract takes it. */
export const foundingTypes = {
  Founding: [
    { name: "constitution", type: "Constitution" },
    { name: "verifiers", type: "address[]" },
  ],
  ...constitutionFields,
};

type Signed = {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly value: Record<string, unknown>;
};

/** What the members of a constitution sign to accept it. */
function acceptanceSigned(document: Acceptable): Signed {
  const { chainId, constitution } = document;
  if (document.format === "planetary-fabric/first-constitution/v1") {
    const domain = { name: foundingDomainName, version: "1", chainId };
    const { verifiers } = document;
    return { domain, types: foundingTypes, value: { constitution, verifiers } };
  }
  const { multisig, epoch } = document;
  const domain = ownersDomain({ chainId, multisig });
  return { domain, types: constitutionTypes, value: { epoch, constitution } };
}

/** EIP-712, hex. */
export function acceptanceDigest(document: Acceptable): string {
  const { domain, types, value } = acceptanceSigned(document);
  return TypedDataEncoder.hash(domain, types, value);
}

/** What the members' wallets sign (`eth_signTypedData_v4`). */
export function acceptanceTypedData(document: Acceptable): TypedData {
  const { domain, types, value } = acceptanceSigned(document);
  return typedDataIn(domain, types, value);
}

export function acceptableText(document: Acceptable): string {
  return sealedText(document);
}

/**
 * Reads a constitution with the acceptances that it has, and looks at both as far as can be told without a chain.
 * @param file what to call the text in an error
 * @throws OWNER_FILE_ALTERED, CONSTITUTION_INVALID, ACCEPTANCE_DOUBLED, ACCEPTANCE_FORGED
 */
export function readAcceptable(text: string, file: string): Acceptable {
  const document = readSealed(text, file, acceptableForm);
  checkAcceptable(document);
  checkAcceptances(document, file);
  return document;
}

/** @throws CONSTITUTION_INVALID */
export function checkAcceptable(document: Acceptable): void {
  const { constitution } = document;
  if (document.format === "planetary-fabric/first-constitution/v1")
    checkConstitution(constitution, { verifiers: document.verifiers });
  else checkConstitution(constitution, { multisig: document.multisig });
}

/** @throws ACCEPTANCE_DOUBLED, ACCEPTANCE_FORGED */
export function checkAcceptances(document: Acceptable, file: string): void {
  const members = membersOf(document.constitution);
  const digest = acceptanceDigest(document);
  const seen = new Set<number>();
  for (const { index, payload } of document.acceptances) {
    const member = members[index - 1];
    if (member === undefined) throw forged(file, `member ${index}`, `there are ${members.length} members`);
    if (seen.has(index)) throw new FabricError("ACCEPTANCE_DOUBLED", { file, member: accepting(member, index) });
    seen.add(index);
    const look = lookAt(member, digest, payload);
    if (look.is === "bad") throw forged(file, accepting(member, index), look.why);
  }
}

/**
 * Asks the chain about everything that cannot be told without it: what code the members have, and the acceptances of
 * those that are contracts or keys.
 * @throws CONSTITUTION_INVALID, ACCEPTANCE_FORGED
 */
export async function judgeAcceptable(chain: Chain, document: Acceptable, file: string): Promise<void> {
  const { constitution, acceptances } = document;
  await checkMemberCode(chain, constitution);
  if (document.format === "planetary-fabric/first-constitution/v1") await checkVerifiers(chain, document.verifiers);
  const members = membersOf(constitution);
  const digest = acceptanceDigest(document);
  for (const { index, payload } of acceptances) {
    const member = members[index - 1];
    if (member.kind === "account" || (await askMember(chain, member, digest, payload))) continue;
    throw forged(file, accepting(member, index), `${member.address} does not know it as its own`);
  }
}

/** Who accepted a constitution, and whether it is enough. */
export type Accepted = {
  /** Numbers of members, from 1. */
  readonly by: readonly number[];
  readonly missing: readonly number[];
  /** What those who accepted weigh. */
  readonly votes: number;
};

export function acceptedBy({ constitution, acceptances }: Acceptable): Accepted {
  const numbers = constitution.members.map((_, index) => index + 1);
  const has = new Set(acceptances.map(({ index }) => index));
  const by = numbers.filter((number) => has.has(number));
  return {
    by,
    missing: numbers.filter((number) => !has.has(number)),
    votes: by.reduce((sum, number) => sum + constitution.members[number - 1].weight, 0),
  };
}

/** A member accepts, with a key of whatever kind it is. @throws NOT_A_MEMBER */
export function acceptWith<Document extends Acceptable>(key: MemberKey, document: Document): Document {
  const accepted = signWith(key, membersOf(document.constitution), acceptanceDigest(document));
  return withAll(document, [accepted], "the new acceptance");
}

/**
 * A constitution with one acceptance more, in the place of an older one of the same member.
 * @param signature what the member's wallet, contract or key gave, hex
 * @throws ACCEPTANCE_FORGED, VALUE_INVALID
 */
export function withAcceptance<Document extends Acceptable>(
  document: Document,
  index: number,
  signature: string,
): Document {
  const member = membersOf(document.constitution)[index - 1];
  const payload = payloadOf(member, signature);
  return withAll(document, [{ index, payload }], "the new acceptance");
}

/**
 * The acceptances of several copies of one constitution, in one.
 * @param others with what to call them
 * @throws ACCEPTANCE_FOREIGN when one is of another constitution, epoch, chain or multisig
 */
export function mergeAcceptances<Document extends Acceptable>(
  document: Document,
  others: readonly { readonly file: string; readonly document: Acceptable }[],
): Document {
  const digest = acceptanceDigest(document);
  return others.reduce((all, { file, document: other }) => {
    if (acceptanceDigest(other) !== digest)
      throw new FabricError("ACCEPTANCE_FOREIGN", { file, problem: differenceOf(document, other) });
    return withAll(all, other.acceptances, file);
  }, document);
}

function withAll<Document extends Acceptable>(
  document: Document,
  more: readonly OwnerSignature[],
  file: string,
): Document {
  const byIndex = new Map([...document.acceptances, ...more].map((each) => [each.index, each]));
  const acceptances = [...byIndex.values()].sort((a, b) => a.index - b.index);
  const merged = { ...document, acceptances };
  checkAcceptances(merged, file);
  return merged;
}

function differenceOf(own: Acceptable, other: Acceptable): string {
  if (own.chainId !== other.chainId) return `it is for chain ${other.chainId}, and this one for ${own.chainId}`;
  const place = (each: Acceptable) =>
    each.format === "planetary-fabric/first-constitution/v1"
      ? "a fabric that is not there yet"
      : `constitution ${each.epoch} of ${each.multisig}`;
  if (place(own) !== place(other)) return `it is for ${place(other)}, and this one for ${place(own)}`;
  return "its members, votes, delays or verifiers are others";
}

/** What a fabric is deployed with, when all members have accepted it. */
export type Accepting = { readonly constitution: Constitution; readonly verifiers: readonly string[] };

/**
 * The constitution that a fabric is to begin with. Nothing on the chain looks at its acceptances: whoever deploys it has
 * to, before.
 * @param chain that it is to be deployed on: its verifiers, and members that are contracts, are there already
 * @param file what to call the text in an error
 * @throws OWNER_FILE_ALTERED, CONSTITUTION_INVALID; ACCEPTANCE_FOREIGN when it is none of a first one, or for another
 * chain; ACCEPTANCE_DOUBLED, ACCEPTANCE_FORGED; ACCEPTANCES_MISSING unless every member has accepted
 */
export async function foundingConstitution(chain: Chain, text: string, file: string): Promise<Accepting> {
  const document = readAcceptable(text, file);
  const foreign = (problem: string) => new FabricError("ACCEPTANCE_FOREIGN", { file, problem });
  if (document.format !== "planetary-fabric/first-constitution/v1")
    throw foreign(`it is to follow another constitution of ${document.multisig}`);
  if (document.chainId !== chain.chainId)
    throw foreign(`it is for chain ${document.chainId}, and this is chain ${chain.chainId}`);
  await judgeAcceptable(chain, document, file);
  enoughAccepted(document);
  return { constitution: document.constitution, verifiers: document.verifiers };
}

/** Of a first one all have to accept; of another those who weigh as much as decides. @throws ACCEPTANCES_MISSING */
export function enoughAccepted(document: Acceptable): void {
  const { by, missing, votes } = acceptedBy(document);
  const { members, threshold } = document.constitution;
  const first = document.format === "planetary-fabric/first-constitution/v1";
  if (first ? missing.length === 0 : votes >= threshold) return;
  const named = membersOf(document.constitution);
  throw new FabricError("ACCEPTANCES_MISSING", {
    have: first ? `${by.length} members` : `members of ${amountOf(votes, "votes")}`,
    needed: first ? `all ${members.length}` : amountOf(threshold, "votes"),
    missing: missing.map((number) => accepting(named[number - 1], number)).join(", "),
  });
}

/** "member 2, the account 0x…" */
export function accepting({ kind, address, key }: Member, number: number): string {
  return `member ${number}, the ${kind} ${kind === "key" ? key : address}`;
}

function forged(file: string, member: string, problem: string): FabricError {
  return new FabricError("ACCEPTANCE_FORGED", { file, member, problem });
}
