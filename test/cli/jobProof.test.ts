import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Terminal } from "../practice/terminal.ts";
import { fabric } from "./commandLines.ts";
import { root } from "./program.ts";

describe("fabric job, on a fabric that runs", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "fabric-proof-"));
  let up: Terminal;
  before(async () => {
    up = new Terminal(folder, "up", "--json", "--seed", "7", "--tick-ms", "100", "--world", "world");
    await up.ready();
  });
  after(async () => {
    await Terminal.closeAll();
    rmSync(folder, { recursive: true });
  });
  const job = (...words: string[]) => fabric(["job", ...words], { XDG_RUNTIME_DIR: folder }, folder);

  it("proves what became of each job with the chain's own word, also of one that the owners cancelled", async () => {
    const submitted = await job("submit", `${root}config/blueprints/survey.json`);
    assert.equal(submitted.code, 0, submitted.err);
    const long = await job("submit", "--shard", "mars", "--skills", "gpu", "--duration", "5000");
    assert.equal(long.code, 0, long.err);
    const cancelled = await job("cancel", "mars.works/1");
    assert.equal(cancelled.code, 0, `${cancelled.err}\n${up.words}`);
    assert.match(
      cancelled.out,
      /^Cancel job 1 of mars\.works\.\nSigned by the owners 0x.+\n.+\nIn force since tick \d+\./,
    );
    assert.match(cancelled.out, /mars\.works\/1 was cancelled at tick \d+ by the owners' order\.\n$/);

    const [words, json] = await Promise.all([
      job("watch", "luna.dispatch/1..3"),
      job("watch", "luna.dispatch/2", "mars.works/1", "--json"),
    ]);
    assert.equal(words.code, 0, words.err);
    for (const number of [1, 2, 3])
      assert.match(
        words.out,
        new RegExp(
          `^luna\\.dispatch/${number} is proved:\\n  result       0x[0-9a-f]{64}\\n  receipt      \\d of \\d, leaf 0x.+\\n` +
            "  proof        \\d hash.+ to the root 0x.+\\n(?: +0x[0-9a-f]{64}\\n)+  checkpoint   \\d+ of tick \\d+, 0x.+\\n" +
            "  on chain     head \\d+ of the ledger, anchored in block \\d+ \\(.+ UTC\\)\\n.+\\n" +
            "  checked      the path here, and by the ledger itself at block \\d+$",
          "m",
        ),
      );
    assert.equal(json.code, 1, "one of them was cancelled");
    const proved = json.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "proved");
    assert.deepEqual(proved.map(({ receipt }) => receipt.job.outcome).sort(), ["cancelled", "completed"]);
    for (const { receipt, anchor } of proved) {
      assert.ok(anchor.block > 0 && anchor.askedAtBlock >= anchor.block);
      assert.ok(receipt.proof.size > receipt.job.index);
    }
  });
});
