import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { type RunFile, removeRun, writeRun } from "../../src/control/index.ts";
import { contractNames, writeDeployment } from "../../src/governance/index.ts";
import { processIdentity } from "../../src/journal/index.ts";
import { decide, signGuardianAcceptance } from "../../src/owner/index.ts";
import { type LocalFabric, startFabric } from "../governance/localChain.ts";
import { fabric } from "./commandLines.ts";
import type { Ended } from "./program.ts";

describe("fabric owner export", () => {
  let local: LocalFabric;
  let folder: string;
  let deployed: string;
  before(async () => {
    local = await startFabric();
    folder = mkdtempSync(join(tmpdir(), "fabric-export-"));
    deployed = join(folder, "deployment.json");
    writeDeployment(deployed, local.deployment);
  });
  after(async () => {
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const exported = (line: string): Promise<Ended> => {
    const words = ["owner", "export", ...line.split(" "), "--deployment", deployed, "--rpc", local.url];
    return fabric(words, {}, folder);
  };
  const addressOf = (name: "OwnerMultisig" | "ShardRegistry") => local.deployment.contracts[name].address;

  it("writes the file on standard output, and for people what it does and who may send it", async () => {
    const { code, out, err } = await exported("set earth.queueBudget 8000 --format safe");
    assert.equal(code, 0, err);
    const { chainId, transactions } = z
      .object({ chainId: z.string(), transactions: z.array(z.object({ to: z.string() })) })
      .parse(JSON.parse(out));
    assert.deepEqual([chainId, transactions.map(({ to }) => to)], ["31337", [addressOf("ShardRegistry")]]);
    assert.equal(
      err,
      "Set the queue budget of earth from 6,000 to 8,000 jobs.\n" +
        `It takes effect when ${addressOf("OwnerMultisig")} sends it.\n`,
    );
  });

  it("takes the options of the change, and writes into a file", async () => {
    const file = join(folder, "change.json");
    const { code, out, err } = await exported(`reroute mars helios --count 9 --format calldata --out ${file}`);
    assert.deepEqual([code, out], [0, ""], err);
    assert.match(readFileSync(file, "utf8"), /Move up to 9 waiting jobs of mars that helios can serve to helios/);
    const nowhere = await exported(`pause --format safe --out ${join(folder, "nowhere", "change.json")}`);
    assert.deepEqual([nowhere.code, nowhere.err.split(":")[0]], [2, "FILE_UNWRITABLE"]);
  });

  it("takes the documents of those who are no owners as files", async () => {
    const { deployment, keys } = local;
    const deadline = (await local.chain.latest()).time + 1000;
    const acceptance = await signGuardianAcceptance(keys.operatorOf(9), deployment, { nonce: 0n, deadline });
    const file = join(folder, "acceptance.json");
    writeFileSync(file, JSON.stringify(acceptance));
    const { code, err } = await exported(`appoint-guardian ${file} --format eip712`);
    assert.equal(code, 0, err);
    assert.match(err, /^Appoint the guardian 0x\w{40}\.\nDigest 0x[0-9a-f]{64}\.\n$/);
  });

  it("warns when what is to send it may not", async () => {
    const { code, err } = await exported(`resume --format safe --account ${addressOf("ShardRegistry")}`);
    assert.equal(code, 2);
    assert.match(err, /^CHANGE_INVALID: resume: the whole fabric is not paused by itself\./);
    await decide(local.deciders, { kind: "pause", scope: "mars" });
    const warned = await exported(`resume mars --format erc7821 --account ${addressOf("ShardRegistry")}`);
    assert.equal(warned.code, 0, warned.err);
    const [owner, other] = [addressOf("OwnerMultisig"), addressOf("ShardRegistry")];
    assert.match(warned.err, new RegExp(`^Warning: ${other} is refused as long as it is not ${owner}\\.$`, "m"));
  });

  it("is of the fabric that runs here, and waits in a timelock as long as is said", async () => {
    const { deployment, url, chain } = local;
    const addresses = contractNames.map((name) => [name, deployment.contracts[name].address] as const);
    const run: RunFile = {
      format: "planetary-fabric/run/v1",
      process: { id: process.pid, started: processIdentity(process.pid)?.started ?? "" },
      ...{ world: folder, rpc: url, chainId: chain.chainId, genesisHash: chain.genesisHash, socket: join(folder, "s") },
      contracts: Object.fromEntries(addresses) as RunFile["contracts"],
    };
    writeRun(run, join(folder, ".fabric"));
    const words = "owner export checkpoint --format timelock --delay 172800".split(" ");
    const { code, out, err } = await fabric(words, {}, folder);
    removeRun(join(folder, ".fabric"));
    assert.equal(code, 0, err);
    assert.equal(z.object({ delay: z.number() }).parse(JSON.parse(out)).delay, 172_800);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["a format that there is not", "pause --format pdf", /Allowed choices are safe, calldata, eip712/],
    ["a change that there is not", "stop --format safe", /^CHANGE_INVALID: stop: no change is spelled so/],
    ["a timelock without a delay", "pause --format timelock", /^USAGE: A timelock has to be told how long to wait/],
    ["an account that is none", "pause --format safe --account 0x12", /^USAGE: 0x12 is no address/],
    [
      "what the tool could not carry out",
      "guardian-pause --seconds 9 --format governor",
      /^EXPORT_UNFIT: guardianPause/,
    ],
  ];
  for (const [what, line, message] of refused)
    it(`refuses ${what}`, async () => {
      const { code, out, err } = await exported(line);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, message);
    });

  it("has beside it what wallets need to show the deployment's calls in words", async () => {
    const out = join(folder, "wallets");
    const { code, err } = await fabric(["owner", "descriptors", "--out", out, "--deployment", deployed], {}, folder);
    assert.equal(code, 0, err);
    const form = z.object({
      context: z.object({ contract: z.object({ deployments: z.array(z.object({ address: z.string() })) }) }),
    });
    const { context } = form.parse(JSON.parse(readFileSync(join(out, "calldata-ShardRegistry.json"), "utf8")));
    assert.deepEqual(context.contract.deployments, [{ address: addressOf("ShardRegistry") }]);
    const nowhere = await fabric(["owner", "descriptors", "--out", join(deployed, "x"), "--deployment", deployed]);
    assert.deepEqual([nowhere.code, nowhere.err.split(":")[0]], [2, "FILE_UNWRITABLE"]);
  });

  it("refuses a timelock that is none, and a deployment without its chain", async () => {
    const asked = await exported(`pause --format timelock --account ${addressOf("ShardRegistry")}`);
    assert.deepEqual([asked.code, asked.out], [2, ""]);
    assert.match(asked.err, /^USAGE: There is no timelock at 0x/);
    const half = await fabric(["owner", "export", "pause", "--format", "safe", "--deployment", deployed], {}, folder);
    assert.deepEqual([half.code, half.err.split("\n")[0]], [2, "USAGE: --deployment and --rpc belong together."]);
    const nothing = await fabric(["owner", "export", "pause", "--format", "safe"], {}, folder);
    assert.deepEqual([nothing.code, nothing.err.split(":")[0]], [5, "FABRIC_NOT_RUNNING"]);
  });
});
