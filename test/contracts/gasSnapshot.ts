import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("./gas.json", import.meta.url);

type Snapshots = Record<string, Record<string, number>>;

/**
 * Holds a gas figure against the one in `gas.json`; `UPDATE_SNAPSHOTS=1` writes it there instead.
 *
 * A figure that moves must move in a commit, where a reader sees by how much and asks why.
 *
 * @param section - the contract's name
 * @param name - what was done
 * @param gas - of the whole transaction
 * @throws when the figure is new or has moved
 */
export function snapshotGas(section: string, name: string, gas: number): void {
  const snapshots: Snapshots = JSON.parse(readFileSync(file, "utf8"));
  const expected = snapshots[section]?.[name];
  if (gas === expected) return;
  if (process.env.UPDATE_SNAPSHOTS !== "1") {
    throw new Error(
      `Gas of ${section}, ${name}: ${gas}, but gas.json has ${expected ?? "nothing"}. ` +
        "If the change is meant, run again with UPDATE_SNAPSHOTS=1 and commit gas.json.",
    );
  }
  const figures = sorted({ ...snapshots[section], [name]: gas });
  writeFileSync(file, `${JSON.stringify(sorted({ ...snapshots, [section]: figures }), null, 2)}\n`);
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
