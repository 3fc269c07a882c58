import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { encryptKeystoreJsonSync } from "ethers";
import { encodeWork } from "../../src/config/index.ts";
import type { JobView } from "../../src/control/index.ts";
import { Chain, writeDeployment } from "../../src/governance/index.ts";
import { fromHex, processIdentity } from "../../src/journal/index.ts";
import { domainsOf, signSubmission } from "../../src/nodes/index.ts";
import { startPracticeChain } from "../../src/practice/chain.ts";
import { foundPractice, openWorld, submitterKey, type UpView } from "../../src/practice/index.ts";
import { root, startProgram } from "../cli/program.ts";
import { Folders } from "./folders.ts";
import { asking, endOf, password, Terminal, until } from "./terminal.ts";

const tick = ["--tick-ms", "200", "--json"];
const folders = new Folders();
after(async () => {
  await Terminal.closeAll();
  folders.remove();
});

const submitter = "earth.exchange";

/** Brings jobs of one tick's work for earth; they are on disk when it returns. */
async function submit(view: UpView, first: number, count: number, payload?: Uint8Array): Promise<void> {
  const { file } = openWorld(view.world);
  const digest = payload && (await asking(view.socket, (client) => client.putPayload(payload)));
  const jobs = Array.from({ length: count }, (_, index) => ({
    ...({
      number: first + index,
      shard: 1,
      class: "interactive",
      skills: 0n,
      deadlineTicks: 0,
      budgetTicks: 30,
    } as const),
    ...{ value: 1, payloadDigest: digest === undefined ? new Uint8Array(32) : fromHex(digest) },
  }));
  const frame = signSubmission(domainsOf(file.genesis), submitterKey(file.seed, submitter), 1, jobs);
  const answer = await asking(view.socket, (client) => client.submit(frame));
  assert(answer.taken);
  assert.deepEqual(new Set(answer.jobs.map(({ answer }) => answer)), new Set(["accepted"]));
}

function job(view: UpView, number: number): Promise<JobView | undefined> {
  return asking(view.socket, (client) => client.job({ submitter, number }));
}

function isCompleted(view: UpView, number: number) {
  return until(`job ${number} completes`, async () => {
    const found = await job(view, number);
    return found?.state === "ended" && found.outcome === "completed" ? found : undefined;
  });
}

function blockZeroAndNewest(url: string): Promise<readonly [string, number]> {
  return Chain.open(url).then(async (chain) => {
    const { number } = await chain.latest();
    chain.close();
    return [chain.genesisHash, number] as const;
  });
}

/** Id of the process that has a world's chain. */
function chainOf(world: string): number | undefined {
  const lock = join(world, "lock");
  return existsSync(lock) ? processIdentity(Number(readFileSync(lock, "utf8").split(" ")[0]))?.id : undefined;
}

/** Everything that was started has ended. */
async function nothingIsLeft(view: UpView): Promise<void> {
  await until("the orchestrator ends", () => processIdentity(view.orchestrator) === undefined || undefined);
  await until("the chain ends", () => chainOf(view.world) === undefined || undefined);
  assert.deepEqual(
    readdirSync(view.world).filter((name) => /^lock|run\.json/.test(name)),
    [],
  );
}

// One world, founded and stopped in good order; every other test goes on with a copy of it.
const home = folders.make();
const founder = new Terminal(home, "up", ...tick, "--world", "world", "--seed", "7");
const founded = await founder.ready();
await submit(founded, 1, 19);
const durationTicks = 8;
const kind = { format: "planetary-fabric/work/v1", idPrefix: "long-", data: null } as const;
await submit(founded, 20, 1, encodeWork({ ...kind, submitter, first: 20, count: 1, durationTicks }));
const status = await until("all are completed", async () => {
  const view = await asking(founded.socket, (client) => client.status());
  return view.counters.completed === 20 ? view : undefined;
});
const long = await isCompleted(founded, 20);
const run = { file: readFileSync(join(home, ".fabric", "run.json"), "utf8"), words: founder.words };
const second = await endOf(home, "up", "--json");
const goneOn = await asking(founded.socket, (client) => client.status());
const [genesisHash, height] = await blockZeroAndNewest(founded.rpc);
const stopped = await founder.stop();

/** A copy of that world in a folder of its own, where nothing runs. */
function copy(): { readonly cwd: string; readonly world: string } {
  const cwd = folders.make();
  const world = join(cwd, "world");
  cpSync(join(home, "world"), world, { recursive: true });
  return { cwd, world };
}

