import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checkProof, type ProvedReceipt } from "../../src/cli/job/proof.ts";
import { refOf, refsOf } from "../../src/cli/job/ref.ts";
import { intakeSentences, refusalSentences } from "../../src/cli/job/refusals.ts";
import { fabric } from "./commandLines.ts";
import { deployment, JobDesk } from "./jobDesk.ts";
import { root, startProgram } from "./program.ts";
import { until } from "./until.ts";

describe("The name of a job", () => {
  it("is its submitter's and its number, or a range of numbers", () => {
    assert.deepEqual(refOf("earth.exchange/17"), { submitter: "earth.exchange", number: 17 });
    assert.deepEqual(
      refsOf("a/9..11").map(({ number }) => number),
      [9, 10, 11],
    );
    assert.deepEqual(refsOf("a/9"), [{ submitter: "a", number: 9 }]);
  });

  for (const wrong of [
    "earth.exchange",
    "17",
    "a/",
    "a/0",
    "a/-1",
    "a/1.5",
    "a/b/1",
    "a/99999999999999999",
    "a/5..4",
    "a/1..1001",
    "a/1..",
  ])
    it(`is not ${wrong}`, () => {
      assert.throws(() => refsOf(wrong), { code: "USAGE", exitCode: 2, message: /earth\.exchange\/17/ });
    });
});

describe("What is said of a refusal", () => {
  it("reads as a sentence, and says what would be right", () => {
    for (const { says, right } of [...Object.values(intakeSentences), ...Object.values(refusalSentences)]) {
      assert.match(says, /^[a-z][^.]+$/);
      assert.match(right, /^[A-Z].+\.$/);
    }
  });
});

