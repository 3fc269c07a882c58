import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type SubmitFlags, type SubmittedRange, submit } from "../../src/cli/job/submit.ts";
import { decodeWork } from "../../src/config/index.ts";
import { ControlClient } from "../../src/control/index.ts";
import type { Parameters } from "../../src/fabric/index.ts";
import { toHex } from "../../src/journal/index.ts";
import { decodeSubmissionFrame, domainsOf, signSubmission } from "../../src/nodes/index.ts";
import { submitterKey } from "../../src/practice/index.ts";
import { makeKeyFile } from "../../src/worker/index.ts";
import { job } from "../fabric/world.ts";
import { JobDesk, seed } from "./jobDesk.ts";

const survey = "config/blueprints/survey.json";

describe("Submitting jobs", { timeout: 120_000 }, () => {
  let desk: JobDesk;
  beforeEach(async () => {
    desk = await JobDesk.start();
  });
  afterEach(() => desk.stop());

  async function submitted(flags: SubmitFlags, file?: string, patience?: number): Promise<SubmittedRange[]> {
    const ranges: SubmittedRange[] = [];
    await submit(
      { client: desk.client, run: undefined },
      file,
      { world: desk.world, ...flags },
      (range) => ranges.push(range),
      patience,
    );
    return ranges;
  }
  const short = (ranges: readonly SubmittedRange[]) =>
    ranges.map(
      ({ submitter, first, last, became, refusal }) => `${submitter}/${first}-${last} ${refusal?.reason ?? became}`,
    );
  const taken = () => desk.record.machine.counters.submitted;
  const quota = (name: string, jobsPerTick: number) =>
    desk.govern({
      submitters: desk.values.submitters.map((each) => (each.name === name ? { ...each, jobsPerTick } : each)),
    });
  const change = (name: string, values: Partial<Parameters["submitters"][number]>) =>
    desk.govern({
      submitters: desk.values.submitters.map((each) => (each.name === name ? { ...each, ...values } : each)),
    });
  async function inForce(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  }

  it("takes the next numbers, signs as whoever may, and gives the nodes one payload for all of a blueprint", async () => {
    assert.deepEqual(short(await submitted({}, survey)), ["luna.dispatch/1-3 accepted"]);
    const [range] = await submitted({}, survey);
    assert.deepEqual([range.first, range.last, range.names], [4, 6, ["survey-1", "survey-3"]]);
    const found = await Promise.all([4, 6].map((number) => desk.job({ submitter: "luna.dispatch", number })));
    const [digest, other] = found.map((each) =>
      each !== undefined && "payloadDigest" in each ? each.payloadDigest : undefined,
    );
    assert.ok(digest !== undefined && digest === other);
    assert.deepEqual(JSON.parse(JSON.stringify(decodeWork((await desk.payload(digest)) ?? new Uint8Array()))), {
      ...{ format: "planetary-fabric/work/v1", idPrefix: "survey-", submitter: "luna.dispatch", first: 4, count: 3 },
      ...{ durationTicks: 3, data: { resolutionMetres: 2, target: "Mare Imbrium" } },
    });
  });

  it("asks for exactly what the options say, whatever the blueprint said before", async () => {
    desk.govern({ pause: { ownerPaused: true, guardianUntil: 0 } });
    await submitted(
      {
        ...{
          shard: "mars",
          skills: ["gpu", "vision"],
          class: "maintenance",
          duration: 4,
          deadline: 50,
          value: 9,
          count: 1,
        },
        ...{ idPrefix: "render-" },
      },
      survey,
    );
    const found = await desk.job({ submitter: "mars.works", number: 1 });
    assert.ok(found !== undefined && found.state !== "ended");
    const { shard, skills, class: jobClass, value, deadlineInTicks } = found;
    assert.deepEqual(
      [shard, skills, jobClass, value, deadlineInTicks],
      ["mars", ["gpu", "vision"], "maintenance", 9, 50],
    );
    const { state } = desk.record.machine;
    assert.equal(state.jobs.budgetTicks[state.jobs.firstLive], 13, "the default of the new duration");
  });

  it("sends in pieces that fit into a tick, each in a tick of its own", async () => {
    quota("earth.exchange", 3);
    await inForce(() => desk.submitter("earth.exchange")?.jobsPerTick === 3);
    const ranges = await submitted({ shard: "earth", count: 7 });
    assert.deepEqual(short(ranges), [
      "earth.exchange/1-3 accepted",
      "earth.exchange/4-6 accepted",
      "earth.exchange/7-7 accepted",
    ]);
    assert.equal(new Set(ranges.map(({ tick }) => tick)).size, 3);
    assert.deepEqual(ranges[2].names, ["job-7", "job-7"]);
  });

  it("counts once what was taken in when the answer was lost, and says so", async () => {
    desk.answersLost = 1;
    assert.deepEqual(short(await submitted({ shard: "earth", count: 5 })), ["earth.exchange/1-5 repeated"]);
    assert.equal(taken(), 5);
    assert.equal(desk.submissions.length, 2);
    assert.deepEqual(desk.submissions[0], desk.submissions[1], "the same bytes");
  });

  it("waits for a fabric that is away, and goes on when it is back", async () => {
    await desk.silence();
    const ranges = submitted({ shard: "earth", count: 2 });
    await desk.serve();
    assert.deepEqual(short(await ranges), ["earth.exchange/1-2 accepted"]);
  });

  it("says which numbers are unsure when the fabric stays away, and how to send them again without a job done twice", async () => {
    quota("luna.dispatch", 2);
    await inForce(() => desk.submitter("luna.dispatch")?.jobsPerTick === 2);
    let pieces = 0;
    desk.meanwhile = () => {
      if (++pieces < 2) return;
      desk.answersLost = 1;
      desk.meanwhile = () => {};
      void desk.silence();
    };
    await assert.rejects(submitted({}, survey, 300), {
      code: "SUBMISSION_UNSURE",
      exitCode: 5,
      message: /took in luna\.dispatch\/3; what was to follow was not sent/,
      remedy: /with --first luna\.dispatch\/1:/,
    });
    await desk.serve();
    const before = taken();
    const again = await submitted({ first: ["luna.dispatch/1"] }, survey);
    assert.ok(again.every(({ refusal }) => refusal === null));
    assert.deepEqual([before >= 2, taken()], [true, 3]);
  });

  it("was not begun when nobody was there from the first to the last: no number is unsure", async () => {
    // It goes away between the questions before and the submission, which finds no connection.
    desk.client.submit = async (frame) => {
      await desk.silence();
      return new ControlClient(desk.socket).submit(frame);
    };
    const flags = { shard: "earth", count: 1 };
    await assert.rejects(submitted(flags, undefined, 300), { code: "FABRIC_NOT_RUNNING", exitCode: 5 });
  });

  it("is unsure of what was to follow when it goes away between two pieces", async () => {
    quota("earth.exchange", 1);
    await inForce(() => desk.submitter("earth.exchange")?.jobsPerTick === 1);
    const ask = desk.client.submit.bind(desk.client);
    desk.client.submit = async (frame) => {
      if (desk.submissions.length === 0) return ask(frame);
      await desk.silence();
      return new ControlClient(desk.socket).submit(frame);
    };
    await assert.rejects(submitted({ shard: "earth", count: 3 }, undefined, 300), {
      code: "SUBMISSION_UNSURE",
      message: /took in earth\.exchange\/2;/,
      remedy: /--first earth\.exchange\/1:/,
    });
  });

  it("takes in once what a whole command sends again, also far behind the newest number", async () => {
    const flags = { shard: "earth", count: 9000 };
    await submitted(flags);
    const again = short(await submitted({ ...flags, first: ["1"] }));
    assert.deepEqual(
      again,
      ["1-4096", "4097-8192", "8193-9000"].map((numbers) => `earth.exchange/${numbers} repeated`),
    );
    assert.equal(taken(), 9000);
  });

  it("leaves jobs alone whose numbers somebody else has taken, and never takes them for its own", async () => {
    const other = (number: number) =>
      signSubmission(domainsOf(desk.record.machine.genesis), submitterKey(seed, "earth.exchange"), 1, [job(number)]);
    desk.meanwhile = () => {
      desk.bring(other(2));
      desk.meanwhile = () => {};
    };
    const ranges = await submitted({ shard: "earth", count: 3 });
    assert.deepEqual(short(ranges), [
      "earth.exchange/1-1 accepted",
      "earth.exchange/2-2 takenMeanwhile",
      "earth.exchange/3-3 accepted",
    ]);
    assert.match(`${ranges[1].refusal?.says}. ${ranges[1].refusal?.right}`, /^somebody else .+ next free number/);
    // The same content under the same number is somebody else's, too.
    desk.meanwhile = () => {
      desk.bring(desk.submissions[desk.submissions.length - 1]);
      desk.meanwhile = () => {};
    };
    assert.deepEqual(short(await submitted({ shard: "earth" })), ["earth.exchange/4-4 takenMeanwhile"]);
  });

  it("waits its turn when somebody with the same key fills the tick", async () => {
    quota("earth.exchange", 2);
    await inForce(() => desk.submitter("earth.exchange")?.jobsPerTick === 2);
    const key = submitterKey(seed, "earth.exchange");
    desk.meanwhile = () => {
      desk.bring(signSubmission(domainsOf(desk.record.machine.genesis), key, 1, [job(11), job(12)]));
      desk.meanwhile = () => {};
    };
    assert.deepEqual(short(await submitted({ shard: "earth", count: 2 })), ["earth.exchange/1-2 accepted"]);
    assert.equal(taken(), 4);
  });

  it("says of each job why it was refused, and what would be right", async () => {
    const lines = async (flags: SubmitFlags) =>
      (await submitted(flags)).map(({ refusal }) => `${refusal?.reason}: ${refusal?.says}. ${refusal?.right}`);
    const wrongShard = await lines({ shard: "luna", submitter: "earth.exchange" });
    assert.match(
      wrongShard[0],
      /^shardNotAllowed: its submitter may not bring jobs to that shard.+ as a submitter who may\.$/,
    );
    assert.match((await lines({ shard: "earth", first: ["90000"] }))[0], /^tooFarAhead: /);
    await submitted({ shard: "earth" });
    assert.match(
      (await lines({ shard: "earth", first: ["1"], value: 5 }))[0],
      /^differentContent: its number is taken by/,
    );
    quota("earth.exchange", 2);
    await inForce(() => desk.submitter("earth.exchange")?.jobsPerTick === 2);
    const key = submitterKey(seed, "earth.exchange");
    desk.meanwhile = () => {
      desk.bring(signSubmission(domainsOf(desk.record.machine.genesis), key, 1, [job(21)]));
      desk.meanwhile = () => {};
    };
    assert.deepEqual(short(await submitted({ shard: "earth", count: 2 })), [
      "earth.exchange/2-2 accepted",
      "earth.exchange/3-3 overQuota",
    ]);
    change("earth.exchange", { expiry: 1 });
    await inForce(() => desk.submitter("earth.exchange")?.expired === true);
    assert.match(
      (await lines({ shard: "earth", submitter: "earth.exchange" }))[0],
      /^submitterExpired: the time for which/,
    );
    change("earth.exchange", { revoked: true });
    await inForce(() => desk.submitter("earth.exchange")?.revoked === true);
    const away = await submitted({ shard: "earth", submitter: "earth.exchange", count: 5 });
    assert.deepEqual(
      short(away),
      ["earth.exchange/22-26 unknownSender"],
      "the rest is not sent, and said to be refused",
    );
    assert.match(`${away[0].refusal?.says}`, /have revoked it$/);
  });

  it("tells jobs apart that were refused for different reasons", async () => {
    quota("earth.exchange", 3);
    await inForce(() => desk.submitter("earth.exchange")?.jobsPerTick === 3);
    const key = submitterKey(seed, "earth.exchange");
    const bring = (...numbers: number[]) =>
      desk.bring(
        signSubmission(
          domainsOf(desk.record.machine.genesis),
          key,
          1,
          numbers.map((number) => job(number)),
        ),
      );
    bring(21);
    await inForce(() => taken() === 1);
    desk.meanwhile = () => {
      bring(31, 32);
      desk.meanwhile = () => {};
    };
    assert.deepEqual(short(await submitted({ shard: "earth", first: ["20"], count: 3 })), [
      "earth.exchange/20-20 accepted",
      "earth.exchange/21-21 differentContent",
      "earth.exchange/22-22 overQuota",
    ]);
  });

  it("signs with a key of one's own, and knows whose it is", async () => {
    const file = join(desk.folder, "key.pem");
    const { publicKey } = makeKeyFile(file, "p256");
    change("mars.works", { keyKind: publicKey.kind, key: publicKey.bytes });
    await inForce(() => desk.submitter("mars.works")?.key === toHex(publicKey.bytes));
    assert.deepEqual(short(await submitted({ shard: "mars", key: file })), ["mars.works/1-1 accepted"]);
    const nothing = { shard: "earth", key: file };
    await assert.rejects(submitted(nothing), {
      code: "SUBMITTER_MISSING",
      message: /key in .+key\.pem may bring jobs to earth/,
    });
    await assert.rejects(submitted({ ...nothing, submitter: "earth.exchange" }), { code: "SUBMITTER_KEY_DIFFERS" });
    await assert.rejects(submitted({ shard: "mars" }), {
      code: "SUBMITTER_MISSING",
      message: /practice key may bring jobs to mars/,
    });
    await assert.rejects(submitted({ shard: "earth", submitter: "nobody" }), {
      code: "NAME_UNKNOWN",
      remedy: /earth\.exchange/,
    });
    await assert.rejects(submitted({ shard: "earth", world: join(desk.folder, "elsewhere") }), {
      code: "SUBMITTER_MISSING",
    });
  });

  describe("sends nothing", () => {
    const wrong: readonly (readonly [title: string, flags: SubmitFlags, code: string, says: RegExp])[] = [
      ["to a shard that there is not", { shard: "mrs" }, "NAME_UNKNOWN", /no shard mrs/],
      ["for a skill that there is not", { shard: "mars", skills: ["gqu"] }, "NAME_UNKNOWN", /no skill gqu/],
      ["without a shard", {}, "USAGE", /earth, luna, mars and helios/],
      [
        "that no attempt could finish",
        { shard: "mars", duration: 9, budget: 3 },
        "USAGE",
        /The budget is 3.+at least 9/,
      ],
      ["past its deadline", { shard: "mars", duration: 9, deadline: 3 }, "USAGE", /The deadline is 3.+at least 9/],
      [
        "with a first number of somebody who submits nothing",
        { shard: "mars", first: ["earth.exchange/1"] },
        "USAGE",
        /submits nothing here/,
      ],
    ];
    for (const [title, flags, code, says] of wrong)
      it(title, async () => {
        await assert.rejects(submitted(flags), { code, exitCode: 2, message: says });
        assert.equal(desk.submissions.length, 0);
      });

    it("of a list of blueprints of which one is wrong, or too large, or without anybody to bring it", async () => {
      const file = join(desk.folder, "blueprint.json");
      const good = { idPrefix: "a-", shard: "earth", skills: [], durationTicks: 1 };
      const rejects = async (second: object, error: object) => {
        writeFileSync(file, JSON.stringify([good, { ...good, ...second }]));
        await assert.rejects(submitted({}, file), error);
        assert.equal(desk.submissions.length, 0);
      };
      await rejects(
        { shard: "venus" },
        { code: "DOCUMENT_INVALID", message: /blueprint\.json:1:\d+: shard names "venus"/ },
      );
      await rejects(
        { payload: "x".repeat(300_000) },
        { code: "PAYLOAD_TOO_LARGE", message: /a- has 300\d+ bytes, and 262144/ },
      );
      change("helios.observatory", { expiry: 1 });
      await inForce(() => desk.submitter("helios.observatory")?.expired === true);
      await rejects({ shard: "helios" }, { code: "SUBMITTER_MISSING", message: /may bring jobs to helios/ });
    });

    it("when a number would do for several submitters", async () => {
      const file = join(desk.folder, "blueprint.json");
      const kinds = ["earth", "luna", "earth"].map((shard) => ({
        idPrefix: `${shard}-`,
        count: 2,
        shard,
        skills: [],
        durationTicks: 1,
      }));
      writeFileSync(file, JSON.stringify(kinds));
      await assert.rejects(submitted({ first: ["5"] }, file), {
        code: "USAGE",
        message: /earth\.exchange\/5 and luna\.dispatch\/5 would/,
      });
      assert.equal(desk.submissions.length, 0);
      const first = ["earth.exchange/5", "luna.dispatch/9"];
      assert.deepEqual(short(await submitted({ first }, file)), [
        "earth.exchange/5-6 accepted",
        "luna.dispatch/9-10 accepted",
        "earth.exchange/7-8 accepted",
      ]);
      const senders = desk.submissions.map((frame) => decodeSubmissionFrame(frame).submitter);
      assert.deepEqual(senders, [1, 2, 1]);
    });
  });
});
