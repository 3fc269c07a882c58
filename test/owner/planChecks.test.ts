import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { id } from "ethers";
import { interfaceOf, walletOf } from "../../src/governance/index.ts";
import {
  backlogReasons,
  batchOfPlan,
  checkBacklog,
  checkPlan,
  checkSignature,
  enoughSignatures,
  fingerprintOf,
  largeBacklog,
  namesPhrase,
  type Plan,
  planChange,
  planDigest,
  planTypedData,
  readTrust,
  sealPlan,
  signatureOf,
  signBatch,
  type Trust,
  tallyOf,
  trustedMembers,
  trustIn,
  trustPhrase,
  trustText,
  vocabularyOf,
  type World,
} from "../../src/owner/index.ts";
import { digestOfJson } from "../../src/owner/plan/sealed.ts";
import { retiredReasons } from "../../src/owner/plan/severity.ts";
import { unpinnedNames } from "../../src/owner/plan/verifyPlan.ts";
import { contracts, office, world } from "./exportSamples.ts";
import { deployment, planOf, reroute, signedBy, trust } from "./planSamples.ts";

const other = "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720";
const [weight] = planChange(world, { kind: "setWeight", shard: "earth", value: 9 }).calls;
const constitute = {
  to: contracts.OwnerMultisig.address,
  data: interfaceOf("OwnerMultisig").encodeFunctionData("constitute", [office.constitution as never, "0x"]),
};

/** The plan as a forger would hand it on: with hash and memo made anew. */
function forged(change: Partial<Plan>): Plan {
  const { hash: _, memo: __, ...said } = { ...reroute, ...change };
  return sealPlan(said);
}

