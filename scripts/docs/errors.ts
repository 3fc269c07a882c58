import { catalogue, exitCodes } from "../../src/errors.ts";
import { contractErrors } from "../../src/governance/index.ts";
import { explanations } from "../../src/governance/revertSentences.ts";
import { markdownTable } from "./section.ts";

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: "It is done, and what was asked for holds.",
  failed: "It was tried and did not succeed: a drill that did not pass, a disk that is full, a call that was refused.",
  usage: "The command or a document is not as it should be. Nothing was begun.",
  signaturesMissing: "Too few owners signed, or somebody who is none.",
  harmful: "Refused because it would do harm.",
  unreachable: "A chain, or a fabric, does not answer.",
  integrity: "Something is not what was written, signed or anchored. Do not go on with it.",
  drift: "The world is not the one that the decision was made for.",
};

export function exitCodeTable(): string {
  const rows = Object.entries(exitCodes).map(([name, code]) => [
    `${code}`,
    name,
    meanings[name as keyof typeof exitCodes],
  ]);
  return markdownTable(["exit code", "name", "meaning"], rows);
}

export function errorTable(): string {
  const entries = Object.entries(catalogue).sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = entries.map(([code, { exit, says, remedy }]) => [`\`${code}\``, `${exit}`, says, remedy]);
  return markdownTable(["code", "exit code", "what it says", "what to do"], rows);
}

/** Every custom error of every contract, in words; `REVERTED` carries them. */
export function revertTable(): string {
  const names = [...new Set(contractErrors().map(({ name }) => name))].sort();
  const rows = names.map((name) => {
    const { says, remedy } = explanations[name];
    return [`\`${name}\``, says, remedy];
  });
  return markdownTable(["error of a contract", "what it says", "what to do"], rows);
}
