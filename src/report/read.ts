import { exitCodes, FabricError } from "../errors.ts";
import { readEvidence } from "../governance/evidence/index.ts";
import type { StoreReader } from "../journal/index.ts";
import type { BundleFolder } from "./folder.ts";
import { ownerLogForm } from "./ownerLog.ts";
import { drillForm, type Primary, parseCanonical, paths } from "./primary.ts";

/** Whatever a file of the bundle leads to, it is the bundle that is wrong. */
export async function judging<T>(judge: () => Promise<T>): Promise<T> {
  try {
    return await judge();
  } catch (cause) {
    const isJudgement = cause instanceof FabricError && cause.exitCode === exitCodes.integrity;
    if (isJudgement || (cause instanceof FabricError && cause.code === "CONTRACTS_NOT_COMPILED")) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FabricError("BUNDLE_UNREADABLE", { reason }, { cause });
  }
}

/** @throws BUNDLE_ALTERED, BUNDLE_MALFORMED, errors of `readEvidence` */
export function readPrimary(bundle: BundleFolder, journal: StoreReader): Primary {
  const documentBytesMax = 2 ** 20;
  const primary = {
    drill: parseCanonical(drillForm, paths.drill, bundle.text(paths.drill)),
    manifestText: bundle.text(paths.manifest, documentBytesMax),
    scenarioText: bundle.text(paths.scenario, documentBytesMax),
    ownerLog: parseCanonical(ownerLogForm, paths.ownerLog, bundle.text(paths.ownerLog)),
    evidence: readEvidence(bundle.text(paths.chain)),
    journal,
  };
  return primary;
}
