import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { blueprintsOf, JsonDocument, loadOf, manifestOf, scenarioOf } from "../../src/config/index.ts";
import { FabricError } from "../../src/errors.ts";
import { anyJson, type Json, type Path, placesIn, replaced } from "./anyJson.ts";
import { manifestFrom, manifestText, scenarioFrom, scenarioText } from "./documents.ts";

const blueprintText = `[{ "idPrefix": "survey-", "count": 3, "shard": "luna", "skills": ["observation"],
  "class": "background", "durationTicks": 4, "budgetTicks": 6, "deadlineTicks": 90, "value": 7, "payload": [1] }]`;
const names = { shards: new Set(["luna"]), skills: new Set(["observation"]) };

type Kind = { readonly text: string; readonly read: (document: JsonDocument) => void };

const kinds: Readonly<Record<string, Kind>> = {
  manifest: {
    text: manifestText,
    read: (document) => {
      const made = manifestOf(document);
      loadOf(scenarioFrom(scenarioText, made), made);
    },
  },
  scenario: {
    text: scenarioText,
    read: (document) => void loadOf(scenarioOf(document, manifest), manifest),
  },
  blueprint: { text: blueprintText, read: (document) => void blueprintsOf(document, names) },
};
const manifest = manifestFrom(manifestText);

describe("a document with any JSON value in the place of any other", () => {
  for (const [kind, { text, read }] of Object.entries(kinds)) {
    const whole: Json = JSON.parse(text);
    const places = placesIn(whole);

    /** The lines that it is refused with; none when it means something. */
    const refusalOf = (path: Path, value: unknown): readonly string[] => {
      try {
        read(new JsonDocument("d.json", JSON.stringify(replaced(whole, path, value), null, 2)));
        return [];
      } catch (error) {
        const what = `${JSON.stringify(value)} at ${path.join(".")}`;
        if (!(error instanceof FabricError)) throw new Error(`${what}: ${String(error)}`, { cause: error });
        assert.equal(error.code, "DOCUMENT_INVALID", what);
        return error.message.split("\n");
      }
    };

    it(`means something, or is refused with line, column and a sentence: ${kind}`, () => {
      let refused = 0;
      fc.assert(
        fc.property(fc.constantFrom(...places), anyJson, (path, value) => {
          const lines = refusalOf(path, value);
          if (lines.length > 0) refused++;
          for (const line of lines) assert.match(line, /^[ds]\.json(:\d+:\d+)?: \P{C}+[.?]$/u);
        }),
        { numRuns: 200, seed: 20260106 },
      );
      assert.ok(refused > 100, `${refused} refused`);
    });

    it(`is refused for an object and for null in every place where they mean nothing: ${kind}`, () => {
      for (const path of places) {
        if (path.includes("payload")) continue;
        for (const value of [{}, null]) {
          const [first = ""] = refusalOf(path, value);
          assert.match(first, /^d\.json:\d+:\d+: /, `${JSON.stringify(value)} at ${path.join(".")} is taken`);
        }
      }
    });
  }
});
