import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { edited, manifestText, scenarioText } from "./documents.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-config-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "manifest.json"), manifestText);
writeFileSync(join(folder, "good.json"), scenarioText);
writeFileSync(join(folder, "heavy.json"), edited(scenarioText, '"jobsPerShard": 100', '"jobsPerShard": 300'));
writeFileSync(join(folder, "bad.json"), edited(manifestText, '"queueBudget": 600', '"queueBudget": -1'));
writeFileSync(join(folder, "worse.json"), edited(scenarioText, '"seed": 1', '"seed": 1.5'));

const program = `
  import { configCommand } from ${JSON.stringify(new URL("../../src/cli/config.ts", import.meta.url).href)};
  try {
    await configCommand().parseAsync(process.argv.slice(1), { from: "user" });
  } catch (error) {
    console.error(error.message);
    process.exitCode = error.exitCode;
  }`;

function check(...given: string[]): { code: number | null; out: string; err: string } {
  const parameters = ["--input-type=module", "--eval", program, "check", ...given];
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { cwd: folder, encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

describe("fabric config check", () => {
  it("prints the load of a scenario for people, and what to do next", () => {
    const { code, out, err } = check("good.json");
    assert.equal(
      out,
      `test: A test
good.json, manifest manifest.json

200 jobs come over 50 ticks. Spread as evenly as skills and routes permit, they keep the busiest node at work for 20 \
ticks, 40 % of that time.

shard  skills   jobs  slot-ticks  slots at home  over routes  load
earth  finance   100         200             20            0  20 %
mars   gpu       100         200             10            0  40 %

node        slots  load
earth.core     20  20 %
mars.gpu       10  40 %
`,
    );
    assert.equal(err, "good.json: valid.\nNext: npm start -- --scenario good.json\n");
    assert.equal(code, 0);
  });

  it("warns, at the place, of what is valid and will not do, and still ends well", () => {
    const { code, err } = check("heavy.json");
    const says = "the jobs of mars for gpu are 120 % of what their nodes can carry; they will wait ever longer";
    assert.equal(err.split("\n")[0], `Warning: heavy.json:6:5: ${says}.`);
    assert.equal(code, 0);
  });

  it("prints the same for programs", () => {
    const { code, out, err } = check("good.json", "manifest.json", "--json");
    const { documents } = JSON.parse(out);
    assert.deepEqual(
      documents.map(({ kind, file, name }: Record<string, unknown>) => [kind, file, name]),
      [
        ["scenario", "good.json", "test"],
        ["manifest", "manifest.json", "test"],
      ],
    );
    assert.equal(documents[0].load.rows[1].load, 0.4);
    assert.equal(err, "");
    assert.equal(code, 0);
  });

  it("names the mistakes of all files, after what it has to say of the good ones, and ends with 2", () => {
    const { code, out, err } = check("bad.json", "manifest.json", "worse.json", "lost.json");
    assert.match(out, /^test\nmanifest\.json\n\nshard /);
    assert.doesNotMatch(out, / $/m);
    assert.match(
      err,
      /bad\.json:8:55: queueBudget is -1; a whole number from 1 to 16777215 \(jobs\) would be right\.\n/,
    );
    assert.match(err, /worse\.json:2:75: seed is 1\.5; a whole number from 0 to 4294967295 would be right\.\n/);
    assert.match(err, /lost\.json cannot be read: there is no such file or folder\.\n/);
    assert.equal(code, 2);
  });

  it("does not guess what a file is that is neither", () => {
    writeFileSync(join(folder, "neither.json"), "{}");
    const { code, err } = check("neither.json");
    assert.match(
      err,
      /neither\.json:1:1: this is no manifest, no scenario and no mission; a manifest has shards, a scenario has templates, a mission names/,
    );
    assert.equal(code, 2);
  });
});
