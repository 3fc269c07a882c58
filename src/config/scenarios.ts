import { existsSync, readdirSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import { JsonDocument } from "./document.ts";
import { line } from "./fields.ts";
import { type Manifest, manifestOf } from "./manifest.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { oneOf } from "./sentences.ts";

/** A scenario with the manifest it names, and the documents both come from. */
export type LoadedScenario = {
  readonly scenario: Scenario;
  readonly manifest: Manifest;
  readonly scenarioDocument: JsonDocument;
  readonly manifestDocument: JsonDocument;
};

const folder = fileURLToPath(new URL("../../config/scenarios/", import.meta.url));

/** Names of the scenarios that ship, sorted. */
export function scenarioNames(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.map((file) => file.slice(0, -".json".length)).toSorted();
}

/**
 * @param nameOrFile the name of a scenario that ships, or the path of a file
 * @throws FabricError SCENARIO_UNKNOWN, FILE_UNREADABLE, DOCUMENT_INVALID
 */
export function readScenario(nameOrFile: string): LoadedScenario {
  return scenarioWithManifest(JsonDocument.read(scenarioFile(nameOrFile)));
}

/** @throws FabricError FILE_UNREADABLE, DOCUMENT_INVALID */
export function scenarioWithManifest(scenarioDocument: JsonDocument): LoadedScenario {
  const named = scenarioDocument.check(z.looseObject({ manifest: line("Path of the manifest", 1000) }, "an object"));
  const { manifest: path } = named;
  const file = isAbsolute(path) ? path : join(dirname(scenarioDocument.file), path);
  if (!existsSync(file)) {
    const says = `manifest names ${file}, which does not exist; give the path of a manifest from this file's folder`;
    throw scenarioDocument.refusal(["manifest"], says);
  }
  const manifestDocument = JsonDocument.read(file);
  const manifest = manifestOf(manifestDocument);
  return { scenario: scenarioOf(scenarioDocument, manifest), manifest, scenarioDocument, manifestDocument };
}

/**
 * The file of a scenario that ships, or the path itself.
 * @throws FabricError SCENARIO_UNKNOWN
 */
export function scenarioFile(nameOrFile: string): string {
  if (existsSync(nameOrFile) || /[/\\]|\.json$/.test(nameOrFile)) return nameOrFile;
  const names = scenarioNames();
  if (!names.includes(nameOrFile)) throw new FabricError("SCENARIO_UNKNOWN", { name: nameOrFile, known: oneOf(names) });
  return relative(process.cwd(), join(folder, `${nameOrFile}.json`));
}
