import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fencedLines, root } from "./documents.ts";
import { Reader } from "./reader.ts";

/** What the README tells a newcomer to type, `up` into the first terminal and the rest into the second. */
const [first, ...tour] = (() => {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const from = text.indexOf("## A fabric that runs");
  return fencedLines(text.slice(from, text.indexOf("\n## ", from)), "sh");
})();

/** What each of them must say, whatever else. */
const says: Readonly<Record<string, RegExp>> = {
  "npx fabric status": /^All four shards are running\. No job waits\./,
  "npx fabric owner set earth.queueBudget 5000":
    /^Set the queue budget of earth from 6,000 to 5,000 jobs\.[\s\S]*In force since tick \d+\./,
  "npx fabric owner pause": /^Pause the whole fabric\.[\s\S]*In force since tick \d+\./,
  "npx fabric job submit --shard earth --skills finance --count 3": /^earth\.exchange\/1 … earth\.exchange\/3 accepted/,
  "npx fabric job why earth.exchange/1": /waits in the queue of earth: the owners have paused the fabric/,
  "npx fabric owner resume": /^Resume the whole fabric\.[\s\S]*In force since tick \d+\./,
  "npx fabric owner checkpoint": /^Make a checkpoint now\.[\s\S]*In force since tick \d+\./,
  "npx fabric job watch earth.exchange/1":
    /was completed at tick[\s\S]*is proved:[\s\S]*checked +the path here, and by the ledger itself/,
};

describe("The README's tour of a fabric that runs", () => {
  let reader: Reader;
  before(async () => {
    reader = new Reader();
    assert.equal(first, "npx fabric up");
    await reader.type(first);
  });
  after(() => reader.leave());

  for (const line of tour)
    it(line, async () => {
      const { code, out, err } = await reader.type(line);
      assert.equal(code, 0, err);
      assert.match(out, says[line]);
    });

  it("Ctrl-C ends it with exit code 0", async () => {
    const { code } = await reader.interrupt();
    assert.equal(code, 0);
    assert.ok(!existsSync(join(reader.folder, ".fabric", "run.json")));
  });
});
