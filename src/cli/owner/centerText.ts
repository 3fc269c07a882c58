import { plainText } from "../../errors.ts";
import { type CenterRow, type CenterView, dateOf, type Value, valueText } from "../../owner/index.ts";
import { count, table } from "../table.ts";
import { capitalised, listed, numberWord } from "../wording.ts";
import { cutText, markdownTable, markdownText } from "./viewText.ts";

/** Of a cell; who may do what is not cut where it can be helped. */
const widest = 64;

/** The table of everything governed, for a terminal. What is the same as on the chain is said so. */
export function centerText(view: CenterView): string {
  const marked = view.drifting > 0;
  const columns = [...(marked ? ["", ...heads] : heads)].map((head) => ({ head, align: "left" as const }));
  const rows = view.rows.map((row) => {
    const [title, chain, enforced, manifest, powers, last] = cellsOf(view, row);
    // Compared as they are shown: what is the same need not be read twice.
    const against = (cell: string, value: Value | null) => (value !== null && cell === chain ? "same" : cell);
    const cells = [title, chain, against(enforced, row.enforced), against(manifest, row.manifest), powers, last];
    return [
      ...(marked ? [row.drift.length > 0 ? "!" : ""] : []),
      ...cells.map((cell) => cutText(shortHex(cell), widest)),
    ];
  });
  const whole = "What ends with … is whole with --markdown or --json.";
  return `${[...introduction(view).map(plainText), "", table(columns, rows).trimEnd(), "", ...summary(view).map(plainText), whole].join("\n")}\n`;
}

export function centerMarkdown(view: CenterView): string {
  const rows = view.rows.map((row) => {
    const [title, ...cells] = cellsOf(view, row);
    return [title, ...cells, row.drift.map((drift) => driftWords[drift]).join("; ")];
  });
  const coming = view.coming.map((each) => comingCells(each));
  return [
    "# Everything governed",
    "",
    ...introduction(view).map((line) => `${markdownText(line)}\n`),
    markdownTable([...heads, "drift"], rows),
    "## Coming into force",
    "",
    coming.length === 0 ? "Nothing waits.\n" : markdownTable(comingHeads, coming),
  ].join("\n");
}

/** Addresses and hashes by their first digits. */
function shortHex(text: string): string {
  return text.replace(/0x[0-9a-fA-F]{12,}/g, (hex) => `${hex.slice(0, 10)}…`);
}

const heads = ["value", "on chain", "enforced", "manifest", "who may change it, after what delay", "last change"];
const comingHeads = ["what", "lane", "from", "until", "signed by", "announced in"];
const driftWords = {
  enforced: "the orchestrator enforces something else",
  behind: "the orchestrator does not have it in force yet",
  manifest: "the manifest has something else",
} as const;

function cellsOf(view: CenterView, row: CenterRow): string[] {
  const { title, field, chain, enforcedBy, enforced, manifest, last } = row;
  const said = (value: Value | null, otherwise: string) => (value === null ? otherwise : valueText(field, value));
  const unheard = view.orchestrator === null ? "not running" : "not known there";
  return [
    title,
    said(chain, "not there"),
    enforcedBy === "contracts" ? "by the contracts" : said(enforced, unheard),
    said(manifest, view.manifest === null ? "none" : row.drift.includes("manifest") ? "not there" : "does not say"),
    powersText(row),
    last === null ? "since its contract was made" : `block ${last.block}, ${last.transaction}, by ${last.by}`,
  ];
}

/** "owners at once; marketplace may lower at once" */
export function powersText({ powers }: Pick<CenterRow, "powers">): string {
  if (powers.length === 0) return "nobody: it is as it was admitted";
  const holders = [...new Set(powers.map(({ by }) => by))];
  return holders
    .map((by) => {
      const own = powers.filter((power) => power.by === by);
      const delays = [...new Set(own.map(({ waitsSeconds }) => waitsSeconds))];
      const parts = delays.map((delay) => {
        const does = own.filter(({ waitsSeconds }) => waitsSeconds === delay).map((power) => power.does);
        const verb = does.join() === "set" ? "" : `${listed(does)} `;
        return `${verb}${delay === 0 ? "at once" : `after ${count(delay)} s`}`;
      });
      return `${by} ${parts.join(", ")}`;
    })
    .join("; ");
}

function introduction({ chainId, multisig, block, orchestrator, manifest }: CenterView): string[] {
  return [
    `Chain ${chainId}, block ${block.number} of ${dateOf(block.time)}; owners' multisig ${multisig}.`,
    orchestrator === null
      ? "No orchestrator answers."
      : `The orchestrator is at tick ${orchestrator.tick}, and has block ${orchestrator.block} in force.`,
    manifest === null ? "There is no manifest to compare with." : `Compared with the manifest ${manifest}.`,
  ];
}

/** What comes, and whether anything differs. */
function summary({ coming, drifting, rows }: CenterView): string[] {
  const waits = coming.map((each) => {
    const [what, lane, from, until, by, where] = comingCells(each);
    return `Coming from ${from} until ${until}, lane ${lane}: ${what} Signed by ${by}; ${where}.`;
  });
  const drift =
    drifting === 0
      ? `All ${count(rows.length)} values are the same wherever they are.`
      : `${capitalised(numberWord(drifting))} of ${count(rows.length)} values, marked with !, ${drifting === 1 ? "differs" : "differ"} from the chain.`;
  return [...(waits.length === 0 ? ["Nothing was announced."] : waits), drift];
}

function comingCells({
  sentence,
  lane,
  readyAt,
  validUntil,
  signers,
  block,
  transaction,
}: CenterView["coming"][number]): string[] {
  return [
    sentence ?? "What it does is not in its transaction.",
    lane,
    dateOf(readyAt),
    validUntil === null ? "not known" : dateOf(validUntil),
    signers.join(" and "),
    `block ${block}, ${transaction}`,
  ];
}
