import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encryptKeystoreJsonSync } from "ethers";
import type { JobView } from "../../src/control/index.ts";
import { openDeployment, practiceFees, Sender } from "../../src/governance/index.ts";
import { sign, verify } from "../../src/nodes/index.ts";
import { practiceKeys, registerNode } from "../../src/owner/index.ts";
import { openWorld, type UpView } from "../../src/practice/index.ts";
import { makeKeyFile, readKeyFile } from "../../src/worker/index.ts";
import { Folders } from "../practice/folders.ts";
import { asking, endOf, password, Terminal, until } from "../practice/terminal.ts";
import type { Ended } from "./program.ts";

const folders = new Folders();
const folder = folders.make();
const place = (name: string) => join(folder, name);
const submitter = "earth.exchange";
let fabric: Terminal;
let view: UpView;

before(async () => {
  fabric = new Terminal(folder, "up", "--simulate", "none", "--tick-ms", "200", "--json");
  view = await fabric.ready();
});
after(async () => {
  await Terminal.closeAll();
  folders.remove();
});

const run = (...words: readonly string[]) => new Terminal(folder, ...words);
async function does(...words: readonly string[]): Promise<Ended> {
  const ended = await endOf(folder, ...words);
  assert.equal(ended.code, 0, ended.err);
  return ended;
}
/** Has a node registered as `fabric node register` does; returns its key file. */
async function register(node: string, skill: string): Promise<string> {
  const file = place(`${node}.pem`);
  const { publicKey } = makeKeyFile(file, "ed25519");
  const { deployment } = openWorld(view.world);
  const chain = await openDeployment(view.rpc, deployment);
  try {
    const { marketplace, operatorOf } = practiceKeys(chain.chainId);
    const sender = new Sender(chain, marketplace, { fees: practiceFees });
    const { block } = await registerNode(sender, deployment, operatorOf, {
      ...{ node, shard: "earth", skills: [skill], capacity: 1, maxConcurrency: 1, heartbeatSeconds: 1 },
      ...{ keyKind: "ed25519", key: `0x${Buffer.from(publicKey.bytes).toString("hex")}` },
    });
    await asking(view.socket, (client) => client.inForce(block, AbortSignal.timeout(30_000)));
  } finally {
    chain.close();
  }
  return file;
}
function job(number: number): Promise<JobView | undefined> {
  return asking(view.socket, (client) => client.job({ submitter, number }));
}
function ended(number: number) {
  return until(`job ${number} ends`, async () => {
    const found = await job(number);
    return found?.state === "ended" ? found : undefined;
  });
}
/** Brings one job that needs a skill of its own, so that one node alone can do it; returns its number. */
async function submit(skill: string, ...words: readonly string[]): Promise<number> {
  const flags = ["--shard", "earth", "--skills", skill, "--submitter", submitter, "--json", ...words];
  const { out } = await does("job", "submit", ...flags);
  const number = /"first":\s*(\d+)/.exec(out)?.[1];
  assert.ok(number, out);
  return Number(number);
}
const health = (name: string) =>
  asking(view.socket, async (client) => (await client.status()).nodes.find((node) => node.name === name)?.health);