describe("a plan, held against what its owner has pinned", () => {
  it("is good when it does what it says", () => {
    checkPlan(reroute, trust);
    checkPlan(
      planOf([{ kind: "setRoutes", shard: "luna", routes: [] }], { severity: { level: "routine", reasons: [] } }),
      trust,
    );
  });

  const refused: readonly (readonly [string, Plan, string, RegExp])[] = [
    ["for another chain", forged({ chainId: 1 }), "PLAN_FOREIGN", /for chain 1, and yours is 31337/],
    [
      "for other contracts",
      forged({ contracts: { ...reroute.contracts, SystemPause: other } }),
      "PLAN_FOREIGN",
      new RegExp(`its SystemPause is ${other}`),
    ],
    ["for another constitution", forged({ epoch: 2 }), "PLAN_OUTDATED", /under constitution 2, and you have pinned 1/],
    [
      "whose sentence does not follow from its calls",
      forged({ sentence: "Set the weight of earth from 1 to 2." }),
      "PLAN_FALSE",
      /it says “Set the weight of earth from 1 to 2\.”, and its calls do this: “Let the jobs of mars/,
    ],
    [
      "with a call more than its sentence has",
      forged({ calls: [...reroute.calls, weight] }),
      "PLAN_FALSE",
      /from 1 to 9/,
    ],
    [
      "with calls of other contracts",
      forged({ calls: [{ to: other, data: weight.data }] }),
      "CALL_UNREADABLE",
      /no contract/,
    ],
    ["in the wrong lane", forged({ lane: "membership" }), "PLAN_FALSE", /do not belong in the lane membership/],
    [
      "with a new constitution among the parameters",
      forged({
        calls: [constitute],
        sentence: "Enact the same constitution once more: what was signed or announced before is void.",
      }),
      "PLAN_FALSE",
      /do not belong in the lane parameters/,
    ],
    ["with calls that nobody asked for", forged({ changes: [] }), "PLAN_FALSE", /nobody asked for/],
    [
      "that is good for too long",
      forged({ validUntil: reroute.validUntil + 1 }),
      "PLAN_FALSE",
      /1209601 s, and at most 1209600/,
    ],
    ["that is over before it begins", forged({ validUntil: reroute.validAfter - 1 }), "PLAN_FALSE", /good for -1 s/],
    [
      "with another delay",
      forged({ delaySeconds: 60 }),
      "PLAN_FALSE",
      /waits 60 s, and by the constitution it waits 0 s/,
    ],
    [
      "that plays down what it asks for",
      forged({ severity: { level: "routine", reasons: reroute.severity.reasons } }),
      "PLAN_FALSE",
      /calls itself routine, and it is serious/,
    ],
    [
      "that is silent about its many calls",
      forged({ severity: { level: "serious", reasons: [] } }),
      "PLAN_FALSE",
      /does not say this: 2 calls take effect together/,
    ],
    [
      "that asks for trust in words of its maker's",
      forged({ severity: { level: "serious", reasons: [...reroute.severity.reasons, "Ada has checked it already."] } }),
      "PLAN_FALSE",
      /“Ada has checked it already\.” is no reason for care that this program gives/,
    ],
    [
      "that says it pauses, and does not",
      forged({
        severity: { level: "serious", reasons: [...reroute.severity.reasons, "It pauses while 5,000 jobs wait."] },
      }),
      "PLAN_FALSE",
      /it says that it pauses, and it does not/,
    ],
  ];
  for (const [what, plan, code, message] of refused)
    it(`is refused: one ${what}`, () => {
      const exitCode = code === "PLAN_OUTDATED" ? 7 : 4;
      assert.throws(() => checkPlan(plan, trust), { code, exitCode, message });
    });

  /** As it is pinned before a fabric is founded, and what there is then. */
  const nothing: World = {
    ...world,
    parameters: { ...world.parameters, shards: [], nodes: [], submitters: [], skills: [] },
  };
  const early = trustIn(deployment, nothing, { network: "practice" });

  it("is not signed by names that one node alone has told", () => {
    const names = ["shard 3 (mars)", "shard 4 (helios)", "shard 1 (earth)"];
    assert.deepEqual(unpinnedNames(reroute.calls, early, vocabularyOf(world)).sort(), names.sort());
    assert.deepEqual(unpinnedNames(reroute.calls, trust, vocabularyOf(world)), []);
    assert.throws(() => checkPlan(reroute, early), { code: "NAMES_UNPINNED", exitCode: 7, message: /: shard \d\.$/ });
  });

  it("gives names itself, at a founding", () => {
    const { name, queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight } = world.parameters.shards[0];
    const numbers = { queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight };
    const register = planChange(nothing, { kind: "registerShard", name, ...numbers, routes: [] });
    const calls = [...register.calls, ...planChange(world, { kind: "setWeight", shard: name, value: 9 }).calls];
    assert.deepEqual(unpinnedNames(calls, early, vocabularyOf(nothing)), []);
  });

  it("says that the fabric is retired, where nothing brings it back", () => {
    const retired: World = { ...world, parameters: { ...world.parameters, retired: true } };
    const reasons = [...reroute.severity.reasons, ...retiredReasons(retired.parameters)];
    assert.equal(reasons.length, reroute.severity.reasons.length + 1);
    checkPlan(forged({ severity: { level: "serious", reasons } }), trust);
    assert.throws(() => planChange(retired, { kind: "resume", scope: "fabric" }), {
      code: "CHANGE_INVALID",
      message: /the fabric is retired for good/,
    });
  });

  it("says that many jobs wait when it pauses them, or is planned anew", () => {
    const pause = { kind: "pause", scope: "fabric" } as const;
    const [told, silent] = [backlogReasons(5000), []].map((reasons) =>
      planOf([pause], { lane: "emergency", severity: { level: "serious", reasons } }),
    );
    for (const plan of [told, silent]) checkPlan(plan, trust);
    checkBacklog(told, 7000);
    checkBacklog(silent, largeBacklog);
    checkBacklog(reroute, 7000);
    const [code, message] = ["PLAN_OUTDATED", /does not say this: It pauses while 7,000 jobs wait\./] as const;
    assert.throws(() => checkBacklog(silent, 7000), { code, exitCode: 7, message });
  });

  it("waits as long as the pinned constitution says of its calls", () => {
    const rules = [{ target: contracts.ShardRegistry.address, selector: weight.data.slice(0, 10), delay: 90 }];
    const slow = { ...trust, constitution: { ...trust.constitution, defaultDelay: 30, rules } };
    const change = { kind: "setWeight", shard: "earth", value: 9 } as const;
    const waiting = (delaySeconds: number) =>
      planOf([change], { delaySeconds, severity: { level: "routine", reasons: [] } });
    checkPlan(waiting(90), slow);
    assert.throws(() => checkPlan(waiting(30), slow), { code: "PLAN_FALSE" });
    assert.throws(() => checkPlan(reroute, slow), { code: "PLAN_FALSE", message: /it waits 30 s/ });
  });

  it("is signed as its fields are: every wallet computes the same hashes", () => {
    const { domain, message, primaryType } = planTypedData(reroute);
    assert.deepEqual([primaryType, domain.verifyingContract], ["Batch", contracts.OwnerMultisig.address.toLowerCase()]);
    assert.equal(message.memo, reroute.memo);
    const { digest, phrase, struct } = fingerprintOf(reroute);
    assert.equal(digest, planDigest(reroute));
    assert.match(phrase, /^([a-z]+ ){5}[a-z]+$/);
    assert.notEqual(fingerprintOf(forged({ seq: 8 })).struct, struct);
    assert.notEqual(fingerprintOf(forged({ seq: 8 })).phrase, phrase);
  });
});

