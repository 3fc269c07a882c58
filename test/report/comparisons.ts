import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  compare,
  compareMarkdown,
  comparePage,
  type Look,
  lookAtBundle,
  redraw,
  type Summary,
  type Texts,
  withDigests,
} from "../../src/report/index.ts";

/** Tests what is drawn anew of a bundle, and how two runs are held against one another. */
export function comparisons(bundle: () => string): void {
  describe("can be drawn anew", () => {
    let pictures: Texts;

    it("from its data alone, and the page and the plots are those it has", async () => {
      ({ pictures } = await redraw(bundle()));
      assert.equal(pictures.size, 8);
      for (const [path, picture] of pictures) assert.equal(picture, readFileSync(join(bundle(), path), "utf8"), path);
    });

    it("and is listed with what was drawn, or it would count as altered", () => {
      const list = withDigests(bundle(), pictures).get("manifest.json");
      assert.equal(list, readFileSync(join(bundle(), "manifest.json"), "utf8"));
      const other = new Map([...pictures, ["index.html", "another page"]]);
      const { files } = JSON.parse(withDigests(bundle(), other).get("manifest.json") ?? "");
      assert.equal(files["index.html"].bytes, "another page".length);
    });
  });

  describe("can be held against another", () => {
    const run = (): Look => lookAtBundle(bundle());

    it("and nothing changed where it is the same", () => {
      const { same, changes, figures } = compare(run(), run());
      assert.deepEqual(Object.values(same), [true, true, true, true, true]);
      assert.deepEqual(changes, ["Every job ended in the same way, and both runs ended in the same state."]);
      assert.deepEqual(
        figures.filter(({ change }) => change !== null),
        [],
      );
    });

    it("and what changed is said in words: what was played, founded and decided, the verdict, then each figure", () => {
      const { summary: a, manifest, decided } = run();
      const [shard, ...shards] = a.shards;
      const [check, ...checks] = a.checks;
      const [node, ...nodes] = a.nodes;
      const b: Summary = {
        ...{ ...a, label: "other", seed: a.seed + 1, verdict: "fail", stateRoot: `0x${"22".repeat(32)}` },
        receipts: { ...a.receipts, root: `0x${"11".repeat(32)}` },
        shards: [{ ...shard, deepestQueue: shard.deepestQueue * 3 }, ...shards],
        checks: [{ ...check, pass: false, value: 4 }, ...checks],
        nodes,
      };
      const [firstShard, ...otherShards] = manifest.shards;
      const richer = { ...firstShard, queueBudget: firstShard.queueBudget + 1000 };
      const others = { ...manifest, shards: [richer, ...otherShards] };
      const [one, other] = [firstShard, richer].map(({ queueBudget }) => queueBudget.toLocaleString("en-US"));
      const deepest = shard.deepestQueue;
      assert.ok(deepest > 0);
      const from = { summary: a, manifest, decided };
      assert.deepEqual(compare(from, { summary: b, manifest: others, decided: [...decided, "Pause it."] }).changes, [
        `A has the seed ${a.seed}, B ${b.seed}: what chance decides is different.`,
        `Queue budget of ${shard.name}, at the beginning: ${one} jobs in A, ${other} jobs in B.`,
        "Decided in B only: “Pause it”.",
        "A passed, and B failed.",
        `${check.title}: 0 in A, 4 (broken) in B.`,
        `Shard ${shard.name}: most jobs in the queue rose from ${deepest} to ${3 * deepest} (3 times).`,
        `Node ${node.name}: node: there in A; not there in B.`,
      ]);
    });

    it("and words of others stay words, on the page and in Markdown", () => {
      const hostile = "<img src=x>[a](b)|\u202E";
      const comparison = compare({ ...run(), summary: { ...run().summary, label: hostile } }, run());
      const page = comparePage(comparison, new Map(), new Map());
      assert.doesNotMatch(page, /<img|\u202E/);
      const [title] = compareMarkdown(comparison).split("\n");
      assert.match(title, /A: \\<img src=x\\>\\\[a\\\]\(b\)\\\|\\\\u\\\{202e\\\}/);
    });
  });
}