describe("fabric job", { timeout: 120_000 }, () => {
  let desk: JobDesk;
  before(async () => {
    desk = await JobDesk.start();
  });
  after(() => desk.stop());
  const job = (...words: string[]) => fabric(["job", ...words], { NO_COLOR: "1" }, desk.folder);
  const survey = `${root}config/blueprints/survey.json`;

  it("submits, and follows to the end; says what is next", async () => {
    const { code, out, err } = await job("submit", survey);
    assert.equal(code, 0, err);
    assert.match(out, /^luna\.dispatch\/1 … luna\.dispatch\/3 accepted in tick \d+ \(survey-1 … survey-3\)\n$/);
    assert.equal(err, "Next: npx fabric job watch luna.dispatch/1..3\n");
    const [watched, json, why] = await Promise.all([
      job("watch", "luna.dispatch/1..3", "--no-proof"),
      job("watch", "luna.dispatch/2", "--no-proof", "--json"),
      job("why", "luna.dispatch/1"),
    ]);
    assert.equal(watched.code, 0, watched.err);
    for (const number of [1, 2, 3])
      assert.match(
        watched.out,
        new RegExp(`^luna\\.dispatch/${number} was completed at tick \\d+ by luna\\.nav-station\\.$`, "m"),
      );
    const last = JSON.parse(json.out.trimEnd().split("\n").at(-1) ?? "");
    assert.deepEqual([last.kind, last.job.outcome], ["ended", "completed"]);
    assert.match(why.out, /^luna\.dispatch\/1 .+\.\n {2}It was taken in /);
  });

  it("says that what is taken in waits while the fabric is paused, shows the jobs, and why; a watch ends with Ctrl-C", async () => {
    desk.govern({ pause: { ownerPaused: true, guardianUntil: 0 } });
    const given = ["--shard", "earth", "--skills", "finance", "--count", "2", "--id-prefix", "pay-", "--value", "4"];
    const [submitted, json] = [await job("submit", ...given), await job("submit", ...given, "--json")];
    assert.equal(submitted.code, 0, submitted.err);
    assert.match(
      submitted.err,
      /^They are taken in, and wait: nothing is given to nodes until the fabric is resumed; it is paused by the owners\.$/m,
    );
    const document = JSON.parse(json.out);
    assert.deepEqual(
      document.submitted.map(({ first, last, became }: Record<string, unknown>) => [first, last, became]),
      [[3, 4, "accepted"]],
    );
    assert.equal(document.stops.length, 1);
    const [list, some, why] = await Promise.all([
      job("list", "--submitter", "earth.exchange"),
      job("list", "--state", "queued", "--shard", "earth", "--limit", "1", "--json"),
      job("why", "earth.exchange/2", "--json"),
    ]);
    assert.match(
      list.out,
      /^job +state +shard +class +skills +node +attempts +since\nearth\.exchange\/1 +queued +earth +interactive +finance +– +0 /,
    );
    assert.match(list.err, /^4 of 4 jobs that live\.$/m);
    assert.deepEqual(
      JSON.parse(some.out).map(({ number }: { number: number }) => number),
      [1],
    );
    assert.match(
      JSON.parse(why.out).sentence,
      /^earth\.exchange\/2 waits in the queue of earth: the owners have paused the fabric/,
    );

    const { child, written, ended } = startProgram(
      `${root}node_modules/.bin/fabric`,
      ["job", "watch", "earth.exchange/1..4"],
      {},
      desk.folder,
    );
    try {
      await until(() => written.out.includes("earth.exchange/4 is queued in earth\n"));
      child.kill("SIGINT");
      const { code, err } = await ended;
      assert.deepEqual([code, err], [0, ""]);
    } finally {
      child.kill("SIGKILL");
      desk.govern({ pause: { ownerPaused: false, guardianUntil: 0 } });
    }
  });

  it("ends with 1 when a job was refused, or ended otherwise than well, and names the reason", async () => {
    desk.fleet.durationOf = () => 1_000_000;
    const refused = await job("submit", "--shard", "luna", "--submitter", "earth.exchange", "--count", "2");
    assert.equal(refused.code, 1);
    assert.match(
      refused.out,
      /refused in tick \d+ \(job-1 … job-2\): its submitter may not bring jobs to that shard.+\. Submit to a shard/,
    );
    const expiring = await job("submit", "--shard", "mars", "--deadline", "2");
    assert.equal(expiring.code, 0, expiring.err);
    const watched = await job("watch", "mars.works/1", "--no-proof");
    assert.equal(watched.code, 1, watched.err);
    assert.match(watched.out, /mars\.works\/1 expired at tick \d+: its deadline passed before it was done\.\n$/);
    const cancelled = await job("cancel", "mars.works/1");
    assert.equal(cancelled.code, 2);
    assert.match(cancelled.err, /^JOB_ENDED: mars\.works\/1 has ended, expired in tick \d+: nothing was sent/);
  });

  const bad: readonly (readonly [title: string, words: readonly string[], says: RegExp])[] = [
    ["a job that never was", ["why", "luna.dispatch/99"], /JOB_UNKNOWN: .+ luna\.dispatch has used is \d+\./],
    ["a submitter that nobody knows", ["watch", "luna.dispach/1"], /NAME_UNKNOWN: .+\n.*luna\.dispatch/],
    ["words that name no job", ["cancel", "17"], /USAGE: 17 names no job/],
    [
      "a class that there is not",
      ["submit", "--shard", "earth", "--class", "urgent"],
      /interactive, background, maintenance/,
    ],
    [
      "a count that is none",
      ["submit", "--shard", "earth", "--count", "0"],
      /A whole number from 1 to 1000000 is right\./,
    ],
    ["a first number that is none", ["submit", "--shard", "earth", "--first", "x"], /earth\.exchange\/17/],
    [
      "more jobs to show than the fabric names",
      ["list", "--limit", "10001"],
      /A whole number from 1 to 10000 is right/,
    ],
    ["skills given twice", ["submit", "--shard", "earth", "--skills", "gpu,gpu"], /each once/],
    ["a state that there is not", ["list", "--state", "waiting"], /registered, delayed, queued, running, parked/],
    ["a blueprint that is not there", ["submit", "none.json"], /FILE_UNREADABLE: none\.json/],
  ];
  for (const [title, words, says] of bad)
    it(`refuses ${title} with 2`, async () => {
      const { code, out, err } = await job(...words);
      assert.equal(code, 2, err);
      assert.equal(out, "");
      assert.match(err, says);
    });

  it("ends with 5 where no fabric runs", async () => {
    const { code, err } = await fabric(["job", "list"], {}, "/");
    assert.equal(code, 5);
    assert.match(err, /FABRIC_NOT_RUNNING/);
  });
});

