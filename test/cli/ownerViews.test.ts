import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decideNow } from "../../src/cli/owner/decision.ts";
import { writeMission } from "../../src/cli/owner/missionFolder.ts";
import { logOf } from "../../src/cli/owner/worldLog.ts";
import { runProgram } from "../../src/cli/program.ts";
import { ControlServer, type RunFile, type StatusView, socketOf, writeRun } from "../../src/control/index.ts";
import { Machine } from "../../src/fabric/index.ts";
import { contractNames, interfaceOf, readParameters, writeDeployment } from "../../src/governance/index.ts";
import { processIdentity } from "../../src/journal/index.ts";
import { statusView, submitterView } from "../../src/orchestrator/index.ts";
import {
  type CenterView,
  decide,
  type LogView,
  logText,
  type ParametersView,
  type PauseDrillView,
  readOffice,
  signConstitution,
} from "../../src/owner/index.ts";
import { MemoryDesk } from "../control/memoryDesk.ts";
import { genesis, governance } from "../fabric/world.ts";
import { dossier, type LocalFabric, startFabric } from "../governance/localChain.ts";
import { mermaidProblems } from "../owner/overviews.ts";
import { fabric as run } from "./commandLines.ts";
import type { Ended } from "./program.ts";

/** An orchestrator that obeyed a block, and has not looked at the chain since. */
class ObedientDesk extends MemoryDesk {
  readonly #machine = new Machine(genesis);

  async obey({ chain, deployment }: LocalFabric): Promise<void> {
    const { number, hash } = await chain.latest();
    const { parameters } = await readParameters(chain, deployment, hash);
    const tick = this.#machine.tick + 1;
    this.#machine.step([governance(parameters, number), { kind: "tick", tick }]);
    this.block = number;
  }

