import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { blueprintSchema, manifestSchema, missionSchema, scenarioSchema } from "../../src/config/index.ts";
import { foundingForm, planForm, proposalForm, signatureForm, trustForm } from "../../src/owner/index.ts";

const schemas = {
  ...{ manifest: manifestSchema(), scenario: scenarioSchema(), blueprint: blueprintSchema(), mission: missionSchema() },
  ...{ plan: planForm, trust: trustForm, signature: signatureForm },
  ...{ constitution: proposalForm, "first-constitution": foundingForm },
};

describe("the JSON Schemas that editors read", () => {
  for (const [name, schema] of Object.entries(schemas)) {
    it(`say of a ${name} what the program says of it (UPDATE_SNAPSHOTS=1 and \`npm run format\` write them anew)`, () => {
      const file = join("config", "schema", `${name}.schema.json`);
      const current = z.toJSONSchema(schema, { io: "input", reused: "inline" });
      if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(file, `${JSON.stringify(current, undefined, 2)}\n`);
      assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), JSON.parse(JSON.stringify(current)));
    });
  }

  it("are named by each document that ships, so that editors find them", () => {
    const documents = (folder: string) => readdirSync(folder).filter((file) => file.endsWith(".json"));
    const schemaOf = (folder: string, file: string) => JSON.parse(readFileSync(join(folder, file), "utf8")).$schema;
    for (const file of documents("config")) assert.equal(schemaOf("config", file), "./schema/manifest.schema.json");
    for (const kind of ["scenario", "blueprint", "mission"]) {
      for (const file of documents(`config/${kind}s`))
        assert.equal(schemaOf(`config/${kind}s`, file), `../schema/${kind}.schema.json`);
    }
  });
});
