import { Command } from "commander";
import {
  authorityView,
  centerView,
  dateOf,
  logView,
  type ParametersView,
  parametersView,
  readOverview,
  valueText,
} from "../../owner/index.ts";
import { count } from "../table.ts";
import { centerForms } from "./center.ts";
import { diagramForms } from "./diagram.ts";
import { readEnforced } from "./enforced.ts";
import { type Mission, writeMission } from "./missionFolder.ts";
import { logCsv, logForms } from "./ownerLog.ts";
import { scriptsForms } from "./scripts.ts";
import { atView, manifestAt, type PlaceFlags, takePlace, type ViewPlace, whereRunning } from "./viewPlace.ts";
import { type Forms, jsonText, markdownTable } from "./viewText.ts";
import { logOf } from "./worldLog.ts";

type MissionFlags = PlaceFlags & { readonly out: string; readonly manifest?: string; readonly json?: true };

/** `fabric owner mission`: all views of one moment in one folder. */
export function missionCommand(): Command {
  const command = new Command("mission")
    .description("write all views of the owners, of one block, into a folder with the SHA-256 of each")
    .requiredOption("--out <folder>", "folder to write; one that this command made is replaced")
    .option("--manifest <file>", "manifest to compare with (default: the world's)")
    .option("--json", "print the list of the files as JSON");
  return takePlace(command).action(async () => {
    const flags = command.opts<MissionFlags>();
    await atView(flags, async (place) => {
      const mission = await makeMission(place, flags);
      console.log(flags.json === true ? JSON.stringify(mission) : missionText(mission, flags.out));
    });
  });
}

/** @throws OWNER_LOG_BROKEN, MISSION_TAKEN, FILE_UNWRITABLE, and what the chain throws */
async function makeMission(place: ViewPlace, { out, manifest: named }: MissionFlags): Promise<Mission> {
  const { chain, deployment, world, control } = place;
  const manifest = manifestAt(named, world);
  const entries = world === null ? null : logOf(world);
  const enforced = await whereRunning(control, readEnforced);
  const overview = await readOverview(chain, deployment);
  const center = centerView(overview, enforced, manifest);
  const { topologyOf } = await import("../../report/index.ts");
  const diagram = diagramForms(authorityView(overview));
  const parameters = parametersView(center);
  const titles = new Map(manifest?.shards.map(({ id, title }) => [id, title]));
  const files = new Map([
    ...both("center", centerForms(center)),
    ...both("diagram", diagram),
    ["diagram.mmd", diagram.text],
    ["topology.mmd", topologyOf(overview.world.parameters, (name) => titles.get(name))],
    ...both("parameters", { json: parameters, markdown: parametersMarkdown(parameters), text: "" }),
    ...both("scripts", await scriptsForms(overview, chain.chainId)),
  ]);
  if (entries !== null) {
    const log = logView(overview, entries);
    for (const [name, text] of both("log", logForms(log))) files.set(name, text);
    files.set("log.csv", logCsv(log));
  }
  return writeMission(out, { chainId: chain.chainId, block: center.block }, files);
}

function both(name: string, { json, markdown }: Forms): [string, string][] {
  return [
    [`${name}.json`, jsonText(json)],
    [`${name}.md`, markdown],
  ];
}

function missionText({ block, files }: Mission, out: string): string {
  const lines = Object.entries(files).map(([name, { sha256 }]) => `${sha256}  ${name}`);
  return [...lines, `Block ${block.number} of ${dateOf(block.time)}, in ${out}; manifest.json has this list.`].join(
    "\n",
  );
}

function parametersMarkdown({ block, rows }: ParametersView): string {
  const cells = rows.map(({ title, field, value, bounds, description, commands }) => [
    title,
    valueText(field, value),
    bounds === null ? "" : `${count(bounds.minimum)} to ${count(bounds.maximum)}`,
    description,
    commands.map((command) => `fabric ${command}`).join("; "),
  ]);
  const heads = ["value", "is", "may be", "what it means", "changed by"];
  return `# Parameters at block ${block.number}\n\n${markdownTable(heads, cells)}`;
}
