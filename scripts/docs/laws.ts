import { laws } from "../../src/fabric/laws.ts";
import { markdownTable } from "./section.ts";

export function lawTable(): string {
  return markdownTable(
    ["law", "what holds after every tick"],
    Object.entries(laws).map(([name, says]) => [`\`${name}\``, says]),
  );
}
