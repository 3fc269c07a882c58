import { Command } from "commander";
import { FabricError, plainText } from "../../errors.ts";
import { type Overview, type ReadyScript, readOverview, readyScripts } from "../../owner/index.ts";
import { table } from "../table.ts";
import { atView, type PlaceFlags, takePlace } from "./viewPlace.ts";
import { type FormFlags, type Forms, markdownText, sayView, takeForms } from "./viewText.ts";

/** `fabric owner scripts`: what owners do in a hurry, prepared for the fabric as it stands. */
export function scriptsCommand(): Command {
  const command = new Command("scripts")
    .description("show what owners do in a hurry, prepared for the fabric as it stands: cards, commands, calls to sign")
    .argument("[script]", "one of them, or all whose names begin so: pauseAll, raiseQueue/earth, reroute/mars");
  return takePlace(takeForms(command)).action(async () => {
    const flags = command.opts<FormFlags & PlaceFlags>();
    await atView(flags, async ({ chain, deployment }) => {
      sayView(flags, await scriptsForms(await readOverview(chain, deployment), chain.chainId, command.args[0]));
    });
  });
}

/**
 * @param named the scripts that are wanted; all where it is left out
 * @throws VALUE_INVALID when there is none of that name
 */
export async function scriptsForms({ world, block }: Overview, chainId: number, named?: string): Promise<Forms> {
  // What takes back the last change depends on what was before it, which a chain does not tell.
  const all = readyScripts(world, null);
  const scripts = all.filter(({ id }) => named === undefined || id === named || id.startsWith(`${named}/`));
  if (scripts.length === 0)
    throw new FabricError("VALUE_INVALID", {
      ...{ what: "The script", problem: `there is no ${named} for this fabric as it stands` },
      right: `These are ready: ${[...new Set(all.map(({ id }) => id))].join(", ")}`,
    });
  const { number, hash, time } = block;
  const { preparedScripts } = await import("../../report/index.ts");
  const { OwnerMultisig } = world.deployment.contracts;
  return {
    json: {
      ...{ chainId, multisig: OwnerMultisig.address, block: { number, hash, time } },
      ready: preparedScripts(scripts, world, chainId),
    },
    markdown: scriptsMarkdown(scripts),
    text: scripts.length === 1 ? scriptText(scripts[0]) : listText(scripts),
  };
}

/** Cards to print. */
function scriptsMarkdown(scripts: readonly ReadyScript[]): string {
  const cards = scripts.map(({ id, title, card, commands, changes }) =>
    [
      `## ${markdownText(title)} (${markdownText(id)})`,
      ...[`When: ${card.when}`, `What happens: ${card.happens}`, `To undo it: ${card.undo}`].map(markdownText),
      card.checklist.map((item) => `- [ ] ${markdownText(item)}`).join("\n"),
      ...commands.map((command) => markdownText(`Type: ${command}`)),
      ...changes.map(({ sentence }) => markdownText(`Sign: ${sentence}`)),
    ].join("\n\n"),
  );
  return `# What owners do in a hurry\n\n${cards.join("\n\n")}\n`;
}

function scriptText({ id, title, card, commands, changes }: ReadyScript): string {
  const calls = changes.flatMap(({ by, calls }) => calls.map(({ to, data }) => `  to ${to}, for ${by}: ${data}`));
  const lines = [
    `${title} (${id})`,
    "",
    ...[`When: ${card.when}`, `What happens: ${card.happens}`, `To undo it: ${card.undo}`],
    ...card.checklist.map((item) => `  [ ] ${item}`),
    ...commands.map((command) => `Type: ${command}`),
    ...changes.map(({ sentence }) => `Sign: ${sentence}`),
    ...(calls.length === 0 ? [] : ["Calls, in order:", ...calls]),
  ];
  return `${lines.map(plainText).join("\n")}\n`;
}

function listText(scripts: readonly ReadyScript[]): string {
  const columns = ["script", "what it does", "type"].map((head) => ({ head, align: "left" as const }));
  const rows = scripts.map(({ id, title, commands }) => [id, title, commands.join("; ")].map(plainText));
  return `${table(columns, rows)}\nOne of them with its card and its calls: npx fabric owner scripts ${scripts[0].id}\n`;
}
