import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { FabricError } from "../../src/errors.ts";
import { ownerScriptForm } from "../../src/report/forms.ts";
import { checkPlace, type Summary, verifyBundle } from "../../src/report/index.ts";
import { comparisons } from "./comparisons.ts";
import { corruptions } from "./corruptions.ts";
import { flips } from "./flips.ts";
import { forgedJournals } from "./forgedJournals.ts";
import { hostileFolders } from "./hostileFolders.ts";
import { plots } from "./plots.ts";
import { filesOf, playQuietly, type QuietDrill, refusalOf } from "./quietBundle.ts";
import { schemas } from "./schemas.ts";
import { endSecondOpinions, hasPython, secondOpinion } from "./secondVerifier.ts";

const seed = 20260104;

describe("The bundle of a drill", () => {
  let drill: QuietDrill;
  let folder: string;
  let summary: Summary;
  before(async () => {
    drill = await playQuietly(seed);
    const written = await drill.write("quiet");
    folder = written.folder;
    summary = written.derived.summary;
  });
  after(() => {
    drill.remove();
    endSecondOpinions();
  });

  it("is complete, or an auditor would have to ask for more", () => {
    assert.deepEqual(filesOf(folder).sort(), [
      "chain.json",
      "checkpoints.json",
      "events.ndjson",
      "index.html",
      "inputs/drill.json",
      "inputs/keys.json",
      "inputs/manifest.json",
      "inputs/scenario.json",
      "journal/journal-00000001.segment",
      "manifest.json",
      "owner-log.json",
      "owner-script.json",
      "plots/failures.svg",
      "plots/nodes.svg",
      "plots/queues.svg",
      "plots/spillover.svg",
      "plots/throughput.svg",
      "plots/topology.svg",
      "plots/waits.svg",
      "receipts.ndjson",
      "summary.json",
      "timing.json",
      "topology.mmd",
    ]);
  });

  it("verifies, and says on what condition", async () => {
    const { says, steps } = await verifyBundle(folder);
    const { hash, number } = drill.drill.evidence.block;
    assert.equal(says, `Verified: it is proved, if block ${number} (${hash}) is on chain 31337.`);
    assert.equal(steps.length, 6);
  });

  it("holds for a verifier that shares no code with this one", {
    skip: !hasPython && "there is no Python here",
  }, async () => {
    assert.deepEqual(await secondOpinion(folder), { verdict: "holds", problem: "" });
  });

  it("says more when the reader knows the last block, and is refused when he knows another", async () => {
    const { hash } = drill.drill.evidence.block;
    const { says } = await verifyBundle(folder, { trustedHash: hash });
    assert.match(says, /^Verified: it is proved, and block/);
    const other = `0x${"11".repeat(32)}`;
    await assert.rejects(verifyBundle(folder, { trustedHash: other }), { code: "EVIDENCE_OFF_CHAIN", exitCode: 6 });
  });

  it("has in its summary what scripts of others read", () => {
    const written = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8"));
    assert.deepEqual(written, JSON.parse(JSON.stringify(summary)));
    const has = (object: object, fields: string) => {
      for (const field of fields.split(" ")) assert.ok(field in object, `there is no ${field}`);
    };
    has(written, "label seed scenario verdict checks jobs ticks failureRate skew crash checkpoints owner receipts");
    has(written, "stateRoot heartbeats shards nodes");
    has(written.checks[0], "id title pass value limit");
    has(written.jobs, "submitted completed failed expired cancelled interrupted requeued spilled refusedResults");
    has(written.skew, "max control");
    has(written.crash, "killedAtTick killedAtStep resumedFromCheckpoint sameReceiptsRoot sameStateRoot");
    has(written.checkpoints, "count anchored");
    has(written.owner, "changes transactions");
    has(written.receipts, "size root");
    has(written.heartbeats, "accepted refused");
    has(written.shards[0], "submitted completed spilledIn spilledOut waitP50Ticks waitP95Ticks deepestQueue");
    has(written.nodes[0], "leases completed interrupted utilisation silences");
  });

  it("tells the run that there was: the drill passed, with a kill, an interruption and four changes", () => {
    assert.deepEqual(
      summary.checks.filter(({ pass }) => !pass),
      [],
    );
    assert.equal(summary.verdict, "pass");
    assert.equal(summary.jobs.submitted, 40);
    assert.equal(summary.jobs.completed, 40);
    assert.ok(summary.jobs.interrupted > 0);
    assert.deepEqual(summary.owner, { changes: 4, transactions: 5 });
    assert.equal(summary.receipts.size, 40);
    const { crash } = summary;
    assert.ok(crash !== null && crash.killedAtTick >= 30 && crash.killedAtTick <= 34);
    assert.ok(crash.sameReceiptsRoot && crash.sameStateRoot);
  });

  it("has `latest` beside it, which points at it", () => {
    assert.equal(readlinkSync(join(drill.folder, "latest")), "quiet");
  });

  it("has for each change what takes it back, in the form that Safe takes", () => {
    const { decided } = ownerScriptForm.parse(JSON.parse(readFileSync(join(folder, "owner-script.json"), "utf8")));
    assert.deepEqual(
      decided.map(({ undo }) => undo?.map(({ sentence }) => sentence)),
      [
        undefined,
        ["Set the queue budget of earth from 5,000 to 6,000 jobs."],
        ["Resume the shard luna."],
        undefined,
        undefined,
      ],
    );
    const [, { safe, undo }] = decided;
    const [call] = safe?.transactions ?? [];
    assert.equal(safe?.chainId, "31337");
    assert.deepEqual([call.value, call.contractInputsValues], ["0", { shard: "1", expected: "6000", value: "5000" }]);
    const [back] = undo?.[0].safe?.transactions ?? [];
    assert.deepEqual(back.contractInputsValues, { shard: "1", expected: "5000", value: "6000" });
  });

  it("has what owners may want to do next, prepared for the fabric as the run left it", () => {
    const { ready } = ownerScriptForm.parse(JSON.parse(readFileSync(join(folder, "owner-script.json"), "utf8")));
    const find = (id: string) => ready.find((script) => script.id === id)?.changes.map(({ sentence }) => sentence);
    assert.deepEqual(find("pauseAll"), ["Pause the whole fabric."]);
    // The run has changed the budget of earth: a script for what was before would be refused.
    assert.deepEqual(find("raiseQueue/earth"), ["Set the queue budget of earth from 5,000 to 10,000 jobs."]);
    assert.deepEqual(find("rotateMember"), []);
  });

  it("shows on its page what others wrote as text, or a title could run a script", () => {
    const page = readFileSync(join(folder, "index.html"), "utf8");
    assert.doesNotMatch(page, /<script|[\u200F\u202E]/);
    assert.match(page, /&#60;script&#62;.*\\u\{202e\}right to left/);
    assert.doesNotMatch(page, /\b(src|href)=|url\((?!data:font\/woff2;)|https?:\/\//);
  });

  it("is the same again for the same seed, byte for byte, but for timing.json", async () => {
    const again = await playQuietly(seed);
    try {
      const other = (await again.write("quiet")).folder;
      for (const path of filesOf(folder).filter((name) => name !== "timing.json"))
        assert.ok(readFileSync(join(folder, path)).equals(readFileSync(join(other, path))), `${path} differs`);
    } finally {
      again.remove();
    }
  });

  it("is another one for another seed", async () => {
    const other = await playQuietly(seed + 1, { unkilled: true });
    try {
      const { derived } = await other.write("quiet");
      assert.equal(derived.summary.verdict, "pass");
      assert.notEqual(derived.summary.receipts.root, summary.receipts.root);
      assert.notEqual(derived.summary.stateRoot, summary.stateRoot);
      assert.equal(derived.summary.crash, null);
    } finally {
      other.remove();
    }
  });

  it("fails its checks and is refused when the unkilled run is said to have ended otherwise", async () => {
    const { unkilled } = drill.drill;
    assert.ok(unkilled !== null);
    const receipts = { ...unkilled.receipts, root: `0x${"22".repeat(32)}` };
    const other = { ...drill.drill, unkilled: { ...unkilled, receipts } };
    const written = await drill.write("claimed", { drill: other });
    const failed = written.derived.summary.checks.filter(({ pass }) => !pass);
    assert.deepEqual(
      failed.map(({ id }) => id),
      ["sameReceiptsRoot"],
    );
    assert.equal(written.derived.summary.verdict, "fail");
    const refusal = await refusalOf(written.folder);
    assert.equal(refusal.code, "BUNDLE_MALFORMED");
    assert.match(refusal.message, /unkilled\.receipts\.root/);
  });

  it("leaves one of the same label untouched when it cannot be made", async () => {
    await drill.write("kept");
    const before = readFileSync(join(drill.folder, "kept", "summary.json"), "utf8");
    const timing = () => {
      throw new Error("the disk is full");
    };
    await assert.rejects(drill.write("kept", { timing }), /the disk is full/);
    assert.equal(readFileSync(join(drill.folder, "kept", "summary.json"), "utf8"), before);
    assert.deepEqual(
      readdirSync(drill.folder).filter((name) => name.startsWith(".")),
      [],
    );
    await verifyBundle(join(drill.folder, "kept"));
  });

  it("says that the disk is full, and leaves nothing half made", async () => {
    const timing = () => {
      const [making] = readdirSync(drill.folder).filter((name) => name.startsWith(".full."));
      symlinkSync("/dev/full", join(drill.folder, making, "timing.json"));
      return {};
    };
    await assert.rejects(drill.write("full", { timing }), { code: "DISK_FULL", exitCode: 1 });
    assert.deepEqual(
      readdirSync(drill.folder).filter((name) => name.includes("full")),
      [],
    );
  });

  it("takes no label that climbs out of its folder, hides, or is taken", async () => {
    for (const label of ["", "latest", "../out", "a/b", ".hidden", "a b", "x".repeat(65), "<b>", "a\nb"])
      await assert.rejects(drill.write(label), { code: "LABEL_INVALID", exitCode: 2 });
    assert.ok(FabricError);
  });

  it("replaces nothing that is no bundle", async () => {
    const thesis = join(drill.folder, "thesis", "chapter.txt");
    mkdirSync(join(drill.folder, "thesis"));
    writeFileSync(thesis, "mine");
    writeFileSync(join(drill.folder, "notes"), "mine");
    for (const label of ["thesis", "notes"])
      await assert.rejects(drill.write(label), { code: "LABEL_TAKEN", exitCode: 2 });
    assert.equal(readFileSync(thesis, "utf8"), "mine");
    assert.throws(() => checkPlace("new", thesis), { code: "REPORTS_UNWRITABLE", exitCode: 2 });
  });

  const bundle = () => folder;
  schemas(bundle);
  plots(bundle);
  comparisons(bundle);
  corruptions(bundle);
  forgedJournals(bundle);
  hostileFolders(bundle);
  flips(bundle);
});
