import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { scenarioNames } from "../../src/config/index.ts";
import { fabric } from "./commandLines.ts";
import { type Ended, root, runProgram } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "fabric-cli-"));
after(() => rmSync(folder, { recursive: true }));
const reports = (name: string) => join(folder, name);
const escapeSign = String.fromCharCode(27);

/** `quiet` with few jobs, under another name: all that a drill does, in two seconds. */
const small = join(folder, "small.json");
const quiet = JSON.parse(readFileSync(join(root, "config/scenarios/quiet.json"), "utf8"));
writeFileSync(small, JSON.stringify({ ...quiet, name: "small", jobsPerShard: 50, manifest: "manifest.json" }));
copyFileSync(join(root, "config/fabric.json"), join(folder, "manifest.json"));

/** A mission in which that scenario is played, and its owners decide. */
const mission = join(folder, "mission.json");
const owners = [{ atTick: 30, change: { kind: "setQueueBudget", shard: "mars", value: 3500 } }];
const relief = { name: "relief", title: "A mission", scenario: "small.json", jobsPerShard: 25, owners };
writeFileSync(mission, JSON.stringify(relief));

describe("fabric drill", () => {
  /** Two at once, of different seeds: one prints JSON, and the other, of a mission, words. */
  let played: readonly [json: Ended, words: Ended];
  const place = reports("place");
  const bundles = { json: join(reports("json"), "small"), words: join(place, "reports", "relief") };
  const summaryIn = (bundle: string) => JSON.parse(readFileSync(join(bundle, "summary.json"), "utf8"));
  before(async () => {
    const words = ["--mission", mission, "--seed", "2", "--reports", join(place, "reports")];
    played = await Promise.all([
      runProgram("fabric", ["drill", "--scenario", small, "--reports", reports("json"), "--json"], { TMPDIR: folder }),
      runProgram("fabric", ["drill", ...words], { TMPDIR: folder, FORCE_COLOR: "1" }),
    ]);
    assert.deepEqual(
      readdirSync(folder).sort(),
      ["json", "manifest.json", "mission.json", "place", "small.json"],
      "the stores of their runs are gone",
    );
  });

  it("prints its summary as JSON and nothing else on stdout, words on stderr, and leaves a verified bundle", async () => {
    const [{ code, out, err }] = played;
    assert.equal(code, 0, err);
    const summary = JSON.parse(out);
    assert.equal(summary.verdict, "pass");
    assert.equal(summary.label, "small");
    assert.equal(summary.jobs.completed, 200);
    assert.match(err, /^Drill "small": A small run, for a first look\. 200 jobs, seed 20260104\.\n/);
    assert.deepEqual(summaryIn(bundles.json), summary);
    assert.equal(readlinkSync(join(reports("json"), "latest")), "small");
    const verified = await fabric(["verify", join(reports("json"), "latest")]);
    assert.equal(verified.code, 0, verified.err);
  });

  it("leaves a bundle that can be drawn anew where its page was lost, and verifies again", async () => {
    const bundle = bundles.json;
    const page = readFileSync(join(bundle, "index.html"), "utf8");
    rmSync(join(bundle, "index.html"));
    rmSync(join(bundle, "plots"), { recursive: true });
    const drawn = await fabric(["report", bundle]);
    assert.equal(drawn.code, 0, drawn.err);
    assert.equal(drawn.out, "The page and 7 plots of small are drawn.\n");
    assert.equal(readFileSync(join(bundle, "index.html"), "utf8"), page);
    // Another bundle's page is not written over.
    const other = join(folder, "other");
    mkdirSync(other);
    writeFileSync(join(other, "manifest.json"), "{}");
    const refused = await fabric(["report", bundle, "--out", other]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /^USAGE: .*other has a bundle of its own\./);
    assert.equal(readdirSync(other).length, 1);
    const verified = await fabric(["verify", bundle]);
    assert.equal(verified.code, 0, verified.err);
  });

  it("leaves what can be held against another run, as words, as JSON and as a page", async () => {
    const bundle = bundles.json;
    const file = join(folder, "compared.html");
    const words = await fabric(["report", "compare", bundle, bundle, "--out", file]);
    const json = await fabric(["report", "compare", bundle, bundle, "--json"]);
    const refused = await fabric(["report", "compare", bundle, bundle, "--out", join(folder, "compared.pdf")]);
    assert.equal(words.code, 0, words.err);
    assert.match(words.out, /^A: small, B: small\. What changed:\n {2}Every job ended in the same way/);
    assert.equal(readFileSync(file, "utf8").match(/<svg /g)?.length, 14);
    assert.equal(JSON.parse(json.out).same.receipts, true, json.err);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /^USAGE: --out takes the name of a file that ends in \.html or \.md\./);
    rmSync(file);
  });

  it("leaves of a mission what `status` and `events` speak of where no fabric runs", async () => {
    const inputs = JSON.parse(readFileSync(join(bundles.words, "inputs", "scenario.json"), "utf8"));
    assert.deepEqual([inputs.name, inputs.owners], ["relief", owners]);
    const words = await fabric(["status"], {}, place);
    const json = await fabric(["status", "--json"], {}, place);
    const drawing = await fabric(["status", "--mermaid"], {}, place);
    const ofOne = ["--type", "accepted", "--job", "earth.exchange/1"];
    const events = await fabric(["events", "reports/latest", ...ofOne], {}, place);
    assert.match(
      words.out,
      /^No fabric runs here\. The last drill, relief, passed: 100 of 100 jobs completed in \d+ ticks, and all \S+ checkpoints are on the chain\.\n\nshard /,
    );
    assert.match(words.err, /Next: `fabric verify reports\/latest`/);
    assert.equal(JSON.parse(json.out).format, "planetary-fabric/summary/v1");
    assert.match(json.err, /^No fabric runs here/);
    assert.match(drawing.out, /^flowchart TD\n/);
    assert.match(events.out, /^tick \d+ {2}earth\.exchange\/1 accepted in earth\n$/);
  });

  it("says in words what it checked and what can be done next; two at once do not disturb each other", () => {
    const [, { code, out, err }] = played;
    assert.equal(code, 0, err);
    assert.match(out, /^\nPASSED\n {2}✓ /);
    assert.match(out, /100 of 100 jobs completed in \d+ ticks; \d+ interrupted and \d+ spilled on the way\.\n/);
    assert.match(out, /\nNext: open .+index\.html, or run `npx fabric verify .+`\.\n$/);
    assert.ok(!(out + err).includes(escapeSign), "no colours where there is no terminal");
    assert.notEqual(summaryIn(bundles.words).receipts.root, summaryIn(bundles.json).receipts.root);
  });

  it("fails honestly when too few jobs come for a fault to matter", async () => {
    const { code, out, err } = await fabric(["drill", "--scenario", small, "--jobs", "1", "--reports", reports("few")]);
    assert.equal(code, 1, err);
    assert.match(out, /FAILED/);
    assert.match(out, /✗ Jobs that were interrupted, and done again +0 \(≥ 1\)/);
    assert.match(out, /4 of 4 jobs completed/);
  });

  const bad: readonly (readonly [title: string, words: readonly string[], says: RegExp])[] = [
    [
      "an unknown scenario, naming those that ship",
      ["--scenario", "quite"],
      new RegExp(scenarioNames().join(".*"), "s"),
    ],
    ["a file that is not there", ["--scenario", "./none.json"], /FILE_UNREADABLE: \.\/none\.json/],
    ["no whole number of jobs", ["--jobs", "1.5"], /A whole number from 1 to 10000000 is right\./],
    ["jobs below one", ["--jobs", "0"], /A whole number from 1/],
    ["a seed that is too large", ["--seed", "4294967296"], /A whole number from 0 to 4294967295 is right\./],
    ["a label that is no name", ["--label", "../x"], /LABEL_INVALID.*\n.*letters, digits/],
    [
      "a network that the configuration does not have",
      ["--network", "mainnet"],
      /NETWORK_UNKNOWN.*mainnet.*\n.*drill, localhost/,
    ],
    ["an unknown flag, with the one that was meant", ["--job", "5"], /unknown option '--job'.*--jobs/s],
    ["words too many", ["now"], /too many arguments/],
  ];
  for (const [title, words, says] of bad)
    it(`refuses ${title}`, async () => {
      const { code, out, err } = await fabric(["drill", "--scenario", "quiet", "--reports", reports("bad"), ...words]);
      assert.equal(code, 2, err);
      assert.equal(out, "");
      assert.match(err, says);
      assert.ok(!existsSync(reports("bad")), "nothing is half done");
    });

  it("ends with 5 when no chain answers", async () => {
    const { code, err } = await fabric(["drill", "--scenario", small, "--network", "http://127.0.0.1:1"]);
    assert.equal(code, 5, err);
    assert.match(err, /CHAIN_UNREACHABLE: No chain answers at http:\/\/127\.0\.0\.1:1/);
  });
});

