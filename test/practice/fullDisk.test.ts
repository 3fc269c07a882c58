import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, describe, it } from "node:test";
import { exitCodes } from "../../src/errors.ts";
import { domainsOf, signSubmission } from "../../src/nodes/index.ts";
import { openWorld, submitterKey } from "../../src/practice/index.ts";
import { Folders } from "./folders.ts";
import { asking, Terminal } from "./terminal.ts";

const folders = new Folders();
after(async () => {
  await Terminal.closeAll();
  folders.remove();
});

describe("A disk that is full", () => {
  it("stops the fabric before it acknowledges what it could not keep; with room again nothing is missing", async () => {
    const home = folders.make();
    const up = new Terminal(home, "up", "--tick-ms", "200", "--world", "world", "--simulate", "none", "--json");
    const view = await up.ready();
    const { file } = openWorld(view.world);
    const send = (socket: string, first: number) => {
      const jobs = Array.from({ length: 2000 }, (_, index) => ({
        ...({ number: first + index, shard: 1, class: "interactive", skills: 0n, deadlineTicks: 0 } as const),
        ...{ budgetTicks: 20, value: 1, payloadDigest: new Uint8Array(32) },
      }));
      const frame = signSubmission(domainsOf(file.genesis), submitterKey(file.seed, "earth.exchange"), 1, jobs);
      return asking(socket, (client) => client.submit(frame));
    };
    // From now on no file of the orchestrator's may grow beyond this.
    execFileSync("prlimit", [`--pid=${view.orchestrator}`, `--fsize=${1 << 20}`]);
    let acknowledged = 0;
    await assert.rejects(
      async () => {
        for (;;) {
          const answer = await send(view.socket, acknowledged + 1);
          assert.ok(answer.taken);
          acknowledged += answer.jobs.filter(({ answer: said }) => said === "accepted").length;
        }
      },
      { code: "STORE_FULL" },
    );
    assert.ok(acknowledged > 0);
    const { code, err } = await up.ended;
    assert.equal(code, exitCodes.failed);
    assert.match(err, /STORE_FULL: There is no room left for .*\nMake room on the disk/);

    const resumed = new Terminal(home, "resume", "world", "--json");
    const { socket } = await resumed.ready();
    const { counters } = await asking(socket, (client) => client.status());
    assert.ok(counters.submitted >= acknowledged);
    const again = await send(socket, acknowledged - 1999);
    assert.ok(again.taken);
    assert.deepEqual(new Set(again.jobs.map(({ answer }) => answer)), new Set(["repeated"]));
    const next = await send(socket, acknowledged + 1);
    assert.ok(next.taken, "and it goes on");
    assert.equal((await resumed.stop()).code, exitCodes.done);
  });
});
