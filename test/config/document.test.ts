import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { JsonDocument, readManifest, readScenario } from "../../src/config/index.ts";
import { FabricError } from "../../src/errors.ts";
import { edited, manifestFrom, manifestText, problemsOf, scenarioFrom, scenarioText } from "./documents.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-config-"));
after(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof FabricError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "";
}

describe("a file that is no document", () => {
  it("is named, with the reason", () => {
    const missing = join(folder, "missing.json");
    assert.equal(
      messageOf(() => readManifest(missing)),
      `FILE_UNREADABLE ${missing} cannot be read: there is no such file or folder.`,
    );
    assert.equal(
      messageOf(() => readManifest(folder)),
      `FILE_UNREADABLE ${folder} cannot be read: it is a folder.`,
    );
    const latin = fileWith("latin.json", Uint8Array.of(0x22, 0xe9, 0x22));
    assert.equal(
      messageOf(() => readManifest(latin)),
      `FILE_UNREADABLE ${latin} cannot be read: it is not UTF-8.`,
    );
  });

  it("names the scenarios that ship when one is asked for that does not", () => {
    assert.match(
      messageOf(() => readScenario("defualt")),
      /^SCENARIO_UNKNOWN There is no scenario defualt; .*"default"/,
    );
  });

  it("is named where a scenario points at it", () => {
    const file = fileWith("lost.json", scenarioText);
    const manifest = join(folder, "manifest.json");
    assert.equal(
      messageOf(() => readScenario(file)),
      `DOCUMENT_INVALID ${file}:2:50: manifest names ${manifest}, which does not exist; ` +
        "give the path of a manifest from this file's folder.",
    );
  });
});

describe("a hostile file", () => {
  it("is not read when it is larger than any document", () => {
    const large = fileWith("large.json", " ".repeat(2 ** 20 + 1));
    const says = "it has 1048577 bytes, and 1048576 are the most";
    assert.equal(
      messageOf(() => readManifest(large)),
      `FILE_UNREADABLE ${large} cannot be read: ${says}.`,
    );
  });

  it("cannot exhaust the stack by its depth", () => {
    for (const open of ["[", '{"a":']) {
      const [problem] = problemsOf(() => manifestFrom(open.repeat(200_000)));
      assert.equal(
        problem,
        `m.json:1:${open.length * 32 + 1}: lists and objects are nested deeper than 32; keep to that.`,
      );
    }
  });

  it("cannot flood the terminal with its mistakes", () => {
    const lines = problemsOf(() => manifestFrom(edited(manifestText, '"nodes": [', `"nodes": [${"1,".repeat(99)}`)));
    assert.equal(lines.length, 51);
    assert.equal(lines.at(-1), "m.json: there are more; these are the first 50.");
    const keys = Array.from({ length: 9999 }, (_, index) => `"key${index}": 0`).join();
    assert.ok(problemsOf(() => manifestFrom(`{ ${keys} }`)).length <= 51);
  });

  it("cannot steer the terminal with control characters", () => {
    const [problem] = problemsOf(() => manifestFrom(edited(manifestText, '"id": "bank"', '"id": "\u009b31m\u202e"')));
    assert.match(problem, /id is "\\u009b31m\\u202e";/);
    const [unknown] = problemsOf(() => manifestFrom(edited(manifestText, '"weight": 2', '"weight": 2, "\u009b2J": 0')));
    assert.match(unknown, /no key "\\u009b2J" here/);
  });
});

describe("any document whatever", () => {
  const junk = fc.oneof(
    fc.string({ maxLength: 3 }),
    fc.constantFrom("{", "}", "[", "]", ",", ":", '"', "-", "1e9", "0.5", "null", "true", "//", "\\u0000", "\n"),
    fc.json(),
  );
  const change = fc.record({ at: fc.nat(), remove: fc.nat({ max: 12 }), insert: junk });
  const mutated = (text: string) =>
    fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) =>
      changes.reduce((before, { at, remove, insert }) => {
        const start = at % before.length;
        return before.slice(0, start) + insert + before.slice(start + remove);
      }, text),
    );

  // The same JSON with some of its values replaced by others, so that it still is JSON.
  const reshaped = (text: string) =>
    fc.array(fc.tuple(fc.nat(), fc.jsonValue({ maxDepth: 1 })), { minLength: 1, maxLength: 3 }).map((changes) => {
      const given = new Map(changes);
      let at = 0;
      const places = [...text.matchAll(/:|\[/g)].length;
      return JSON.stringify(JSON.parse(text), (_key, value: unknown) => {
        const [, replacement] = [...given].find(([place]) => place % places === at) ?? [];
        at++;
        return replacement === undefined || at === 1 ? value : replacement;
      });
    });

  it("is read or refused by name: a mistake never ends in a crash", () => {
    const anyOf = (text: string) => fc.oneof(mutated(text), reshaped(text));
    fc.assert(
      fc.property(anyOf(manifestText), anyOf(scenarioText), (manifest, scenario) => {
        messageOf(() => manifestFrom(manifest));
        messageOf(() => scenarioFrom(scenario));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("is JSON to this reader exactly when it is JSON to everyone else", () => {
    fc.assert(
      fc.property(fc.oneof(mutated('{"a": [1, -2.5e3, "x\\n"], "b": {"c": null}}'), junk), (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          assert.match(
            messageOf(() => new JsonDocument("f", text)),
            /^DOCUMENT_INVALID/,
          );
          return;
        }
        const message = messageOf(() => {
          assert.deepEqual(
            JSON.parse(JSON.stringify(new JsonDocument("f", text).value)),
            JSON.parse(JSON.stringify(expected)),
          );
        });
        if (message !== "") assert.match(message, /stands here a second time|nested deeper/);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });
});