async function resumed({ cwd, world = "world" }: { readonly cwd: string; readonly world?: string }) {
  const terminal = new Terminal(cwd, "resume", world, "--json");
  return { terminal, view: await terminal.ready() };
}

describe("fabric up", () => {
  it("runs what the manifest says, with nodes that are heard and work", () => {
    assert.deepEqual(
      status.shards.map(({ name }) => name),
      ["earth", "luna", "mars", "helios"],
    );
    assert.equal(status.tickMs, 200);
    assert.equal(founded.simulatedNodes, 6);
    for (const { name, connected, health } of status.nodes)
      assert.deepEqual([name, connected, health], [name, true, "active"]);
    assert.equal(status.counters.completed, 20);
  });

  it("has simulated nodes that take as long as the blueprint says", () => {
    assert(long.endedTick - long.submittedTick >= durationTicks, JSON.stringify(long));
  });

  it("says in words what runs, and what to type next", () => {
    assert.match(run.words, /runs in world, in epoch \d+: the orchestrator is process \d+, chain 31337 answers at/);
    assert.match(run.words, /`fabric resume world` goes on with it\.\nNext: npx fabric status\n/);
  });

  it("leaves word of itself where it was started, while it runs", () => {
    const { world, rpc, socket } = JSON.parse(run.file);
    assert.deepEqual({ world, rpc, socket }, { world: join(home, "world"), rpc: founded.rpc, socket: founded.socket });
    assert(!existsSync(join(home, ".fabric", "run.json")));
  });

  it("refuses a second one in its folder, and goes on", () => {
    assert.equal(second.code, 1);
    assert.match(second.err, /FABRIC_RUNS_HERE/);
    assert(goneOn.tick >= status.tick);
    assert.deepEqual(readdirSync(join(home, ".fabric")), []);
  });

  it("ends with Ctrl-C in good order: with a checkpoint, on the chain, and nothing left behind", async () => {
    assert.equal(stopped.code, 0);
    assert.match(stopped.err, /\nStopped at tick \d+, checkpoint \d+\. Go on with `fabric resume world`\.\n$/);
    await nothingIsLeft(founded);
  });

  it("never writes into a folder in which there is something", async () => {
    const { cwd, world } = copy();
    const before = readFileSync(join(world, "chain.ndjson"));
    const { code, err } = await endOf(cwd, "up", "--world", "world");
    assert.equal(code, 2, err);
    assert.match(err, /WORLD_TAKEN.*\n.*fabric resume/);
    assert.deepEqual(readFileSync(join(world, "chain.ndjson")), before);
  });

  it("leaves nothing when it is interrupted before it ran", async () => {
    const cwd = folders.make();
    const terminal = new Terminal(cwd, "up", ...tick, "--world", "world");
    await until("it is founding", () => {
      assert(terminal.isAlive, terminal.words);
      return existsSync(join(cwd, "world", "chain.ndjson")) || undefined;
    });
    const { code, err } = await terminal.stop();
    assert.equal(code, 130, err);
    assert.deepEqual(
      readdirSync(cwd).filter((name) => name === "world"),
      [],
    );
  });

  it("says how to go on with its world when another one was started here while it was founding", async () => {
    const cwd = folders.make();
    const terminal = new Terminal(cwd, "up", ...tick, "--world", "my world");
    await until("it is founding", () => {
      assert(terminal.isAlive, terminal.words);
      return existsSync(join(cwd, "my world", "chain.ndjson")) || undefined;
    });
    mkdirSync(join(cwd, ".fabric"));
    const other = { ...JSON.parse(run.file), process: processIdentity(process.pid) };
    writeFileSync(join(cwd, ".fabric", "run.json"), JSON.stringify(other), { mode: 0o600 });
    const { code, err } = await terminal.ended;
    assert.equal(code, 1, err);
    assert.match(err, /What was founded is kept\. Go on with `fabric resume 'my world'`\.\n[\s\S]*FABRIC_RUNS_HERE/);
    assert(existsSync(join(cwd, "my world", "world.json")));
  });

  it("founds nothing where it could not be asked, nor where its word cannot be left", async () => {
    const cwd = folders.make();
    const runtime = join(cwd, "r".repeat(100));
    mkdirSync(runtime);
    const program = join(root, "node_modules", ".bin", "fabric");
    const words = ["up", "--world", "world", "--manifest", join(root, "config", "fabric.json")];
    const { code, err } = await startProgram(program, words, { XDG_RUNTIME_DIR: runtime }, cwd).ended;
    assert.match(err, /CONTROL_PATH_TOO_LONG/);
    assert.notEqual(code, 0);
    writeFileSync(join(cwd, ".fabric"), "");
    const refused = await endOf(cwd, ...words);
    assert.match(refused.err, /^RUN_FILE_UNSAFE: \.fabric .*no folder/);
    assert(!existsSync(join(cwd, "world")));
  });

  const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      "a node to simulate that the manifest does not have",
      ["--simulate", "earth.core"],
      /there is no node "earth\.core"\.\nGive all, none/,
    ],
    [
      "a tick that is too long for the manifest's heartbeats",
      ["--tick-ms", "12000"],
      /heartbeatSeconds is 9, less than a tick of 12000 ms/,
    ],
    ["a deployment without its chain", ["--deployment", "deployment.json"], /name it with --network/],
    ["a manifest that is not there", ["--manifest", "nowhere.json"], /FILE_UNREADABLE: nowhere\.json/],
    ["a tick that is no number", ["--tick-ms", "fast"], /A whole number from 100/],
  ];
  for (const [what, words, message] of mistakes)
    it(`refuses ${what}, and makes nothing`, async () => {
      const cwd = folders.make();
      const { code, err } = await endOf(cwd, "up", ...words);
      assert.equal(code, 2, err);
      assert.match(err, message);
      assert(!existsSync(join(cwd, ".fabric")));
    });
});

