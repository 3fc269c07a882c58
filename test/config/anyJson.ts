import fc from "fast-check";

export type Path = readonly (string | number)[];
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Whatever JSON can hold, and above all what programs stumble over. */
export const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 0.5, 1e-7, 2 ** 31, 2 ** 32, 2 ** 53, 1e21, 1.7e308, -1.7e308),
  fc.constantFrom<unknown>(
    "",
    " ",
    "0",
    "earth",
    "mars",
    "\u0000",
    "\ud800",
    "__proto__",
    "constructor",
    "\u202e",
    "é".repeat(99),
  ),
  fc.constantFrom<unknown>([], {}, [[]], [null], [{}], { length: 1 }, { toString: 1 }, Array(100).fill(0)),
);

/** Every place in a document, from the root on. */
export function placesIn(value: Json, path: Path = []): Path[] {
  if (value === null || typeof value !== "object") return [path];
  const inner = Array.isArray(value) ? value.map((entry, at) => [at, entry] as const) : Object.entries(value);
  return [path, ...inner.flatMap(([key, entry]) => placesIn(entry, [...path, key]))];
}

/** The same with another value at a place. */
export function replaced(value: Json, path: Path, other: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return other;
  if (Array.isArray(value)) return value.map((entry, at) => (at === key ? replaced(entry, rest, other) : entry));
  if (value === null || typeof value !== "object") throw new RangeError(`nothing stands at ${path.join(".")}`);
  return { ...value, [key]: replaced(value[key], rest, other) };
}
