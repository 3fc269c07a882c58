import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, it } from "node:test";

/** Which other rooms of `src` each room may import. Any of them but the machine may import the catalogue of errors. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  fabric: [],
  config: ["fabric"],
  journal: ["fabric"],
  nodes: ["fabric"],
  governance: ["fabric", "config"],
  owner: ["governance", "fabric", "config"],
  control: ["fabric", "journal", "governance", "nodes", "config"],
  orchestrator: ["fabric", "journal", "governance", "nodes", "config", "owner", "control"],
  worker: ["fabric", "governance", "nodes", "config", "control"],
  practice: ["worker", "orchestrator", "fabric", "journal", "governance", "nodes", "config", "owner", "control"],
  drill: ["practice", "orchestrator", "fabric", "journal", "governance", "nodes", "config", "owner"],
  // Verification plays a drill again; a drill knows nothing of reports.
  report: ["drill", "practice", "orchestrator", "fabric", "journal", "governance", "nodes", "config", "owner"],
  cli: [
    ...["report", "drill", "practice", "worker", "control", "orchestrator"],
    ...["fabric", "journal", "governance", "nodes", "config", "owner"],
  ],
};
/** Rooms that read and write files: documents, deployments, bundles. */
const mayUseFiles = ["journal", "config", "governance", "control", "worker", "practice", "drill", "report", "cli"];
/** The store is held by its descriptors; a bundle is too large to be read whole. */
const mayUseDescriptors = ["journal", "report"];
const descriptorCalls = /\b(open|openSync|createReadStream|createWriteStream)\b/;
/** What makes a record durable belongs to the store. */
const durabilityCalls = /\b(fsync|fsyncSync|fdatasync|fdatasyncSync|ftruncate|ftruncateSync|truncateSync)\b/;
const nameless = /^(utils?|helpers?|common|misc|managers?)$/i;

type Import = { readonly from: string; readonly names: string };

