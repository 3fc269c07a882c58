import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Command } from "commander";
import fc from "fast-check";
import { commands } from "../../src/cli/program.ts";
import { catalogue, exitCodes } from "../../src/errors.ts";
import { fabric } from "./commandLines.ts";

/** Without any further word these do a great deal. */
const busy: ReadonlySet<string> = new Set(["up", "drill"]);

/** Words that lead to a command, and the options that it has. */
type Way = { readonly words: readonly string[]; readonly options: readonly string[] };

function waysOf(command: Command, above: readonly string[] = []): Way[] {
  const words = [...above, command.name()];
  const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  return [{ words, options }, ...command.commands.flatMap((child) => waysOf(child, words))];
}

const junk = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "-",
    "--",
    "-x",
    "--nope",
    "--json=1",
    "=",
    "0",
    "-1",
    "1e999",
    "0x",
    "1/2",
    "a/b/c",
    "..",
    ".",
  ),
  fc.constantFrom(
    "earth",
    "mars.works/1",
    "mars.works/3..1",
    "mars.works/x",
    "default",
    "all",
    "nowhere/at/all",
    "/dev/null",
  ),
  fc.constantFrom(
    "http://127.0.0.1:9",
    "http://",
    "file:///etc/passwd",
    "é".repeat(2000),
    "\u001b[2J",
    "\u202e",
    "__proto__",
  ),
  fc.string({ maxLength: 8 }),
);

/** A command, or nearly one, with options that it has, and words that nobody wants. */
function lineOf(ways: readonly Way[]): fc.Arbitrary<string[]> {
  return fc.constantFrom(...ways).chain(({ words, options }) => {
    const word = options.length === 0 ? junk : fc.oneof(junk, fc.constantFrom(...options));
    const end = busy.has(words[0] ?? "") ? ["--nope"] : [];
    return fc
      .tuple(fc.nat(9), fc.array(word, { maxLength: 5 }))
      .map(([cut, rest]) => [...(cut === 0 && end.length === 0 ? words.slice(0, -1) : words), ...end, ...rest]);
  });
}

describe("a command line of any words", { timeout: 300_000 }, () => {
  it("does what it says, or is refused with a code of the catalogue or the usage: never with a stack, never without end", async () => {
    const ways = (await commands()).flatMap((command) => waysOf(command));
    const lines = [
      ...fc.sample(lineOf(ways), { numRuns: 400, seed: 20260108 }),
      ...fc.sample(fc.array(junk), { numRuns: 50, seed: 1 }),
    ];
    const folder = mkdtempSync(join(tmpdir(), "fabric-words-"));
    try {
      for (const words of lines) {
        const { code, err } = await fabric(words, {}, folder);
        const what = `${JSON.stringify(words).slice(0, 300)}\n${err}`;
        assert.doesNotMatch(err, /^ +at .*:\d+:\d+\)?$/m, what);
        const error = /^([A-Z][A-Z_]+): /m.exec(err)?.[1];
        if (code === exitCodes.done) continue;
        if (error === undefined) assert.equal(code, exitCodes.usage, what);
        else assert.equal(code, Object.entries(catalogue).find(([name]) => name === error)?.[1].exit, what);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
