import { laws } from "../../src/fabric/laws.ts";
import { worldLaws } from "../../test/simulation/books.ts";
import { markdownTable } from "./section.ts";

export function lawTable(): string {
  return markdownTable(
    ["law", "what holds after every tick"],
    Object.entries(laws).map(([name, says]) => [`\`${name}\``, says]),
  );
}

export function worldLawTable(): string {
  return markdownTable(
    ["law", "what holds of a whole world"],
    Object.entries(worldLaws).map(([name, says]) => [`\`${name}\``, says]),
  );
}
