import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { getAddress } from "ethers";
import { root } from "./program.ts";
import { onTerminal } from "./pseudoTerminal.ts";

/** A password that is mistyped once is lost with the key: so it is asked for twice, and never shown. */
describe("fabric owner keygen, on a terminal", () => {
  const folder = mkdtempSync(join(tmpdir(), "fabric-keygen-"));
  after(() => rmSync(folder, { recursive: true }));
  const keygen = (first: string, second: string) =>
    onTerminal(
      [`${root}node_modules/.bin/fabric`, "owner", "keygen", "ada.json"],
      [
        [/Password for ada\.json, at least 8 characters: /, first],
        [/The same once more: /, second],
      ],
      { FABRIC_PASSWORD: undefined },
      folder,
    );

  it("makes nothing when the two passwords differ", async () => {
    const { code, screen } = await keygen("open sesame", "open sesami");
    assert.equal(code, 2, screen);
    assert.match(screen, /The two passwords differ: nothing was written\./);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("says the address of the account whose key it wrote, and shows no password", async () => {
    const { code, screen } = await keygen("open sesame", "open sesame");
    assert.equal(code, 0, screen);
    const { address } = JSON.parse(readFileSync(join(folder, "ada.json"), "utf8"));
    assert.ok(screen.includes(getAddress(address)), screen);
    assert.ok(!screen.includes("sesame"), screen);
  });
});
