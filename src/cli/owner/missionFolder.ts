import { createHash, randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { FabricError, unwritable } from "../../errors.ts";
import { readText } from "../textFile.ts";

/** `manifest.json` of such a folder: what every other file in it is. */
const missionForm = z.strictObject({
  format: z.literal("planetary-fabric/owner-mission/v1"),
  chainId: z.int(),
  block: z.strictObject({ number: z.int(), hash: z.string(), time: z.int() }),
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.int() })),
});
export type Mission = z.output<typeof missionForm>;

const manifestName = "manifest.json";

/**
 * Writes files into a folder, all of them or none, with a list of their SHA-256s; replaces what was written there before
 * in the same way, and nothing else.
 * @returns the list
 * @throws MISSION_TAKEN when something else is there; FILE_UNWRITABLE
 */
export function writeMission(
  named: string,
  { chainId, block }: Pick<Mission, "chainId" | "block">,
  files: ReadonlyMap<string, string>,
): Mission {
  const folder = resolve(named);
  checkReplaceable(folder);
  const listed = [...files].map(([name, text]) => {
    const bytes = Buffer.from(text, "utf8");
    return [name, { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length }] as const;
  });
  const { number, hash, time } = block;
  const mission: Mission = {
    ...{ format: "planetary-fabric/owner-mission/v1", chainId, block: { number, hash, time } },
    files: Object.fromEntries(listed),
  };
  const mark = randomBytes(4).toString("hex");
  const [unfinished, replaced] = [`${folder}.unfinished-${mark}`, `${folder}.replaced-${mark}`];
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(unfinished);
    for (const [name, text] of files) writeFileSync(join(unfinished, name), text);
    writeFileSync(join(unfinished, manifestName), `${JSON.stringify(mission, null, 2)}\n`);
    if (existsSync(folder)) renameSync(folder, replaced);
    renameSync(unfinished, folder);
    rmSync(replaced, { recursive: true, force: true });
  } catch (cause) {
    rmSync(unfinished, { recursive: true, force: true });
    if (existsSync(replaced) && !existsSync(folder)) renameSync(replaced, folder);
    throw unwritable(folder, cause);
  }
  return mission;
}

function checkReplaceable(folder: string): void {
  const taken = (problem: string) => new FabricError("MISSION_TAKEN", { folder, problem });
  const status = lstatSync(folder, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (!status.isDirectory()) throw taken("it is no folder");
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.length === 0) return;
  const mission = entries.some(({ name }) => name === manifestName) ? missionIn(join(folder, manifestName)) : undefined;
  if (mission === undefined) throw taken("it has files, and no list that says they are the owners' views");
  const stray = entries.find(
    (entry) => !entry.isFile() || (entry.name !== manifestName && !Object.hasOwn(mission.files, entry.name)),
  );
  if (stray !== undefined) throw taken(`${stray.name} in it is not on its list`);
}

function missionIn(file: string): Mission | undefined {
  try {
    return missionForm.parse(JSON.parse(readText(file)));
  } catch {
    return undefined;
  }
}
