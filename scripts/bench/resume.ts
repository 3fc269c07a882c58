import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { readManifest, skillBits } from "../../src/config/index.ts";
import { ControlClient } from "../../src/control/index.ts";
import type { Job } from "../../src/fabric/index.ts";
import { Chain, practiceFees } from "../../src/governance/index.ts";
import { type Domains, decodeLeaseFrame, domainsOf, signSubmission } from "../../src/nodes/index.ts";
import type { FromService, ServiceStart, ToService } from "../../src/orchestrator/index.ts";
import { Fleet } from "../../src/practice/fleet.ts";
import { foundPractice, startPracticeChain, submitterKey } from "../../src/practice/index.ts";
import { Part } from "../../src/practice/part.ts";
import { wholeNumber } from "./wholeNumber.ts";

const seed = 1;
const shipped = readManifest(fileURLToPath(new URL("../../config/fabric.json", import.meta.url)));
const nodeNumbers = shipped.nodes.map((_, index) => index + 1);
const service = fileURLToPath(new URL("../../src/orchestrator/service.ts", import.meta.url));

/** What it cost to go on after a kill; wall times from the start of the new process, in ms. */
export type ResumeCost = {
  /** Jobs that had not ended when the orchestrator was killed. */
  readonly liveJobs: number;
  readonly replayedTicks: number;
  /** Its epoch is claimed, and the control socket answers. */
  readonly readyMs: number;
  /** A node has the first lease of the new epoch in its hands. */
  readonly firstLeaseMs: number;
};

export function resumeCommand(): Command {
  return new Command("resume")
    .description("SIGKILL of the orchestrator in real time with nodes at work, and the time until it gives work again")
    .requiredOption("--total <jobs>", "jobs that are not done yet when it is killed, about", wholeNumber)
    .option("--kills <count>", "how often", wholeNumber, 5)
    .option("--json", "print JSON")
    .action(async ({ total, kills, json }: { total: number; kills: number; json?: boolean }) => {
      const costs = await measureResume(total, kills);
      if (json === true) console.log(JSON.stringify(costs));
      else for (const cost of costs) console.log(sentence(cost));
    });
}

export async function measureResume(total: number, kills: number): Promise<ResumeCost[]> {
  const folder = mkdtempSync(join(tmpdir(), "fabric-bench-"));
  const server = await startPracticeChain();
  const chain = await Chain.open(server.url);
  const fabric = { ...shipped.fabric, tickMs: 1000 };
  const manifest = {
    ...{ ...shipped, fabric },
    submitters: shipped.submitters.map((submitter) => ({ ...submitter, jobsPerTick: total })),
  };
  const { genesis, deployment, keys } = await foundPractice(chain, manifest, { seed });
  const socket = join(folder, "control.sock");
  const start: ServiceStart = {
    kind: "start",
    ...{
      store: join(folder, "store"),
      payloads: join(folder, "payloads"),
      socket,
      genesis,
      url: server.url,
      deployment,
    },
    ...{ confirmations: 0, anchorerKey: keys.anchorer.privateKey, fees: practiceFees, feeMax: undefined },
  };
  const client = new ControlClient(socket);
  let running = await started(start);
  const world = {
    manifest,
    deployment,
    file: { genesis, seed, simulated: manifest.nodes.map(({ id }) => id) },
  };
  const fleet = await Fleet.start({ world, chain, socket, log: () => {} });
  try {
    await bring(client, domainsOf(genesis), total);
    const costs: ResumeCost[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await leaseAfter(client, running.ready.epoch - 1);
      const { live } = await client.status();
      running.part.kill();
      await running.part.ended;
      const from = performance.now();
      const [next, firstLease] = await Promise.all([started(start), leaseAfter(client, running.ready.epoch)]);
      running = next;
      const { replayedTicks } = running.ready;
      costs.push({ liveJobs: live, replayedTicks, readyMs: next.at - from, firstLeaseMs: firstLease - from });
    }
    return costs;
  } finally {
    await fleet.stop();
    running.part.kill();
    await running.part.ended;
    client.close();
    chain.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

type Ready = Extract<FromService, { kind: "ready" }>;

async function started(start: ServiceStart): Promise<{ part: Part<ToService, FromService>; ready: Ready; at: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<Ready>();
  const part = new Part<ToService, FromService>(service, (message) => {
    if (message.kind === "ready") resolve(message);
    if (message.kind === "failed") reject(new Error(`${message.code}: ${message.message}`));
  });
  part.tell(start);
  return { part, ready: await promise, at: performance.now() };
}

/** Every job is one that a node of its shard can do. */
async function bring(client: ControlClient, domains: Domains, total: number): Promise<void> {
  const status = await client.status();
  const skillOf = ["finance", "navigation", "manufacturing", "gpu"];
  const share = Math.ceil(total / status.submitters.length);
  for (const [index, name] of status.submitters.entries()) {
    const skills = skillBits({ skills: status.skills }, [skillOf[index]]);
    const jobs = Array.from(
      { length: share },
      (_, at): Job => ({
        ...{
          number: at + 1,
          shard: index + 1,
          class: "background",
          skills,
          deadlineTicks: 0,
          budgetTicks: 60,
          value: 1,
        },
        payloadDigest: new Uint8Array(32),
      }),
    );
    const answer = await client.submit(signSubmission(domains, submitterKey(seed, name), index + 1, jobs));
    if (!answer.taken || answer.jobs.some(({ answer: said }) => said !== "accepted"))
      throw new Error(`${name}: ${JSON.stringify(answer).slice(0, 200)}`);
  }
}

/** When the first node gets a lease of an epoch after that one. */
async function leaseAfter(client: ControlClient, epoch: number): Promise<number> {
  const found = new AbortController();
  const listen = async (node: number): Promise<number> => {
    for (;;) {
      try {
        const { frames } = await client.leases(node, found.signal);
        for await (const frame of frames) if (decodeLeaseFrame(frame).epoch > epoch) return performance.now();
      } catch {
        // Nobody answers yet.
        await sleep(5);
      }
      found.signal.throwIfAborted();
    }
  };
  try {
    return await Promise.any(nodeNumbers.map(listen));
  } finally {
    found.abort();
  }
}

function sentence({ liveJobs, replayedTicks, readyMs, firstLeaseMs }: ResumeCost): string {
  const [ready, first] = [readyMs, firstLeaseMs].map((ms) => `${Math.round(ms)} ms`);
  return `${liveJobs} live jobs, ${replayedTicks} ticks replayed: ready after ${ready}, the first lease after ${first}`;
}
