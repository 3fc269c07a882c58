import { Command } from "commander";
import { type AuthorityView, authorityMermaid, authorityView, readOverview } from "../../owner/index.ts";
import { atView, type PlaceFlags, takePlace } from "./viewPlace.ts";
import { type FormFlags, type Forms, sayView, takeForms } from "./viewText.ts";

/** `fabric owner diagram`: who may do what, as a flowchart. */
export function diagramCommand(): Command {
  const command = new Command("diagram").description(
    "draw who may do what to which contract, after what delay, as a Mermaid flowchart",
  );
  return takePlace(takeForms(command)).action(async () => {
    const flags = command.opts<FormFlags & PlaceFlags>();
    await atView(flags, async ({ chain, deployment }) => {
      sayView(flags, diagramForms(authorityView(await readOverview(chain, deployment))));
    });
  });
}

export function diagramForms(view: AuthorityView): Forms {
  const text = authorityMermaid(view);
  return { json: view, markdown: `# Who may do what\n\n\`\`\`mermaid\n${text}\`\`\`\n`, text };
}