/** Import, re-export and dynamic import statements of a module. */
function importsOf(source: string): Import[] {
  const code = source.replaceAll(/^\s*(\/\/.*|\/?\*.*)$/gm, "");
  const statement = /^\s*(?:import|export)\b([^"';]*?)\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/gm;
  return [...code.matchAll(statement)].map(([, names, from, bare]) => ({ from: from ?? bare, names: names ?? "" }));
}

/** What is wrong with the house: a sentence for each broken rule. Files are named from the root on. */
function problems(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  const rooms = new Set<string>();
  for (const [file, source] of files) {
    const [, room, ...inside] = file.split("/");
    if (file.split(/[/.]/).some((part) => nameless.test(part))) found.push(`${file} has a name that says nothing`);
    if (inside.length === 0) continue;
    rooms.add(room);
    if (mayImport[room] === undefined) found.push(`${file} is in a room that the house does not have`);
    else for (const each of importsOf(source)) found.push(...importProblems(file, room, each));
  }
  for (const room of rooms) {
    // Nobody imports the command line; it begins in its main.ts.
    const door = `src/${room}/${room === "cli" ? "main" : "index"}.ts`;
    const first = files
      .get(door)
      ?.split("\n")
      .find((line) => !line.startsWith("#!"));
    if (first === undefined) found.push(`${door} is missing`);
    else if (room !== "cli" && !/^\/\/ \S.*\.$/.test(first))
      found.push(`${door} does not begin by saying what it is for`);
  }
  return found;
}

function importProblems(file: string, room: string, { from, names }: Import): string[] {
  const found: string[] = [];
  const wrong = (why: string) => found.push(`${file} imports ${from}: ${why}`);
  if (from.startsWith(".")) {
    const target = posix.normalize(posix.join(posix.dirname(file), from));
    const [top, other, ...inside] = target.split("/");
    if (top !== "src") {
      if (!(top === "types" && room === "governance")) wrong("outside of src there is only TypeChain, for governance");
    } else if (inside.length === 0) {
      if (target !== "src/errors.ts" || room === "fabric")
        wrong("errors.ts alone is for every room, and not for fabric");
    } else if (other !== room && !(mayImport[room] ?? []).includes(other)) wrong(`${room} may not import ${other}`);
    return found;
  }
  if (room === "fabric") wrong("the machine imports nothing");
  if (/^ethers(\/|$)/.test(from) && room !== "governance" && room !== "owner") wrong("only governance and owner may");
  if (/^(node:)?fs(\/|$)/.test(from)) {
    if (!mayUseFiles.includes(room)) wrong(`${room} has nothing to do with files`);
    if (descriptorCalls.test(names) && !mayUseDescriptors.includes(room)) wrong("file descriptors are for the store");
    if (durabilityCalls.test(names) && room !== "journal") wrong("durability is the store's");
    if (/\*\s+as\b/.test(names)) wrong("what is used must be named");
  }
  return found;
}

function house(): Map<string, string> {
  const root = dirname(import.meta.dirname);
  const files = globSync("src/**/*.ts", { cwd: root }).map((file) => file.split("\\").join("/"));
  return new Map(files.sort().map((file) => [file, readFileSync(join(root, file), "utf8")]));
}

describe("The house", () => {
  it("keeps its rules: who imports whom, where ethers and files are used, a door for each room", () => {
    assert.deepEqual(problems(house()), []);
  });

  const planted: readonly (readonly [title: string, file: string, source: string, problem: RegExp])[] = [
    [
      "a machine that imports the journal",
      "src/fabric/x.ts",
      'import { a } from "../journal/index.ts";',
      /may not import journal/,
    ],
    [
      "a machine that imports a node: module",
      "src/fabric/tick/x.ts",
      'import { hash } from "node:crypto";',
      /imports nothing/,
    ],
    [
      "a machine that imports the errors",
      "src/fabric/x.ts",
      'import { FabricError } from "../errors.ts";',
      /not for fabric/,
    ],
    [
      "a type import against the rules",
      "src/journal/x.ts",
      'import type { A } from "../governance/index.ts";',
      /may not/,
    ],
    [
      "an import over several lines",
      "src/config/x.ts",
      'import {\n  a,\n  b,\n} from "../owner/index.ts";',
      /may not import owner/,
    ],
    ["a re-export against the rules", "src/nodes/x.ts", 'export * from "../drill/index.ts";', /may not import drill/],
    [
      "a dynamic import against the rules",
      "src/drill/x.ts",
      'const r = await import("../report/index.ts");',
      /import report/,
    ],
    ["an import for its effect", "src/nodes/x.ts", 'import "../drill/index.ts";', /may not import drill/],
    [
      "ethers in the orchestrator",
      "src/orchestrator/x.ts",
      'import { Wallet } from "ethers";',
      /only governance and owner/,
    ],
    ["files in the nodes", "src/nodes/x.ts", 'import { readFileSync } from "node:fs";', /nothing to do with files/],
    ["descriptors in a drill", "src/drill/x.ts", 'import { openSync } from "node:fs";', /for the store/],
    ["fsync in a report", "src/report/x.ts", 'import { fsyncSync } from "node:fs";', /durability/],
    ["all of fs at once", "src/config/x.ts", 'import * as fs from "node:fs";', /must be named/],
    ["a test imported by the program", "src/drill/x.ts", 'import { a } from "../../test/world.ts";', /outside of src/],
    ["a file called utils", "src/drill/utils.ts", "", /says nothing/],
    ["a folder called common", "src/common/x.ts", "", /says nothing/],
    ["a room that nobody planned", "src/attic/x.ts", "", /does not have/],
    ["a room without a door", "src/attic/x.ts", "", /src\/attic\/index.ts is missing/],
    ["a door that says nothing", "src/nodes/index.ts", 'export * from "./keys.ts";', /saying what it is for/],
  ];
  for (const [title, file, source, problem] of planted)
    it(`has no place for ${title}`, () => {
      const found = problems(house().set(file, source));
      assert.match(found.join("\n"), problem);
    });

  it("may say in a comment what it may not import", () => {
    const quiet = '// import { a } from "../journal/index.ts";\n/**\n * import { hash } from "node:crypto";\n */\n';
    assert.deepEqual(problems(house().set("src/fabric/x.ts", quiet)), []);
  });
});