describe("what an owner pins", () => {
  it("reads as the same six words for all owners of a fabric, and as others for another one", () => {
    const bo = trustIn(deployment, world, { network: "practice", own: 2 });
    assert.equal(trustPhrase(bo), trustPhrase(trust));
    const elsewhere: Trust = { ...trust, deployment: { ...deployment, chainId: 1 } };
    const others: Trust = { ...trust, constitution: { ...trust.constitution, threshold: 1 } };
    for (const each of [elsewhere, others]) assert.notEqual(trustPhrase(each), trustPhrase(trust));
  });

  const wrong: readonly (readonly [string, Omit<Parameters<typeof trustIn>[2], "network">, RegExp])[] = [
    ["too few names", { owners: ["Ada"] }, /Give 3 that differ/],
    ["a name twice", { owners: ["Ada", "Bo", "Ada"] }, /Ada, Bo, Ada/],
    ["a number that no member has", { own: 4 }, /there is no member 4/],
    ["a number for a name", { owners: ["2", "1", "3"] }, /2 is a number, .* Give names that are no numbers/],
    ["half a member", { own: 1.5 }, /there is no member 1\.5/],
  ];
  for (const [what, names, message] of wrong)
    it(`is not pinned with ${what}`, () => {
      assert.throws(
        () => trustIn(deployment, world, { network: "practice", ...names }),
        (error: Error & { code?: string; remedy?: string }) =>
          error.code === "VALUE_INVALID" && message.test(`${error.message} ${error.remedy}`),
      );
    });
});

describe("what an owner pins again", () => {
  const keys = trustedMembers(trust).map(({ key }) => key);
  /** As if the constitution before had numbered them otherwise, with names by number. */
  const before = (order: readonly number[], owners: readonly string[], own: number | null): Trust => {
    const members = order.map((at) => trust.constitution.members[at]);
    return { ...trust, constitution: { ...trust.constitution, members }, owners, own };
  };
  const pinned = (was: Trust, names?: readonly string[]) =>
    trustIn(deployment, world, { network: "practice", owners: names, before: was });

  it("keeps names and the own place by key, whatever numbers the members have now", () => {
    assert.equal(keys.length, 3);
    const again = pinned(before([2, 0, 1], ["Cy", "Ada", "Bo"], 1));
    assert.deepEqual([again.owners, again.own], [["Ada", "Bo", "Cy"], 3]);
    const unnamed = pinned(before([2, 0, 1], ["member 1", "member 2", "member 3"], null));
    assert.deepEqual([unnamed.owners, unnamed.own], [["member 1", "member 2", "member 3"], null]);
  });

  it("lets no two members change names, or somebody would be thought to have signed who has not", () => {
    const was = before([2, 0, 1], ["Cy", "Ada", "Bo"], 1);
    assert.throws(() => pinned(was, ["Cy", "Ada", "Bo"]), {
      code: "VALUE_INVALID",
      message: /Cy was 0x\w{40} before, and would be 0x\w{40}/,
    });
    assert.deepEqual(pinned(was, ["Ada", "Bob", "Cy"]).owners, ["Ada", "Bob", "Cy"]);
  });

  it("is not called otherwise by whatever node is asked: names on the chain never change", () => {
    const [first, second, ...rest] = world.parameters.shards;
    const exchanged: World = { ...world, parameters: { ...world.parameters, shards: [second, first, ...rest] } };
    assert.throws(() => trustIn(deployment, exchanged, { network: "practice", before: trust }), {
      code: "TRUST_CONTRADICTED",
      message: /number 1 of the shards is luna there, and earth here/,
    });
    assert.notEqual(namesPhrase(trustIn(deployment, exchanged, { network: "practice" })), namesPhrase(trust));
  });

  it("takes nothing over from another fabric", () => {
    const { contracts } = trust.deployment;
    const { ShardRegistry } = contracts;
    const other = {
      ...trust,
      deployment: { ...deployment, contracts: { ...contracts, OwnerMultisig: ShardRegistry } },
    };
    assert.deepEqual([pinned(other).owners[0], pinned(other).own], ["member 1", null]);
  });
});

