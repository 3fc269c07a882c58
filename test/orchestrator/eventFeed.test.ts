import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DurableMachine, eventsName, MemoryStore } from "../../src/journal/index.ts";
import { EventFeed } from "../../src/orchestrator/index.ts";
import { genesis, governance, job, jobs, twoShards } from "../fabric/world.ts";

/** A fabric in which each tick refuses or takes jobs, so that each has events. */
class Running {
  readonly store = new MemoryStore();
  readonly record = new DurableMachine(this.store, genesis);
  readonly feed = new EventFeed(this.store, () => this.record.flushDerived());
  /** All events so far, as the machine gave them. */
  text = "";

  constructor(ticks: number) {
    this.tick(ticks);
  }

  tick(count = 1): void {
    for (let left = count; left > 0; left--) {
      const tick = this.record.machine.tick + 1;
      const { effects } = this.record.append([
        ...(tick === 1 ? [governance(twoShards())] : []),
        jobs(1, job(tick)),
        { kind: "tick", tick },
      ]);
      this.text += effects.events.toNdjson();
      this.feed.applied();
    }
  }

  from(tick: number): string {
    const lines = this.text.split("\n").filter((line) => line !== "" && JSON.parse(line).tick >= tick);
    return lines.map((line) => `${line}\n`).join("");
  }
}

/** Reads on until the text is as long as expected. */
async function readUntil(events: AsyncGenerator<string, void>, length: number): Promise<string> {
  let text = "";
  while (text.length < length) {
    const { value, done } = await events.next();
    if (done === true) break;
    text += value;
  }
  return text;
}

describe("The feed of events", { timeout: 30_000 }, () => {
  it("gives what happened, also what is not in the file yet, and ends where nothing is to follow", async () => {
    const running = new Running(25);
    assert.ok(running.store.size(eventsName) < running.text.length);
    const { signal } = new AbortController();
    const text = await readUntil(running.feed.read({}, signal), Number.POSITIVE_INFINITY);
    assert.equal(text, running.text);
    const late = await readUntil(running.feed.read({ fromTick: 15 }, signal), Number.POSITIVE_INFINITY);
    assert.equal(late, running.from(15));
  });

  it("goes on with each tick: no line is missing, and none comes twice", async () => {
    const running = new Running(5);
    const events = running.feed.read({ fromTick: 3, follow: true }, new AbortController().signal);
    let text = await readUntil(events, running.from(3).length);
    for (let tick = 6; tick <= 12; tick++) {
      running.tick();
      text += await readUntil(events, running.from(tick).length);
      assert.equal(text, running.from(3));
    }
    const pending = events.next();
    running.tick();
    const { value } = await pending;
    assert.equal(text + value, running.from(3), "also when it was waited for");
    await events.return();
  });

  it("gives a reader that fell behind everything it has missed, and keeps nothing for it meanwhile", async () => {
    const running = new Running(1);
    const events = running.feed.read({ follow: true }, new AbortController().signal);
    const { value: first } = await events.next();
    running.tick(3000);
    const text = await readUntil(events, running.text.length - String(first).length);
    assert.equal(first + text, running.text);
    await events.return();
  });

  it("waits for a tick that is still to come", async () => {
    const running = new Running(2);
    const events = running.feed.read({ fromTick: 5, follow: true }, new AbortController().signal);
    const pending = events.next();
    running.tick(4);
    assert.equal((await pending).value, running.from(5));
    await events.return();
  });

  it("ends when its reader has gone, and when the fabric stops", async () => {
    const running = new Running(1);
    const gone = new AbortController();
    const first = running.feed.read({ follow: true }, gone.signal);
    const second = running.feed.read({ follow: true }, new AbortController().signal);
    for (const events of [first, second]) await events.next();
    const pending = [first.next(), second.next()];
    gone.abort();
    assert.equal((await pending[0]).done, true);
    running.feed.close();
    assert.equal((await pending[1]).done, true);
    running.record.close();
    const late = running.feed.read({}, new AbortController().signal);
    assert.equal((await late.next()).done, true, "a closed store is not read");
  });
});
