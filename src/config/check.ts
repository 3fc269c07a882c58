import { JsonDocument } from "./document.ts";
import { isObject } from "./fields.ts";
import { type Load, loadOf, manifestWarnings, type Warning } from "./load.ts";
import { type Manifest, manifestOf } from "./manifest.ts";
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
      readonly kind: "scenario";
      readonly file: string;
      readonly manifestFile: string;
      readonly scenario: Scenario;
      readonly manifest: Manifest;
      readonly load: Load;
      readonly warnings: readonly PlacedWarning[];
    };

/**
 * Reads a manifest or a scenario, whichever it is, with the manifest it names.
 * @param nameOrFile path of a file, or the name of a scenario that ships
 * @throws FabricError SCENARIO_UNKNOWN, FILE_UNREADABLE, DOCUMENT_INVALID
 */
export function checkDocument(nameOrFile: string): Checked {
  const document = JsonDocument.read(scenarioFile(nameOrFile));
  const { file } = document;
  if (kindOf(document) === "manifest") {
    const manifest = manifestOf(document);
    return { kind: "manifest", file, manifest, warnings: placed(manifestWarnings(manifest), document, document) };
  }
  const { scenario, manifest, manifestDocument } = scenarioWithManifest(document);
  const load = loadOf(scenario, manifest);
  const warnings = placed(load.warnings, manifestDocument, document);
  return { kind: "scenario", file, manifestFile: manifestDocument.file, scenario, manifest, load, warnings };
}

function kindOf(document: JsonDocument): "manifest" | "scenario" {
  const keys = isObject(document.value) ? Object.keys(document.value) : [];
  if (["manifest", "templates", "arrival"].some((key) => keys.includes(key))) return "scenario";
  if (["shards", "nodes", "submitters"].some((key) => keys.includes(key))) return "manifest";
  throw document.refusal([], "this is no manifest and no scenario; a manifest has shards, a scenario has templates");
}

function placed(warnings: readonly Warning[], manifest: JsonDocument, scenario: JsonDocument): PlacedWarning[] {
  return warnings.map(({ document, path, says }) => ({
    place: (document === "manifest" ? manifest : scenario).place(path),
    says,
  }));
}
