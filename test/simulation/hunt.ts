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

/**
 * Plays worlds of the program with the bug until one shows it, as many as the plant allows.
 * @param likely the one to begin with, as where it was found last: then come the others, from seed 1 on
 */
export async function hunt(plant: Plant, likely = 1): Promise<Hunted> {
  const play = await loadPlanted(plant);
  const seeds = Array.from({ length: plant.seeds }, (_, index) => index + 1);
  const isLikely = (seed: number) => seed === likely;
  let [worlds, ticks] = [0, 0];
  for (const seed of [...seeds.filter(isLikely), ...seeds.filter((seed) => !isLikely(seed))]) {
    const { violation, ticks: played } = await play(plant.world, seed);
    worlds++;
    ticks += played;
    if (violation !== undefined) return { plant, law: violation.law, worlds, ticks };
  }
  return { plant, law: undefined, worlds, ticks };
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
