import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ControlClient, type StatusView, socketOf } from "../../src/control/index.ts";
import { catalogue, exitCodes } from "../../src/errors.ts";
import { Chain, readDeployment } from "../../src/governance/index.ts";
import { practiceKeys, readOffice } from "../../src/owner/index.ts";
import { until } from "../cli/until.ts";
import { root } from "./documents.ts";
import { Reader } from "./reader.ts";
import { stepsOf, unseen } from "./steps.ts";

// What the runbooks print is typed, in the order in which their README names them, by one reader with one practice fabric.

/** What the last command of a frame ends with: 0, or that of the error that the document shows. */
function endOf(shows: readonly string[]): number {
  const shown = shows.map((line) => /^([A-Z_]+): /.exec(line)?.[1]);
  const [, entry] = Object.entries(catalogue).find(([code]) => shown.includes(code)) ?? [];
  return entry?.exit ?? exitCodes.done;
}

describe("The runbooks", () => {
  let reader: Reader;
  /** One that fails leaves the fabric as no other expects it. */
  let broken: string | undefined;
  before(() => {
    reader = new Reader();
  });
  after(() => reader.leave());

  /** What is true when a frame has been typed, beside what it shows; by the first of its lines. */
  type Checks = Readonly<Record<string, (said: string) => void | Promise<void>>>;

  const follow = (runbook: string, checks: Checks = {}) =>
    describe(runbook, () => {
      for (const { lines, shows } of stepsOf(readFileSync(join(root, "docs", "runbooks", runbook), "utf8")))
        it(lines.join("\n"), async () => {
          assert.equal(broken, undefined, "a command before this one failed");
          [broken] = lines;
          let said = "";
          for (const line of lines) {
            const { code, out, err } = await reader.type(line);
            assert.equal(code, line === lines.at(-1) ? endOf(shows) : exitCodes.done, `${line}\n${out}${err}`);
            said += `${out}\n${err}\n`;
          }
          assert.equal(unseen(shows, said), undefined, said);
          await checks[lines[0]]?.(said);
          broken = undefined;
        });
    });

  const inWorld = (...path: readonly string[]) => join(reader.folder, ".fabric", "practice", ...path);
  const recorded = (file: string) => {
    const lines = readFileSync(inWorld("store", file), "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line));
  };
  const ask = async <Answer>(question: (control: ControlClient) => Promise<Answer>): Promise<Answer> => {
    const control = new ControlClient(socketOf(inWorld()));
    try {
      return await question(control);
    } finally {
      control.close();
    }
  };
  const shardOf = ({ shards }: StatusView, name: string) => shards.find((shard) => shard.name === name);
  /** The newest checkpoint is on the chain as it is on record. */
  const isAnchored = async () => {
    const { checkpoint, anchored } = await ask((control) => control.status());
    return checkpoint !== null && checkpoint.digest === anchored?.digest;
  };
  const number = (pattern: RegExp, said: string) => Number(pattern.exec(said)?.[1]);

  /** When the owners first paused everything: what they were told. */
  let paused: { readonly block: number; readonly tick: number };

  follow("README.md");
  follow("pause.md", {
    'npx fabric owner pause --reason "results look wrong on Earth"': (said) => {
      paused = { block: number(/ in block (\d+)\./, said), tick: number(/since tick (\d+)\./, said) };
    },
    "npx fabric events --type paused assigned": (said) => {
      assert.equal(said.trimEnd(), `tick ${paused.tick}  the whole fabric is paused`);
    },
    'npx fabric owner checkpoint --reason "proof of the state that we paused"': async () => {
      await until(isAnchored);
      const { governance } = recorded("checkpoints.ndjson").at(-1);
      const { pause } = await ask((control) => control.status());
      assert.deepEqual([governance.block > paused.block, pause?.by], [true, "owners"]);
    },
  });
  follow("reroute.md", {
    "npx fabric status": async () => {
      const [status, jobs] = await ask((control) =>
        Promise.all([control.status(), control.jobs({ shard: "earth", limit: 1000 })]),
      );
      assert.deepEqual([jobs.length, jobs.every(({ skills }) => skills.includes("finance"))], [40, true]);
      const { queued = 0, queueBudget = 0, running } = shardOf(status, "helios") ?? {};
      assert.ok(queued > 0 && queued <= queueBudget && running === 18);
    },
    'npx fabric owner set earth.routes luna mars --reason "the nodes of Earth are back"': async () => {
      const { shards } = await ask((control) => control.status());
      assert.deepEqual(shards[0].routes, ["luna", "mars"]);
    },
  });
  follow("latency.md", {
    'npx fabric owner set earth.latencyBudgetMs 60 --reason "traders need a quicker Earth"': async () => {
      const { nodes } = await ask((control) => control.status());
      assert.deepEqual(
        nodes.filter(({ slow }) => slow).map(({ name }) => name),
        ["earth.edge-europa"],
      );
    },
    'npx fabric owner set earth.latencyBudgetMs 120 --reason "logistics had no node left"': async () => {
      const status = await ask((control) => control.status());
      assert.equal(shardOf(status, "earth")?.latencyBudgetMs, 120);
    },
  });
  follow("audit.md", {
    "npx fabric owner log --csv --out decisions.csv": async () => {
      const csv = readFileSync(join(reader.folder, "decisions.csv"), "utf8").split("\n");
      const row = csv.find((line) => line.includes("results look wrong on Earth")) ?? "";
      const { rpc } = JSON.parse(readFileSync(join(reader.folder, ".fabric", "run.json"), "utf8"));
      const chain = await Chain.open(rpc);
      const transaction = /,(0x[0-9a-f]{64}),yes,/.exec(row)?.[1] ?? "";
      const receipt = await chain.rpc("eth_getTransactionReceipt", [transaction]);
      chain.close();
      assert.ok(receipt !== null && typeof receipt === "object" && "blockNumber" in receipt);
      assert.equal(Number(receipt.blockNumber), paused.block);
      const signers = practiceKeys(31337).owners.filter(({ address }) => row.includes(address));
      assert.equal(signers.length, 2);
    },
    "npx fabric events --type governed paused resumed ordered": (said) => {
      const inForce = [...said.matchAll(/^tick (\d+) +governance version \d+ of block (\d+) is in force$/gm)];
      const [, tick] = inForce.find(([, , block]) => Number(block) >= paused.block) ?? [];
      assert.equal(Number(tick), paused.tick);
    },
    "npx fabric owner mission --out audit": (said) => {
      const folder = join(reader.folder, "audit");
      const files = readdirSync(folder).filter((file) => file !== "manifest.json");
      assert.ok(files.length > 0);
      for (const file of files) {
        const digest = createHash("sha256")
          .update(readFileSync(join(folder, file)))
          .digest("hex");
        assert.ok(said.includes(`${digest}  ${file}`), file);
      }
    },
  });
  follow("lost-key.md", {
    "npx fabric owner center": async () => {
      const { rpc } = JSON.parse(readFileSync(join(reader.folder, ".fabric", "run.json"), "utf8"));
      const chain = await Chain.open(rpc);
      const { members, epoch } = await readOffice(chain, readDeployment(inWorld("deployment.json")));
      chain.close();
      const { owners, successor } = practiceKeys(31337);
      assert.deepEqual(
        [successor, ...owners].map(({ address }) => members.some(({ key }) => key === address.toLowerCase())),
        [true, true, true, false],
      );
      const status = await ask((control) => control.status());
      assert.deepEqual([epoch, shardOf(status, "luna")?.weight], [2n, 1]);
    },
  });
  follow("crash.md", {
    // As its reader is told to: by the number that the terminal of `up` shows.
    'npx fabric owner pause luna --reason "practice: to see that it stays paused"': async () => {
      const { written } = reader.running[0];
      process.kill(number(/the orchestrator is process (\d+)/, written.err), "SIGKILL");
      await until(() => written.err.includes("The orchestrator was ended by SIGKILL"));
    },
    "npx fabric job watch earth.exchange/105..144 --no-proof": async () => {
      const { submitters } = await ask((control) => control.status());
      const ended = recorded("receipts.ndjson").map(({ submitter, job }) => `${submitters[submitter - 1]}/${job}`);
      assert.equal(new Set(ended).size, ended.length);
      for (let job = 1; job <= 144; job++)
        if (job <= 3 || job >= 104) assert.ok(ended.includes(`earth.exchange/${job}`), `${job}`);
      await until(isAnchored, 90_000);
    },
  });
});
