import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fencedLines, root } from "./documents.ts";

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
  let folder: string;
  let up: ReturnType<typeof spawn>;
  let said = "";
  const env = { ...process.env, NO_COLOR: "1" };
  /** `npx fabric` finds this program in the folder of the project only; the tour is taken in another one. */
  const start = (line: string) => {
    const [npx, name, ...words] = line.split(" ");
    assert.equal(npx, "npx");
    return spawn(join(root, "node_modules", ".bin", name), words, { cwd: folder, env, stdio: ["ignore", "pipe", 2] });
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "fabric-tour-"));
    assert.equal(first, "npx fabric up");
    up = start(first);
    up.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
    });
    while (!existsSync(join(folder, ".fabric", "run.json"))) {
      assert.equal(up.exitCode, null, said);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  after(async () => {
    up.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  for (const line of tour)
    it(line, async () => {
      const child = start(line);
      let out = "";
      child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
        out += piece;
      });
      const [code] = await once(child, "close");
      assert.equal(code, 0, out);
      assert.match(out, says[line]);
    });

  it("Ctrl-C ends it with exit code 0", async () => {
    up.kill("SIGINT");
    const [code] = await once(up, "close");
    assert.equal(code, 0);
    assert.ok(!existsSync(join(folder, ".fabric", "run.json")));
  });
});
