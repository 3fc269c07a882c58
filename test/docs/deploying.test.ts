import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encryptKeystoreJsonSync } from "ethers";
import { practiceKeys } from "../../src/owner/index.ts";
import { type LocalChain, startChain } from "../governance/localChain.ts";
import { fencedBlocks, root } from "./documents.ts";
import { Reader } from "./reader.ts";
import { stepsOf, unseen } from "./steps.ts";

// From an empty folder to a job that is proved on a chain where practice keys are refused, as the document has it typed.

const document = readFileSync(join(root, "docs", "deploying.md"), "utf8");
const way = document.slice(document.indexOf("\n## 1. "), document.indexOf("\n## When the manifest changes"));

describe("A fabric of one's own, as docs/deploying.md has it", () => {
  let local: LocalChain;
  let reader: Reader;
  before(async () => {
    local = await startChain({ chainId: 31338 });
    reader = new Reader();
    const { deployer: payer, owners, guardian, anchorer } = practiceKeys(31337);
    const [ada, bo, cy] = owners;
    const cheap = { scrypt: { N: 2, r: 8, p: 1 } };
    for (const [name, account] of Object.entries({ payer, ada, bo, cy, guardian, anchorer }))
      writeFileSync(join(reader.folder, `${name}.json`), encryptKeystoreJsonSync(account, "open sesame", cheap));
    const manifest = fencedBlocks(way).find(({ language }) => language === "json");
    writeFileSync(join(reader.folder, "fabric.json"), manifest?.lines.join("\n") ?? "");
  });
  after(async () => {
    // The node first, and then the fabric that it works for.
    while (reader.running.length > 0) await reader.interrupt();
    await reader.leave();
    await local.stop();
  });

  /** What comes after a step that failed would wait for what never comes. */
  let broken: string | undefined;
  for (const { lines, shows } of stepsOf(way))
    it(lines.join("\n"), async () => {
      assert.equal(broken, undefined, "a command before this one failed");
      [broken] = lines;
      let said = "";
      for (const line of lines) {
        const { code, out, err } = await reader.type(line.replaceAll("http://127.0.0.1:8545", local.url));
        assert.equal(code, 0, `${line}\n${out}${err}`);
        said += `${out}\n${err}\n`;
      }
      assert.equal(unseen(shows, said), undefined, said);
      broken = undefined;
    });

  it("runs with the manifest that the owners signed for, and with their tick", async () => {
    const [wanted, kept] = ["fabric.json", ".fabric/ours/manifest.json"].map((file) =>
      JSON.parse(readFileSync(join(reader.folder, file), "utf8")),
    );
    assert.deepEqual(kept, wanted);
    const { out } = await reader.type("npx fabric status --json");
    assert.equal(JSON.parse(out).tickMs, wanted.fabric.tickMs);
  });
});
