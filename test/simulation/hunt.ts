import { loadPlanted } from "./planted.ts";
import { type Plant, plants } from "./plants.ts";

/** How a planted bug was found, or that it was not. */
export type Hunted = {
  readonly plant: Plant;
  /** The law that did not hold; undefined when every world looked sound. */
  readonly law: string | undefined;
  /** Worlds that it took, and ticks in them. */
  readonly worlds: number;
  readonly ticks: number;
};

/** Plays worlds of the program with the bug until one shows it, as many as the plant allows. */
export async function hunt(plant: Plant): Promise<Hunted> {
  const play = await loadPlanted(plant);
  let ticks = 0;
  for (let seed = 1; seed <= plant.seeds; seed++) {
    const { violation, ticks: played } = await play(plant.world, seed);
    ticks += played;
    if (violation !== undefined) return { plant, law: violation.law, worlds: seed, ticks };
  }
  return { plant, law: undefined, worlds: plant.seeds, ticks };
}

export async function huntAll(told: (hunted: Hunted) => void = () => {}): Promise<Hunted[]> {
  const all: Hunted[] = [];
  for (const plant of plants) {
    const hunted = await hunt(plant);
    all.push(hunted);
    told(hunted);
  }
  return all;
}
