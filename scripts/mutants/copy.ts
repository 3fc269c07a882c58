import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Code } from "./compile.ts";

/** What the tests need of the tree, in a folder of its own, with contracts of any size allowed. */
export function copyOfTree(root: string): string {
  const folder = mkdtempSync(join(tmpdir(), "mutants-"));
  for (const part of ["src", "config", "contracts", "test", "scripts", "package.json", "hardhat.config.ts"])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  // Without what errors are traced by, which would be read anew for every chain.
  cpSync(join(root, "artifacts"), join(folder, "artifacts"), {
    recursive: true,
    filter: (path) => !path.includes("build-info"),
  });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const terms = join(folder, "src", "practice", "chainTerms.ts");
  const before = "  hardfork:";
  const text = readFileSync(terms, "utf8");
  if (!text.includes(before)) throw new Error(`${terms} has no place for what tests of mutants need.`);
  writeFileSync(terms, text.replace(before, `  allowUnlimitedContractSize: true,\n${before}`));
  return folder;
}

/** Puts code in the place of the contracts' own. */
export function put(copy: string, code: ReadonlyMap<string, Code>): void {
  for (const [name, { bytecode, deployedBytecode }] of code) {
    const path = join(copy, "artifacts", "contracts", `${name}.sol`, `${name}.json`);
    const artifact = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...artifact, bytecode, deployedBytecode }));
  }
}
