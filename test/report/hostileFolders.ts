import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import canonical from "canonicalize";
import fc from "fast-check";
import { anyJson, type Json, placesIn, replaced } from "../config/anyJson.ts";
import { Copy, hostileTitle, refusalOf } from "./quietBundle.ts";
import { hasPython } from "./secondVerifier.ts";

/** Those that are read; the others are made again and compared, and never looked into. */
const jsonFiles = [
  "manifest.json",
  "owner-log.json",
  "chain.json",
  "inputs/drill.json",
  "inputs/manifest.json",
  "inputs/scenario.json",
];

/** Tests that whatever a folder holds is refused by name: no other error, no wait without end. */
export function hostileFolders(bundle: () => string): void {
  describe("when it is there to harm its reader", () => {
    let copy: Copy;
    beforeEach(() => {
      copy = new Copy(bundle());
    });
    afterEach(() => copy.remove());

    const refused = async (code: string, exitCode: number, problem: RegExp, folder = copy.folder) => {
      const refusal = await refusalOf(folder);
      assert.deepEqual([refusal.code, refusal.exitCode], [code, exitCode], refusal.message);
      assert.match(refusal.message, problem);
    };

    it("is called missing when it is no bundle at all", async () => {
      await refused("BUNDLE_MISSING", 2, /there is no such folder/, join(copy.folder, "nowhere"));
      await refused("BUNDLE_MISSING", 2, /it is no folder/, join(copy.folder, "summary.json"));
      await refused("BUNDLE_MISSING", 2, /it has no manifest\.json/, join(copy.folder, "journal"));
      await refused("BUNDLE_MISSING", 2, /there is no such folder/, join(copy.folder, "summary.json", "x"));
    });

    it("is refused when a file is a link, wherever it leads", async () => {
      for (const [path, target] of [
        ["summary.json", join(bundle(), "summary.json")],
        ["chain.json", "/dev/zero"],
        ["manifest.json", "/dev/zero"],
        ["index.html", "nowhere"],
      ]) {
        rmSync(join(copy.folder, path));
        symlinkSync(target, join(copy.folder, path));
        await refused("BUNDLE_ALTERED", 6, new RegExp(`^${path} is no file`));
        rmSync(join(copy.folder, path));
        copy.restore();
      }
    });

    it("is refused when a folder is a link", async () => {
      renameSync(join(copy.folder, "journal"), join(copy.folder, "..", "elsewhere"));
      try {
        symlinkSync("../elsewhere", join(copy.folder, "journal"));
        await refused("BUNDLE_ALTERED", 6, /^journal is no file/);
      } finally {
        rmSync(join(copy.folder, "..", "elsewhere"), { recursive: true });
      }
    });

    it("is refused when a pipe stands in a file's place, or its reader would wait for ever", async () => {
      for (const path of ["manifest.json", "timing.json"]) {
        rmSync(join(copy.folder, path));
        execFileSync("mkfifo", [join(copy.folder, path)]);
        await refused("BUNDLE_ALTERED", 6, new RegExp(`^${path} is no file`));
        rmSync(join(copy.folder, path));
        copy.restore();
      }
    });

    it("is refused when a folder stands in a file's place", async () => {
      for (const path of ["manifest.json", "chain.json", "journal/journal-00000001.segment", "inputs/drill.json"]) {
        rmSync(join(copy.folder, path));
        mkdirSync(join(copy.folder, path));
        await refused("BUNDLE_ALTERED", 6, new RegExp(`^${path} is a folder`));
        rmSync(join(copy.folder, path), { recursive: true });
        copy.restore();
      }
    });

    it("is refused when folders go on where it has none", async () => {
      mkdirSync(join(copy.folder, "inputs", "a", "b", "c"), { recursive: true });
      await refused("BUNDLE_ALTERED", 6, /^inputs\/a is a folder/);
    });

    it("is refused when a folder of it is missing", async () => {
      for (const folder of ["inputs", "journal"]) {
        const gone = new Copy(bundle());
        rmSync(join(gone.folder, folder), { recursive: true });
        await refused("BUNDLE_ALTERED", 6, /cannot be read/, gone.folder);
        gone.remove();
      }
    });

    it("is refused when a file may not be read", { skip: process.getuid?.() === 0 }, async () => {
      chmodSync(join(copy.folder, "chain.json"), 0);
      await refused("BUNDLE_ALTERED", 6, /^chain\.json cannot be read/);
    });

    it("is refused when manifest.json names files outside of it", async () => {
      const outside = mkdtempSync(join(tmpdir(), "fabric-outside-"));
      try {
        writeFileSync(join(outside, "secret"), "secret");
        const { format, files } = copy.json<{ format: string; files: Record<string, unknown> }>("manifest.json");
        const digest = files["topology.mmd"];
        for (const path of [
          `../${outside.split("/").at(-1)}/secret`,
          join(outside, "secret"),
          "inputs/../chain.json",
        ]) {
          const { code, message } = await listing(copy, { format, files: { ...files, [path]: digest } });
          assert.equal(code, "BUNDLE_ALTERED");
          assert.match(message, /is listed and not there/);
        }
      } finally {
        rmSync(outside, { recursive: true });
      }
    });

    it("is refused when manifest.json lists a file by a name that objects have of themselves", async () => {
      const { format, files } = copy.json<{ format: string; files: Record<string, unknown> }>("manifest.json");
      for (const name of ["__proto__", "constructor", "toString"]) {
        const own = Object.fromEntries([...Object.entries(files), [name, files["topology.mmd"]]]);
        assert.match((await listing(copy, { format, files: own })).code, /^BUNDLE_(ALTERED|MALFORMED)$/);
      }
    });

    it("is refused for JSON of any other shape, and never with another error", async () => {
      const deep = 200_000;
      const shapes = [
        "",
        "null",
        "[]",
        "{}",
        "0",
        '"text"',
        "{",
        "\u0000",
        `${"[".repeat(deep)}${"]".repeat(deep)}\n`,
        `${'{"a":'.repeat(deep)}1${"}".repeat(deep)}\n`,
        '{"__proto__":{"format":"planetary-fabric/bundle/v1","files":{}}}\n',
        '{"constructor":{"prototype":{"polluted":true}}}\n',
        '{"format":1e999,"files":-0}\n',
      ];
      for (const path of jsonFiles)
        for (const shape of shapes) {
          copy.put(path, shape);
          if (path !== "manifest.json") copy.seal();
          const { exitCode, message } = await refusalOf(copy.folder);
          assert.equal(exitCode, 6, `${path} ${shape.slice(0, 40)}: ${message}`);
          copy.restore();
        }
      assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
    });

    it("is refused for values of any other shape inside, and never with another error", async () => {
      const values: readonly unknown[] = [
        null,
        true,
        -1,
        0.5,
        1e308,
        2 ** 53,
        "",
        "x",
        "0x",
        [],
        {},
        { toString: 1 },
        [[[]]],
      ];
      for (const path of ["manifest.json", "inputs/drill.json", "owner-log.json"]) {
        const whole = copy.json<object[] | object>(path);
        for (const name of Object.keys(Array.isArray(whole) ? whole[1] : whole))
          for (const value of values) {
            const other = Array.isArray(whole)
              ? whole.with(1, { ...whole[1], [name]: value })
              : { ...whole, [name]: value };
            if (JSON.stringify(other) === JSON.stringify(whole)) continue;
            // The second verifier does not look into the owners' log.
            const second = hasPython && path !== "owner-log.json";
            const refusal =
              path === "manifest.json" ? await listing(copy, other) : await copy.refusalOfJson(path, other, { second });
            assert.equal(refusal.exitCode, 6, `${path} ${name} ${JSON.stringify(value)}: ${refusal.message}`);
          }
      }
    });

    it("is refused for any JSON value in the place of any other, however deep, and never with another error", async () => {
      const files = jsonFiles.map((path) => {
        const whole = copy.json<Json>(path);
        return { path, whole, places: placesIn(whole) };
      });
      const change = fc.constantFrom(...files).chain(({ path, whole, places }) =>
        fc.record({
          path: fc.constant(path),
          whole: fc.constant(whole),
          place: fc.constantFrom(...places),
          value: anyJson,
        }),
      );
      for (const { path, whole, place, value } of fc.sample(change, { numRuns: 120, seed: 20260109 })) {
        const other = replaced(whole, place, value);
        if (JSON.stringify(other) === JSON.stringify(whole)) continue;
        const where = `${JSON.stringify(value)} at ${place.join(".")} of ${path}`;
        const text = path === "chain.json" ? JSON.stringify(other, null, 1) : canonicalOf(other);
        const refusal = await copy.refusal(path, `${text}\n`, { second: false }).catch((error: unknown) => {
          throw new Error(`${where}: ${error}`, { cause: error });
        });
        assert.equal(refusal.exitCode, 6, `${where}: ${refusal.message}`);
      }
    });

    it("shows what others wrote as text, in page, plots and diagram", () => {
      for (const [path, bytes] of copy.files) {
        if (!/\.(html|svg|mmd)$/.test(path)) continue;
        const shown = bytes.toString();
        assert.doesNotMatch(shown, /<svg onload|<script|\u202E/i, path);
        // A quotation mark means something in a diagram, and nothing in the text of a page.
        if (path.endsWith(".mmd")) assert.doesNotMatch(shown, /"\]:::x/);
      }
      assert.ok(copy.bytes("inputs/manifest.json").includes(JSON.stringify(hostileTitle).slice(1, 20)));
    });

    it("is refused for keys that mean something to JavaScript", async () => {
      for (const path of ["inputs/drill.json", "manifest.json"])
        for (const key of ["__proto__", "constructor", "toString"]) {
          const text = copy.bytes(path).toString().replace("{", `{"${key}":{"x":1},`);
          copy.put(path, text);
          if (path !== "manifest.json") copy.seal();
          assert.equal((await refusalOf(copy.folder)).exitCode, 6);
          copy.restore();
        }
    });

    it("is refused for text that is none, and for JSON that could be written otherwise", async () => {
      assert.match((await copy.refusal("owner-log.json", Uint8Array.of(0xff, 0xfe))).message, /it is not UTF-8/);
      const spaced = JSON.stringify(copy.json("owner-log.json"), null, 1);
      assert.match((await copy.refusal("owner-log.json", spaced)).message, /not in canonical form/);
      assert.match((await copy.refusal("inputs/manifest.json", " ".repeat(2 ** 20 + 1))).message, /are the most/);
    });
  });
}

/** Canonical JSON, or what comes nearest for what has none, such as half a surrogate pair. */
function canonicalOf(value: unknown): string {
  try {
    return canonical(value) ?? "";
  } catch {
    return JSON.stringify(value);
  }
}

async function listing(copy: Copy, manifest: unknown) {
  copy.put("manifest.json", `${canonical(manifest)}\n`);
  const refusal = await refusalOf(copy.folder);
  copy.restore();
  return refusal;
}
