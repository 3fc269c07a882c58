// `npm run docs`: writes anew what the documents have from the program.
import { readFileSync, writeFileSync } from "node:fs";
import { withSection } from "./section.ts";
import { sections } from "./sections.ts";

for (const section of sections) {
  const document = readFileSync(section.file, "utf8");
  const made = withSection(document, section, section.make());
  if (made === document) continue;
  writeFileSync(section.file, made);
  console.error(`${section.file}: ${section.name}`);
}
