import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { type Blueprint, readBlueprints } from "./blueprint.ts";
import { JsonDocument } from "./document.ts";
import { line, list, name, record, withoutRepeats } from "./fields.ts";
import { type Manifest, manifestOf } from "./manifest.ts";
import { type JobTemplate, scenarioOf, scenarioSchema } from "./scenario.ts";
import { type LoadedScenario, scenarioWithManifest } from "./scenarios.ts";
import { labelOf } from "./sentences.ts";

/**
 * A mission: what is to be played, put together from documents that are there, with what is different this time.
 * @param manifest the one that its names are held against; absent for the shape alone
 */
export function missionSchema(manifest?: Manifest) {
  const { owners, seed, jobsPerShard } = scenarioSchema(manifest).shape;
  const path = (title: string) => line(`${title}, from this file's folder`, 1000);
  return record("A mission: fabric, work, faults and the owners' decisions of a drill, from documents that are there", {
    $schema: z.string("a text").describe("JSON Schema of this file, for editors.").optional(),
    name: name("Its name, that of its file", "node"),
    title: line("What it shows, for people"),
    scenario: path("Path of the scenario that it begins from"),
    manifest: path("Path of the manifest, instead of the one that the scenario names").optional(),
    blueprints: withoutRepeats(
      list(
        "Blueprints: the kinds of jobs of the shards that they name, instead of the scenario's; the count of each is its share",
        path("Path of a blueprint"),
        1,
        32,
      ),
    ).optional(),
    seed: seed.optional(),
    jobsPerShard: jobsPerShard.optional(),
    owners: owners.optional(),
  }).meta({ title: "Mission" });
}

/**
 * The scenario that a mission means, with its manifest, as if both had been written for it.
 * @throws FabricError FILE_UNREADABLE, DOCUMENT_INVALID
 */
export function readMission(file: string): LoadedScenario {
  const document = JsonDocument.read(file);
  const { scenario: scenarioPath, manifest: manifestPath } = document.check(missionSchema());
  const base = scenarioWithManifest(JsonDocument.read(placeOf(document, ["scenario"], scenarioPath)));
  const manifestDocument =
    manifestPath === undefined
      ? base.manifestDocument
      : JsonDocument.read(placeOf(document, ["manifest"], manifestPath));
  const manifest = manifestPath === undefined ? base.manifest : manifestOf(manifestDocument);
  // The scenario has to fit the fabric, so that what is wrong with it is said of its own lines.
  const scenario = scenarioOf(base.scenarioDocument, manifest);
  const { name: missionName, title, blueprints = [], ...mission } = document.check(missionSchema(manifest));
  const names = { shards: new Set(manifest.shards.map(({ id }) => id)), skills: new Set(manifest.skills) };
  const kinds = blueprints.flatMap((path, index) =>
    readBlueprints(placeOf(document, ["blueprints", index], path), names),
  );
  const replaced = new Set(kinds.map(({ shard }) => shard));
  const played = {
    ...scenario,
    ...{ name: missionName, title, manifest: manifestPath ?? scenario.manifest },
    seed: mission.seed ?? scenario.seed,
    jobsPerShard: mission.jobsPerShard ?? scenario.jobsPerShard,
    templates: [...scenario.templates.filter(({ shard }) => !replaced.has(shard)), ...kinds.map(templateOf)],
    owners: mission.owners ?? scenario.owners,
  };
  const { $schema: _ofItsFile, ...written } = played;
  const scenarioDocument = new JsonDocument(`${file}, as a scenario`, `${JSON.stringify(written, undefined, 2)}\n`);
  return { scenario: scenarioOf(scenarioDocument, manifest), manifest, scenarioDocument, manifestDocument };
}

/** The path of a file that a document names. @throws FabricError DOCUMENT_INVALID when there is none */
function placeOf(document: JsonDocument, path: readonly (string | number)[], named: string): string {
  const file = isAbsolute(named) ? named : join(dirname(document.file), named);
  if (existsSync(file)) return file;
  throw document.refusal(
    path,
    `${labelOf(path)} names ${file}, which does not exist; give its path from this file's folder`,
  );
}

/** Jobs of a blueprint as a drill brings them; what their nodes would be given to work on is left out. */
function templateOf({ idPrefix, count, shard, skills, durationTicks, ...rest }: Blueprint): JobTemplate {
  const { class: rank, budgetTicks, deadlineTicks, value } = rest;
  return {
    ...{ name: idPrefix, shard, skills, class: rank, budgetTicks, deadlineTicks, value, share: count },
    durationTicks: { min: durationTicks, max: durationTicks },
  };
}