describe("fabric", () => {
  it("says what it can do, and what it cannot", async () => {
    const help = await fabric(["--help"]);
    assert.equal(help.code, 0);
    for (const command of ["drill", "status", "events", "verify", "config"])
      assert.match(help.out, new RegExp(`\\n {2}${command} `));
    const unknown = await fabric(["dril"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /unknown command 'dril'.*drill/s);
    assert.equal((await fabric([])).code, 2);
  });

  it("is planetary-fabric, too", async () => {
    const { code, out } = await runProgram("planetary-fabric", ["drill", "--help"]);
    assert.equal(code, 0);
    assert.match(out, /--scenario <name\|file>/);
  });
});

describe("Hardhat", () => {
  it("plays a drill in its own process", async () => {
    const env = { DRILL: `--scenario ${small} --reports ${reports("hardhat")} --json` };
    const { code, out, err } = await runProgram("hardhat", ["run", "--no-compile", "scripts/drill.ts"], env);
    assert.equal(code, 0, err);
    assert.equal(JSON.parse(out).verdict, "pass");
  });

  describe("on a chain of its own, `hardhat node`", () => {
    let chain: Awaited<ReturnType<typeof startNode>>;
    before(async () => {
      chain = await startNode();
    });
    after(() => chain.stop());

    it("has drills played against it, one after the other", async () => {
      const flags = (label: string) => {
        const places = ["--scenario", small, "--reports", reports("node"), "--network", chain.url];
        return [...places, "--label", label, "--json"];
      };
      const words = ["run", "--no-compile", "--network", "localhost", "scripts/drill.ts"];
      const first = await runProgram("hardhat", words, { DRILL: flags("first").join(" ") });
      const second = await fabric(["drill", ...flags("second")]);
      const roots = [first, second].map(({ code, out, err }) => {
        assert.equal(code, 0, err);
        const { verdict, receipts } = JSON.parse(out);
        assert.equal(verdict, "pass");
        return receipts.root;
      });
      assert.notEqual(roots[0], roots[1], "each deploys a ledger of its own");
    });

    it("ends a drill soon, which says why, when it goes away under it", async () => {
      const drill = runProgram("fabric", [
        "drill",
        "--scenario",
        "quiet",
        "--reports",
        reports("gone"),
        "--network",
        chain.url,
      ]);
      await chain.isAskedAgain();
      await chain.stop();
      const { code, err } = await drill;
      assert.equal(code, 5, err);
      assert.match(err, /CHAIN_UNREACHABLE: /);
      assert.ok(!existsSync(reports("gone")));
    });
  });
});

/** `hardhat node` on a free port. */
async function startNode(): Promise<{ url: string; isAskedAgain(): Promise<void>; stop(): Promise<void> }> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  assert.ok(address !== null && typeof address === "object");
  const { port } = address;
  probe.close();
  await once(probe, "close");
  const words = ["node", "--hostname", "127.0.0.1", "--port", String(port)];
  const child = spawn(`${root}node_modules/.bin/hardhat`, words, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let written = "";
  const says = (text: string) =>
    new Promise<void>((resolve) => {
      child.stdout.on("data", () => written.includes(text) && resolve());
    });
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    written += piece;
  });
  await Promise.race([says("Started HTTP"), exited]);
  /** To take a transaction. */
  const isAskedAgain = () => {
    written = "";
    return says("eth_sendRawTransaction");
  };
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
  };
  return { url: `http://127.0.0.1:${port}`, isAskedAgain, stop };
}
