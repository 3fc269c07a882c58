// `npm run simulate`: plays worlds in which everything goes wrong that may, and says what did not hold.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { campaign, type Tally, worldsOf, worldsOfBothKinds } from "../test/simulation/campaign.ts";
import { type Hunted, huntAll } from "../test/simulation/hunt.ts";
import type { WorldKind } from "../test/simulation/play.ts";
import { wholeNumber } from "./bench/wholeNumber.ts";
import { plantTable } from "./docs/plants.ts";
import { withSection } from "./docs/section.ts";

const document = fileURLToPath(new URL("../docs/assurance.md", import.meta.url));
const soakCpuSeconds = 30 * 60;
const tellEverySeconds = 10;

type Options = {
  readonly seeds: number;
  readonly from: number;
  readonly kind: WorldKind | "both";
  readonly cpu?: number;
  readonly liveness?: true;
  readonly soak?: true;
  readonly plants?: true;
};

const options = new Command("simulate")
  .description("Plays worlds in which everything goes wrong that may, each from one seed that plays it again.")
  .option("--seeds <count>", "how many seeds", wholeNumber, 20)
  .option("--from <seed>", "the first of them", wholeNumber, 1)
  .addOption(new Option("--kind <kind>", "what is played").choices(["whole", "record", "both"]).default("both"))
  .option("--liveness", "faults cease early: all work has to end")
  .option("--cpu <seconds>", "begin no world after so much CPU time", wholeNumber)
  .option("--soak", "as many worlds as 30 minutes of CPU time allow")
  .option("--plants", "plant every bug instead, look how it is found, and write that down in docs/assurance.md")
  .parse()
  .opts<Options>();

process.exitCode = options.plants ? await findPlants() : await playWorlds(options);

async function playWorlds({ seeds, from, kind, cpu, liveness, soak }: Options): Promise<number> {
  const count = soak ? Number.MAX_SAFE_INTEGER : seeds;
  let toldMs = performance.now();
  const tell = (tally: Tally) => {
    if (performance.now() - toldMs < tellEverySeconds * 1000) return;
    toldMs = performance.now();
    console.error(`${tally.worlds} worlds, ${tally.ticks} ticks, ${tally.recoveries} recoveries`);
  };
  const tally = await campaign(
    {
      worlds: kind === "both" ? worldsOfBothKinds(from, count) : worldsOf(kind, from, count),
      liveness: liveness === true,
      cpuSeconds: cpu ?? (soak ? soakCpuSeconds : Number.POSITIVE_INFINITY),
    },
    tell,
  );
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ ...tally, cpuSeconds: Math.round((user + system) / 1e6) }, null, 2));
  for (const { law, detail, replay } of tally.violations) console.error(`${law}: ${detail}\n  ${replay}`);
  return tally.violations.length > 0 ? 1 : 0;
}

async function findPlants(): Promise<number> {
  const hunted = await huntAll(({ plant, law, worlds }: Hunted) => {
    console.error(law === undefined ? `NOT FOUND: ${plant.name}` : `${plant.name}: ${law}, in world ${worlds}`);
  });
  const table = plantTable(hunted);
  const text = readFileSync(document, "utf8");
  writeFileSync(document, withSection(text, { file: "docs/assurance.md", name: "planted bugs" }, table));
  return hunted.every(({ law }) => law !== undefined) ? 0 : 1;
}
