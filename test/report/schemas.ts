import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { bundleSchemas } from "../../src/report/index.ts";

const folder = new URL("../../config/schema/bundle/", import.meta.url).pathname;

/** Tests of the JSON Schemas that ship for a bundle's files. */
export function schemas(bundle: () => string): void {
  describe("and its JSON Schemas", () => {
    for (const [path, schema] of Object.entries(bundleSchemas())) {
      const name = basename(path).replace(/\.(nd)?json$/, "");
      const file = join(folder, `${name}.schema.json`);

      it(`say of ${path} what the program says of it (UPDATE_SNAPSHOTS=1 writes them anew)`, () => {
        if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(file, `${JSON.stringify(schema, undefined, 2)}\n`);
        assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), JSON.parse(JSON.stringify(schema)));
        assert.ok(schema.title !== undefined && schema.description !== undefined);
      });

      it(`hold for ${path} of a drill, and not for anything else`, () => {
        const form = z.fromJSONSchema(JSON.parse(readFileSync(file, "utf8")));
        const text = readFileSync(join(bundle(), path), "utf8");
        const values = path.endsWith(".ndjson") ? text.trimEnd().split("\n") : [text];
        for (const value of values) form.parse(JSON.parse(value));
        assert.equal(form.safeParse({ format: "another" }).success, false);
      });
    }
  });
}
