import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";
import { compilerSettings } from "../../hardhat.config.ts";

const solc = createRequire(import.meta.url)("solc");

type Pipeline = "old" | "new";
/** A file with another text. */
type Replaced = { readonly file: string; readonly text: string };
export type Code = { readonly bytecode: string; readonly deployedBytecode: string };

const metadata = { bytecodeHash: "none", appendCBOR: false };
/** The old pipeline without an optimizer: it compiles ten times as fast, and texts that mean the same become the same code. */
const oldPipeline = { optimizer: { enabled: false }, metadata };
/** As little of the new pipeline as can be, for what is too deep for the old one. */
const newPipeline = {
  viaIR: true,
  optimizer: { enabled: false, details: { yul: true, yulDetails: { stackAllocation: true, optimizerSteps: "u" } } },
  metadata,
};
/** Has more variables at a time than the old pipeline has room for. */
const deep = "contracts/libraries/MemberSignatures.sol";
/** The same with fewer. */
const shallower: readonly (readonly [before: string, after: string])[] = [
  ["        uint256 members = code.memberCountOf();\n", ""],
  ["index > members", "index > code.memberCountOf()"],
  ["UnknownMember(index, members)", "UnknownMember(index, code.memberCountOf())"],
  [
    "(uint8 kind, address member, uint256 memberWeight) = code.memberOf(index);",
    "(uint8 kind,,) = code.memberOf(index);",
  ],
  ["                    (address signer,,) = ECDSA.tryRecover(digest, r, vs);\n", ""],
  ["signer != member", "!_signed(digest, r, vs, code, index)"],
  ["weight += memberWeight;", "weight += _weightOf(code, index);"],
  [
    "    /// @dev Reads what an ECDSA",
    `    function _signed(bytes32 digest, bytes32 r, bytes32 vs, bytes memory code, uint256 index) private pure returns (bool) {
        (address signer,,) = ECDSA.tryRecover(digest, r, vs);
        (, address member,) = code.memberOf(index);
        return signer == member;
    }

    function _weightOf(bytes memory code, uint256 index) private pure returns (uint256 weight) {
        (,, weight) = code.memberOf(index);
    }

    /// @dev Reads what an ECDSA`,
  ],
];

/** The Solidity sources below `root`, of which one may be replaced. Packages are read from `root`'s node_modules. */
export class Sources {
  readonly #root: string;
  readonly #read: Map<string, string>;
  readonly #given: ReadonlySet<string>;

  /** @param read texts that are taken as they are for those of files */
  constructor(root: string, read: ReadonlyMap<string, string> = new Map()) {
    this.#root = root;
    this.#read = new Map(read);
    this.#given = new Set(read.keys());
  }

  /** @throws if there is no such file */
  text(file: string): string {
    let text = this.#read.get(file);
    if (text === undefined) {
      const place = [file, join("node_modules", file)].map((path) => join(this.#root, path)).find(existsSync);
      if (place === undefined) throw new Error(`There is no ${file}.`);
      text = readFileSync(place, "utf8");
      this.#read.set(file, text);
    }
    return text;
  }

  /** The syntax tree of each file, as the pipeline takes it. */
  trees(files: readonly string[], pipeline: Pipeline = "new"): Map<string, unknown> {
    const output = this.#compile(files, { "*": { "": ["ast"] } }, pipeline);
    return new Map(files.map((file) => [file, output.sources[file].ast]));
  }

  /** Every file that a file imports, at once or through others, and itself. */
  closure(file: string, into: Set<string> = new Set()): Set<string> {
    if (into.has(file)) return into;
    into.add(file);
    for (const [, imported] of this.text(file).matchAll(/^import [^;]*?"([^"]+)";/gm))
      this.closure(imported.startsWith(".") ? posix.join(posix.dirname(file), imported) : imported, into);
    return into;
  }

  /** The pipelines that may take a text, the quick one first. */
  pipelinesOf({ file, text }: Replaced): readonly Pipeline[] {
    if (file !== deep) return ["old"];
    return shallower.every(([before]) => text.split(before).length === 2) ? ["old", "new"] : ["new"];
  }

  /**
   * Compiles contracts, each of a file of its name.
   * @param pipeline the new one takes every text as it is
   * @returns by name; undefined if the text is none that compiles
   */
  code(names: readonly string[], replaced?: Replaced, pipeline: Pipeline = "old"): Map<string, Code> | undefined {
    const files = names.map((name) => `contracts/${name}.sol`);
    const wanted = Object.fromEntries(
      names.map((name, i) => [files[i], { [name]: ["evm.bytecode.object", "evm.deployedBytecode.object"] }]),
    );
    const output = this.#compile(files, wanted, pipeline, replaced);
    if (output.errors?.some(({ severity }: { severity: string }) => severity === "error")) return undefined;
    return new Map(
      names.map((name, i) => {
        const { bytecode, deployedBytecode } = output.contracts[files[i]][name].evm;
        return [name, { bytecode: `0x${bytecode.object}`, deployedBytecode: `0x${deployedBytecode.object}` }];
      }),
    );
  }

  /** What the old pipeline takes for a file's text, which means the same. */
  shallow(file: string, text: string = this.text(file)): string {
    if (file !== deep || this.#given.has(file)) return text;
    return shallower.reduce((made, [before, after]) => {
      if (!made.includes(before)) throw new Error(`${deep} no longer has: ${before.trim()}`);
      return made.replace(before, after);
    }, text);
  }

  #compile(files: readonly string[], outputSelection: unknown, pipeline: Pipeline, replaced?: Replaced) {
    const text = (file: string) => {
      const taken = file === replaced?.file ? replaced.text : this.text(file);
      return pipeline === "old" ? this.shallow(file, taken) : taken;
    };
    const input = {
      language: "Solidity",
      sources: Object.fromEntries(files.map((file) => [file, { content: text(file) }])),
      settings: {
        evmVersion: compilerSettings.evmVersion,
        ...(pipeline === "new" ? newPipeline : oldPipeline),
        outputSelection,
      },
    };
    return JSON.parse(solc.compile(JSON.stringify(input), { import: (file: string) => ({ contents: text(file) }) }));
  }
}
