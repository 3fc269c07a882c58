import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import type { Plant } from "./plants.ts";
import type { play } from "./play.ts";

const root = new URL("../../", import.meta.url);
const entry = new URL("play.ts", import.meta.url).href;
const mark = "planted";
const texts = new Map<string, string>();
const imports = new Map<string, readonly string[]>();
const importOfOurs = /^(?:import|export) (?!type\b)[^;]* from "(\.[^"]+)";$/gm;

/** Thrown when the text that a plant replaces is not in its file exactly once: the plant has to follow the program. */
export class PlantOutOfDate extends Error {
  override readonly name = "PlantOutOfDate";
}

/**
 * `play` over a copy of the program that has the bug: the module with it, whose source text is replaced on the way, and
 * every one that depends on it are loaded once more, in this process. Nothing on the disk changes.
 * @throws PlantOutOfDate
 */
export async function loadPlanted(plant: Plant): Promise<typeof play> {
  const target = new URL(plant.file, root).href;
  const text = withBug(plant);
  const copied = dependentsOf(target);
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const { parentURL } = context;
      if (!copied.has(found.url) || parentURL === undefined || !parentURL.includes(`?${mark}=`)) return found;
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
    const copy = new URL(entry);
    copy.searchParams.set(mark, plant.name);
    const program: { readonly play: typeof play } = await import(copy.href);
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
    text = readFileSync(new URL(file), "utf8");
    texts.set(file, text);
  }
  return text;
}

/** The modules from which a bug in `target` can be seen, which is one of them. */
function dependentsOf(target: string): ReadonlySet<string> {
  const dependents = new Set([target]);
  for (let known = 0; known < dependents.size; ) {
    known = dependents.size;
    for (const [file, imported] of importsOf(entry))
      if (imported.some((each) => dependents.has(each))) dependents.add(file);
  }
  return dependents;
}

/** What each module of ours imports of ours, from one on. */
function importsOf(file: string, known = imports): ReadonlyMap<string, readonly string[]> {
  if (known.has(file)) return known;
  const imported = [...textOf(file).matchAll(importOfOurs)].map(([, specifier]) => new URL(specifier, file).href);
  known.set(file, imported);
  for (const each of imported) importsOf(each, known);
  return known;
}
