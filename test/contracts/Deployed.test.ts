import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import { artifacts } from "hardhat";
import { compilerSettings } from "../../hardhat.config.ts";
import { contractNames } from "../../src/governance/index.ts";

const require = createRequire(import.meta.url);
const root = new URL("../../", import.meta.url);

/** Instructions by which a contract would run the code of another as its own, make contracts, or end. */
const watched = new Map([
  [0xf0, "CREATE"],
  [0xf2, "CALLCODE"],
  [0xf4, "DELEGATECALL"],
  [0xf5, "CREATE2"],
  [0xff, "SELFDESTRUCT"],
]);

/** The watched instructions in a contract's code, without what is pushed, nor the metadata behind the code. */
function instructionsIn(code: string): string[] {
  const bytes = Buffer.from(code.slice(2), "hex");
  const metadataLength = bytes.readUInt16BE(bytes.length - 2) + 2;
  const found = new Set<string>();
  for (let at = 0; at < bytes.length - metadataLength; at++) {
    const opcode = bytes[at];
    const name = watched.get(opcode);
    if (name !== undefined) found.add(name);
    if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f;
  }
  return [...found].sort();
}

type Layout = { readonly storage: readonly Variable[]; readonly types: Readonly<Record<string, { label: string }>> };
type Variable = { readonly label: string; readonly slot: string; readonly offset: number; readonly type: string };

/** Each variable of each contract: slot and first byte, name, type. */
function layouts(): Record<string, string[]> {
  const files = contractNames.map((name) => `contracts/${name}.sol`);
  const read = (file: string) => {
    const place = [file, `node_modules/${file}`].map((path) => new URL(path, root)).find((url) => existsSync(url));
    return place === undefined ? { error: `${file} is not there` } : { contents: readFileSync(place, "utf8") };
  };
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((file) => [file, { content: readFileSync(new URL(file, root), "utf8") }])),
    settings: { ...compilerSettings, outputSelection: { "*": { "*": ["storageLayout"] } } },
  };
  const output = JSON.parse(require("solc").compile(JSON.stringify(input), { import: read }));
  return Object.fromEntries(
    contractNames.map((name): [string, string[]] => {
      const { storage, types }: Layout = output.contracts[`contracts/${name}.sol`][name].storageLayout;
      const lines = storage.map(({ label, slot, offset, type }) => `${slot}.${offset} ${label}: ${types[type].label}`);
      return [name, lines];
    }),
  );
}

describe("What is deployed", () => {
  for (const name of contractNames)
    it(`runs no code but its own, and does not end: ${name}`, async () => {
      const { deployedBytecode } = await artifacts.readArtifact(name);
      // The multisig puts its constitution into code, which is read and never run.
      expect(instructionsIn(deployedBytecode)).to.deep.equal(name === "OwnerMultisig" ? ["CREATE2"] : []);
    });

  it("would be found out if it ran another's code", () => {
    // PUSH1 0xf4, DELEGATECALL, STOP; metadata of one byte.
    expect(instructionsIn("0x60f4f400aa0001")).to.deep.equal(["DELEGATECALL"]);
    expect(instructionsIn("0x60f400aa0001")).to.deep.equal([]);
  });

  it("keeps its variables where layout.json has them: proofs of storage read them there", () => {
    const file = new URL("layout.json", import.meta.url);
    const found = layouts();
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    expect(found).to.deep.equal(JSON.parse(readFileSync(file, "utf8")));
  });
});
