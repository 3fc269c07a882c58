import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readText, refuseExisting, writeText } from "../../src/cli/textFile.ts";
import { root } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-text-"));
const file = join(folder, "plan.json");
const long = "x".repeat(3_000_000);

/** Has a process of its own write the long text, which may write so many bytes to a file and no more. */
function writeWithin(bytes: number) {
  const program = `
    process.on("SIGXFSZ", () => undefined);
    const { writeText } = await import(${JSON.stringify(new URL("src/cli/textFile.ts", `file://${root}`).href)});
    try {
      writeText(${JSON.stringify(file)}, "x".repeat(${long.length}));
    } catch (error) {
      console.log(error.code, error.exitCode, error.message);
    }`;
  const words = [`--fsize=${bytes}`, process.execPath, "--input-type=module", "--eval", program];
  return spawnSync("prlimit", words, { encoding: "utf8" });
}

describe("A file that is written whole", () => {
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is what it was, and nothing is left beside it, when there is no room for the new one", () => {
    writeText(file, "what was there\n");
    const { stdout, stderr } = writeWithin(1 << 20);
    assert.match(stdout, /^DISK_FULL 1 There is no room left for .*plan\.json: /, stderr);
    assert.equal(readText(file), "what was there\n");
    assert.deepEqual(readdirSync(folder), ["plan.json"]);
  });

  it("is replaced at once, also behind a link, which stays one", () => {
    const link = join(folder, "link.json");
    symlinkSync(file, link);
    writeText(link, "what is new\n");
    assert.equal(readFileSync(file, "utf8"), "what is new\n");
    assert.deepEqual(readdirSync(folder).sort(), ["link.json", "plan.json"]);
    writeText("/dev/null", "what nobody keeps\n");
  });

  it("is refused in plain words where it cannot be", () => {
    const refused = (act: () => void, code: string, message: RegExp) => assert.throws(act, { code, message });
    refused(() => writeText(join(folder, "none", "x"), ""), "FILE_UNWRITABLE", /: there is no such file or folder\.$/);
    refused(() => writeText(join(file, "x"), ""), "FILE_UNWRITABLE", /: what it is said to be in is no folder\.$/);
    refused(() => readText(join(folder, "none")), "FILE_UNREADABLE", /: there is no such file or folder\.$/);
    refused(() => readText(folder), "FILE_UNREADABLE", /: it is a folder\.$/);
    writeText(join(folder, "long"), `${long}${long}`);
    refused(
      () => readText(join(folder, "long")),
      "FILE_UNREADABLE",
      /: it has 6000000 bytes, and 4194304 are the most/,
    );
  });

  it("is not put in the place of another one, nor of a folder, but into a device", () => {
    writeText(file, "a key\n");
    assert.throws(() => refuseExisting(file), { code: "FILE_UNWRITABLE", message: /there is a file already/ });
    assert.throws(() => refuseExisting(folder, true), { message: /there is a folder already.*--replace/ });
    refuseExisting("/dev/null");
    refuseExisting(join(folder, "another.json"));
  });
});
