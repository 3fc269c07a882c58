import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { barsSpec } from "../../src/report/plot/bars.ts";
import { draw } from "../../src/report/plot/draw.ts";
import { plotPaths } from "../../src/report/plot/index.ts";
import type { Plot } from "../../src/report/plot/plot.ts";

const plotOf = (spec: Plot["spec"], words = "Words"): Plot => {
  return { path: "plots/x.svg", title: words, caption: words, spec, table: { head: [], rows: [] } };
};

/** Tests what a person sees of a bundle: its plots. */
export function plots(bundle: () => string): void {
  describe("has plots", () => {
    const plot = (name: keyof typeof plotPaths) => readFileSync(join(bundle(), plotPaths[name]), "utf8");

    it("that stand on the page as they do in their files, or one of them would lie", () => {
      const page = readFileSync(join(bundle(), "index.html"), "utf8");
      for (const name of Object.keys(plotPaths) as (keyof typeof plotPaths)[]) {
        const drawing = plot(name)
          .slice(plot(name).indexOf("</style>") + "</style>".length)
          .trim();
        assert.ok(drawing.length > 200 && page.includes(drawing), `${name} is another one on the page`);
      }
    });

    it("that need no network and no script, and have their font with them", () => {
      for (const name of Object.keys(plotPaths) as (keyof typeof plotPaths)[]) {
        const svg = plot(name).replace('xmlns="http://www.w3.org/2000/svg"', "");
        assert.doesNotMatch(svg, /<script|href=|https?:|\bid=|\son\w+=/);
        assert.deepEqual(
          [...svg.matchAll(/url\((.{0,21})/g)].map(([, address]) => address),
          ["data:font/woff2;base64"].map((address) => address.slice(0, 21)),
        );
      }
    });

    it("where the owners' decisions, the kill and a node's silence can be found", () => {
      const queues = plot("queues");
      for (const mark of ["1", "2", "3", "4", "K"]) assert.match(queues, new RegExp(`>${mark}</text>`), `no ${mark}`);
      assert.match(queues, /earth: at most \d+ waited; budget 6,000, 5,000 from tick \d+ on/);
      assert.match(queues, /<path [^>]*fill="#e3e3e8"/, "no silence");
      assert.match(plot("nodes"), /<path [^>]*fill="#1b1b1f"/, "no silence of a node");
    });

    it("and a table behind each, for whoever wants the numbers or cannot see the picture", () => {
      const page = readFileSync(join(bundle(), "index.html"), "utf8");
      const count = Object.keys(plotPaths).length;
      assert.equal(page.match(/<details><summary>The numbers<\/summary><div class="wide"><table>/g)?.length, count);
      assert.equal(page.match(/<svg [^>]*role="img" aria-label="[^"]{40}/g)?.length, count);
    });

    it("in which words of others are text, wherever they stand", async () => {
      const hostile = `</text><script>alert(1)</script>\u202Ex" onload="y & 'z`;
      const spec = { ...barsSpec([{ what: hostile, value: 3 }], ""), title: hostile };
      const { inline, file } = await draw(plotOf(spec, hostile));
      for (const svg of [inline, file]) {
        const tags = [...svg.matchAll(/<[^>]+>/g)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, ""));
        assert.doesNotMatch(svg, /\u202E/);
        assert.doesNotMatch(tags.join(""), /<script|onload/);
        assert.match(svg, />&lt;\/text&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;\\u\{202e\}x/);
      }
    });

    it("whose bytes do not depend on what was drawn before", async () => {
      const plain = plotOf(barsSpec([{ what: "a", value: 1 }], ""));
      const first = await draw(plain);
      await draw(plotOf(barsSpec([{ what: "b", value: 2 }], "")));
      assert.deepEqual(await draw(plain), first);
    });

    it("and says so where there is nothing to be drawn", async () => {
      assert.match(
        (await draw(plotOf(barsSpec([], "No shard has a route.")))).inline,
        />No shard has a route\.<\/text>/,
      );
    });

    it("and draws none that Vega would draw otherwise than it is described", async () => {
      const spec = {
        data: { values: [] },
        mark: "bar",
        encoding: { x: { field: "a", type: "nominal" }, z: { value: 1 } },
      };
      await assert.rejects(draw(plotOf(spec)), /Vega would draw otherwise/);
    });
  });
}