describe("fabric node", { timeout: 180_000 }, () => {
  it("makes a key that its owner alone may read, and says the public one", async () => {
    const { out, err } = await does("node", "keygen", place("p.pem"), "--kind", "p256");
    const key = readKeyFile(place("p.pem"));
    assert.equal(out, `p256 0x${Buffer.from(key.publicKey.bytes).toString("hex")}\n`);
    assert.match(err, /\nNext: fabric node register /);
    assert.equal(statSync(place("p.pem")).mode & 0o777, 0o600);
    assert.ok(verify(key.publicKey, Buffer.from("a"), sign(key, Buffer.from("a"))));
    const again = await endOf(folder, "node", "keygen", place("p.pem"));
    assert.equal(again.code, 2, again.err);
    assert.match(again.err, /^KEY_FILE_TAKEN: /);
  });

  it("from a key to a result: registered, at work, stopped", async () => {
    const key = place("mine.pem");
    await does("node", "keygen", key);
    const named = ["--name", "earth.mine", "--shard", "earth", "--skills", "astronomy", "--slots", "2"];
    const { out: admitted, err: next } = await does("node", "register", ...named, "--key", key);
    assert.match(admitted, /^Admit the node earth\.mine .* 2 units and 2 jobs at once, a heartbeat every 5 s/);
    assert.match(admitted, /\nIn force since tick \d+\.\n$/);
    assert.match(
      next,
      /^Sent, and in block \d+\..+\nNext: fabric node run --node earth\.mine --key .*mine\.pem -- <command>\n$/,
    );
    const words = ["--node", "earth.mine", "--key", key, "--json", "--", "sh", "-c", "cat; printf %s $FABRIC_JOB"];
    const node = run("node", "run", ...words);
    await node.says(/The fabric answers in tick \d+\./);
    const payload = JSON.stringify({ look: "at Mars" });
    writeFileSync(place("payload.json"), payload);
    const number = await submit("astronomy", "--payload", place("payload.json"));
    const done = await ended(number);
    assert.deepEqual([done.outcome, done.node, done.attempts], ["completed", "earth.mine", 1]);
    const twice = await endOf(folder, "node", "run", "--node", "earth.mine", "--key", key, "--idle", "0");
    assert.equal(twice.code, 2);
    assert.match(twice.err, /NODE_AT_WORK: /);
    await node.says(new RegExp(`${submitter}/${number}: completed in \\d+ ms\\.`));
    const { code, out, err } = await node.stop();
    assert.equal(code, 0, err);
    assert.match(err, /The node has left: 1 completed, 0 failed\.\n$/);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ kind }) => kind),
      ["started", "ended", "reported"],
    );
    assert.equal(lines[1].job, `${submitter}/${number}`);
    assert.equal(lines[1].resultDigest, done.resultDigest);
    assert.equal(lines[2].counted, true);
  });

  it("a key that is replaced ends the process that has it; the next works with the new one", async () => {
    const key = await register("earth.old", "vision");
    const node = run("node", "run", "--node", "earth.old", "--key", key, "--idle", "0");
    await node.says(/The fabric answers/);
    await does("node", "keygen", place("fresh.pem"), "--kind", "secp256k1");
    const { out } = await does("node", "rotate-key", "--node", "earth.old", "--key", place("fresh.pem"));
    assert.match(out, /^Replace the key of the node earth\.old by the secp256k1 key 0x\w{66}\.\n/);
    assert.match(out, /\nIn force since tick \d+\.\n$/);
    const { code, err } = await node.ended;
    assert.equal(code, 2, err);
    assert.match(err, /NODE_KEY_DIFFERS: On the chain the key of node earth\.old is secp256k1 0x/);
    const next = run("node", "run", "--node", "earth.old", "--key", place("fresh.pem"), "--idle", "0");
    const number = await submit("vision");
    assert.equal((await ended(number)).outcome, "completed");
    await next.stop();
  });

  it("its operator, and nobody else's, replaces its key with a key file of their own, as on any chain", async () => {
    await register("earth.theirs", "logistics");
    const { nodes } = await asking(view.socket, (client) => client.status());
    const { operatorOf } = practiceKeys(31337);
    const number = nodes.findIndex(({ name }) => name === "earth.theirs") + 1;
    const cheap = { scrypt: { N: 2, r: 8, p: 1 } };
    for (const [name, each] of Object.entries({ operator: number, stranger: number + 1 }))
      writeFileSync(place(`${name}.json`), encryptKeystoreJsonSync(operatorOf(each), password, cheap));
    await does("node", "keygen", place("theirs.pem"), "--public", place("theirs.pub"));
    const shared = readFileSync(place("theirs.pub"), "utf8").trim();
    const words = ["node", "rotate-key", "--node", "earth.theirs", "--key", place("theirs.pem"), "--operator"];
    const { code, err } = await endOf(folder, ...words, place("stranger.json"));
    assert.deepEqual([code, err.split(":")[0]], [3, "OPERATOR_ABSENT"], err);
    const { out } = await does(...words, place("operator.json"));
    assert.ok(out.startsWith(`Replace the key of the node earth.theirs by the ${shared.replace(" ", " key ")}.`), out);
    assert.match(out, /\nIn force since tick \d+\.\n$/);
  });

  it("an operator's registration is signed into a file that is not written over, and nothing is sent", async () => {
    const terms = ["--key", place("theirs.pem"), "--operator", place("operator.json"), "--out", place("paper.json")];
    const words = ["node", "register", "--name", "earth.paper", "--shard", "earth", ...terms];
    const { out } = await does(...words, "--days", "2");
    assert.match(
      out,
      /^0x\w{40} registers the node earth\.paper for the shard earth; the owners may admit it until \d/,
    );
    const { err } = await endOf(folder, ...words);
    assert.match(err, /^FILE_UNWRITABLE: /);
    assert.equal(await health("earth.paper"), undefined);
    const other = ["node", "register", "--name", "earth.other", "--key", place("theirs.pem")];
    const { err: unplaced } = await endOf(folder, ...other);
    assert.match(unplaced, /^USAGE: Tell where the node is to work/);
  });

  it("a node that is stopped for too long, and woken, does no job twice", async () => {
    const key = await register("earth.sleeper", "simulation");
    const script = `echo $FABRIC_ATTEMPT >> ${place("begun")}; test $FABRIC_ATTEMPT -gt 1 || sleep 1000; echo done`;
    const words = ["node", "run", "--node", "earth.sleeper", "--key", key, "--", "sh", "-c", script];
    const node = run(...words);
    await node.says(/The fabric answers/);
    const number = await submit("simulation", "--budget", "1000");
    await until("it has begun", () => existsSync(place("begun")));
    node.kill("SIGSTOP");
    try {
      await until("it is given up", async () => (await health("earth.sleeper")) === "offline");
    } finally {
      node.kill("SIGCONT");
    }
    const done = await ended(number);
    assert.deepEqual([done.outcome, done.attempts], ["completed", 2]);
    assert.equal(readFileSync(place("begun"), "utf8"), "1\n2\n");
    await node.says(/was not heard for too long: one job stopped/);
    const { code } = await node.stop();
    assert.equal(code, 0);
  });

  it("a drained node gets nothing new, and it is said how the owners take it back", async () => {
    const { out, err } = await does("node", "drain", "--node", "mars.gpu-helion");
    assert.match(out, /^Drain the node mars\.gpu-helion\.\n/);
    assert.match(err, /^Sent, and in block \d+\..+\nNext: fabric owner undrain mars\.gpu-helion/);
  });

  const wrong: readonly (readonly [title: string, words: readonly string[], says: RegExp])[] = [
    [
      "a node that nobody registered",
      ["--node", "x", "--practice-key", "--idle", "0"],
      /VALUE_INVALID.*\n.*earth\.core-alpha/,
    ],
    ["no key", ["--node", "earth.core-alpha", "--idle", "0"], /USAGE: .*--key/],
    [
      "two ways to do jobs",
      ["--node", "earth.core-alpha", "--practice-key", "--idle", "0", "--", "true"],
      /USAGE: .*one way/,
    ],
    ["no such command", ["--node", "earth.core-alpha", "--practice-key", "--", "no-such"], /no program no-such/],
    ["another node's key", ["--node", "earth.core-alpha", "--key", place("p.pem"), "--idle", "0"], /NODE_KEY_DIFFERS/],
  ];
  for (const [title, words, says] of wrong)
    it(`refuses ${title}`, async () => {
      const { code, out, err } = await endOf(folder, "node", "run", ...words);
      assert.equal(code, 2, err);
      assert.equal(out, "");
      assert.match(err, says);
    });
});