  override status(): StatusView {
    const facts = { atMs: 0, epoch: 1, silence: null, changedTick: 1, checkpoint: null, anchored: null };
    return statusView(this.#machine, { ...facts, anchorsWaiting: 0, isConnected: () => true });
  }

  override async inForce(block: number) {
    return { block, version: 1, tick: 1 };
  }

  override submitter(name: string) {
    return submitterView(this.#machine, name);
  }
}

describe("What the owners see", () => {
  let local: LocalFabric;
  let folder: string;
  let world: string;
  let server: ControlServer;
  const desk = new ObedientDesk();

  before(async () => {
    local = await startFabric();
    const { deployment, url, chain, founding } = local;
    folder = mkdtempSync(join(tmpdir(), "fabric-views-"));
    process.env.XDG_RUNTIME_DIR = folder;
    world = join(folder, "world");
    mkdirSync(world);
    writeDeployment(join(world, "deployment.json"), deployment);
    writeFileSync(join(world, "manifest.json"), JSON.stringify(dossier));
    writeFileSync(join(world, "owner-log.ndjson"), logText(founding));
    const addresses = contractNames.map((name) => [name, deployment.contracts[name].address] as const);
    const runFile: RunFile = {
      format: "planetary-fabric/run/v1",
      process: { id: process.pid, started: processIdentity(process.pid)?.started ?? "" },
      ...{ world, rpc: url, chainId: chain.chainId, genesisHash: chain.genesisHash, socket: socketOf(world) },
      contracts: Object.fromEntries(addresses) as RunFile["contracts"],
    };
    for (const place of [world, join(folder, ".fabric")]) writeRun(runFile, place);
    await desk.obey(local);
    server = await ControlServer.open(desk, socketOf(world));
  });
  after(async () => {
    await server.close();
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const owner = (line: string): Promise<Ended> => run(["owner", ...line.split(" ")], {}, folder);
  /** As the command line does, but in this process: what is printed goes to a file. */
  const view = async (line: string): Promise<{ readonly code: number; readonly text: string }> => {
    const out = join(folder, "view");
    rmSync(out, { force: true });
    const code = await runProgram(["owner", ...line.split(" "), "--world", world, "--out", out]);
    process.exitCode = 0;
    return { code, text: existsSync(out) ? readFileSync(out, "utf8") : "" };
  };
  /** As the command does, without a process of its own. */
  const decided = async (change: Parameters<typeof decideNow>[1], reason: string | null = null) => {
    const control = {
      inForce: (block: number) => desk.inForce(block),
      status: async () => desk.status(),
      job: async () => undefined,
      submitter: async () => undefined,
      close: () => {},
    };
    await decideNow({ url: local.url, deployment: local.deployment, world, control }, change, reason);
  };

  it("is one table that agrees with chain, orchestrator and manifest, until somebody decides; then it says what differs", async () => {
    const quiet = await owner("center --strict");
    assert.deepEqual([quiet.code, quiet.err], [0, ""]);
    assert.match(quiet.out, /values are the same wherever they are\.$/m);

    await decided({ kind: "setQueueBudget", shard: "earth", value: 5000 }, "Earth was full for an hour.");
    await decide(local.deciders, { kind: "guardianPause", scope: "mars", seconds: 600 });
    const { number } = await local.chain.latest();
    const { code, text } = await view("center --strict --json");
    assert.equal(code, 7);
    const center: CenterView = JSON.parse(text);
    const row = (title: string) => center.rows.find((each) => each.title === title);
    const budget = row("earth.queueBudget");
    assert.deepEqual([budget?.chain, budget?.enforced, budget?.manifest], [5000, 6000, 6000]);
    assert.deepEqual(budget?.drift, ["behind", "manifest"]);
    const [first, second] = local.keys.constitution.members.map(({ key }) => key);
    assert.equal(budget?.last?.block, number - 1);
    assert.equal(budget?.last?.by.toLowerCase(), `the owners ${first} and ${second}`);
    assert.deepEqual(row("earth.latencyBudgetMs")?.last?.block, local.founding[0].block);
    assert.deepEqual(row("mars.pause")?.last?.by, `the guardian ${local.keys.guardian.address}`);
    assert.match(String(row("mars.pause")?.chain), /^paused by a guardian until 2030-/);
    assert.deepEqual(row("fabric.guardians")?.last?.block, number);
    assert.deepEqual(row("luna.pause")?.drift, []);

    await desk.obey(local);
    const obeyed: CenterView = JSON.parse((await view("center --json")).text);
    const differing = obeyed.rows.filter(({ drift }) => drift.length > 0).map(({ title }) => title);
    assert.deepEqual(differing, ["earth.queueBudget"]);
  });

  it("is there where nobody orchestrates, in Markdown and in a file", async () => {
    const file = join(folder, "center.md");
    const elsewhere = ["--rpc", local.url, "--deployment", join(world, "deployment.json")];
    assert.equal(await runProgram(["owner", "center", ...elsewhere, "--markdown", "--out", file]), 0);
    const markdown = readFileSync(file, "utf8");
    assert.equal(await runProgram(["owner", "center", ...elsewhere, "--json", "--out", file]), 2);
    assert.equal(readFileSync(file, "utf8"), markdown, "a file may be a key, and is replaced only when that is wanted");
    assert.equal(await runProgram(["owner", "center", ...elsewhere, "--markdown", "--out", file, "--replace"]), 0);
    assert.match(
      readFileSync(file, "utf8"),
      /^\| fabric\.tickMs \| 5,000 ms \| not running \| none \| owners at once \|/m,
    );
  });

  it("is a log of reasons that is held against the chain: what either lacks is named, and an altered line too", async () => {
    const { code, text: json } = await view("log --json --strict");
    assert.equal(code, 7);
    const log: LogView = JSON.parse(json);
    const founding = local.founding.length;
    assert.deepEqual(
      log.rows.map(({ problem, entry }) => [problem, entry.reason]),
      [...local.founding.map(() => [null, null]), [null, "Earth was full for an hour."]],
    );
    // The guardian paused by a transaction of its own, past the log.
    assert.deepEqual(
      log.unlogged.map(({ act, by }) => [act, by]),
      [["made", `the guardian ${local.keys.guardian.address}`]],
    );

    const csv = (await view("log --csv")).text;
    assert.match(csv, new RegExp(`^${founding + 1},\\d+,made,parameters \\d+,"?Set the queue budget of earth`, "m"));
    assert.match(csv, /,Earth was full for an hour\.,/);

    const file = join(world, "owner-log.ndjson");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("Earth was full", "Earth was idle"));
    try {
      const altered = await owner("log");
      assert.deepEqual([altered.code, altered.out], [6, ""]);
      assert.ok(altered.err.includes(`owner-log.ndjson, line ${founding + 1}: it is not as it was written.`));
    } finally {
      writeFileSync(file, text);
    }
  });

  it("names a decision of the log that the chain does not have as it stands there", async () => {
    const file = join(world, "owner-log.ndjson");
    const text = readFileSync(file, "utf8");
    // Whoever writes the whole file anew has hashes that fit; the chain knows better.
    const entries = logOf(world).map(({ previous: _p, act: _a, reason: _r, plan: _l, hash: _h, ...entry }) => entry);
    const [last, ...rest] = entries.toReversed();
    const false1 = { ...last, sentence: "Set the queue budget of luna from 1 to 2 jobs." };
    const false2 = { ...last, calls: [] };
    const false3 = { ...last, transactionHash: `0x${"00".repeat(32)}` };
    writeFileSync(file, logText([...rest.toReversed(), false1]));
    try {
      const problems = async () => (JSON.parse((await view("log --json")).text) as LogView).rows.at(-1)?.problem;
      assert.equal(await problems(), "the owners signed another sentence");
      writeFileSync(file, logText([...rest.toReversed(), false2]));
      assert.equal(await problems(), "the owners signed other calls or times");
      writeFileSync(file, logText([...rest.toReversed(), false3]));
      assert.equal(await problems(), "the chain has no such decision");
    } finally {
      writeFileSync(file, text);
    }
  });

  it("shows what waits, from when on and what it does, in the table, the diagram and the log", async () => {
    const { chain, deployment, keys } = local;
    const selector = interfaceOf("ShardRegistry").getFunction("setWeight").selector;
    const pausing = interfaceOf("SystemPause").getFunction("pause").selector;
    const { ShardRegistry, SystemPause } = deployment.contracts;
    const rules = [
      { target: SystemPause.address, selector: pausing, delay: 500 },
      { target: ShardRegistry.address, selector, delay: 1000 },
    ].sort((a, b) => (a.target.toLowerCase() < b.target.toLowerCase() ? -1 : 1));
    const constitution = { ...keys.constitution, rules };
    const office = await readOffice(chain, deployment);
    await decided({
      kind: "constitute",
      proposal: {
        ...{ format: "planetary-fabric/constitution/v1", chainId: 31337, multisig: office.multisig, epoch: 2 },
        constitution,
        acceptances: await Promise.all(keys.owners.map((signer) => signConstitution(signer, office, constitution))),
      },
    });
    const constituted = (await chain.latest()).number;
    await decided({ kind: "setWeight", shard: "earth", value: 7 }, "Earth has new nodes.");
    const { time } = await chain.latest();

    const center: CenterView = JSON.parse((await view("center --json")).text);
    assert.deepEqual(
      center.coming.map(({ lane, sentence, readyAt }) => [lane, sentence, readyAt]),
      [["parameters", "Set the weight of earth from 1 to 7.", time + 1000]],
    );
    const weight = center.rows.find(({ title }) => title === "earth.weight");
    assert.deepEqual([weight?.chain, weight?.powers[0].waitsSeconds], [1, 1000]);
    assert.equal(center.rows.find(({ title }) => title === "owners.delays")?.last?.block, constituted);

    const diagram = await owner("diagram");
    assert.deepEqual([diagram.code, mermaidProblems(diagram.out)], [0, []]);
    assert.match(diagram.out, /setWeight#58; after 1,000 s"\| ShardRegistry$/m);
    assert.match(diagram.out, /^ {2}W1 -\.-> OwnerMultisig$/m);

    const log: LogView = JSON.parse((await view("log --json")).text);
    const { entry, problem } = log.rows.at(-1) ?? assert.fail("the log has lines");
    assert.deepEqual([entry.act, entry.reason, problem], ["announced", "Earth has new nodes.", null]);
  });

  it("has what is done in a hurry: cards, commands, and calls that the contracts take as they stand", async () => {
    const list = await view("scripts");
    assert.equal(list.code, 0);
    assert.match(
      list.text,
      /^raiseQueue\/earth +Twice the queue for earth +fabric owner set earth\.queueBudget 10000$/m,
    );
    assert.match(list.text, /^rotateMember /m);
    const card = await view("scripts raiseQueue/earth");
    assert.match(
      card.text,
      /^Twice the queue for earth \(raiseQueue\/earth\)\n\nWhen: .+\nWhat happens: .+\nTo undo it: /,
    );
    assert.match(card.text, /^Sign: Set the queue budget of earth from 5,000 to 10,000 jobs\.$/m);
    const { ready, multisig, chainId } = JSON.parse((await view("scripts reroute --json")).text);
    assert.deepEqual([multisig, chainId], [local.deployment.contracts.OwnerMultisig.address, 31337]);
    assert.ok(ready.length > 1 && ready.every(({ id }: { id: string }) => id.startsWith("reroute/")));
    for (const { changes } of ready)
      for (const { to, data } of changes[0].calls) await local.chain.rpc("eth_call", [{ from: multisig, to, data }]);
    assert.equal(ready[0].changes[0].safe.transactions.length, ready[0].changes[0].calls.length);
    assert.match((await view("scripts pauseAll --markdown")).text, /^# .+\n\n## Pause everything \(pauseAll\)$/m);
    assert.equal((await view("scripts pauseNothing")).code, 2);
  });

  it("is all in one folder, of one block, with the SHA-256 of each file; nothing else is ever replaced by it", async () => {
    const out = join(folder, "mission");
    const made = await owner(`mission --out ${out}`);
    assert.deepEqual([made.code, made.err], [0, ""]);
    const names = ["center", "diagram", "log", "parameters", "scripts"].flatMap((name) => [
      `${name}.json`,
      `${name}.md`,
    ]);
    const all = [...names, "diagram.mmd", "topology.mmd", "log.csv", "manifest.json"].sort();
    assert.deepEqual(readdirSync(out).sort(), all);
    const text = (name: string) => readFileSync(join(out, name), "utf8");
    const { files, block } = JSON.parse(text("manifest.json"));
    for (const name of all.filter((each) => each !== "manifest.json")) {
      const sha256 = createHash("sha256").update(text(name)).digest("hex");
      assert.deepEqual(files[name], { sha256, bytes: Buffer.byteLength(text(name)) }, name);
      assert.ok(made.out.includes(`${sha256}  ${name}\n`));
    }
    assert.deepEqual(mermaidProblems(text("diagram.mmd")), []);
    for (const name of ["center.json", "diagram.json", "log.json", "parameters.json", "scripts.json"])
      assert.equal(JSON.parse(text(name)).block.hash, block.hash, name);
    const { rows }: ParametersView = JSON.parse(text("parameters.json"));
    const { value, unit, bounds, commands } = rows.find(({ title }) => title === "earth.queueBudget") ?? assert.fail();
    assert.deepEqual([value, unit, bounds], [5000, "jobs", { minimum: 1, maximum: 2 ** 24 - 1 }]);
    assert.deepEqual(commands, ["owner set <shard>.queueBudget <value>"]);

    // Again in its place, but not once there is something of somebody else.
    assert.equal(await runProgram(["owner", "mission", "--out", out, "--world", world]), 0);
    writeFileSync(join(out, "notes.txt"), "mine");
    assert.equal(await runProgram(["owner", "mission", "--out", out, "--world", world]), 2);
    assert.equal(text("notes.txt"), "mine");
    const other = { chainId: 31337, block: { number: 1, hash: "", time: 1 } };
    assert.throws(() => writeMission(out, other, new Map()), { code: "MISSION_TAKEN", message: /notes\.txt in it/ });
    assert.throws(() => writeMission(world, other, new Map()), { code: "MISSION_TAKEN", message: /no list/ });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("mission")),
      ["mission"],
    );
  });

  it("can be tried: a fork is paused and resumed for real, and the chain is as it was", async () => {
    const { chain, deployment } = local;
    const before = await chain.latest();
    const { code, text } = await view("drill pause --json");
    assert.equal(code, 0);
    const drill: PauseDrillView = JSON.parse(text);
    assert.deepEqual(
      drill.steps.map(({ does, waitsSeconds, events }) => [does, waitsSeconds, events]),
      [
        // By the constitution that is in force by now.
        ["pause", 500, ["SystemPause.Paused: scope 0"]],
        ["resume", 0, ["SystemPause.Resumed: scope 0"]],
      ],
    );
    for (const { gasUsed } of drill.steps) assert.ok(gasUsed > 30_000 && gasUsed < 200_000, `${gasUsed} gas`);
    const stopped = (step: number) => drill.steps[step].states.flatMap(({ name, stopped }) => (stopped ? [name] : []));
    assert.deepEqual(stopped(0), ["fabric", "earth", "luna", "mars", "helios"]);
    // What the guardian has paused stays so.
    assert.deepEqual(stopped(1), ["mars"]);
    assert.deepEqual([drill.restored, drill.untouched], [true, true]);
    assert.equal(drill.real.before.hash, before.hash);
    const after = await chain.latest();
    assert.deepEqual(after, before);
    const { parameters } = await readParameters(chain, deployment, after.hash);
    assert.equal(parameters.pause.ownerPaused, false);
  });

  it("is tried on one shard, too, and not on one that there is not", async () => {
    const { code, text } = await view("drill pause luna");
    assert.equal(code, 0);
    assert.match(text, /^Pause the shard luna\. Done on the fork after .* waited 500 s, for [\d,]+ gas\.$/m);
    assert.match(text, /^luna +runs +paused by the owners +runs$/m);
    assert.match(text, /^earth +runs +runs +runs$/m);
    assert.match(text, /^The chain itself was only read: it is at block \d+, 0x[0-9a-f]{64}, as before/m);
    assert.deepEqual(await view("drill pause venus"), { code: 2, text: "" });
  });

  it("takes a reason on the command line, and none that says nothing", async () => {
    assert.equal(await runProgram(["owner", "checkpoint", "--reason", "because", "--world", world]), 2);
    const said = await run(["owner", "checkpoint", "--reason", "An auditor asked for it."], {}, folder);
    assert.equal(said.code, 0);
    assert.equal(logOf(world).at(-1)?.reason, "An auditor asked for it.");
  });
});
