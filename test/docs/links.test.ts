import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";
import { documents, fencedLines, root } from "./documents.ts";

/** What is wrong with the links of a document, a sentence each. */
function brokenLinks(file: string, text: string, all: ReadonlyMap<string, string>): string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  return links.flatMap((link) => {
    if (/^https?:/.test(link)) return [];
    const [path, anchor] = link.split("#");
    const target = path === "" ? file : normalize(join(dirname(file), path));
    if (!existsSync(join(root, target))) return [`${file} leads to ${target}, which is not there`];
    if (anchor === undefined || headingsOf(all.get(target) ?? "").includes(anchor)) return [];
    return [`${file} leads to a heading #${anchor} that ${target} does not have`];
  });
}

/** Headings as anchors, the way GitHub makes them. */
function headingsOf(text: string): string[] {
  const headings = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, "");
}

describe("Links", () => {
  const all = documents();

  for (const [file, text] of all)
    it(`of ${file} lead somewhere`, () => {
      assert.deepEqual(brokenLinks(file, text, all), []);
    });

  it("that lead nowhere are found: to a file, and to a heading", () => {
    assert.equal(brokenLinks("docs/a.md", "[a](b.md) [c](errors.md#nowhere) [d](../README.md)", all).length, 2);
  });
});

describe("The map of the house", () => {
  it("shows folders and files that are there, and every room", () => {
    const readme = documents().get("README.md") ?? "";
    const lines = fencedLines(readme, "text").filter((line) => /^ {0,2}[\w.]+(\/| {2,})/.test(line));
    const paths = lines.map((line) => (line.startsWith(" ") ? `src/${line.trim()}` : line).split(/\s/)[0]);
    assert.ok(paths.includes("src/fabric/"), "the map was not found");
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
});
