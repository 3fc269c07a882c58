import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import { practiceKey } from "../../src/nodes/index.ts";
import { CommandRunner } from "../../src/worker/index.ts";
import { nodeKey, nodeWith, parametersWith, viewWith } from "../nodes/practiceWorld.ts";
import { Stage } from "./standIn.ts";

const digest = new Uint8Array(32).fill(7);
const done = { outcome: "completed", digest } as const;
const noDigest = new Uint8Array(32);

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.end());

const endings = () => stage.events.flatMap((event) => (event.kind === "ended" ? [event.ended] : []));
const refusals = () => stage.events.flatMap((event) => (event.kind === "leaseRefused" ? [event.reason] : []));

describe("A node", { timeout: 60_000 }, () => {
  it("does what it is given and reports it at once", async () => {
    stage.view = viewWith({ parameters: parametersWith({ skills: ["general", "gpu", "vision"] }) });
    await stage.meet();
    stage.fabric.give([{ lease: 1, submitter: 1, number: 17, skills: 5n, attempt: 3 }]);
    const { task, end } = await stage.work.started();
    const { payloadDigest: _, payload, timeMs, ...facts } = task;
    assert.ok(timeMs > 40_000 && timeMs <= 50_000, `${timeMs} ms of a lease of 50 ticks`);
    assert.deepEqual(facts, {
      ...{ job: "1/17", submitter: "s-1", lease: 1, attempt: 3, class: "background", value: 5 },
      skills: ["general", "vision"],
    });
    assert.equal(payload.length, 0);
    end(done);
    const { message, answer } = await stage.fabric.said();
    assert.deepEqual(
      message.results.map(({ lease, outcome, digest }) => ({ lease, outcome, digest: [...digest] })),
      [{ lease: 1, outcome: "completed", digest: [...digest] }],
    );
    answer();
    await stage.saw("reported");
    assert.deepEqual(
      stage.events.map(({ kind }) => kind),
      ["contact", "started", "ended", "reported"],
    );
  });

  it("tells its runner with each contact for how long the fabric counts on it", async () => {
    const told: number[] = [];
    await stage.meet({ runner: { run: () => Promise.resolve(done), countOn: (ms) => told.push(ms) } });
    stage.fabric.give([{ lease: 1 }]);
    await stage.fabric.results();
    await stage.saw("reported");
    assert.equal(told.length, 2);
    for (const ms of told) assert.ok(ms > 10_000 && ms <= 15_000, `${ms} ms: three intervals of 5 s`);
  });

  it("says a result again when its message was lost, and once only", async () => {
    await stage.meet();
    stage.fabric.give([{ lease: 1 }]);
    (await stage.work.started()).end(done);
    const lost = await stage.fabric.said();
    lost.lose();
    const again = await stage.fabric.said();
    assert.deepEqual(again.results, lost.results);
    assert.ok(again.message.seq > lost.message.seq);
    again.answer({ refusedLeases: [1] });
    const reported = await stage.saw("reported");
    assert.ok("counted" in reported && !reported.counted);
    stage.fabric.give([{ lease: 2 }]);
    (await stage.work.started()).end(done);
    assert.deepEqual((await stage.fabric.said()).results, ["2 completed"]);
  });

  it("goes on with its work while the orchestrator is away, and finds it again", async () => {
    await stage.meet();
    stage.fabric.give([{ lease: 1 }]);
    const { end } = await stage.work.started();
    stage.fabric.isDown = true;
    stage.fabric.hangUp();
    end(done);
    await stage.saw("contactLost");
    stage.fabric.isDown = false;
    assert.deepEqual(await stage.fabric.results(), ["1 completed"]);
    stage.fabric.give([{ lease: 2 }]);
    await stage.work.started();
    assert.equal(stage.fabric.listeners, 2);
  });

  it("listens when it was heard: what it is told of before, it has to refuse", async () => {
    await stage.start();
    stage.fabric.give([{ lease: 1 }]);
    const { answer } = await stage.fabric.said();
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.equal(stage.fabric.listeners, 0);
    assert.deepEqual(refusals(), []);
    answer();
    await stage.work.started();
  });

  it("fails a job whose runner stumbles, and goes on", async () => {
    await stage.meet({ runner: { run: () => Promise.reject(new Error("out of paper")) } });
    stage.fabric.give([{ lease: 1 }]);
    assert.deepEqual(await stage.fabric.results(), ["1 failed"]);
    assert.deepEqual(endings(), [{ outcome: "failed", reason: "out of paper" }]);
  });

  it("reports as its latency how long a question takes, or what it was told to", async () => {
    await stage.meet();
    stage.fabric.give([{ lease: 1 }]);
    (await stage.work.started()).end(done);
    const { latencyMs } = (await stage.fabric.said()).message;
    assert.ok(latencyMs >= 1 && latencyMs < 10_000, String(latencyMs));
    await stage.end();
    stage = new Stage();
    await stage.start({ latencyMs: 77 });
    assert.equal((await stage.fabric.said()).message.latencyMs, 77);
  });
});

