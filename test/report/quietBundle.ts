import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import canonicalize from "canonicalize";
import { JsonDocument, manifestOf, scenarioOf, withJobs } from "../../src/config/index.ts";
import { type Drill, drill } from "../../src/drill/index.ts";
import { FabricError } from "../../src/errors.ts";
import { type BundleSource, type Derived, verifyBundle, writeBundle } from "../../src/report/index.ts";
import { disagreement, hasPython, secondOpinion } from "./secondVerifier.ts";

/** A drill as the quiet scenario has it, with fewer jobs, and a pause of a guardian that the owners end. */
export type QuietDrill = {
  readonly folder: string;
  readonly drill: Drill;
  /** Writes its bundle; `other` is what it is to have instead. */
  write(label: string, other?: Partial<BundleSource>): Promise<{ folder: string; derived: Derived }>;
  remove(): void;
};

const documents = new URL("../../config/", import.meta.url).pathname;

const jobsPerShard = 10;

/** What would leave its place in HTML, SVG or a Mermaid diagram, if it were taken for more than text. */
export const hostileTitle = `"]:::x; click S1 "javascript:alert(1)" <svg onload=alert(1)> & 'quotes' \u202Eright to left`;

/** @param unkilled nobody is killed, which takes half as long */
export async function playQuietly(seed: number, { unkilled = false } = {}): Promise<QuietDrill> {
  const shipped = JSON.parse(readFileSync(join(documents, "fabric.json"), "utf8"));
  const shards = shipped.shards.map((shard: object, index: number) =>
    index === 2 ? { ...shard, title: hostileTitle } : shard,
  );
  const manifestText = `${JSON.stringify({ ...shipped, shards }, null, 2)}\n`;
  const quiet = JSON.parse(readFileSync(join(documents, "scenarios/quiet.json"), "utf8"));
  const pause = { atTick: 14, change: { kind: "guardianPause", scope: "luna", seconds: 600 } };
  const resume = { atTick: 18, change: { kind: "resume", scope: "luna" } };
  const title = `<script>alert("owned")</script> ${hostileTitle}`;
  const owners = [quiet.owners[0], pause, resume, quiet.owners[1]];
  const faults = quiet.faults.filter(({ kind }: { kind: string }) => !(unkilled && kind === "kill"));
  const scenarioText = JSON.stringify({ ...quiet, title, owners, faults });
  const manifest = manifestOf(new JsonDocument("fabric.json", manifestText));
  const scenario = scenarioOf(new JsonDocument("quiet.json", scenarioText), manifest);
  const play = { scenario: withJobs(scenario, jobsPerShard), manifest, seed };
  const folder = mkdtempSync(join(tmpdir(), "fabric-report-"));
  const result = await drill({ play, folder, onTick: () => {} });
  const reports = join(folder, "reports");
  return {
    folder: reports,
    drill: result,
    write: (label, other) =>
      writeBundle(
        { label, drill: result, play, manifestText, scenarioText, timing: () => ({ wallSeconds: 1 }), ...other },
        reports,
      ),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A copy of a bundle that may be tampered with. */
export class Copy {
  readonly folder: string;
  readonly #whole: ReadonlyMap<string, Buffer>;

  constructor(bundle: string) {
    this.folder = mkdtempSync(join(tmpdir(), "fabric-copy-"));
    cpSync(bundle, this.folder, { recursive: true });
    this.#whole = new Map(filesOf(this.folder).map((path) => [path, readFileSync(join(this.folder, path))]));
  }

  get files(): ReadonlyMap<string, Buffer> {
    return this.#whole;
  }

  /** The file as the bundle had it. */
  bytes(path: string): Buffer {
    const bytes = this.#whole.get(path);
    if (bytes === undefined) throw new RangeError(`a bundle has no ${path}`);
    return bytes;
  }

  /** A JSON file as the bundle had it, which is of the type that its reader gives it. */
  json<Value>(path: string): Value {
    return JSON.parse(this.bytes(path).toString()) as Value;
  }

  /** Puts other bytes in a file's place and lists them, as a forger would; gives the code that it is refused with. */
  async refusal(path: string, bytes: Uint8Array | string, opinions?: Opinions): Promise<FabricError> {
    try {
      this.put(path, bytes);
      if (path !== "manifest.json") this.seal();
      return await refusalOf(this.folder, opinions);
    } finally {
      this.restore();
    }
  }

  /** The same for a JSON file, written in canonical form. */
  refusalOfJson(path: string, value: unknown, opinions?: Opinions): Promise<FabricError> {
    return this.refusal(
      path,
      path === "chain.json" ? `${JSON.stringify(value, null, 1)}\n` : `${canonicalize(value)}\n`,
      opinions,
    );
  }

  put(path: string, bytes: Uint8Array | string): void {
    writeFileSync(join(this.folder, path), bytes);
  }

  /** Rewrites manifest.json to match. */
  seal(): void {
    const files = filesOf(this.folder).filter((path) => path !== "manifest.json" && path !== "timing.json");
    const digests = files.sort().map((path) => {
      const bytes = readFileSync(join(this.folder, path));
      return [path, { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length }];
    });
    const manifest = { format: "planetary-fabric/bundle/v1", files: Object.fromEntries(digests) };
    writeFileSync(join(this.folder, "manifest.json"), `${canonicalize(manifest)}\n`);
  }

  restore(): void {
    for (const path of filesOf(this.folder)) if (!this.#whole.has(path)) rmSync(join(this.folder, path));
    for (const [path, bytes] of this.#whole) {
      const file = join(this.folder, path);
      if (statSync(file, { throwIfNoEntry: false })?.size !== bytes.length || !readFileSync(file).equals(bytes))
        writeFileSync(file, bytes);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether the second verifier is asked too; it is unless told, where it can run. */
export type Opinions = { readonly second?: boolean };

/** What `verify` refuses a folder with, and the second verifier too. Anything but a refusal is thrown. */
export async function refusalOf(folder: string, { second = hasPython }: Opinions = {}): Promise<FabricError> {
  const refusal = await verifyBundle(folder).then(
    () => null,
    (error: unknown) => error,
  );
  if (refusal !== null && !(refusal instanceof FabricError)) throw refusal;
  if (second) assert.equal(disagreement(refusal, await secondOpinion(folder)), null);
  if (refusal === null) throw new Error("it was verified");
  return refusal;
}

export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
