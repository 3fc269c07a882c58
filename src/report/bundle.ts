import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Drill, Play } from "../drill/index.ts";
import { FabricError } from "../errors.ts";
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
 * Writes the bundle of a drill into a folder of its label. One that is there already stays until the new one is whole.
 * `latest` points at it afterwards.
 * @throws LABEL_INVALID, errors of `derive`
 */
export async function writeBundle(
  source: BundleSource,
  reports: string,
): Promise<{ folder: string; derived: Derived }> {
  const { label } = source;
  checkLabel(label);
  const making = join(reports, `.${label}.making`);
  rmSync(making, { recursive: true, force: true });
  try {
    const derived = await writeInto(making, source);
    const folder = join(reports, label);
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
    pointLatest(reports, label);
    return { folder, derived };
  } finally {
    rmSync(making, { recursive: true, force: true });
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
  const next = join(reports, ".latest.making");
  rmSync(next, { force: true });
  symlinkSync(label, next);
  renameSync(next, join(reports, "latest"));
}
