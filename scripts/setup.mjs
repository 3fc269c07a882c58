// Makes a fresh clone ready: installs what the lock file names, compiles the contracts, links the command line.
// Runs on any Node from 20 on and does nothing when all is there already.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const at = (...parts) => join(root, ...parts);
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: false });
  if (status === 0) return;
  console.error(`set-up failed: \`${command} ${args.join(" ")}\` ${error ? error.message : `ended with ${status}`}`);
  process.exit(1);
}

if (modified(at("node_modules", ".package-lock.json")) < modified(at("package-lock.json"))) {
  console.error("Installing what package-lock.json names …");
  // npm under an old Node leaves out the EVM's native package: run npm itself under the Node this project pins.
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) run("npm", ["ci", "--no-audit", "--no-fund"]);
  else run("npx", ["--yes", "--package=node@24.21.0", "--", "npm", "ci", "--no-audit", "--no-fund"]);
}

// `npx fabric` finds a package's own bin only when it is linked.
mkdirSync(at("node_modules", ".bin"), { recursive: true });
for (const name of ["fabric", "planetary-fabric"]) {
  const link = at("node_modules", ".bin", name);
  const program = join("..", "..", "bin", "fabric");
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === program) continue;
  rmSync(link, { force: true });
  symlinkSync(program, link);
}

// Hardhat skips what its cache says is compiled; asking it costs a second, so look at the sources' ages first. A source
// that changes while it is compiled is compiled again the next time.
const solidity = ["contracts", join("test", "contracts")].flatMap((folder) =>
  readdirSync(at(folder), { recursive: true })
    .filter((name) => name.endsWith(".sol"))
    .map((name) => join(folder, name)),
);
const sources = ["hardhat.config.ts", "package-lock.json", ...solidity].map((name) => modified(at(name)));
if (modified(at("artifacts", ".compiled")) < Math.max(...sources) || modified(at("types", "hardhat.d.ts")) === 0) {
  console.error("Compiling the contracts …");
  const began = new Date();
  // Types of what is no longer there would hide mistakes.
  rmSync(at("types"), { recursive: true, force: true });
  run(at("node_modules", ".bin", "node"), [at("node_modules", ".bin", "hardhat"), "build", "--quiet"]);
  writeFileSync(at("artifacts", ".compiled"), "");
  utimesSync(at("artifacts", ".compiled"), began, began);
}