describe("A node's own reading of the chain", { timeout: 60_000 }, () => {
  it("is done anew for a lease of an epoch that it does not know yet, and then its count of ticks", async () => {
    await stage.meet();
    const key = practiceKey(7, "session/2");
    stage.view = viewWith({ epoch: 2, sessionKey: key.publicKey.bytes });
    // Whoever is in its place counts otherwise than the one that was replaced.
    stage.fabric.tick = 30;
    stage.fabric.give([{ lease: 1 }], { epoch: 2, key });
    stage.fabric.give([{ lease: 2 }], { epoch: 2, key, tick: 12 });
    const { answer } = await stage.fabric.said();
    // Until it knows the tick it refuses nothing.
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(refusals(), []);
    answer();
    assert.equal((await stage.work.started()).task.lease, 1);
    (await stage.fabric.said()).answer();
    await stage.saw("leaseRefused");
    assert.deepEqual(refusals(), ["expired"]);
  });

  it("is what it obeys: the orchestrator of an epoch that is over gives it nothing", async () => {
    await stage.meet();
    stage.fabric.give([{ lease: 1 }], { epoch: 2 });
    await stage.saw("leaseRefused");
    assert.deepEqual(refusals(), ["epoch"]);
  });

  it("is done anew when it is older than a tick: a pause is seen by the next lease", async () => {
    stage.view = viewWith({ parameters: parametersWith({ tickMs: 20 }) });
    await stage.meet();
    const pause = { ownerPaused: true, guardianUntil: 0 };
    stage.view = viewWith({ parameters: parametersWith({ tickMs: 20, pause }) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    stage.fabric.give([{ lease: 1 }], { tick: 1000 });
    await stage.saw("leaseRefused");
    assert.deepEqual(refusals(), ["paused"]);
  });

  it("may fail: it goes on with what it knows, and says so once", async () => {
    await stage.meet();
    stage.view = new FabricError("CHAIN_UNREACHABLE", { url: "http://127.0.0.1:1", reason: "nobody" });
    stage.fabric.give([{ lease: 1 }], { epoch: 2 });
    stage.fabric.give([{ lease: 2 }], { epoch: 2 });
    stage.fabric.give([{ lease: 3 }]);
    await stage.work.started();
    assert.equal(stage.events.filter(({ kind }) => kind === "chainSilent").length, 1);
    stage.view = viewWith();
    stage.fabric.give([{ lease: 4 }], { epoch: 2 });
    await stage.saw("chainBack");
  });

  const changes = {
    NODE_KEY_DIFFERS: nodeWith(1, { key: nodeKey(2).publicKey.bytes }),
    NODE_NOT_ADMITTED: nodeWith(1, { status: "removed" }),
  } as const;
  for (const [code, self] of Object.entries(changes))
    it(`ends its work when it may not work any more: ${code}`, async () => {
      await stage.meet();
      stage.fabric.give([{ lease: 1 }]);
      const { signal } = await stage.work.started();
      stage.view = viewWith({ parameters: parametersWith({ nodes: [self] }) });
      stage.fabric.give([{ lease: 2 }], { epoch: 2 });
      await assert.rejects(stage.running, { code });
      assert.ok(signal.aborted);
    });

  it("is looked at before anything else: another's key is refused", async () => {
    await assert.rejects(stage.start({ key: nodeKey(2) }), { code: "NODE_KEY_DIFFERS" });
    await assert.rejects(stage.start({ node: 3 }), { code: "NODE_NOT_ADMITTED" });
    stage.view = new FabricError("CHAIN_UNREACHABLE", { url: "http://127.0.0.1:1", reason: "nobody" });
    await assert.rejects(stage.start(), { code: "CHAIN_UNREACHABLE" });
  });
});

describe("A node that the fabric refuses", { timeout: 60_000 }, () => {
  for (const refusal of ["unknownSender", "signature", "replay", "tooMany"] as const)
    it(`tries again in the next tick, as long as the chain says that it is right: ${refusal}`, async () => {
      stage.view = viewWith({ parameters: parametersWith({ tickMs: 20 }) });
      await stage.start();
      const refused = await stage.fabric.said();
      refused.answer({ taken: false, refusal });
      const again = await stage.fabric.said();
      assert.ok(again.message.seq > refused.message.seq);
      again.answer();
      stage.fabric.give([{ lease: 1 }], { tick: 1000 });
      await stage.work.started();
    });

  it("ends when its key is not the one on the chain any more", async () => {
    stage.view = viewWith({ parameters: parametersWith({ tickMs: 120_000 }) });
    await stage.start();
    stage.view = viewWith({
      parameters: parametersWith({ nodes: [nodeWith(1, { key: nodeKey(2).publicKey.bytes })] }),
    });
    (await stage.fabric.said()).answer({ taken: false, refusal: "signature" });
    await assert.rejects(stage.running, { code: "NODE_KEY_DIFFERS" });
  });

  it("ends when it is not understood", async () => {
    await stage.start();
    (await stage.fabric.said()).answer({ taken: false, refusal: "malformed" });
    await assert.rejects(stage.running, { code: "NODE_REFUSED" });
  });
});

describe("A node's count of ticks", { timeout: 60_000 }, () => {
  it("is put right before a lease is refused as too old", async () => {
    stage.fabric.tick = 50;
    await stage.meet();
    stage.fabric.tick = 12;
    stage.fabric.give([{ lease: 1 }]);
    (await stage.fabric.said()).answer();
    await stage.work.started();
    assert.deepEqual(refusals(), []);
  });

  it("is not put right by the lease itself", async () => {
    stage.fabric.tick = 50;
    await stage.meet();
    stage.fabric.give([{ lease: 1 }], { tick: 12 });
    (await stage.fabric.said()).answer();
    await stage.saw("leaseRefused");
    assert.deepEqual(refusals(), ["expired"]);
  });
});

describe("A job's payload", { timeout: 60_000 }, () => {
  const payload = Buffer.from("what to do");
  const payloadDigest = new Uint8Array(hash("sha256", payload, "buffer"));
  const name = `0x${Buffer.from(payloadDigest).toString("hex")}`;

  it("is fetched by its digest", async () => {
    stage.fabric.payloads.set(name, payload);
    await stage.meet({ payloads: "required" });
    stage.fabric.give([{ lease: 1, payloadDigest }]);
    assert.deepEqual(Buffer.from((await stage.work.started()).task.payload), payload);
  });

  it("is not used when it is not what the submitter signed for", async () => {
    for (const payloads of ["required", "ifThere"] as const) {
      stage.fabric.payloads.set(name, Buffer.from("something else"));
      await stage.meet({ payloads });
      stage.fabric.give([{ lease: 1, payloadDigest }]);
      assert.deepEqual(await stage.fabric.results(), ["1 failed"]);
      assert.match(JSON.stringify(endings()), /not the one that the submitter signed for, 0x/);
      await stage.end();
      stage = new Stage();
    }
  });

  it("is needed, unless the digest is zero or the operator does without", async () => {
    await stage.meet({ payloads: "required" });
    stage.fabric.give([{ lease: 1, payloadDigest }]);
    assert.deepEqual(await stage.fabric.results(), ["1 failed"]);
    assert.match(JSON.stringify(endings()), /the fabric has no payload 0x/);
    stage.fabric.give([{ lease: 2, payloadDigest: noDigest }]);
    assert.equal((await stage.work.started()).task.payload.length, 0);
    for (const payloads of ["ifThere", "never"] as const) {
      await stage.end();
      stage = new Stage();
      await stage.meet({ payloads });
      stage.fabric.give([{ lease: 3, payloadDigest }]);
      assert.equal((await stage.work.started()).task.payload.length, 0);
      assert.deepEqual(stage.fabric.asked, payloads === "ifThere" ? [name] : []);
    }
  });

  it("is asked for again while the orchestrator is away", async () => {
    stage.fabric.payloads.set(name, payload);
    await stage.meet({ payloads: "required" });
    const fetch = stage.fabric.payload.bind(stage.fabric);
    let tries = 0;
    stage.fabric.payload = async (digest) => {
      if (digest === name && ++tries < 3) throw new Error("nobody answers");
      return fetch(digest);
    };
    stage.fabric.give([{ lease: 1, payloadDigest }]);
    await stage.work.started();
    assert.equal(tries, 3);
  });

  it("may never come: the job ends with its time all the same", async () => {
    stage.fabric.payload = (digest) => (digest === name ? new Promise(() => undefined) : Promise.resolve(undefined));
    await stage.meet({ payloads: "required", timeoutMs: 20 });
    stage.fabric.give([{ lease: 1, payloadDigest }]);
    assert.deepEqual(await stage.fabric.results(), ["1 failed"]);
    assert.deepEqual(endings(), [{ outcome: "failed", reason: "it took longer than --timeout allows" }]);
  });
});

describe("A node's work", { timeout: 60_000 }, () => {
  it("is killed when nobody answers for too long, and reported as failed when somebody does", async () => {
    // The interval is a second, and so is the grace.
    const parameters = parametersWith({ tickMs: 20, heartbeatGrace: 1, nodes: [nodeWith(1, { heartbeatSeconds: 1 })] });
    stage.view = viewWith({ parameters });
    await stage.meet({ runner: new CommandRunner(["sleep", "1000"]) });
    stage.fabric.give([{ lease: 1, expiresInTicks: 1e6 }], { tick: 1000 });
    await stage.saw("started");
    await stage.saw("silenced");
    await stage.saw("ended");
    assert.match(JSON.stringify(endings()), /the fabric was not heard for too long/);
    (await stage.fabric.said()).lose();
    assert.deepEqual(await stage.fabric.results(), ["1 failed"]);
  });

  it("is killed when its time is over", async () => {
    await stage.meet({ runner: new CommandRunner(["sleep", "1000"]), timeoutMs: 50 });
    stage.fabric.give([{ lease: 1 }]);
    assert.deepEqual(await stage.fabric.results(), ["1 failed"]);
    assert.deepEqual(endings(), [{ outcome: "failed", reason: "it took longer than --timeout allows" }]);
  });

  it("comes to its end when the node leaves, and is reported; the node asks for no more of it", async () => {
    // So long that nothing is said for its own sake.
    stage.view = viewWith({ parameters: parametersWith({ tickMs: 120_000 }) });
    await stage.meet();
    stage.fabric.give([{ lease: 1 }]);
    const { end } = await stage.work.started();
    stage.leave.abort();
    const goodbye = await stage.fabric.said();
    assert.equal(goodbye.message.latencyMs, 0xffff_ffff, "too slow for any shard");
    stage.fabric.give([{ lease: 2 }]);
    const { end: endSecond } = await stage.work.started();
    goodbye.answer();
    endSecond(done);
    await new Promise((resolve) => setTimeout(resolve, 20));
    end(done);
    // What was on its way when it left is done as well.
    const last = await stage.fabric.said();
    assert.deepEqual(last.results, ["2 completed", "1 completed"]);
    last.answer();
    await stage.running;
  });

  it("is announced to end also where there is none: the fabric would give some to a node that is gone", async () => {
    await stage.meet();
    stage.leave.abort();
    const goodbye = await stage.fabric.said();
    assert.equal(goodbye.message.latencyMs, 0xffff_ffff);
    const first = await Promise.race([stage.running, new Promise((resolve) => setTimeout(resolve, 20, "it waits"))]);
    assert.equal(first, "it waits", "for the answer");
    goodbye.answer();
    await stage.running;
  });

  it("is killed when it does not end soon after the node leaves, and reported so that others can do it", async () => {
    await stage.meet({ leaveMs: 10 });
    stage.fabric.give([1, 2, 3, 4, 5].map((lease) => ({ lease, expiresInTicks: 1e6 })));
    const { signal } = await stage.work.started();
    stage.leave.abort();
    const failed = [...(await stage.fabric.results()), ...(await stage.fabric.results())];
    assert.deepEqual(failed.sort(), ["1 failed", "2 failed", "3 failed", "4 failed", "5 failed"]);
    assert.ok(signal.aborted);
    await stage.running;
  });

  it("is killed without a word when the node is told to quit", async () => {
    await stage.meet();
    stage.fabric.give([{ lease: 1 }]);
    const { signal } = await stage.work.started();
    stage.quit.abort();
    await stage.running;
    assert.ok(signal.aborted);
  });

  it("is left in good order also when nobody answers any more", async () => {
    stage.view = viewWith({ parameters: parametersWith({ tickMs: 20 }) });
    await stage.meet({ leaveMs: 0 });
    stage.fabric.isDown = true;
    stage.leave.abort();
    await stage.running;
  });
});
