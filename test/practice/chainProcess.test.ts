import assert from "node:assert/strict";
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Chain } from "../../src/governance/index.ts";
import { processIdentity } from "../../src/journal/index.ts";
import type { FromChain, ToChain } from "../../src/practice/chainProtocol.ts";
import { Part } from "../../src/practice/part.ts";
import { Folders } from "./folders.ts";
import { until } from "./terminal.ts";

const program = fileURLToPath(new URL("../../src/practice/chainProcess.ts", import.meta.url));
const supervisorProgram = fileURLToPath(new URL("chainSupervisor.ts", import.meta.url));
const folders = new Folders();
const parts: Part<ToChain, FromChain>[] = [];
after(async () => {
  for (const part of parts) part.kill();
  await Promise.all(parts.map(({ ended }) => ended));
  folders.remove();
});

/** A chain process, and the first thing that it says. */
async function start(folder: string, port = 0): Promise<{ part: Part<ToChain, FromChain>; said: FromChain }> {
  const { promise, resolve } = Promise.withResolvers<FromChain>();
  const part = new Part<ToChain, FromChain>(program, resolve);
  parts.push(part);
  part.tell({ kind: "start", folder, founds: true, port });
  return { part, said: await promise };
}

async function started(folder: string, port = 0) {
  const { part, said } = await start(folder, port);
  assert(said.kind === "ready", JSON.stringify(said));
  return { part, ...said };
}

async function newestBlock(url: string) {
  const chain = await Chain.open(url, { timeoutMs: 2000 });
  try {
    return await chain.latest();
  } finally {
    chain.close();
  }
}

describe("The practice chain's process", () => {
  it("comes back at the same port with the same blocks after it was killed", async () => {
    const folder = folders.make();
    const first = await started(folder);
    const port = Number(new URL(first.url).port);
    const before = await newestBlock(first.url);
    first.part.kill();
    assert.deepEqual(await first.part.ended, { code: null, signal: "SIGKILL" });
    const second = await started(folder, port);
    assert.equal(second.url, first.url);
    assert.deepEqual(await newestBlock(second.url), before);
    second.part.tell({ kind: "stop" });
    assert.deepEqual(await second.part.ended, { code: 0, signal: null });
  });

  it("says what is wrong, and ends with the exit code of it", async () => {
    const folder = folders.make();
    writeFileSync(join(folder, "chain.ndjson"), "{}\n");
    const { part, said } = await start(folder);
    assert(said.kind === "failed");
    assert.equal(said.code, "CHAIN_RECORD_ALTERED");
    assert.match(said.message, /chain\.ndjson, line 1/);
    assert.deepEqual(await part.ended, { code: 6, signal: null });
  });

  it("is alone with its record: two of them would not write one chain", async () => {
    const folder = folders.make();
    const first = await started(folder);
    const { said } = await start(folder);
    assert(said.kind === "failed" && said.code === "STORE_LOCKED");
    first.part.tell({ kind: "stop" });
    await first.part.ended;
  });

  it("names a port that is taken", async () => {
    const first = await started(folders.make());
    const { said } = await start(folders.make(), Number(new URL(first.url).port));
    assert(said.kind === "failed" && said.code === "PORT_TAKEN", JSON.stringify(said));
    first.part.tell({ kind: "stop" });
    await first.part.ended;
  });

  it("does not end with a signal to its group: its supervisor says when, after the last anchor", async () => {
    const { part, url } = await started(folders.make());
    for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"]) process.kill(part.id, signal);
    assert.equal((await newestBlock(url)).number, 0);
    part.tell({ kind: "stop" });
    assert.deepEqual(await part.ended, { code: 0, signal: null });
  });

  it("ends by itself when its supervisor was killed, after the orchestrator, which still anchors; its record is whole", async () => {
    const folder = folders.make();
    const orchestrator = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1e9)"]);
    const supervisor = fork(supervisorProgram, [folder, String(orchestrator.pid)]);
    const [{ id, url }] = await once(supervisor, "message");
    supervisor.kill("SIGKILL");
    await once(supervisor, "exit");
    let before = await newestBlock(url);
    for (let asked = 0; asked < 100; asked++) before = await newestBlock(url);
    orchestrator.kill("SIGKILL");
    await until("the chain's process ends", () => processIdentity(id) === undefined || undefined);
    const again = await started(folder);
    assert.deepEqual(await newestBlock(again.url), before);
    again.part.tell({ kind: "stop" });
    await again.part.ended;
  });
});
