import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { demandOf, type Manifest } from "../../src/config/index.ts";
import type { Play } from "../../src/drill/index.ts";
import { Workload } from "../../src/drill/workload.ts";
import { decodeJobs, type Job } from "../../src/fabric/index.ts";
import { decodeSubmissionFrame, domainsOf } from "../../src/nodes/index.ts";
import { genesisOf, playOf } from "./plays.ts";

function workloadOf(play: Play): Workload {
  const genesis = genesisOf(play);
  return new Workload(play.scenario, play.manifest, genesis, domainsOf(genesis));
}

/** Every frame, until all work has been brought; entry t - 1 is that of tick t. */
function allFrames(workload: Workload): (readonly Uint8Array[])[] {
  const ticks: (readonly Uint8Array[])[] = [];
  while (!workload.isOver) ticks.push(workload.frames(ticks.length + 1));
  return ticks;
}

type Brought = { readonly tick: number; readonly submitter: number; readonly job: Job };

function jobsIn(ticks: readonly (readonly Uint8Array[])[]): Brought[] {
  return ticks.flatMap((frames, index) =>
    frames.flatMap((frame) => {
      const { submitter, rows } = decodeSubmissionFrame(frame);
      return decodeJobs(rows).map((job) => ({ tick: index + 1, submitter, job }));
    }),
  );
}

const bytesOf = (play: Play): string =>
  allFrames(workloadOf(play))
    .map((frames) => frames.map((frame) => Buffer.from(frame).toString("hex")).join())
    .join("\n");

describe("The work of a drill", () => {
  const play = playOf("default", {}, 300);
  const brought = jobsIn(allFrames(workloadOf(play)));

  it("is every job of the scenario, once", () => {
    assert.equal(brought.length, 1200);
    assert.equal(workloadOf(play).total, 1200);
    const names = new Set(brought.map(({ submitter, job }) => `${submitter}/${job.number}`));
    assert.equal(names.size, 1200);
  });

  it("is shared among shards and templates as the scenario says", () => {
    for (const [index, { jobs, templates }] of demandOf(play.scenario, play.manifest).entries()) {
      const here = brought.filter(({ job }) => job.shard === index + 1).map(({ job }) => job);
      assert.equal(here.length, jobs);
      for (const { template, jobs: count } of templates) {
        const like = here.filter(({ value, budgetTicks }) => {
          return value === template.value && budgetTicks === template.budgetTicks;
        });
        const twins = templates.filter(({ template: other }) => {
          return other.value === template.value && other.budgetTicks === template.budgetTicks;
        });
        assert.equal(like.length, twins.length === 1 ? count : twins.reduce((sum, { jobs: more }) => sum + more, 0));
      }
    }
  });

  it("mixes the templates: none of a shard's kinds waits for another to be done", () => {
    const first = brought.filter(({ job }) => job.shard === 1).slice(0, 100);
    assert.ok(new Set(first.map(({ job }) => job.value)).size >= 5);
  });

  it("is the same bytes for the same seed, and others for another", () => {
    const bytes = bytesOf(play);
    assert.equal(bytesOf(play), bytes);
    assert.notEqual(bytesOf({ ...play, seed: play.seed + 1 }), bytes);
  });

  it("is other work for another seed, and not the same under other signatures", () => {
    const others = jobsIn(allFrames(workloadOf({ ...play, seed: play.seed + 1 })));
    const digests = (jobs: readonly Brought[]) =>
      new Set(jobs.map(({ job }) => Buffer.from(job.payloadDigest).toString("hex")));
    assert.equal(new Set([...digests(brought), ...digests(others)]).size, 2400);
    assert.notDeepEqual(
      others.map(({ job }) => job.value),
      brought.map(({ job }) => job.value),
    );
  });

  it("can be asked for the last tick again, and for no other", () => {
    const workload = workloadOf(play);
    const first = workload.frames(1);
    assert.equal(workload.frames(1), first);
    workload.frames(2);
    assert.throws(() => workload.frames(1), RangeError);
    assert.throws(() => workload.frames(4), /work of tick 4 after tick 2/);
  });

  it("respects a submitter's quota, also when it brings to several shards", () => {
    const { manifest } = playOf("burst", {}, 50);
    const [first, ...others] = manifest.submitters;
    const shared: Manifest = {
      ...manifest,
      submitters: [{ ...first, shards: manifest.shards.map(({ id }) => id), jobsPerTick: 30 }, ...others.slice(1)],
    };
    const jobs = jobsIn(allFrames(workloadOf({ ...playOf("burst", {}, 50), manifest: shared })));
    assert.equal(jobs.length, 200);
    const counts = new Map<string, number>();
    for (const { tick, submitter } of jobs) {
      const at = `${submitter} in tick ${tick}`;
      counts.set(at, 1 + (counts.get(at) ?? 0));
    }
    const most = Math.max(...[...counts].filter(([at]) => at.startsWith("1 ")).map(([, count]) => count));
    assert.equal(most, 30);
  });

  it("takes as long as its template allows, an attempt not always as long as the one before", () => {
    const workload = workloadOf(play);
    const durations = jobsIn(allFrames(workload)).map(({ submitter, job }) => {
      const ticks = [1, 2, 3].map((attempt) => workload.durationOf(submitter, job.number, attempt));
      const kinds = play.scenario.templates.filter(({ shard, value, budgetTicks }) => {
        const home = play.manifest.shards[job.shard - 1].id;
        return shard === home && value === job.value && budgetTicks === job.budgetTicks;
      });
      const allowed = kinds.some(({ durationTicks: { min, max } }) =>
        ticks.every((each) => each >= min && each <= max),
      );
      assert.ok(allowed, `job ${job.number} of shard ${job.shard} takes ${ticks.join(", ")}`);
      return ticks;
    });
    assert.ok(durations.some(([first, second]) => first !== second));
  });

  it("is refused when nobody may submit to a shard that has jobs", () => {
    const { manifest } = play;
    const nobody = { ...manifest, submitters: manifest.submitters.filter(({ shards }) => !shards.includes("mars")) };
    assert.throws(() => workloadOf({ ...play, manifest: nobody }), { code: "NOBODY_SUBMITS", message: /shard mars/ });
  });
});