describe("fabric job where there is little, or nothing more", { timeout: 60_000 }, () => {
  let desk: JobDesk;
  before(async () => {
    desk = await JobDesk.start((values) => ({ ...values, pause: { ownerPaused: true, guardianUntil: 0 } }));
  });
  after(() => desk.stop());

  it("names one job as one, and a retired fabric as what takes nothing", async () => {
    assert.equal((await fabric(["job", "submit", "--shard", "earth"], {}, desk.folder)).code, 0);
    const list = await fabric(["job", "list"], {}, desk.folder);
    assert.equal(list.err, "1 of 1 job that lives.\n");
    desk.govern({ retired: true });
    await until(() => desk.status().retired);
    const refused = await fabric(["job", "submit", "--shard", "earth"], {}, desk.folder);
    assert.equal(refused.code, 1, refused.err);
    assert.match(refused.out, /refused in tick \d+ \(job-1\): the owners have retired this fabric\. Bring it to/);
    assert.equal(refused.err, "");
    const again = await fabric(["job", "submit", "--shard", "earth", "--first", "1"], {}, desk.folder);
    assert.doesNotMatch(again.err, /taken in, and wait/);
  });
});

describe("The help of fabric job", () => {
  it("shows every form that --first takes, and the most that --limit does", async () => {
    const [submit, list] = await Promise.all([fabric(["job", "submit", "--help"]), fabric(["job", "list", "--help"])]);
    assert.match(submit.out.replaceAll(/\s+/g, " "), /--first <job>.+earth\.exchange\/17/);
    assert.match(list.out, /10000/);
  });
});

describe("What proves a receipt", { timeout: 60_000 }, () => {
  let desk: JobDesk;
  let sound: ProvedReceipt;
  before(async () => {
    desk = await JobDesk.start();
    const { code, err } = await fabric(["job", "submit", "--shard", "earth", "--count", "5"], {}, desk.folder);
    assert.equal(code, 0, err);
    const { record } = desk;
    await until(() => record.receipts.size === 5 && (record.unanchored.at(-1)?.document.receipts.size ?? 0) === 5);
    record.noteAnchored(record.head.digest);
    const view = await desk.receipt({ submitter: "earth.exchange", number: 3 });
    assert.ok(view?.proof);
    sound = { ...view, proof: view.proof };
  });
  after(() => desk.stop());
  const check = (view: ProvedReceipt) => checkProof(view, deployment, desk.status());
  const isUnproved = (message: RegExp) => ({ code: "RECEIPT_UNPROVED", exitCode: 6, message });

  it("is checked without trusting the fabric, and holds when all of it is true", () => {
    check(sound);
  });

  it("does not hold for a job that is said to have ended otherwise than its receipt says", () => {
    const lies: Partial<ProvedReceipt["job"]>[] = [
      { number: 4 },
      { outcome: "failed" },
      { reason: "deadlinePassed" },
      { shard: "luna" },
      { node: "luna.nav-station" },
      { node: null },
      { submitter: "luna.dispatch" },
      { attempts: 2 },
      { endedTick: sound.job.endedTick + 1 },
      { submittedTick: 0 },
      { value: 1 },
      { resultDigest: `0x${"00".repeat(32)}` },
    ];
    for (const lie of lies)
      assert.throws(
        () => check({ ...sound, job: { ...sound.job, ...lie } }),
        isUnproved(/its receipt has another/),
        JSON.stringify(lie),
      );
  });

  it("does not hold for another leaf, place, path, tree or fabric", () => {
    const zeros = `0x${"00".repeat(32)}` as const;
    const { proof, job } = sound;
    const forged = { value: 77 };
    const elsewhere = { ...deployment, chainId: 1 };
    assert.throws(() => check({ ...sound, leafHash: zeros }), isUnproved(/its leaf/));
    assert.throws(
      () => check({ ...sound, job: { ...job, ...forged }, receipt: { ...sound.receipt, ...forged } }),
      isUnproved(/its leaf/),
    );
    assert.throws(() => checkProof(sound, elsewhere, desk.status()), isUnproved(/another fabric's/));
    for (const other of [
      { path: proof.path.slice(1) },
      { path: proof.path.with(0, zeros) },
      { root: zeros },
      { size: 3 },
    ])
      assert.throws(() => check({ ...sound, proof: { ...proof, ...other } }), isUnproved(/its path does not lead/));
    assert.throws(() => check({ ...sound, job: { ...job, index: job.index + 1 } }), isUnproved(/its path/));
  });
});
