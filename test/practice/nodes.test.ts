import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { readManifest } from "../../src/config/index.ts";
import type { UpView } from "../../src/practice/index.ts";
import { root, runProgram } from "../cli/program.ts";
import { Folders } from "./folders.ts";
import { asking, Terminal, until } from "./terminal.ts";

const folders = new Folders();
const children: ChildProcess[] = [];
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Terminal.closeAll();
  folders.remove();
});

/** Three nodes of one shard that can do the same, and fall silent after two seconds. */
function threeAlike(folder: string): string {
  const shipped = readManifest(join(root, "config", "fabric.json"));
  const [earth] = shipped.shards;
  const node = {
    shard: "earth",
    capacity: 2,
    maxConcurrency: 2,
    heartbeatSeconds: 1,
    skills: ["finance"],
    latencyMs: 1,
  };
  const file = join(folder, "manifest.json");
  const manifest = {
    ...shipped,
    fabric: { ...shipped.fabric, tickMs: 200, heartbeatGrace: 1, checkpointIntervalTicks: 10 },
    shards: [{ ...earth, routes: [] }],
    nodes: ["a", "b", "c"].map((id) => ({ ...node, id })),
    submitters: shipped.submitters.slice(0, 1),
  };
  writeFileSync(file, JSON.stringify({ ...manifest, $schema: undefined }));
  return file;
}

describe("Nodes in processes of their own", () => {
  it("complete no job twice, although one was suspended for longer than its leases and woke up", async () => {
    const home = folders.make();
    const manifest = threeAlike(home);
    const flags = ["--tick-ms", "200", "--simulate", "none", "--world", "world", "--json"];
    const up = new Terminal(home, "up", "--manifest", manifest, ...flags);
    const view = await up.ready();
    const env = { ...process.env, XDG_RUNTIME_DIR: home };
    const fabric = join(root, "node_modules", ".bin", "fabric");
    /** Jobs whose results the fabric took, as the nodes were told. */
    const counted: string[] = [];
    const jobOf = new Map<number, string>();
    for (const node of ["a", "b", "c"]) {
      const words = ["node", "run", "--node", node, "--practice-key", "--json", "--", "sh", "-c", "sleep 1; echo done"];
      const child = spawn(fabric, words, { cwd: home, env, stdio: ["ignore", "pipe", "ignore"] });
      createInterface({ input: child.stdout }).on("line", (line) => {
        const event = JSON.parse(line);
        if (event.kind === "started") jobOf.set(event.lease, event.job);
        if (event.kind === "reported" && event.counted && event.outcome === "completed")
          counted.push(jobOf.get(event.lease) ?? "a job that was never begun");
      });
      children.push(child);
    }
    const [first] = children;
    const statusOf = ({ socket }: UpView) => asking(socket, (client) => client.status());
    await until("all three are heard", async () =>
      (await statusOf(view)).nodes.every(({ health }) => health === "active"),
    );
    const submitted = await runProgram(
      "fabric",
      [
        "job",
        "submit",
        "--shard",
        "earth",
        "--skills",
        "finance",
        "--count",
        "20",
        "--duration",
        "5",
        "--budget",
        "10",
      ],
      env,
      home,
    );
    assert.equal(submitted.code, 0, submitted.err);
    await until("the first has work", async () => (await statusOf(view)).nodes[0].load > 0);
    first.kill("SIGSTOP");
    await until("others have its work", async () => (await statusOf(view)).nodes[0].health === "offline");
    first.kill("SIGCONT");
    await until("it is back", async () => (await statusOf(view)).nodes[0].health === "active");
    const end = await until("all jobs end", async () => {
      const status = await statusOf(view);
      return status.live === 0 ? status : undefined;
    });
    assert.equal(end.counters.completed, 20);
    assert.ok(end.counters.interrupted > 0, "the suspended node had work that others did");
    assert.deepEqual(counted, [...new Set(counted)]);
    assert.equal((await up.stop()).code, 0);
  });
});
