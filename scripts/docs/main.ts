// `npm run docs`: writes anew what the documents have from the program.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { clearSigningFolder, clearSigningTexts } from "./clearSigning.ts";
import { withSection } from "./section.ts";
import { sections } from "./sections.ts";

for (const section of sections) {
  const document = readFileSync(section.file, "utf8");
  const made = withSection(document, section, section.make());
  if (made === document) continue;
  writeFileSync(section.file, made);
  console.error(`${section.file}: ${section.name}`);
}

mkdirSync(clearSigningFolder, { recursive: true });
for (const [file, text] of clearSigningTexts()) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  writeFileSync(file, text);
  console.error(file);
}
