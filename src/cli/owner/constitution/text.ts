import { type Chain, verifierAt, verifierUses } from "../../../governance/index.ts";
import {
  type Acceptable,
  acceptanceDigest,
  acceptedBy,
  challengeOf,
  constitutionDifferences,
  functionName,
  membersOf,
  phraseOf,
} from "../../../owner/index.ts";
import { count } from "../../table.ts";
import type { Background } from "./background.ts";

// What people read of a constitution before they accept it.

/**
 * @param background what it is held against; undefined where nothing is known
 * @param judges what stands at the verifiers, as far as a chain was asked
 */
export function constitutionWords(
  document: Acceptable,
  background: Background | undefined,
  judges: readonly string[] = [],
): string[] {
  const { constitution, chainId } = document;
  const accepted = new Set(acceptedBy(document).by);
  const total = constitution.members.reduce((sum, { weight }) => sum + weight, 0);
  const members = membersOf(constitution).map(({ kind, address, key, weight }, index) => {
    const known = background?.nameOf(key);
    const called = known === undefined ? "" : `${known}: `;
    const state = accepted.has(index + 1) ? "has accepted" : "has not accepted";
    return `  ${index + 1}  ${called}${kind} ${kind === "key" ? key : address}, weight ${count(weight)}, ${state}`;
  });
  const first = document.format === "planetary-fabric/first-constitution/v1";
  return [
    first
      ? `The constitution that a fabric on chain ${chainId} is to begin with.`
      : `Constitution ${document.epoch} of the owners ${document.multisig} on chain ${chainId}.`,
    `${count(constitution.threshold)} of ${count(total)} votes decide.`,
    ...members,
    ...delayWords(document, background),
    ...(first && document.verifiers.length > 0 ? [`P-256 keys are judged by ${document.verifiers.join(", ")}.`] : []),
    ...judges,
    ...(first ? [] : differenceWords(document, background)),
    "",
    `Six words: ${phraseOf(acceptanceDigest(document))}`,
    "Whoever accepts it reads them to the others by voice: theirs are the same, or this is another constitution.",
  ];
}

/** What stands at verifiers: whoever accepts a constitution takes their word for what its P-256 members have signed. */
export async function verifierWords(chain: Chain, verifiers: readonly string[]): Promise<string[]> {
  const names = await Promise.all(verifiers.map((each) => verifierAt(chain, each)));
  return verifiers.map((each, index) => {
    const name = names[index];
    return name === null
      ? `  ${each}: none that this program compiles; it decides what its members have signed, so look at its code first`
      : `  ${each}: OpenZeppelin's ${name}, for ${verifierUses[name]}`;
  });
}

function delayWords(
  { constitution: { defaultDelay, rules } }: Acceptable,
  background: Background | undefined,
): string[] {
  const named = (target: string, selector: string) =>
    background === undefined ? `${target} ${selector}` : functionName(background, target, selector);
  return [
    `What no rule names ${defaultDelay === 0 ? "is done at once" : `waits ${count(defaultDelay)} s`}.`,
    ...rules.map(({ target, selector, delay }) => `  ${named(target, selector)} waits ${count(delay)} s`),
  ];
}

function differenceWords({ constitution }: Acceptable, background: Background | undefined): string[] {
  if (background === undefined) return ["What is different from the one in force is not known here."];
  const different = constitutionDifferences(background, background.inForce, constitution);
  if (different.length === 0)
    return ["It is the one in force: put in force anew, it voids what was signed or announced before."];
  return ["Different from the one in force:", ...different.map((each) => `  ${each}`)];
}

/** Who has accepted, who has not, and what comes next. @param file as it was named */
export function acceptedWords(document: Acceptable, file: string): string[] {
  const { by, missing, votes } = acceptedBy(document);
  const { threshold } = document.constitution;
  const numbers = (list: readonly number[]) => list.map((each) => `member ${each}`).join(", ") || "nobody";
  const who = `Accepted by ${missing.length === 0 ? "all" : `${numbers(by)}; not by ${numbers(missing)}`}.`;
  const name = file.split("/").at(-1);
  const ask = [
    "To copy for the next member:",
    `  Please look at the constitution attached: npx fabric owner constitution show ${name}`,
    `  If you agree: npx fabric owner constitution accept ${name} --key <your key>`,
    "  and send me the file back.",
    `Then: npx fabric owner constitution merge ${file} <the file that comes back>`,
  ];
  if (document.format === "planetary-fabric/first-constitution/v1") {
    if (missing.length === 0) return [who, `Next: npx fabric deploy ${file}`];
    return [who, "All have to, before a fabric is deployed with it.", "", ...ask];
  }
  if (votes >= threshold)
    return [
      `${who} That is enough: ${count(votes)} of the ${count(threshold)} votes that it takes.`,
      `Next: npx fabric owner plan constitute ${file}`,
    ];
  return [`${who} That is ${count(votes)} of the ${count(threshold)} votes that it takes.`, "", ...ask];
}

/** What is signed, for those who sign elsewhere. */
export function digestWords(digest: string): string[] {
  return [`Digest       ${digest}`, `Challenge    ${challengeOf(digest)} (what a passkey is asked to sign)`];
}
