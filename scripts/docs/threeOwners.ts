import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { encryptKeystoreJsonSync } from "ethers";
import { readManifest } from "../../src/config/index.ts";
import { exitCodes } from "../../src/errors.ts";
import { Chain, writeDeployment } from "../../src/governance/index.ts";
import { planText, readPlan, sealPlan } from "../../src/owner/index.ts";
import { openPracticeChain } from "../../src/practice/chain.ts";
import { ChainServer } from "../../src/practice/chainServer.ts";
import { foundPractice } from "../../src/practice/index.ts";

// The README's transcript of three owners, played for real: three folders, the command line, a fabric that runs. Its chain
// is of 2030, and each block is a second after the one before, so that every run signs the same words.

const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const manifest = fileURLToPath(new URL("../../config/fabric.json", import.meta.url));
const firstBlock = Date.UTC(2030, 0, 1) / 1000;

type Owner = "ada" | "bo" | "cy";
const owners: readonly Owner[] = ["ada", "bo", "cy"];
const plan = "change-1.json";

/** The transcript, a line each. @throws Error when a command ends otherwise than the transcript has it */
export async function threeOwners(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "fabric-owners-"));
  const server = await openChain();
  try {
    await found(server.url, home);
    return await play(home, server.url);
  } finally {
    server.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** A fabric on that chain, and a folder for each of its owners, with the key and with what everyone may know. */
async function found(rpc: string, home: string): Promise<void> {
  const chain = await Chain.open(rpc);
  const shipped = readManifest(manifest);
  const quick = { ...shipped, fabric: { ...shipped.fabric, tickMs: 1000 } };
  const { deployment, keys } = await foundPractice(chain, quick, { seed: 1 });
  chain.close();
  const wallets = keys.owners.toSorted((one, other) => (one.address < other.address ? -1 : 1));
  for (const [index, owner] of owners.entries()) {
    const folder = join(home, owner);
    mkdirSync(folder);
    const encrypted = encryptKeystoreJsonSync(wallets[index], "sesame", { scrypt: { N: 2, r: 8, p: 1 } });
    writeFileSync(join(folder, `${owner}.json`), encrypted);
    writeDeployment(join(folder, "deployment.json"), deployment);
    writeFileSync(join(folder, ".env"), `FABRIC_RPC_HOME=${rpc}\n`);
  }
}

async function play(home: string, rpc: string): Promise<string> {
  const lines: string[] = [];
  /** What an owner types; those lines of what it shows are told that begin so. */
  const types = async (owner: Owner, command: string, code: number, tells: readonly string[]) => {
    const ended = await fabric(join(home, owner), ["owner", ...command.split(" ")]);
    if (ended.code !== code) throw new Error(`fabric owner ${command} ended with ${ended.code}:\n${ended.output}`);
    const shown = ended.output.split("\n").filter((line) => tells.some((begins) => line.startsWith(begins)));
    lines.push(`${owner}$ npx fabric owner ${command}`, ...shown.map(stable));
    if (code !== 0) lines.push(`(exit code ${code})`);
    lines.push("");
  };
  const says = (line: string) => lines.push(`# ${line}`);
  const hand = (file: string, from: Owner, to: Owner) => copyFileSync(join(home, from, file), join(home, to, file));

  for (const [index, owner] of owners.entries()) {
    const words = `owner trust --own ${index + 1} --names Ada,Bo,Cy --deployment deployment.json --rpc home`;
    const { code, output } = await fabric(join(home, owner), words.split(" "));
    if (code !== exitCodes.done) throw new Error(output);
  }

  await types("ada", "plan set earth.queueBudget 8000 --rpc home", exitCodes.done, [
    ...["Set ", "Care", "  earth.", "Tried", "To undo it"],
  ]);
  await types("ada", `sign ${plan} --key ada.json --rpc home`, exitCodes.done, [
    ...["Signed by", "Not signed", "  It has to show"],
  ]);
  says("Ada sends the plan to Bo and Cy. Bo reads the six words to her.");
  for (const to of ["bo", "cy"] as const) hand(plan, "ada", to);
  await types("bo", `verify ${plan} --rpc home`, exitCodes.done, ["Set ", "Six words", "The plan does"]);
  hand("change-1.member-1.json", "ada", "bo");
  await types("bo", `sign ${plan} --key bo.json --rpc home`, exitCodes.done, ["Signed by"]);
  says("On its way to Cy, somebody put another number into the call, left the sentence, and made the hashes fit.");
  tamper(join(home, "cy", plan));
  await types("cy", `sign ${plan} --key cy.json --rpc home`, exitCodes.harmful, ["PLAN_FALSE", "Do not sign"]);
  says("Bo's signature, a small file, comes back to Ada, where the fabric runs.");
  hand("change-1.member-2.json", "bo", "ada");
  // Not before: each start of an orchestrator writes a new key to the chain, and a plan has the hash of its last block.
  const stop = await startFabric(join(home, "ada"), rpc);
  try {
    await types("ada", `execute ${plan} --reason its-queue-is-full`, exitCodes.done, [
      ...["Made in", "Everything", "In force"],
    ]);
  } finally {
    await stop();
  }
  return lines.join("\n").trimEnd();
}

/** A plan that says 8,000 and does 80, sealed anew: its hash and its memo fit. */
function tamper(file: string): void {
  const word = (value: number) => value.toString(16).padStart(64, "0");
  const { hash: _, memo: __, ...said } = readPlan(readFileSync(file, "utf8"), file);
  const calls = said.calls.map((call) => ({ ...call, data: call.data.replace(word(8000), word(80)) }));
  writeFileSync(file, planText(sealPlan({ ...said, calls })));
}

/** Without what is another each time. */
function stable(line: string): string {
  return line
    .replaceAll(/0x[0-9a-f]{64}/g, "0x…")
    .replace(/since tick \d+/, "since tick …")
    .replace(/in block \d+/, "in block …");
}

/** Runs a command to its end, while this process keeps the chain. */
async function fabric(
  cwd: string,
  words: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const env = { ...process.env, NO_COLOR: "1", FABRIC_PASSWORD: "sesame" };
  const child = spawn(execPath, [program, ...words], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const [data, said] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode ?? exitCodes.failed, output: `${data}${said}` };
}

/** A chain whose time goes on by a second a block, and not with the clock. */
async function openChain(): Promise<ChainServer> {
  const chain = await openPracticeChain(firstBlock);
  let time = firstBlock;
  return ChainServer.listen(0, async (method, params) => {
    if (method === "eth_sendRawTransaction")
      await chain.request({ method: "evm_setNextBlockTimestamp", params: [++time] });
    return chain.request({ method, params });
  });
}

/** Runs the fabric in that folder. @returns what stops it */
async function startFabric(folder: string, rpc: string): Promise<() => Promise<void>> {
  const words = ["up", "--manifest", manifest, "--network", rpc, "--deployment", "deployment.json", "--json"];
  const child = spawn(execPath, [program, ...words], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "close");
  await Promise.race([once(child.stdout, "data"), ended]);
  if (child.exitCode !== null) throw new Error("The fabric of the three owners does not run.");
  return async () => {
    child.kill("SIGINT");
    await ended;
  };
}
