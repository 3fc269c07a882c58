import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Command } from "commander";
import { commands } from "../../scripts/docs/commands.ts";
import { documents, fencedLines, root, wordsOf } from "./documents.ts";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Why nobody could run that line; undefined if somebody can. */
function problemOf(line: string): string | undefined {
  const [program, ...words] = wordsOf(line);
  if (program === "npm") return problemOfNpm(words);
  if (program === "python3") return existsSync(join(root, words[0])) ? undefined : `${words[0]} is not there`;
  if (program !== "npx") return `${program} is not npm, npx or python3`;
  const [tool, ...rest] = words;
  if (tool === "fabric") return problemOfFabric(rest);
  // Other tools come with the packages; what is named to them must be there.
  if (!existsSync(join(root, "node_modules", ".bin", tool))) return `${tool} is not installed`;
  const missing = rest.find((word) => word.includes("/") && !word.includes(":") && !existsSync(join(root, word)));
  return missing && `${missing} is not there`;
}

function problemOfNpm(words: readonly string[]): string | undefined {
  const [first, second] = words.filter((word) => !word.startsWith("--"));
  const script = first === "run" ? second : first;
  if (script === undefined || scripts[script] === undefined) return `there is no script ${script}`;
  const flags = words.includes("--") ? words.slice(words.indexOf("--") + 1) : [];
  const program = /^node src\/cli\/main\.ts (.*)$/.exec(scripts[script])?.[1];
  return program === undefined ? undefined : problemOfFabric([...program.split(" "), ...flags]);
}

function problemOfFabric(words: readonly string[]): string | undefined {
  const found = commands().findLast(({ name }) => `fabric ${words.join(" ")} `.startsWith(`${name} `));
  if (found === undefined) return `there is no command ${words.join(" ")}`;
  const { name, command } = found;
  return problemOfArguments(command, words.slice(name.split(" ").length - 1));
}

function problemOfArguments(command: Command, words: readonly string[]): string | undefined {
  try {
    const { operands, unknown } = command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .parseOptions([...words]);
    if (unknown.length > 0) return `there is no option ${unknown[0]}`;
    const required = command.registeredArguments.filter((argument) => argument.required).length;
    const variadic = command.registeredArguments.some((argument) => argument.variadic);
    if (operands.length < required) return "an argument is missing";
    return !variadic && operands.length > command.registeredArguments.length
      ? `${operands.at(-1)} is too much`
      : undefined;
  } catch (error) {
    return String(error);
  }
}

describe("Commands in documents", () => {
  for (const [file, text] of documents())
    for (const line of fencedLines(text, "sh"))
      it(`${file}: ${line}`, () => {
        assert.equal(problemOf(line), undefined);
      });

  const wrong: readonly (readonly [line: string, problem: RegExp])[] = [
    ["npm run fly", /no script fly/],
    ["npm start -- --sceanrio quiet", /no option --sceanrio/],
    ["npm start -- --jobs none", /whole number/],
    ["npx fabric verify", /argument is missing/],
    ["npx fabric verify a b", /b is too much/],
    ["npx fabric owner explode", /no command/],
    ["npx hardhat ignition deploy deploy/Nothing.ts", /deploy\/Nothing.ts is not there/],
    ["npx planets", /not installed/],
    ["python3 scripts/nothing.py", /scripts\/nothing.py is not there/],
    ["yarn start", /not npm/],
  ];
  for (const [line, problem] of wrong)
    it(`that nobody can run are found: ${line}`, () => {
      assert.match(problemOf(line) ?? "", problem);
    });
});
