import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encryptKeystoreJsonSync } from "ethers";
import { decideNow } from "../../src/cli/owner/decision.ts";
import {
  ControlClient,
  ControlServer,
  type Desk,
  type EndedJobView,
  type JobRef,
  type RunFile,
  socketOf,
  writeRun,
} from "../../src/control/index.ts";
import { contractNames, interfaceOf, readParameters, writeDeployment } from "../../src/governance/index.ts";
import { processIdentity } from "../../src/journal/index.ts";
import { readOffice, signConstitution } from "../../src/owner/index.ts";
import { MemoryDesk, submitterView } from "../control/memoryDesk.ts";
import { type LocalFabric, startFabric } from "../governance/localChain.ts";
import { fabric as run } from "./commandLines.ts";
import { type Ended, root, startProgram } from "./program.ts";
import { until } from "./until.ts";

describe("fabric owner", () => {
  let local: LocalFabric;
  let folder: string;
  let world: string;
  let server: ControlServer;

  before(async () => {
    local = await startFabric();
    folder = mkdtempSync(join(tmpdir(), "fabric-owner-"));
    world = join(folder, "world");
    mkdirSync(world);
    process.env.XDG_RUNTIME_DIR = folder;
    const { deployment, url, chain } = local;
    writeDeployment(join(world, "deployment.json"), deployment);
    const addresses = contractNames.map((name) => [name, deployment.contracts[name].address] as const);
    const socket = socketOf(world);
    const run: RunFile = {
      format: "planetary-fabric/run/v1",
      process: { id: process.pid, started: processIdentity(process.pid)?.started ?? "" },
      ...{ world, rpc: url, chainId: chain.chainId, genesisHash: chain.genesisHash, socket },
      contracts: Object.fromEntries(addresses) as RunFile["contracts"],
    };
    writeRun(run, join(folder, ".fabric"));
    server = await ControlServer.open(
      deskInForceAt((block) => block + 1000),
      socket,
    );
  });
  after(async () => {
    await server.close();
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const owner = (line: string): Promise<Ended> => run(["owner", ...line.split(" ")], {}, folder);
  const parameters = async () => {
    const { chain, deployment } = local;
    return (await readParameters(chain, deployment, (await chain.latest()).hash)).parameters;
  };
  const log = () => {
    const file = join(world, "owner-log.ndjson");
    return existsSync(file)
      ? readFileSync(file, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [];
  };

  it("changes a value: it says what was signed, by whom, where it is, since when it is obeyed, and how to undo it", async () => {
    const before = log().length;
    const { code, out, err } = await owner("set earth.queueBudget 5000");
    assert.equal(code, 0, err);
    const block = (await local.chain.latest()).number;
    assert.match(err, new RegExp(`^Sent, and in block ${block}\\. .+ within about \\d+ s;.+\\n$`));
    const [sentence, signed, transaction, inForce, undo] = out.trimEnd().split("\n");
    assert.equal(sentence, "Set the queue budget of earth from 6,000 to 5,000 jobs.");
    assert.match(signed, /^Signed by the owners 0x\w{40} and 0x\w{40}\.$/);
    assert.match(transaction, new RegExp(`^Transaction 0x[0-9a-f]{64} in block ${block}\\.$`));
    assert.equal(inForce, `In force since tick ${block + 1000}.`);
    assert.equal(undo, "To undo it: npx fabric owner set earth.queueBudget 6000");
    assert.equal((await parameters()).shards[0].queueBudget, 5000);
    assert.deepEqual(
      log()
        .slice(before)
        .map((entry) => [entry.sentence, entry.block]),
      [[sentence, block]],
    );

    const taken = await owner(undo.slice("To undo it: npx fabric owner ".length));
    assert.equal(taken.code, 0);
    assert.equal((await parameters()).shards[0].queueBudget, 6000);
  });

  it("prints the entry of the log as JSON, with the tick and what undoes it", async () => {
    const { code, out } = await owner("set routers.spilloverBatch 64 --json");
    assert.equal(code, 0);
    const { inForceTick, undo, ...entry } = JSON.parse(out);
    const { previous: _p, act, reason, plan, hash: _h, ...logged } = log().at(-1);
    assert.deepEqual([entry, act, reason, plan], [logged, "made", null, null]);
    assert.deepEqual(entry.change, { kind: "setSpillBatch", shard: "routers", value: 64 });
    assert.equal(inForceTick, entry.block + 1000);
    assert.deepEqual(
      undo,
      ["earth", "luna", "mars", "helios"].map((shard) => `set ${shard}.spillBatch 32`),
    );
  });

  it("pauses by the guardian, whose transaction it is, and resumes by the owners", async () => {
    const paused = await owner("guardian-pause mars --seconds 600");
    assert.equal(paused.code, 0);
    assert.match(paused.out, /^Sent by the guardian 0x\w{40}\.$/m);
    assert.match(paused.out, /^To undo it: npx fabric owner resume mars$/m);
    assert.equal((await owner("resume mars")).code, 0);
    const again = await owner("guardian-pause mars --seconds 600");
    assert.equal(again.code, 1);
    assert.match(again.err, /^REVERTED: The guardian's call was refused: The guardian \w+ has acted once/);
  });

  it("pauses by a guardian elsewhere, who is told that the reason is in no log", async () => {
    const { guardian } = local.keys;
    assert.equal((await owner(`rearm-guardian ${guardian.address}`)).code, 0);
    const cheap = { scrypt: { N: 2, r: 8, p: 1 } };
    const { address, privateKey } = guardian;
    writeFileSync(
      join(folder, "guardian.json"),
      encryptKeystoreJsonSync({ address, privateKey }, "open sesame", cheap),
    );
    const there = `--rpc ${local.url} --deployment world/deployment.json`;
    const line = `owner guardian-pause luna --seconds 60 --key guardian.json --reason results-look-wrong ${there}`;
    const paused = await run(line.split(" "), { FABRIC_PASSWORD: "open sesame" }, folder);
    assert.equal(paused.code, 0, paused.err);
    assert.match(paused.err, /^Your reason is written down nowhere: /m);
    assert.equal((await owner("resume luna")).code, 0);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ["an unknown shard", "set venus.queueBudget 5", /no shard venus\.\nName one of: earth, luna, mars, helios/],
    ["a value out of bounds", "set earth.queueBudget 0", /cannot be 0\.\nRight is a whole number from 1 to 16777215/],
    ["what is so already", "set luna.queueBudget 2400", /is 2,400 jobs already\.\nThere is nothing to do/],
    ["an unknown field", "set earth.colour 5", /Right is one of: `set <shard>\.queueBudget <value>`/],
    ["an unknown change", "explode", /unknown command 'explode'/],
    ["a missing option", "guardian-pause mars", /required option '--seconds/],
  ];
  for (const [what, line, message] of refused)
    it(`refuses ${what} as a mistake of who typed it, and nothing is decided`, async () => {
      const [before, entries] = [await local.chain.latest(), log().length];
      const { code, out, err } = await owner(line);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, message);
      assert.deepEqual([(await local.chain.latest()).number, log().length], [before.number, entries]);
    });

  it("announces what has to wait by the constitution, runs it when it has waited, and recalls it", async () => {
    const { chain, deployment, keys, nextBlockAfter } = local;
    const selector = interfaceOf("ShardRegistry").getFunction("setWeight").selector;
    const rules = [{ target: deployment.contracts.ShardRegistry.address, selector, delay: 1000 }];
    const constitution = { ...keys.constitution, rules };
    const office = await readOffice(chain, deployment);
    const file = join(folder, "constitution.json");
    const proposal = {
      ...{ format: "planetary-fabric/constitution/v1", chainId: 31337, multisig: office.multisig, epoch: 2 },
      constitution,
      acceptances: await Promise.all(keys.owners.map((signer) => signConstitution(signer, office, constitution))),
    };
    writeFileSync(file, JSON.stringify(proposal));
    assert.equal((await owner(`constitute ${file}`)).code, 0);

    const announced = await owner("set earth.weight 7");
    assert.equal(announced.code, 0);
    assert.match(announced.out, /^Announced: by the owners' constitution it waits until 2030-/m);
    assert.match(announced.out, /^Then: npx fabric owner run parameters$/m);
    const early = await owner("run parameters");
    assert.deepEqual([early.code, (await parameters()).shards[0].weight], [1, 1]);
    assert.match(early.err, /is good from 2030-\S+ on/);
    await nextBlockAfter(1000);
    const entries = log().length;
    const run = await owner("run");
    assert.deepEqual([run.code, (await parameters()).shards[0].weight], [0, 7]);
    assert.match(run.out, /^In force since tick \d+\.$/m);
    assert.deepEqual(
      log()
        .slice(entries)
        .map(({ sentence }) => sentence),
      ["Set the weight of earth from 1 to 7."],
    );

    assert.equal((await owner("set earth.weight 1")).code, 0);
    const recalled = await owner("recall");
    assert.match(recalled.out, /^Set the weight of earth from 7 to 1\.\nThis will not be done\.$/m);
    const none = await owner("run");
    assert.deepEqual([none.code, none.err.split("\n")[1]], [2, "Lanes with one that waits: none."]);
  });

  it("says at once that it is sent; Ctrl-C ends the waiting and not the change, which is no failure", async () => {
    await server.close();
    server = await ControlServer.open({ ...deskInForceAt(() => 1), inForce: endless }, socketOf(world));
    const { child, written, ended } = startProgram(
      `${root}node_modules/.bin/fabric`,
      ["owner", "set", "earth.latencyBudgetMs", "1234"],
      {},
      folder,
    );
    try {
      await until(() => /^Sent, and in block \d+\./.test(written.err));
      child.kill("SIGINT");
      const { code, out, err } = await ended;
      assert.equal(code, 0, err);
      assert.match(out, /^Not in force yet: .+ on the chain all the same/m);
      assert.equal((await parameters()).shards[0].latencyBudgetMs, 1234);
    } finally {
      child.kill("SIGKILL");
      await server.close();
      server = await ControlServer.open(
        deskInForceAt((block) => block),
        socketOf(world),
      );
    }
  });

  it("sends nothing to end a job that has ended, and says how it did", async () => {
    await server.close();
    const job = async ({ submitter, number }: JobRef): Promise<EndedJobView> => ({
      ...{
        submitter,
        number,
        state: "ended",
        outcome: "expired",
        reason: "deadlinePassed",
        shard: "earth",
        node: null,
      },
      ...{ attempts: 1, submittedTick: 3, endedTick: 9, value: 1, resultDigest: `0x${"00".repeat(32)}`, index: 0 },
    });
    server = await ControlServer.open({ ...deskInForceAt((block) => block), job }, socketOf(world));
    const before = (await local.chain.latest()).number;
    const { code, out, err } = await owner("cancel earth.exchange/17");
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^JOB_ENDED: earth\.exchange\/17 has ended, expired in tick 9: nothing was sent/);
    assert.equal((await local.chain.latest()).number, before);
  });

  it("sends nothing to end a job that never was", async () => {
    await server.close();
    const unused = { job: async () => undefined, submitter: () => ({ ...submitterView, highest: 16 }) };
    server = await ControlServer.open({ ...deskInForceAt((block) => block), ...unused }, socketOf(world));
    const before = (await local.chain.latest()).number;
    const { code, out, err } = await owner("cancel earth.exchange/17");
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^JOB_UNKNOWN: There is no job earth\.exchange\/17; the highest number .* has used is 16/);
    assert.equal((await local.chain.latest()).number, before);
  });

  it("is made where no orchestrator answers, and says that nobody obeys it yet", async () => {
    await server.close();
    try {
      const { code, out } = await owner("pause");
      assert.equal(code, 0);
      assert.match(out, /^Not in force yet: no orchestrator obeys it yet/m);
      assert.match(out, /^To undo it: npx fabric owner resume$/m);
      assert.equal((await parameters()).pause.ownerPaused, true);
    } finally {
      server = await ControlServer.open(
        deskInForceAt((block) => block),
        socketOf(world),
      );
    }
  });

  it("signs with keys that everybody knows on no chain but a practice chain", async () => {
    const deployment = { ...local.deployment, chainId: 1 };
    const place = { url: local.url, deployment, world, control: new ControlClient(socketOf(world)) };
    await assert.rejects(decideNow(place, { kind: "checkpointNow" }), { code: "PRACTICE_ONLY", exitCode: 4 });
  });

  it("is refused where no fabric runs, as exit code 5, with what to start", async () => {
    const { code, err } = await run(["owner", "pause"], {}, world);
    assert.equal(code, 5);
    assert.match(err, /Start `fabric up`/);
  });
});

function endless(_: number, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** A desk at which a block is in force from some tick on. It knows nothing else. */
function deskInForceAt(tickOf: (block: number) => number): Desk {
  const never = () => {
    throw new RangeError("not asked here");
  };
  return {
    tick: 1,
    status: () => new MemoryDesk().status(),
    ...{ submit: never, message: never, listen: never, jobs: never, job: never, why: never },
    ...{ receipt: never, submitter: never, events: never, putPayload: never, payload: never },
    inForce: async (block) => ({ block, version: 1, tick: tickOf(block) }),
  };
}
