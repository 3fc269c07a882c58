import { explanations } from "../mutants/survivors.ts";
import { markdownTable } from "./section.ts";

/** Where `npm run mutate -- --write` puts {@link mutantTable}. */
export const mutantsSection = { file: "docs/assurance.md", name: "mutants" };

/** What became of the mutants of a file, or of all. */
export type Count = {
  readonly file?: string;
  readonly places: number;
  readonly judged: number;
  readonly killed: number;
  readonly survived: number;
  /** Compiled to what was there. */
  readonly same: number;
  /** Did not compile. */
  readonly noCode: number;
  /** Of those that were killed or survived, how many were killed. */
  readonly percent: number;
  readonly cpuSeconds: number;
};

/** What became of the mutants of every file, as a run saw it. */
export function mutantTable(whole: Count, byFile: readonly Count[]): string {
  const rows = [...byFile, whole].map(({ file, places, judged, killed, survived, same, noCode, percent }) => [
    file === undefined ? "all" : `\`${file.replace(/^contracts\//, "")}\``,
    ...[places, judged, killed, survived, same, noCode].map(String),
    killed + survived === 0 ? "" : `${percent.toFixed(1)} %`,
  ]);
  return markdownTable(
    ["contract", "places", "judged", "killed", "survived", "same code", "does not compile", "killed of those that run"],
    rows,
  );
}

/** The mutants that no test kills, and why none can. */
export function survivorTable(): string {
  const sorted = [...explanations].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  const rows = sorted.map(({ file, is, becomes, why }) => [
    `\`${file.replace(/^contracts\//, "")}\``,
    `\`${is}\``,
    becomes === "" ? "nothing" : `\`${becomes}\``,
    why,
  ]);
  return markdownTable(["contract", "instead of", "it has", "what stays the same"], rows);
}