describe("fabric resume", () => {
  it("goes on after an orderly stop: the same chain, every job known, the next tick", async () => {
    const { terminal, view } = await resumed(copy());
    assert.equal(view.genesisHash, genesisHash);
    const [hash, newest] = await blockZeroAndNewest(view.rpc);
    assert.equal(hash, genesisHash);
    assert(newest >= height);
    assert(view.tick > status.tick);
    assert.equal((await job(view, 20))?.state, "ended");
    await submit(view, 21, 5);
    await isCompleted(view, 25);
    assert.equal((await terminal.stop()).code, 0);
    await nothingIsLeft(view);
  });

  it("starts the orchestrator alone where it was killed and its `up` lives, and loses no job", async () => {
    const place = copy();
    const first = await resumed(place);
    await submit(first.view, 100, 50);
    process.kill(first.view.orchestrator, "SIGKILL");
    await first.terminal.says(/The orchestrator was ended by SIGKILL.*\nNext: npx fabric resume world/);
    const elsewhere = folders.make();
    const next = await resumed({ cwd: elsewhere, world: place.world });
    assert.equal(next.view.rpc, first.view.rpc);
    const found = JSON.parse(readFileSync(join(elsewhere, ".fabric", "run.json"), "utf8"));
    assert.deepEqual([found.socket, found.process], [next.view.socket, next.view.process]);
    assert.equal(next.view.simulatedNodes, 0);
    for (const number of [100, 149]) await isCompleted(next.view, number);
    // Who has chain and nodes ends: the other has them from then on.
    assert.equal((await first.terminal.stop()).code, 0);
    await next.terminal.says(/its chain and its simulated nodes go on here/);
    await submit(next.view, 200, 5);
    await isCompleted(next.view, 204);
    const { code, err } = await next.terminal.stop();
    assert.equal(code, 0, err);
    await nothingIsLeft(next.view);
  });

  it("finds everything in order after its supervisor was killed, since all else ended by itself", async () => {
    const place = copy();
    const first = await resumed(place);
    await submit(first.view, 300, 50);
    first.terminal.kill("SIGKILL");
    await first.terminal.ended;
    await until("the chain ends", () => chainOf(place.world) === undefined || undefined);
    assert.equal(processIdentity(first.view.orchestrator), undefined);
    const next = await resumed(place);
    await isCompleted(next.view, 349);
    assert.equal((await next.terminal.stop()).code, 0);
    await nothingIsLeft(next.view);
  });

  it("ends in good order when one Ctrl-C comes twice, from the terminal and from npx", async () => {
    const place = copy();
    const { terminal, view } = await resumed(place);
    process.kill(view.orchestrator, "SIGSTOP");
    terminal.kill("SIGINT");
    terminal.kill("SIGTERM");
    await terminal.says(/Stopping/);
    const meanwhile = await endOf(place.cwd, "resume", "world");
    assert.match(meanwhile.err, new RegExp(`WORLD_STOPPING: Process ${terminal.id} .*\n\`fabric resume world\``));
    process.kill(view.orchestrator, "SIGCONT");
    const { code, err } = await terminal.ended;
    assert.equal(code, 0, err);
    assert.match(err, /Stopped at tick/);
  });

  it("goes on after a second Ctrl-C, which ends everything at once", async () => {
    const place = copy();
    const first = await resumed(place);
    await submit(first.view, 400, 50);
    // An orchestrator that does not answer: only killing it helps.
    process.kill(first.view.orchestrator, "SIGSTOP");
    first.terminal.kill("SIGINT");
    await first.terminal.says(/Stopping/);
    await until("it ends", () => {
      if (first.terminal.isAlive) first.terminal.kill("SIGINT");
      return !first.terminal.isAlive || undefined;
    });
    assert.equal((await first.terminal.ended).code, 130);
    assert.equal(processIdentity(first.view.orchestrator), undefined);
    const next = await resumed(place);
    await isCompleted(next.view, 449);
    assert.equal((await next.terminal.stop()).code, 0);
  });

  it("makes a chain again whose process was killed, and the fabric goes on meanwhile", async () => {
    const place = copy();
    const { terminal, view } = await resumed(place);
    process.kill(chainOf(place.world) ?? 0, "SIGKILL");
    await terminal.says(/made again from its record/);
    await until("the chain answers", () => blockZeroAndNewest(view.rpc).catch(() => undefined));
    await submit(view, 500, 5);
    await isCompleted(view, 504);
    const { code, err } = await terminal.stop();
    assert.equal(code, 0, err);
    // One that was on its way when the chain died may have waited; in the end none does.
    assert.doesNotMatch(err, /wait to be anchored(?!.*The ledger takes checkpoints again)/s);
  });

  it("in a second terminal is refused while an orchestrator works", async () => {
    const place = copy();
    const { terminal, view } = await resumed(place);
    const { code, err } = await endOf(place.cwd, "resume", "world");
    assert.equal(code, 1, err);
    assert.match(err, new RegExp(`^WORLD_RUNS: .*process ${view.orchestrator}\\.\n\`fabric status --world world\``));
    await submit(view, 600, 1);
    assert.equal((await terminal.stop()).code, 0);
  });

  it("keeps chain and nodes for the owners when they took the right to anchor away, until they give it back", async () => {
    const place = copy();
    const owners = (...words: readonly string[]) =>
      endOf(place.cwd, "owner", ...words, "--reason", "to see what becomes of it");
    const first = await resumed(place);
    const revoked = await owners("guardian-revoke-anchorer");
    assert.equal(revoked.code, 0, revoked.err);
    await first.terminal.says(
      /ANCHOR_FENCED: [\s\S]*\nnpx fabric owner set fabric\.anchorer 0x\w+\nNext: npx fabric resume world/,
    );
    const refused = await endOf(place.cwd, "resume", "world");
    assert.match(refused.err, /ANCHORER_NOT_APPOINTED/);
    assert.equal(refused.code, 1);
    const stopped = await first.terminal.stop();
    assert.equal(stopped.code, 0, stopped.err);
    assert.doesNotMatch(stopped.err, /a last checkpoint/);

    const second = new Terminal(place.cwd, "resume", "world");
    const remedy =
      /ANCHORER_NOT_APPOINTED: [\s\S]*npx fabric owner (set fabric\.anchorer 0x\w+)\nNext: npx fabric resume world/;
    await second.says(remedy);
    const given = await owners(...(remedy.exec(second.words)?.[1] ?? "").split(" "));
    assert.equal(given.code, 0, given.err);
    const next = await resumed(place);
    await submit(next.view, 700, 1);
    await isCompleted(next.view, 700);
    assert.equal((await second.stop()).code, 0);
    assert.equal((await next.terminal.stop()).code, 0);
    await nothingIsLeft(next.view);
  });

  it("goes on when its log cannot be written, and says so once", async () => {
    const { cwd, world } = copy();
    const log = join(world, "operator.log");
    rmSync(log);
    mkdirSync(log);
    const { terminal } = await resumed({ cwd });
    const { code, err } = await terminal.stop();
    assert.equal(code, 0, err);
    assert.equal(err.match(/cannot be written to .*operator\.log: EISDIR/g)?.length, 1, err);
    assert.match(err, /Stopped at tick/);
  });

  it("goes on with a copy of a world that runs elsewhere", async () => {
    const { cwd, world } = copy();
    const other = { ...JSON.parse(run.file), process: processIdentity(process.pid) };
    writeFileSync(join(world, "run.json"), JSON.stringify(other), { mode: 0o600 });
    const { terminal, view } = await resumed({ cwd });
    const found = JSON.parse(readFileSync(join(world, "run.json"), "utf8"));
    assert.equal(found.world, world);
    assert.equal((await terminal.stop()).code, 0);
    await nothingIsLeft(view);
  });

  it("makes no other chain for a world whose chain's record is gone", async () => {
    const { cwd, world } = copy();
    rmSync(join(world, "chain.ndjson"));
    const { code, err } = await endOf(cwd, "resume", "world");
    assert.match(err, /CHAIN_RECORD_MISSING: .*world\/chain\.ndjson/);
    assert.equal(code, 6);
    assert(!existsSync(join(world, "chain.ndjson")));
  });

  const ruins: readonly (readonly [string, (world: string) => void, number, RegExp])[] = [
    [
      "whose chain's record was altered",
      (world) =>
        alter(join(world, "chain.ndjson"), (text) =>
          text.replace(/"time":(\d+)/, (_, time) => `"time":${Number(time) + 1}`),
        ),
      6,
      /CHAIN_RECORD_ALTERED/,
    ],
    [
      "whose chain is behind its store",
      (world) =>
        alter(join(world, "chain.ndjson"), (text) => `${text.trimEnd().split("\n").slice(0, -3).join("\n")}\n`),
      6,
      /CHAIN_BEHIND/,
    ],
    [
      "whose store is older than its ledger",
      (world) => rmSync(join(world, "store"), { recursive: true }),
      6,
      /LEDGER_AHEAD/,
    ],
    ["that was not founded to its end", (world) => rmSync(join(world, "world.json")), 1, /WORLD_UNFOUNDED/],
    [
      "of another format",
      (world) => alter(join(world, "world.json"), (text) => text.replace("/v1", "/v9")),
      2,
      /world\.json:2:/,
    ],
    ["that is not there", (world) => rmSync(world, { recursive: true }), 2, /WORLD_MISSING/],
  ];
  for (const [what, ruin, exit, message] of ruins)
    it(`refuses a world ${what}, with what to do`, async () => {
      const { cwd, world } = copy();
      ruin(world);
      const { code, err } = await endOf(cwd, "resume", "world");
      assert.match(err, message);
      assert.equal(code, exit, err);
    });
});

