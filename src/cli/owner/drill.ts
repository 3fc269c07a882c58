import { Argument, Command } from "commander";
import { exitCodes, plainText } from "../../errors.ts";
import { drillPause, type PauseDrillView, type ScopeState, valueText } from "../../owner/index.ts";
import { count, table } from "../table.ts";
import { withFork } from "./plan/place.ts";
import { atView, type PlaceFlags, takePlace } from "./viewPlace.ts";
import { type FormFlags, type Forms, markdownTable, markdownText, sayView, takeForms } from "./viewText.ts";

/** `fabric owner drill`: what owners may have to do in a hurry, tried where it changes nothing. */
export function ownerDrillCommand(): Command {
  const pause = new Command("pause")
    .description("pause and resume a fork of the chain as it stands; the chain itself is only read")
    .addArgument(new Argument("[scope]", "shard to pause, or fabric for everything").default("fabric"));
  takePlace(takeForms(pause)).action(async () => {
    const flags = pause.opts<FormFlags & PlaceFlags>();
    await atView(flags, async (place) => {
      const view = await withFork(place, ({ chain, fork }) => {
        return drillPause(chain, fork, place.deployment, pause.processedArgs[0]);
      });
      sayView(flags, drillForms(view));
      process.exitCode = view.untouched ? exitCodes.done : exitCodes.drift;
    });
  });
  return new Command("drill").description("try on a fork what owners do in an emergency").addCommand(pause);
}

export function drillForms(view: PauseDrillView): Forms {
  return { json: view, markdown: drillMarkdown(view), text: drillText(view) };
}

function drillText(view: PauseDrillView): string {
  const { heads, rows } = stateTable(view);
  const columns = heads.map((head) => ({ head, align: "left" as const }));
  const lines = [
    ...stepLines(view),
    "",
    table(
      columns,
      rows.map((row) => row.map(plainText)),
    ).trimEnd(),
    "",
    ...verdict(view),
  ];
  return `${lines.join("\n")}\n`;
}

function drillMarkdown(view: PauseDrillView): string {
  const { heads, rows } = stateTable(view);
  const said = (lines: readonly string[]) => lines.map((line) => `${markdownText(line)}\n`);
  return ["# Pause drill", "", ...said(stepLines(view)), markdownTable(heads, rows), ...said(verdict(view))].join("\n");
}

function stepLines({ steps }: PauseDrillView): string[] {
  return steps.map(({ sentence, gasUsed, waitsSeconds }) => {
    const wait = waitsSeconds === 0 ? "at once" : `after it was announced and had waited ${count(waitsSeconds)} s`;
    return plainText(`${sentence} Done on the fork ${wait}, for ${count(gasUsed)} gas.`);
  });
}

function stateTable({ states, steps }: PauseDrillView) {
  const heads = ["", "before", ...steps.map(({ does }) => `after ${does}`)];
  const rows = states.map(({ name }, index) => [
    name,
    ...[states, ...steps.map((step) => step.states)].map((each) => stateText(each[index])),
  ]);
  return { heads, rows };
}

function stateText({ stopped, own }: ScopeState): string {
  const text = valueText("pause", own);
  return stopped && text === "runs" ? "stopped with the fabric" : text;
}

function verdict({ restored, untouched, real }: PauseDrillView): string[] {
  const { before, after } = real;
  const moved =
    before.hash === after.hash
      ? `it is at block ${after.block}, ${after.hash}, as before`
      : `it went on from block ${before.block} to block ${after.block} by itself`;
  return [
    restored ? "All stand as they stood before." : "Not all stand as they stood before: see the last column.",
    untouched
      ? `The chain itself was only read: ${moved}, and nothing governed has changed (SHA-256 ${after.state}).`
      : `Somebody else has changed what is governed meanwhile: ${moved}. Try again.`,
  ];
}
