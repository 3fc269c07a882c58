import { Command } from "commander";
import { type Checked, checkDocument, type Load, type Manifest } from "../config/index.ts";
import { FabricError } from "../errors.ts";
import { count, countOf, table } from "./table.ts";

/** `fabric config …`: documents that people write. */
export function configCommand(): Command {
  const command = new Command("config").description("manifests, scenarios and missions");
  command
    .command("check")
    .description("read manifests, scenarios and missions, say what is wrong with them, and what load they mean")
    .argument("<file...>", "files, or names of scenarios that ship")
    .option("--json", "print one JSON document")
    .action((files: string[], options: { json?: boolean }) => check(files, options.json === true));
  return command;
}

/** @throws FabricError DOCUMENT_INVALID with the problems of all files, after those that are valid were printed. */
function check(files: readonly string[], json: boolean): void {
  const checked: Checked[] = [];
  const errors: FabricError[] = [];
  for (const file of files) {
    try {
      checked.push(checkDocument(file));
    } catch (error) {
      if (!(error instanceof FabricError)) throw error;
      errors.push(error);
    }
  }
  if (json) process.stdout.write(`${JSON.stringify({ documents: checked.map(toJson) }, undefined, 2)}\n`);
  else process.stdout.write(checked.map(toText).join("\n"));
  for (const { warnings } of checked) {
    for (const { place, says } of warnings) process.stderr.write(`Warning: ${place}: ${says}.\n`);
  }
  const [first, ...others] = errors;
  if (first !== undefined && others.length === 0) throw first;
  if (first !== undefined) {
    throw new FabricError("DOCUMENT_INVALID", { problems: errors.map(({ message }) => message).join("\n") });
  }
  if (json) return;
  const valid = checked.map(({ file }) => file).join(", ");
  const played = checked.find(({ kind }) => kind !== "manifest");
  process.stderr.write(`${valid}: valid.\n`);
  if (played !== undefined) process.stderr.write(`Next: npm start -- --${played.kind} ${played.file}\n`);
}

function toJson(checked: Checked): object {
  const { kind, file, warnings } = checked;
  if (kind === "manifest") return { kind, file, name: checked.manifest.name, warnings };
  const { scenario, manifestFile, load } = checked;
  const { warnings: _placed, ...figures } = load;
  return { kind, file, name: scenario.name, manifest: manifestFile, load: figures, warnings };
}

function toText(checked: Checked): string {
  if (checked.kind === "manifest")
    return `${checked.manifest.name}\n${checked.file}\n\n${manifestText(checked.manifest)}`;
  const { scenario, file, manifestFile, load } = checked;
  return `${scenario.name}: ${scenario.title}\n${file}, manifest ${manifestFile}\n\n${loadText(load)}`;
}

function manifestText(manifest: Manifest): string {
  const slotsOf = (shard: string) =>
    manifest.nodes.reduce((sum, node) => sum + (node.shard === shard ? node.maxConcurrency : 0), 0);
  const shards = table(
    [
      { head: "shard", align: "left" },
      { head: "title", align: "left" },
      { head: "queue budget", align: "right" },
      { head: "latency budget", align: "right" },
      { head: "slots", align: "right" },
      { head: "spills to", align: "left" },
    ],
    manifest.shards.map(({ id, title, queueBudget, latencyBudgetMs, routes }) => [
      id,
      title,
      count(queueBudget),
      `${count(latencyBudgetMs)} ms`,
      count(slotsOf(id)),
      routes.join(", ") || "–",
    ]),
  );
  const nodes = table(
    [
      { head: "node", align: "left" },
      { head: "shard", align: "left" },
      { head: "slots", align: "right" },
      { head: "capacity", align: "right" },
      { head: "heartbeat", align: "right" },
      { head: "latency", align: "right" },
      { head: "skills", align: "left" },
    ],
    manifest.nodes.map(({ id, shard, maxConcurrency, capacity, heartbeatSeconds, latencyMs, skills }) => [
      id,
      shard,
      count(maxConcurrency),
      count(capacity),
      `${count(heartbeatSeconds)} s`,
      `${count(latencyMs)} ms`,
      skills.join(", "),
    ]),
  );
  return `${shards}\n${nodes}`;
}

function loadText(load: Load): string {
  const atOnce = load.arrivalTicks === null;
  const figure = (ticks: number | null, share: number | null): string => {
    if (ticks === null) return "nobody";
    return share === null ? count(Math.ceil(ticks)) : `${Math.round(share * 100)} %`;
  };
  const last = { head: atOnce ? "ticks" : "load", align: "right" } as const;
  const rows = table(
    [
      { head: "shard", align: "left" },
      { head: "skills", align: "left" },
      { head: "jobs", align: "right" },
      { head: "slot-ticks", align: "right" },
      { head: "slots at home", align: "right" },
      { head: "over routes", align: "right" },
      last,
    ],
    load.rows.map(({ shard, skills, jobs, work, slotsAtHome, slotsOverRoutes, ticks, load: share }) => [
      shard,
      skills.join(" + ") || "any",
      count(jobs),
      count(work),
      count(slotsAtHome),
      count(slotsOverRoutes),
      figure(ticks, share),
    ]),
  );
  const nodes = table(
    [{ head: "node", align: "left" }, { head: "slots", align: "right" }, last],
    load.nodes.map(({ node, slots, ticks, load: share }) => [node, count(slots), figure(ticks, share)]),
  );
  const coming = atOnce ? "all at once" : `over ${countOf(load.arrivalTicks ?? 0, "tick")}`;
  const share =
    load.arrivalTicks === null ? "" : `, ${Math.round((load.ticks / load.arrivalTicks) * 100)} % of that time`;
  return (
    `${load.jobs === 1 ? "1 job comes" : `${count(load.jobs)} jobs come`} ${coming}. Spread as evenly as skills and routes permit, they keep the busiest node at ` +
    `work for ${countOf(Math.ceil(load.ticks), "tick")}${share}.\n\n${rows}\n${nodes}`
  );
}
