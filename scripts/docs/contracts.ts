import { readFileSync } from "node:fs";
import { constructorArguments, contractNames } from "../../src/governance/index.ts";
import { gasLimits, limitOf } from "../../test/contracts/gas/limits.ts";
import { markdownTable } from "./section.ts";

/** The sentences with which each interface opens. */
export function powers(): string {
  return contractNames
    .map((name) => {
      const source = readFileSync(`contracts/interfaces/I${name}.sol`, "utf8");
      const opening = source.slice(0, source.indexOf(`\ninterface I${name}`));
      const sentences = bullets(opening);
      if (sentences.length === 0) throw new RangeError(`I${name}.sol does not say who has which power`);
      return `**${name}**\n\n${sentences.map((sentence) => `- ${sentence}`).join("\n")}`;
    })
    .join("\n\n");
}

/** The first list in a documentation comment, each entry in one line. */
function bullets(comment: string): string[] {
  const lines = comment.split("\n").map((line) => line.replace(/^\/\/\/ ?/, ""));
  const from = lines.findIndex((line) => line.startsWith("- "));
  const length = lines.slice(from).findIndex((line) => !/^(- | {2})/.test(line));
  const list = from < 0 ? [] : lines.slice(from, from + length);
  const entries = list.join("\n").split(/^- /m).slice(1);
  return entries.map((entry) =>
    entry
      .trim()
      .replaceAll(/\s*\n\s*/g, " ")
      .replaceAll(/\{I?(\w+)\}/g, "`$1`"),
  );
}

export function deploymentOrder(): string {
  const rows = contractNames.map((name, index) => {
    const founders = {
      constitution: "the owners' constitution",
      verifiers: "the verifiers of keys",
      previousLedger: "the ledger before",
      previousHead: "its head",
    };
    return [`${index + 1}`, `\`${name}\``, constructorArguments(name, (other) => `\`${other}\``, founders).join(", ")];
  });
  return markdownTable(["", "contract", "what its constructor is told"], rows);
}

export function gasTable(): string {
  const gas: Record<string, Record<string, number>> = JSON.parse(readFileSync("test/contracts/gas.json", "utf8"));
  const counted = (amount: number) => amount.toLocaleString("en-US");
  const rows = Object.entries(gas).flatMap(([contract, uses]) =>
    Object.entries(uses).map(([use, amount]) => {
      const limit = limitOf(contract, use);
      return [`\`${contract}\``, use, counted(amount), limit === undefined ? "" : `≤ ${counted(limit)}`];
    }),
  );
  for (const { by, use } of gasLimits)
    if (gas[by]?.[use] === undefined) throw new RangeError(`gas.json does not have ${by}, ${use}`);
  return markdownTable(["contract", "use", "gas", "limit"], rows);
}
