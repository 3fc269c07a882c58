import { JsonDocument } from "./document.ts";
import { isObject } from "./fields.ts";
import { type Load, loadOf, manifestWarnings, type Warning } from "./load.ts";
import { type Manifest, manifestOf } from "./manifest.ts";
import { readMission } from "./missions.ts";
import type { Scenario } from "./scenario.ts";
import { scenarioFile, scenarioWithManifest } from "./scenarios.ts";

/** A warning with its `file:line:column`. */
export type PlacedWarning = { readonly place: string; readonly says: string };

/** A valid document and what it means. */
export type Checked =
  | {
      readonly kind: "manifest";
      readonly file: string;
      readonly manifest: Manifest;
      readonly warnings: readonly PlacedWarning[];
    }
  | {
      /** Of a mission: the scenario that it means. */
      readonly kind: "scenario" | "mission";
      readonly file: string;
      readonly manifestFile: string;
      readonly scenario: Scenario;
      readonly manifest: Manifest;
      readonly load: Load;
      readonly warnings: readonly PlacedWarning[];
    };

/**
 * Reads a manifest, a scenario or a mission, whichever it is, with the documents it names.
 * @param nameOrFile path of a file, or the name of a scenario that ships
 * @throws FabricError SCENARIO_UNKNOWN, FILE_UNREADABLE, DOCUMENT_INVALID
 */
export function checkDocument(nameOrFile: string): Checked {
  const document = JsonDocument.read(scenarioFile(nameOrFile));
  const { file } = document;
  const kind = kindOf(document);
  if (kind === "manifest") {
    const manifest = manifestOf(document);
    return { kind, file, manifest, warnings: placed(manifestWarnings(manifest), document, document) };
  }
  const loaded = kind === "mission" ? readMission(file) : scenarioWithManifest(document);
  const { scenario, manifest, manifestDocument, scenarioDocument } = loaded;
  const load = loadOf(scenario, manifest);
  const warnings = placed(load.warnings, manifestDocument, scenarioDocument);
  return { kind, file, manifestFile: manifestDocument.file, scenario, manifest, load, warnings };
}

function kindOf(document: JsonDocument): Checked["kind"] {
  const keys = isObject(document.value) ? Object.keys(document.value) : [];
  if (keys.includes("scenario")) return "mission";
  if (["manifest", "templates", "arrival"].some((key) => keys.includes(key))) return "scenario";
  if (["shards", "nodes", "submitters"].some((key) => keys.includes(key))) return "manifest";
  throw document.refusal(
    [],
    "this is no manifest, no scenario and no mission; a manifest has shards, a scenario has templates, a mission names a scenario",
  );
}

function placed(warnings: readonly Warning[], manifest: JsonDocument, scenario: JsonDocument): PlacedWarning[] {
  return warnings.map(({ document, path, says }) => ({
    place: (document === "manifest" ? manifest : scenario).place(path),
    says,
  }));
}
