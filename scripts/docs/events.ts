import { eventKinds, intakeRefusals, outcomes, reasons, refusals } from "../../src/fabric/index.ts";
import { codes, markdownTable } from "./section.ts";

export function eventTable(): string {
  const rows = Object.entries(eventKinds).map(([kind, { job, fields }]) => {
    return [`\`${kind}\``, job ? "yes" : "no", codes(fields)];
  });
  const words = [
    `\`outcome\`: ${codes(Object.keys(outcomes))}`,
    `\`reason\` of \`ended\`: ${codes(Object.keys(reasons))}`,
    `\`reason\` of \`refused\`: ${codes(intakeRefusals)}`,
    `\`reason\` of \`refusedMessages\`: ${codes(refusals)}`,
  ];
  return `${markdownTable(["event", "about a job", "other fields"], rows)}\n\n${words.map((line) => `- ${line}`).join("\n")}`;
}
