import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boundsSection, performanceFile, suites } from "../../scripts/bench/all.ts";
import { checkIds } from "../../scripts/docs/drills.ts";
import { withSection } from "../../scripts/docs/section.ts";
import { sections } from "../../scripts/docs/sections.ts";
import { documents } from "./documents.ts";

/** What `scripts/docs/readme.ts` and `npm run bench -- all --write` fill in, from a run. */
const shownFromARun = [
  ...["drill default", "verify default", "topology", "three owners"].map((name) => `README.md: ${name}`),
  ...[boundsSection, ...suites].map((suite) => `${performanceFile}: ${suite}`),
  // By `npm run simulate -- --plants`.
  "docs/assurance.md: planted bugs",
  // By `npm run mutate -- --write`.
  "docs/assurance.md: mutants",
];

describe("Documents that are made from the program", () => {
  const all = documents();

  for (const section of sections)
    it(`${section.file} says of ${section.name} what the program says (\`npm run docs\` writes it anew)`, () => {
      const document = all.get(section.file) ?? "";
      assert.equal(withSection(document, section, section.make()), document);
    });

  it("have nothing between marks that nobody makes, which would go stale unseen", () => {
    const marked = [...all].flatMap(([file, text]) =>
      [...text.matchAll(/^<!-- begin (.+) -->$/gm)].map(([, name]) => `${file}: ${name}`),
    );
    const made = sections.map(({ file, name }) => `${file}: ${name}`);
    assert.deepEqual(marked.sort(), [...made, ...shownFromARun].sort());
  });

  it("lose a section only with an error: one without a place in its document is named", () => {
    const place = { file: "a.md", name: "x" };
    assert.equal(withSection("a\n<!-- begin x -->\nold\n<!-- end x -->\nb", place, "new"), filled);
    assert.throws(() => withSection("<!-- begin y -->\n<!-- end y -->", place, "new"), /a\.md has no place for/);
    assert.throws(() => withSection("<!-- end x -->\n<!-- begin x -->", place, "new"), /a\.md has no place for/);
  });
  const filled = "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb";
});

describe("The README's claims", () => {
  const ids = checkIds();
  const readme = documents().get("README.md") ?? "";
  const claims = readme.slice(readme.indexOf("## What the drill proves"), readme.indexOf("## The fabric of the drill"));
  const claimed = [...claims.matchAll(/^\|[^|]+\|([^|]+)\|[^|]+\|$/gm)].flatMap(([, checks]) =>
    [...checks.matchAll(/`(\w+)`/g)].map(([, id]) => id),
  );

  it("rest on checks that there are", () => {
    assert.ok(claimed.length > 0);
    assert.deepEqual(
      claimed.filter((id) => !ids.has(id)),
      [],
    );
  });

  it("name every check that the default drill is held to", () => {
    const ofOtherScenarios = new Set(["drained"]);
    assert.deepEqual(
      [...ids].filter((id) => !claimed.includes(id) && !ofOtherScenarios.has(id)),
      [],
    );
  });
});
