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
import { verifyEvidence, writeEvidence } from "../governance/evidence/index.ts";
import { FolderReader, segmentOf } from "../journal/index.ts";
import { type Derived, derive } from "./derive.ts";
import { FolderOutput } from "./output.ts";
import { canonicalText, type DrillDocument, type Primary, paths } from "./primary.ts";

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
  const { label, drill, play } = source;
  checkLabel(label);
  const making = join(reports, `.${label}.making`);
  rmSync(making, { recursive: true, force: true });
  mkdirSync(join(making, paths.journal), { recursive: true });
  for (const name of readdirSync(drill.store))
    if (segmentOf(name) !== undefined) copyFileSync(join(drill.store, name), join(making, paths.journal, name));
  const { deployment, ownerLog, faultsLeft } = drill.main;
  const other = drill.unkilled;
  const document: DrillDocument = {
    format: "planetary-fabric/drill/v1",
    ...{ label, seed: play.seed, jobsPerShard: play.scenario.jobsPerShard, faultsLeft },
    deployment: { ...deployment, contracts: { ...deployment.contracts } },
    unkilled: other && { receipts: other.receipts, stateRoot: other.stateRoot },
  };
  const journal = new FolderReader(join(making, paths.journal));
  const { manifestText, scenarioText } = source;
  const log = ownerLog.map((entry) => ({ ...entry, calls: [...entry.calls], signers: [...entry.signers] }));
  const primary: Primary = {
    drill: document,
    manifestText,
    scenarioText,
    ownerLog: log,
    evidence: drill.evidence,
    journal,
  };
  const output = new FolderOutput(making);
  for (const name of journal.list())
    output.note(`${paths.journal}/${name}`, readFileSync(join(making, paths.journal, name)));
  output.add(paths.manifest, manifestText);
  output.add(paths.scenario, scenarioText);
  output.add(paths.drill, canonicalText(document));
  output.add(paths.ownerLog, canonicalText(log));
  output.add(paths.chain, writeEvidence(drill.evidence));
  const derived = await derive(primary, verifyEvidence(drill.evidence), output);
  journal.close();
  writeFileSync(
    join(making, paths.digests),
    canonicalText({ format: "planetary-fabric/bundle/v1", files: output.digests() }),
  );
  writeFileSync(join(making, paths.timing), `${JSON.stringify(source.timing(), null, 2)}\n`);

  const folder = join(reports, label);
  rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
  pointLatest(reports, label);
  return { folder, derived };
}

function pointLatest(reports: string, label: string): void {
  const next = join(reports, ".latest.making");
  rmSync(next, { force: true });
  symlinkSync(label, next);
  renameSync(next, join(reports, "latest"));
}