describe("fabric up --network", async () => {
  const practice = await startPracticeChain();
  after(() => practice.close());
  const { url } = practice;

  it("founds on a chain that is there, with the nodes that are named, and goes on there", async () => {
    const cwd = folders.make();
    const words = ["--network", url, "--world", "world", "--simulate", "earth.core-alpha"];
    const first = new Terminal(cwd, "up", ...tick, ...words);
    const view = await first.ready();
    assert.equal(view.rpc, url);
    const { nodes } = await asking(view.socket, (client) => client.status());
    const connected = nodes.filter((node) => node.connected).map(({ name }) => name);
    assert.deepEqual(connected, ["earth.core-alpha"]);
    assert.equal((await first.stop()).code, 0);
    const { terminal } = await resumed({ cwd });
    assert.equal((await terminal.stop()).code, 0);
  });

  it("runs what others have founded there, with the anchorer's key from its file", async () => {
    const cwd = folders.make();
    const chain = await Chain.open(url);
    const { deployment, keys } = await foundPractice(chain, openWorld(founded.world).manifest, { seed: 11 });
    chain.close();
    writeDeployment(join(cwd, "deployment.json"), deployment);
    const accounts = { anchorer: keys.anchorer, stranger: keys.marketplace };
    for (const [name, { address, privateKey }] of Object.entries(accounts)) {
      const cheap = { scrypt: { N: 2, r: 8, p: 1 } };
      writeFileSync(join(cwd, name), encryptKeystoreJsonSync({ address, privateKey }, password, cheap));
    }
    const words = ["up", "--network", url, "--deployment", "deployment.json", "--seed", "11", "--json"];
    const stranger = await endOf(cwd, ...words, "--anchorer", "stranger");
    assert.match(stranger.err, /ANCHORER_NOT_APPOINTED/);
    assert.equal(stranger.code, 1);

    const options = ["--world", "world", "--simulate", "all", "--anchorer", "anchorer"];
    const first = new Terminal(cwd, ...words, ...options);
    assert.equal((await first.ready()).simulatedNodes, 6);
    assert.doesNotMatch((await first.stop()).err, /wait to be anchored/);
    const { terminal } = await resumed({ cwd });
    assert.equal((await terminal.stop()).code, 0);

    const other = await endOf(cwd, ...words, "--anchorer", "anchorer");
    assert.match(other.err, /LEDGER_AHEAD/, "another world of it would not know its checkpoints");
    assert.equal(other.code, 6);
  });
});

function alter(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, "utf8");
  assert.notEqual(change(text), text);
  writeFileSync(file, change(text));
}
