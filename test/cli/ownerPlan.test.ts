import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encryptKeystoreJsonSync } from "ethers";
import { ControlServer, type RunFile, socketOf, writeRun } from "../../src/control/index.ts";
import { contractNames, interfaceOf, readParameters, writeDeployment } from "../../src/governance/index.ts";
import { processIdentity } from "../../src/journal/index.ts";
import {
  decide,
  type Plan,
  planText,
  planTypedData,
  readOffice,
  readPlan,
  readTrust,
  sealPlan,
  signatureText,
  signConstitution,
  signPlan,
  trustText,
} from "../../src/owner/index.ts";
import { digestOfJson } from "../../src/owner/plan/sealed.ts";
import { MemoryDesk } from "../control/memoryDesk.ts";
import { type LocalFabric, startFabric } from "../governance/localChain.ts";
import { fabric } from "./commandLines.ts";
import type { Ended } from "./program.ts";

const names = "Ada,Bo,Cy";

/** Three owners, each in a folder of their own; two of them decide. Ada has the fabric that runs in hers. */
describe("owners who decide by plans", () => {
  let local: LocalFabric;
  let folder: string;
  let server: ControlServer;
  before(async () => {
    local = await startFabric();
    folder = mkdtempSync(join(tmpdir(), "fabric-plans-"));
    for (const name of ["ada", "bo", "cy", "world"]) mkdirSync(join(folder, name));
    process.env.XDG_RUNTIME_DIR = folder;
    writeDeployment(join(folder, "world", "deployment.json"), local.deployment);
    server = await ControlServer.open(new ObedientDesk(), socketOf(join(folder, "world")));
    runHere(join(folder, "ada"));
    const { privateKey, address } = ownerKey(2);
    const cheap = { scrypt: { N: 2, r: 8, p: 1 } };
    writeFileSync(join(folder, "bo", "bo.json"), encryptKeystoreJsonSync({ address, privateKey }, "sesame", cheap));
  });
  after(async () => {
    await server.close();
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const elsewhere = () => ["--rpc", local.url];
  /** Ada's fabric runs here; Bo and Cy name its chain. */
  const owner = (who: "ada" | "bo" | "cy", line: string): Promise<Ended> =>
    fabric(
      ["owner", ...line.split(" "), ...(who === "ada" ? [] : elsewhere())],
      { FABRIC_PASSWORD: "sesame" },
      join(folder, who),
    );
  const hand = (file: string, from: string, to: string) =>
    copyFileSync(join(folder, from, file), join(folder, to, file));
  const planIn = (who: string, file: string): Plan => readPlan(readFileSync(join(folder, who, file), "utf8"), file);
  const write = (who: string, file: string, text: string) => writeFileSync(join(folder, who, file), text);
  const parameters = async () => {
    const { chain, deployment } = local;
    return (await readParameters(chain, deployment, (await chain.latest()).hash)).parameters;
  };
  /** A practice owner by the number of the member. */
  const ownerKey = (member: number) => {
    const { key } = local.keys.constitution.members[member - 1];
    const found = local.keys.owners.find(({ address }) => address.toLowerCase() === key);
    assert.ok(found !== undefined);
    return found;
  };
  const runHere = (at: string) => {
    const { deployment, url, chain } = local;
    const world = join(folder, "world");
    const run: RunFile = {
      format: "planetary-fabric/run/v1",
      process: { id: process.pid, started: processIdentity(process.pid)?.started ?? "" },
      ...{ world, rpc: url, chainId: chain.chainId, genesisHash: chain.genesisHash, socket: socketOf(world) },
      contracts: Object.fromEntries(
        contractNames.map((name) => [name, deployment.contracts[name].address]),
      ) as RunFile["contracts"],
    };
    writeRun(run, join(at, ".fabric"));
  };
  /** What must not happen to the chain while owners look. */
  const untouched = async (act: () => Promise<void>) => {
    const { number } = await local.chain.latest();
    await act();
    assert.equal((await local.chain.latest()).number, number);
  };

  it("pin the same fabric, as the same six words tell them", async () => {
    const before = await owner("ada", "plan set earth.weight 2 --trust trust.json");
    assert.deepEqual([before.code, before.err.split(":")[0]], [2, "TRUST_MISSING"]);
    const pinned = [
      await owner("ada", `trust --own 1 --names ${names}`),
      await owner("bo", `trust --own 2 --names ${names} --deployment ../world/deployment.json`),
      await owner("cy", "trust --deployment ../world/deployment.json --json"),
    ];
    for (const { code, err } of pinned) assert.equal(code, 0, err);
    const phrases = pinned.slice(0, 2).map(({ out }) => /^Six words: (.+)$/m.exec(out)?.[1]);
    assert.deepEqual(phrases, [JSON.parse(pinned[2].out).phrase, phrases[0]]);
    assert.match(pinned[0].out, /^ {2}shards: earth, luna, mars, helios$/m);
    const names6 = /^Six words for these names: (.+)$/m.exec(pinned[0].out)?.[1];
    assert.equal(JSON.parse(pinned[2].out).namesPhrase, names6);
    assert.match(pinned[0].out, /^ {2}1 {2}Ada, you: account 0x\w{40}, weight 1$/m);
  });

  it("know beforehand what a change does, and what takes it back", async () => {
    await untouched(async () => {
      const { code, out, err } = await owner(
        "ada",
        "plan set earth.queueBudget 8000 --and reroute mars helios --count 9",
      );
      assert.equal(code, 0, err);
      assert.match(
        out,
        /^Set the queue budget of earth from 6,000 to 8,000 jobs\. Let the jobs of mars spill to helios/,
      );
      assert.match(out, /^ {2}earth\.queueBudget: 6,000 → 8,000$/m);
      assert.match(out, /^ {2}mars\.routes: earth, helios → helios$/m);
      assert.match(out, /These owners have not called ShardRegistry\.setQueueBudget before\./);
      assert.match(out, /^To undo it: .* Every value is again as it was\.$/m);
      const { undo, severity, trial } = planIn("ada", "change-1.json");
      assert.deepEqual([severity.level, undo?.changes.length, trial.gas > 50_000], ["serious", 2, true]);
    });
    const again = await owner("ada", "plan checkpoint --no-replay --out change-1.json");
    assert.deepEqual([again.code, again.err.split(":")[0]], [2, "FILE_UNWRITABLE"]);
  });

  it("cannot be tricked into signing something else", async () => {
    await untouched(async () => {
      for (const who of ["bo", "cy"]) hand("change-1.json", "ada", who);
      const { hash: _, memo: __, ...said } = planIn("ada", "change-1.json");
      const calls = said.calls.slice(1);
      write("cy", "change-1.json", planText(sealPlan({ ...said, calls })));
      const tricked = await owner("cy", "sign change-1.json --practice 3");
      assert.deepEqual([tricked.code, tricked.out], [4, ""]);
      assert.match(tricked.err, /^PLAN_FALSE: The plan does not do what it says: it says “Set the queue budget/);
      write("cy", "change-1.json", planText({ ...planIn("ada", "change-1.json"), validUntil: said.validUntil - 1 }));
      const altered = await owner("cy", "sign change-1.json --practice 3 --offline");
      assert.deepEqual([altered.code, altered.err.split(":")[0]], [4, "OWNER_FILE_ALTERED"]);
      for (const file of ["change-1.member-3.json", "signed.ndjson"])
        assert.equal(existsSync(join(folder, "cy", file)), false);
      // What its maker says it asked for is not what its calls come to.
      const changes = [{ kind: "setWeight", shard: "earth", value: 9 }] as const;
      write(
        "cy",
        "change-1.json",
        planText(sealPlan({ ...said, changes, severity: { ...said.severity, level: "routine" } })),
      );
      const other = await owner("cy", "verify change-1.json");
      assert.deepEqual([other.code, other.err.split(":")[0]], [7, "PLAN_OUTDATED"]);
      assert.match(other.err, /what was asked for comes to this now: “Set the weight of earth from 1 to 9\.”/);
    });
  });

  it("verify a plan, with and without the chain, and see the same six words", async () => {
    const { code, out, err } = await owner("bo", "verify change-1.json --json");
    assert.equal(code, 0, err);
    const { phrase, digest, unchecked, progress } = JSON.parse(out);
    assert.deepEqual([unchecked, progress], [[], "open"]);
    const offline = await fabric(["owner", "verify", "change-1.json", "--offline"], {}, join(folder, "bo"));
    assert.equal(offline.code, 0, offline.err);
    assert.ok(offline.out.includes(phrase) && offline.out.includes(digest));
    assert.match(offline.out, /Not checked:\n {2}whether the chain still has/);
  });

  it("take no node's word for a name that they have not pinned", async () => {
    const trust = readTrust(readFileSync(join(folder, "bo", "trust.json"), "utf8"), "trust.json");
    const { digest: _, ...said } = { ...trust, shards: [], nodes: [], submitters: [], skills: [] };
    write("bo", "early.json", trustText({ ...said, digest: digestOfJson(said) }));
    const verified = await owner("bo", "verify change-1.json --trust early.json --json");
    assert.equal(verified.code, 0, verified.err);
    const { unchecked } = JSON.parse(verified.out);
    assert.deepEqual(unchecked.length, 3);
    assert.match(unchecked[0], /^whether it is shard 1 \(earth\): that is newer than what you have pinned/);
    const signed = await owner("bo", "sign change-1.json --key bo.json --trust early.json");
    assert.deepEqual([signed.code, signed.out], [7, ""], signed.err);
    assert.match(signed.err, /^NAMES_UNPINNED: .*: shard 1 \(earth\), shard 3 \(mars\), shard 4 \(helios\)\.$/m);
    assert.equal(existsSync(join(folder, "bo", "change-1.member-2.json")), false);
  });

  it("sign with their own keys, in any order, and see who is missing", async () => {
    const early = await owner("ada", "execute change-1.json");
    assert.equal(early.code, 3);
    assert.match(early.err, /^SIGNATURES_MISSING: 0 of the 2 votes .*: Ada, Bo, Cy\.$/m);
    const foreign = await owner("ada", "sign change-1.json --practice 2");
    assert.deepEqual([foreign.code, foreign.err.split(":")[0]], [4, "SIGNER_UNEXPECTED"]);
    // What somebody has put beside the plan is in nobody's way.
    for (const who of ["ada", "bo"]) write(who, "change-1.member-3.json", "{}");
    const bo = await owner("bo", "sign change-1.json --key bo.json");
    assert.equal(bo.code, 0, bo.err);
    assert.match(bo.err, /^Warning: change-1\.member-3\.json is left out\. OWNER_FILE_ALTERED: /m);
    assert.match(bo.out, /^Signed by Bo: 1 of the 2 votes that it takes\.\nNot signed by Ada, Cy\.$/m);
    assert.match(bo.out, /^To copy for the next signer:\n {2}Please look at the change attached \(change-1\.json\)/m);
    hand("change-1.member-2.json", "bo", "ada");
    const external = await owner("ada", "sign change-1.json --external");
    assert.deepEqual(
      JSON.parse(external.out),
      JSON.parse(JSON.stringify(planTypedData(planIn("ada", "change-1.json")))),
    );
    const { domain, types, message } = planTypedData(planIn("ada", "change-1.json"));
    const { Batch, Call } = types;
    const answer = await ownerKey(1).signTypedData(domain, { Batch, Call }, message);
    const wrong = await owner("ada", `add-signature change-1.json ${answer} --member 3`);
    assert.deepEqual([wrong.code, wrong.err.split(":")[0]], [4, "SIGNATURE_FORGED"]);
    const added = await owner("ada", `add-signature change-1.json ${answer} --member 1`);
    assert.equal(added.code, 0, added.err);
    assert.match(added.out, /^Signed by Ada, Bo: 2 of the 2 votes that it takes\.\nNext: npx fabric owner execute/);
  });

  it("have what anyone may send from any wallet, once enough have signed, and nothing is sent", async () => {
    await untouched(async () => {
      const tooFew = await owner("bo", "execute change-1.json --calldata");
      assert.deepEqual([tooFew.code, tooFew.out], [3, ""]);
      assert.match(tooFew.err, /^SIGNATURES_MISSING: 1 of the 2 votes/m);
      const { code, out, err } = await owner("ada", "execute change-1.json --calldata");
      assert.equal(code, 0, err);
      assert.match(err, /^Nothing was sent\. Anyone may send what stands under "multisig"/m);
      const { multisig, sentence } = JSON.parse(out);
      assert.equal(sentence, planIn("ada", "change-1.json").sentence);
      assert.equal(multisig.execute.to, local.deployment.contracts.OwnerMultisig.address);
      const anyone = "0x000000000000000000000000000000000000dEaD";
      await local.chain.rpc("eth_call", [{ from: anyone, to: multisig.execute.to, data: multisig.execute.data }]);
    });
  });

  it("make the change, and see since when the fabric obeys it and that it did what was forecast", async () => {
    hand("change-1.member-1.json", "ada", "bo");
    // Two at once: the chain takes it once, and whoever was second is told where.
    const [{ code, out, err }, other] = await Promise.all([
      owner("ada", "execute change-1.json --reason its_queue_is_full"),
      owner("bo", "execute change-1.json"),
    ]);
    assert.equal(code, 0, err);
    assert.equal(other.code, 0, other.err);
    assert.match(err + other.err, /^Sent: transaction 0x\w{64}, waiting for a block\.$/m);
    assert.match(out, /^Everything is as the plan forecast\.$/m);
    assert.match(out, /^In force since tick \d+\.$/m);
    assert.equal((await parameters()).shards[0].queueBudget, 8000);
    const [logged] = readFileSync(join(folder, "world", "owner-log.ndjson"), "utf8")
      .trimEnd()
      .split("\n");
    const { plan, reason, signers } = JSON.parse(logged);
    assert.deepEqual([plan, reason, signers.length], [planIn("ada", "change-1.json").hash, "its_queue_is_full", 2]);
    const again = await owner("ada", "execute change-1.json");
    assert.equal(again.code, 0, again.err);
    const place = /in block \d+, transaction 0x\w{64}\.$/m.exec(again.out)?.[0] ?? "nowhere";
    assert.ok(again.out.includes(`It is made already: ${place}`) && out.includes(place) && other.out.includes(place));
    assert.match(again.out, /^In force since tick \d+\.$/m);
    const lines = readFileSync(join(folder, "world", "owner-log.ndjson"), "utf8").split("\n");
    assert.equal(lines.length, 2, "one decision is one line of the log");
    const late = await owner("bo", "verify change-1.json");
    assert.equal(late.code, 7);
    assert.ok(late.err.startsWith(`PLAN_MADE: This very plan is made already: ${place}`), late.err);
  });

  it("take it back by a plan of its own, unless a later decision built on it", async () => {
    const { code, out, err } = await owner("ada", "undo change-1.json");
    assert.equal(code, 0, err);
    assert.match(out, /Set the queue budget of earth from 8,000 to 6,000 jobs\./);
    const unmade = await owner("ada", "undo change-2.json --out never.json");
    assert.deepEqual([unmade.code, unmade.err.split("\n")[0].split(":")[0]], [2, "PLAN_UNMADE"]);
    await decide(local.deciders, { kind: "setQueueBudget", shard: "earth", value: 9000 });
    const overtaken = await owner("ada", "undo change-1.json --out never.json");
    assert.deepEqual([overtaken.code, existsSync(join(folder, "ada", "never.json"))], [7, false]);
    assert.match(overtaken.err, /^UNDO_OVERTAKEN: .*earth\.queueBudget is 9000, and the change left it at 8000\.$/m);
    const moved = await owner("ada", "verify change-2.json");
    assert.deepEqual([moved.code, moved.err.split(":")[0]], [7, "PLAN_OUTDATED"]);
  });

  it("withdraw what was signed, and are warned of a second signature for one place", async () => {
    const planned = await owner("ada", "plan pause mars --out pause.json");
    assert.equal(planned.code, 0, planned.err);
    assert.match(planned.out, /^Decision 0 of the lane emergency/m);
    assert.equal((await owner("ada", "sign pause.json --practice 1")).code, 0);
    assert.equal((await owner("ada", "withdraw pause.json --out nothing.json")).code, 0);
    const second = await owner("ada", "sign nothing.json --practice 1");
    assert.match(second.err, /^Warning: you have signed another plan for this place, .*: “Pause the shard mars\.”$/m);
    hand("nothing.json", "ada", "bo");
    assert.equal((await owner("bo", "sign nothing.json --key bo.json")).code, 0);
    hand("nothing.member-2.json", "bo", "ada");
    const done = await owner("ada", "execute nothing.json");
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /^Change nothing\. Whatever else was signed/);
    const late = await owner("ada", "verify pause.json");
    assert.equal(late.code, 7);
    assert.match(late.err, /another decision took its place in its lane, in block \d+, transaction 0x/);
    assert.equal((await parameters()).shards[2].pause.ownerPaused, false);
  });

  it("announce what has to wait, run it when it has waited, and recall it", async () => {
    const { chain, deployment, keys, deciders, nextBlockAfter } = local;
    const selector = interfaceOf("ShardRegistry").getFunction("setWeight").selector;
    const rules = [{ target: deployment.contracts.ShardRegistry.address, selector, delay: 1000 }];
    const constitution = { ...keys.constitution, rules };
    const office = await readOffice(chain, deployment);
    const acceptances = await Promise.all(keys.owners.map((signer) => signConstitution(signer, office, constitution)));
    const proposal = {
      format: "planetary-fabric/constitution/v1",
      ...{ chainId: 31337, multisig: office.multisig, epoch: 2, constitution, acceptances },
    } as const;
    await decide(deciders, { kind: "constitute", proposal });
    const stale = await owner("ada", "plan set earth.weight 3");
    assert.deepEqual([stale.code, stale.err.split(":")[0]], [7, "TRUST_OUTDATED"]);
    assert.equal((await owner("ada", `trust --names ${names}`)).code, 0);
    for (const weight of [3, 4]) {
      const plan = `weight-${weight}.json`;
      const planned = await owner("ada", `plan set earth.weight ${weight} --out ${plan}`);
      assert.equal(planned.code, 0, planned.err);
      assert.match(planned.out, /executed 1,000 s after it was announced/);
      const trust = readTrust(readFileSync(join(folder, "ada", "trust.json"), "utf8"), "trust.json");
      for (const member of [1, 3]) {
        const signature = await signPlan(ownerKey(member), planIn("ada", plan), trust);
        write("ada", `weight-${weight}.member-${member}.json`, signatureText(signature));
      }
      const announced = await owner("ada", `announce ${plan}`);
      assert.equal(announced.code, 0, announced.err);
      assert.match(announced.out, /^Announced in block \d+, .* It waits until 2030-/m);
      if (weight === 4) {
        const recalled = await owner("ada", `recall ${plan} --practice 3`);
        assert.equal(recalled.code, 0, recalled.err);
        assert.match(recalled.out, /^This will not be done: cancelled in block \d+/m);
        const gone = await owner("ada", `announce ${plan}`);
        assert.equal(gone.code, 7);
        assert.match(gone.err, /^PLAN_OUTDATED: .* it was announced, and recalled in block \d+, transaction 0x/);
      } else {
        const twice = await owner("ada", `announce ${plan}`);
        assert.equal(twice.code, 0, twice.err);
        assert.match(twice.out, /^It is announced already: in block \d+, .* It waits until 2030-/m);
        const hasty = await owner("ada", "execute weight-3.json");
        assert.deepEqual([hasty.code, hasty.err.split(":")[0]], [1, "PLAN_WAITS"]);
        const early = await owner("ada", `run ${plan}`);
        assert.deepEqual([early.code, early.err.split(":")[0]], [1, "REVERTED"]);
        assert.match((await owner("ada", `verify ${plan}`)).out, /It was announced, and waits\.$/m);
        await nextBlockAfter(1000);
        const ran = await owner("ada", `run ${plan}`);
        assert.equal(ran.code, 0, ran.err);
        assert.match(ran.out, /^Everything is as the plan forecast\.$/m);
      }
    }
    assert.equal((await parameters()).shards[0].weight, 3);
  });

  const refused: readonly (readonly [string, string, number, RegExp])[] = [
    ["a change that there is not", "plan fly", 2, /^CHANGE_INVALID: fly: no change is spelled so/],
    ["an option of another change", "plan pause --count 3", 2, /^USAGE: `pause` has no option --count/],
    ["an option without its value", "plan reroute mars helios --count", 2, /--count <count>' argument missing|lacks/],
    ["nothing between two --and", "plan pause --and --and pause mars", 2, /^CHANGE_INVALID/],
    ["what a guardian decides", "plan guardian-pause --seconds 60", 2, /a guardian decides it alone/],
    ["what changes nothing", "plan set earth.queueBudget 9000", 2, /is 9,000 jobs already/],
    ["a constitution beside others", "plan pause --and pause", 2, /paused by the owners already/],
    ["a plan that there is not", "verify nothing-here.json", 2, /^FILE_UNREADABLE/],
    ["to sign in no way", "sign weight-3.json", 2, /^USAGE: Sign with one of --key, --practice/],
    ["a signature that is none", "add-signature weight-3.json 0x12 --member 1", 2, /^VALUE_INVALID: The signature/],
    ["a signature of nobody", "add-signature weight-3.json 0x12", 2, /^USAGE: A wallet's signature is hex/],
    ["to undo what nothing undoes", "undo nothing.json", 2, /^UNDO_NONE: .*it changes nothing/],
    ["a reason that says nothing", "execute weight-3.json --reason why", 2, /^REASON_UNFIT/],
  ];
  for (const [what, line, code, message] of refused)
    it(`are refused ${what}`, async () => {
      await untouched(async () => {
        const ended = await owner("ada", line);
        assert.deepEqual([ended.code, ended.out], [code, ""], ended.err);
        assert.match(ended.err, message);
      });
    });
});

class ObedientDesk extends MemoryDesk {
  override async inForce(block: number) {
    return { block, version: 1, tick: block + 1000 };
  }
}
