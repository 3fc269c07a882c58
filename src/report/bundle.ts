import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Drill, Play } from "../drill/index.ts";
import { FabricError, unwritable } from "../errors.ts";
import { writeEvidence } from "../governance/evidence/index.ts";
import type { Deployment } from "../governance/index.ts";
import { FolderReader, segmentOf } from "../journal/index.ts";
import { readDecisions } from "./decisions.ts";
import { type Derived, derive } from "./derive.ts";
import { FolderOutput } from "./output.ts";
import { canonicalText, type DrillDocument, type Primary, paths, playOf } from "./primary.ts";
import { proofOf } from "./proof.ts";

export type BundleSource = {
  readonly label: string;
  readonly drill: Drill;
  readonly play: Play;
  /** The documents as they were given. */
  readonly manifestText: string;
  readonly scenarioText: string;
  /** What the run cost, for `timing.json`, which is no evidence. */
  readonly timing: () => object;
};

/** @throws LABEL_INVALID */
export function checkLabel(label: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(label) || label === "latest")
    throw new FabricError("LABEL_INVALID", { label });
}

/**
 * Looks, before anything is played, whether a bundle of that label can be written: the folder can be made and written to,
 * and what has the label's name there, if anything, is a bundle.
 * @throws LABEL_INVALID, REPORTS_UNWRITABLE, LABEL_TAKEN
 */
export function checkPlace(label: string, reports: string): void {
  checkLabel(label);
  let existing = resolve(reports);
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    if (!statSync(existing).isDirectory()) throw new Error(`${existing} is no folder`);
    accessSync(existing, constants.W_OK);
  } catch (cause) {
    throw new FabricError("REPORTS_UNWRITABLE", { reports, reason: reasonOf(cause) }, { cause });
  }
  checkReplaceable(join(reports, label));
  const latest = lstatSync(join(reports, "latest"), { throwIfNoEntry: false });
  if (latest?.isSymbolicLink() === false) throw new FabricError("LABEL_TAKEN", { folder: join(reports, "latest") });
}

/** Only a bundle may be replaced by one. @throws LABEL_TAKEN */
function checkReplaceable(folder: string): void {
  const there = lstatSync(folder, { throwIfNoEntry: false });
  if (there === undefined) return;
  const isBundle = [paths.digests, paths.summary, paths.journal].every((path) => existsSync(join(folder, path)));
  if (!there.isDirectory() || !isBundle) throw new FabricError("LABEL_TAKEN", { folder });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Writes the bundle of a drill into a folder of its label. One that is there already stays until the new one is whole, and
 * is beside it under another name at the moment of the exchange. `latest` points at the new one afterwards.
 * @throws LABEL_INVALID, REPORTS_UNWRITABLE, LABEL_TAKEN, DISK_FULL, FILE_UNWRITABLE, errors of `derive`
 */
export async function writeBundle(
  source: BundleSource,
  reports: string,
): Promise<{ folder: string; derived: Derived }> {
  const { label } = source;
  checkPlace(label, reports);
  // Another process may be writing a bundle of the same label.
  const own = join(reports, `.${label}.${process.pid}`);
  const [making, old] = [`${own}.making`, `${own}.old`];
  rmSync(making, { recursive: true, force: true });
  try {
    const derived = await writeInto(making, source);
    const folder = join(reports, label);
    checkReplaceable(folder);
    if (existsSync(folder)) renameSync(folder, old);
    renameSync(making, folder);
    pointLatest(reports, label);
    return { folder, derived };
  } catch (cause) {
    throw cause instanceof Error && "syscall" in cause ? unwritable(join(reports, label), cause) : cause;
  } finally {
    rmSync(making, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

async function writeInto(folder: string, source: BundleSource): Promise<Derived> {
  const { label, drill, play, manifestText, scenarioText } = source;
  mkdirSync(join(folder, paths.journal), { recursive: true });
  const output = new FolderOutput(folder);
  const journal = new FolderReader(join(folder, paths.journal));
  try {
    for (const name of readdirSync(drill.store)) {
      if (segmentOf(name) === undefined) continue;
      copyFileSync(join(drill.store, name), join(folder, paths.journal, name));
      output.note(`${paths.journal}/${name}`, readFileSync(join(folder, paths.journal, name)));
    }
    const { deployment, ownerLog, faultsLeft } = drill.main;
    const other = drill.unkilled;
    const document: DrillDocument = {
      format: "planetary-fabric/drill/v1",
      ...{ label, seed: play.seed, jobsPerShard: play.scenario.jobsPerShard, faultsLeft },
      contracts: addressesOf(deployment),
      unkilled: other && { receipts: other.receipts, stateRoot: other.stateRoot },
    };
    const log = ownerLog.map((entry) => ({ ...entry, calls: [...entry.calls], signers: [...entry.signers] }));
    const primary: Primary = {
      ...{ drill: document, manifestText, scenarioText, ownerLog: log, evidence: drill.evidence, journal },
    };
    output.add(paths.manifest, manifestText);
    output.add(paths.scenario, scenarioText);
    output.add(paths.drill, canonicalText(document));
    output.add(paths.ownerLog, canonicalText(log));
    output.add(paths.chain, writeEvidence(drill.evidence));
    const proof = proofOf(drill.evidence, document);
    const decisions = readDecisions(primary, playOf(primary), proof);
    const derived = await derive({ primary, play: playOf(primary), proof, decisions }, output);
    const digests = { format: "planetary-fabric/bundle/v1", files: output.digests() };
    writeFileSync(join(folder, paths.digests), canonicalText(digests));
    writeFileSync(join(folder, paths.timing), `${JSON.stringify(source.timing(), null, 2)}\n`);
    return derived;
  } finally {
    output.close();
    journal.close();
  }
}

function addressesOf({ contracts }: Deployment): DrillDocument["contracts"] {
  return {
    OwnerMultisig: contracts.OwnerMultisig.address,
    ShardRegistry: contracts.ShardRegistry.address,
    NodeRegistry: contracts.NodeRegistry.address,
    SubmitterRegistry: contracts.SubmitterRegistry.address,
    CheckpointLedger: contracts.CheckpointLedger.address,
    SystemPause: contracts.SystemPause.address,
  };
}

function pointLatest(reports: string, label: string): void {
  const next = join(reports, `.latest.${process.pid}.making`);
  rmSync(next, { force: true });
  symlinkSync(label, next);
  renameSync(next, join(reports, "latest"));
}
