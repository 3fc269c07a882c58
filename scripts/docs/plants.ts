import type { Hunted } from "../../test/simulation/hunt.ts";
import { plants } from "../../test/simulation/plants.ts";
import { markdownTable } from "./section.ts";

/** The table of planted bugs, as a run found them. */
export function plantTable(hunted: readonly Hunted[]): string {
  const rows = hunted.map(({ plant, law, worlds, ticks }) => [
    plant.name,
    plant.breaks,
    law === undefined ? "**not found**" : `\`${law}\``,
    `${worlds} (at most ${plant.seeds})`,
    String(ticks),
  ]);
  return markdownTable(["planted bug", "what it breaks", "found by", "worlds", "ticks"], rows);
}

/** By the name of a bug, the world in which a text with such a table has it found. */
export function worldsFoundIn(text: string): ReadonlyMap<string, number> {
  const rows = text.matchAll(/^\| ([^|]+) \| [^|]+ \| `\w+` \| (\d+) \(at most \d+\) \|/gm);
  return new Map([...rows].map(([, name, world]) => [name, Number(world)]));
}

/** What a table of planted bugs says whatever the run: of each its name, what it breaks, and in how many worlds it must be found. */
export function plantRows(): readonly RegExp[] {
  return plants.map(
    ({ name, breaks, seeds }) =>
      new RegExp(
        `^\\| ${escaped(name)} \\| ${escaped(breaks)} \\| \`\\w+\` \\| \\d+ \\(at most ${seeds}\\) \\| \\d+ \\|$`,
        "m",
      ),
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