describe("the network's name that an owner pinned", () => {
  it("is not another network's, whoever wrote the file", () => {
    const { digest: _, ...said } = { ...trust, network: "sepolia" };
    const text = trustText({ ...said, digest: digestOfJson(said) });
    assert.throws(() => readTrust(text, "trust.json"), {
      code: "OWNER_FILE_ALTERED",
      message: /it calls chain 31337 sepolia, and everybody calls it practice/,
    });
  });
});

describe("signatures over a plan", () => {
  it("count once for each member, and tell who is missing", async () => {
    const [ada, cy] = [await signedBy(1, reroute), await signedBy(3, reroute)];
    const [first, third] = [ada, cy].map((each) => checkSignature(each, reroute, trust, "file"));
    const one = tallyOf(trust, [third, third]);
    assert.deepEqual([one.signed, one.missing, one.votes, one.threshold], [["Cy"], ["Ada", "Bo"], 1, 2]);
    assert.throws(() => enoughSignatures(one), { code: "SIGNATURES_MISSING", exitCode: 3, message: /: Ada, Bo\.$/ });
    assert.deepEqual(
      enoughSignatures(tallyOf(trust, [third, first])).map(({ index }) => index),
      [1, 3],
    );
  });

  it("are refused when somebody else made them", async () => {
    const stranger = walletOf(id("a stranger"));
    const members = [{ ...trust.constitution.members[0], key: stranger.address.toLowerCase() }];
    const own: Trust = { ...trust, constitution: { ...trust.constitution, members } };
    const { payload } = await signBatch(
      stranger,
      { ...office, members: [{ kind: "account", address: stranger.address, key: members[0].key, weight: 1 }] },
      batchOfPlan(reroute),
    );
    const true1 = await signedBy(1, reroute);
    assert.throws(() => checkSignature({ ...true1, payload }, reroute, trust, "file"), {
      code: "SIGNATURE_FORGED",
      message: new RegExp(`^file holds no signature of Ada over this plan: ${stranger.address} signed it`),
    });
    assert.throws(() => checkSignature(true1, reroute, own, "file"), { code: "NOT_A_MEMBER" });
  });

  it("are refused when they are over another plan, or none", async () => {
    const ada = await signedBy(1, reroute);
    for (const elsewhere of [{ chainId: 1 }, { multisig: other }])
      assert.throws(() => checkSignature({ ...ada, ...elsewhere }, reroute, trust, "file"), {
        code: "SIGNATURE_FOREIGN",
        message: /it is for the owners 0x\w{40} on chain/,
      });
    const next = forged({ seq: 8 });
    assert.throws(() => checkSignature(ada, next, trust, "file"), {
      code: "SIGNATURE_FOREIGN",
      message: /over the plan/,
    });
    const renamed = { ...ada, plan: next.hash };
    assert.throws(() => checkSignature(renamed, next, trust, "file"), { code: "SIGNATURE_FOREIGN", message: /digest/ });
    const relabelled = { ...renamed, digest: planDigest(next) };
    assert.throws(() => checkSignature(relabelled, next, trust, "file"), { code: "SIGNATURE_FORGED" });
    const noise = { ...ada, payload: "0x12" };
    assert.throws(() => checkSignature(noise, reroute, trust, "file"), {
      code: "SIGNATURE_FORGED",
      message: /it is no signature of an account/,
    });
  });

  it("are taken from a wallet in 65 bytes, and of contracts and keys with their length", async () => {
    const member = { kind: 2, weight: 1, key: other.toLowerCase() };
    const mixed: Trust = { ...trust, constitution: { ...trust.constitution, members: [member] } };
    const held = checkSignature(signatureOf(reroute, mixed, 1, "0xabcd"), reroute, mixed, "file");
    assert.equal(held.payload, "0x0002abcd");
    const cut = { ...signatureOf(reroute, mixed, 1, "0xabcd"), payload: "0x0003abcd" };
    assert.throws(() => checkSignature(cut, reroute, mixed, "file"), { code: "SIGNATURE_FORGED", message: /length/ });
    const key = walletOf(id("Ada's wallet"));
    const ada: Trust = {
      ...trust,
      constitution: { ...trust.constitution, members: [{ kind: 1, weight: 1, key: key.address.toLowerCase() }] },
    };
    const raw = key.signingKey.sign(planDigest(reroute)).serialized;
    assert.equal(checkSignature(signatureOf(reroute, ada, 1, raw), reroute, ada, "file").index, 1);
    assert.throws(() => signatureOf(reroute, ada, 1, "0x1234"), { code: "VALUE_INVALID" });
  });
});
