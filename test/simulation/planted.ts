import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plant } from "./plants.ts";
import type { play } from "./play.ts";

const root = new URL("../../", import.meta.url);
const mark = "planted";
const texts = new Map<string, string>();

/** Thrown when the text that a plant replaces is not in its file exactly once: the plant has to follow the program. */
export class PlantOutOfDate extends Error {
  override readonly name = "PlantOutOfDate";
}

/**
 * `play` over a copy of the program that has the bug: every module of it is loaded once more, in this process, from its
 * source text, which is replaced on the way. Nothing on the disk changes.
 * @throws PlantOutOfDate
 */
export async function loadPlanted(plant: Plant): Promise<typeof play> {
  const target = new URL(plant.file, root).href;
  const text = withBug(plant);
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const isOurs = found.url.startsWith(root.href) && !found.url.includes("/node_modules/");
      const { parentURL } = context;
      if (!isOurs || parentURL === undefined || !parentURL.includes(`?${mark}=`)) return found;
      return { ...found, url: `${found.url}?${new URL(parentURL).searchParams}` };
    },
    load(url, context, next) {
      if (!url.includes(`?${mark}=`)) return next(url, context);
      const [file] = url.split("?");
      const source = file === target ? text : textOf(file);
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
  try {
    const entry = new URL("play.ts", import.meta.url);
    entry.searchParams.set(mark, plant.name);
    const program: { readonly play: typeof play } = await import(entry.href);
    return program.play;
  } finally {
    hooks.deregister();
  }
}

/** @throws PlantOutOfDate */
export function withBug({ name, file, find, replace }: Plant): string {
  const text = readFileSync(new URL(file, root), "utf8");
  const times = text.split(find).length - 1;
  if (times === 1) return text.replace(find, () => replace);
  throw new PlantOutOfDate(`"${name}": ${file} has the text ${times} times: ${JSON.stringify(find)}`);
}

function textOf(file: string): string {
  let text = texts.get(file);
  if (text === undefined) {
    text = readFileSync(fileURLToPath(file), "utf8");
    texts.set(file, text);
  }
  return text;
}
