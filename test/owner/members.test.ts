import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { concat, dataSlice, toBeHex } from "ethers";
import { Chain, type Constitution, type Deployment, deployFabric, interfaceOf } from "../../src/governance/index.ts";
import {
  acceptableText,
  acceptanceDigest,
  acceptWith,
  accountKey,
  assertionIn,
  batchOfPlan,
  chainDecisions,
  checkSignature,
  checkWorld,
  differenceFromLog,
  enoughSignatures,
  executeBatch,
  type Founding,
  foundingConstitution,
  judgeSignature,
  type MemberKey,
  makePlan,
  memberName,
  membersOf,
  type OwnerLogEntry,
  type Plan,
  p256Key,
  planDigest,
  planText,
  practiceKeys,
  readExecuted,
  readOverview,
  readPlan,
  readWorld,
  type SignatureFile,
  signatureOf,
  signPlanWith,
  type Trust,
  tallyOf,
  trustIn,
  withAcceptance,
} from "../../src/owner/index.ts";
import { startFork } from "../../src/practice/index.ts";
import { senderOf } from "../governance/localChain.ts";
import { type MixedMembers, type MixedName, startMixedMembers } from "./mixedMembers.ts";

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function keyOf(key: Parameters<typeof p256Key>[0]): MemberKey {
  const found = p256Key(key);
  assert.ok(found !== null);
  return found;
}

/** All four have to sign: what one of them cannot do stops everything. */
describe("owners of every kind: an account, a Safe, a P-256 key and a passkey", () => {
  let mixed: MixedMembers;
  let first: Founding;
  let deployment: Deployment;
  let trust: Trust;
  let plan: Plan;
  before(async () => {
    mixed = await startMixedMembers();
    const members = Object.values(mixed.members).sort((a, b) => (a.key < b.key ? -1 : 1));
    const constitution: Constitution = { members, threshold: 4, defaultDelay: 0, rules: [] };
    const format = "planetary-fabric/first-constitution/v1";
    first = { format, chainId: 31337, verifiers: Object.values(mixed.verifiers), constitution, acceptances: [] };
  });
  after(() => mixed.stop());

  const numberOf = (name: MixedName) =>
    first.constitution.members.findIndex(({ key }) => key === mixed.members[name].key) + 1;
  const passkeySigns = (digest: string, flags?: number) => assertionIn(mixed.passkey.answer(digest, flags)) ?? "";

  it("accept the constitution that their fabric begins with", async () => {
    const digest = acceptanceDigest(first);
    const taken = (document: Founding) => foundingConstitution(mixed.chain, acceptableText(document), "first.json");
    let document = acceptWith(accountKey(mixed.account.privateKey), first);
    document = acceptWith(keyOf(mixed.chip), document);
    document = withAcceptance(document, numberOf("passkey"), passkeySigns(digest));
    await assert.rejects(taken(document), {
      code: "ACCEPTANCES_MISSING",
      message: /takes all 4\. Missing: .* contract 0x/,
    });
    const alone = withAcceptance(document, numberOf("safe"), mixed.signBySafe(digest, [1]));
    await assert.rejects(taken(alone), { code: "ACCEPTANCE_FORGED", message: /does not know it as its own/ });
    document = withAcceptance(document, numberOf("safe"), mixed.signBySafe(digest));
    deployment = await deployFabric(senderOf(mixed.chain, practiceKeys(31337).deployer), await taken(document));
    trust = trustIn(deployment, await readWorld(mixed.chain, deployment), { network: "practice" });
    assert.deepEqual(trust.constitution, first.constitution);
  });

  it("are stood in for when a plan is tried, and hold it against what they pinned", async () => {
    await onFork(async (fork) => {
      plan = await makePlan({ chain: mixed.chain, fork }, deployment, {
        changes: [{ kind: "setMaxAttempts", value: 4 }],
      });
    });
    // Nothing was set before, so nothing takes it back; and what was planned can be read again.
    assert.deepEqual([plan.undo, readPlan(planText(plan), "change.json")], [null, plan]);
    await onFork(async (fork) => {
      const standing = await checkWorld(plan, trust, { chain: mixed.chain, fork }, "trust.json");
      assert.deepEqual(standing, { progress: "open", unpinned: [] });
    });
  });

  it("sign it each in their own way, and no signature of another counts", async () => {
    const digest = planDigest(plan);
    const judge = async (signed: SignatureFile) => {
      const held = checkSignature(signed, plan, trust, "a signature");
      await judgeSignature(mixed.chain, plan, trust, held, "a signature");
      return held;
    };
    const by = (name: MixedName, signature: string) => judge(signatureOf(plan, trust, numberOf(name), signature));
    const refused = { code: "SIGNATURE_FORGED", exitCode: 4 };
    /** Refused without a chain, and by whoever judges it there. */
    const forged = async (name: MixedName, signature: string) => {
      const signed = signatureOf(plan, trust, numberOf(name), signature);
      assert.throws(() => checkSignature(signed, plan, trust, "a signature"), refused);
      await unjudged(name, signature);
    };
    const unjudged = async (name: MixedName, signature: string) => {
      const signed = signatureOf(plan, trust, numberOf(name), signature);
      const held = { index: numberOf(name), payload: signed.payload };
      await assert.rejects(judgeSignature(mixed.chain, plan, trust, held, "a signature"), refused);
    };
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const chip = keyOf(mixed.chip).sign(digest);
    await forged("chip", keyOf(stranger).sign(digest));
    await forged("chip", keyOf(mixed.chip).sign(planDigest({ ...plan, seq: 9 })));
    await forged("chip", concat([dataSlice(chip, 0, 32), toBeHex(order - BigInt(dataSlice(chip, 32)), 32)]));
    await forged("chip", assertionIn(mixed.passkey.answer(digest)) ?? "");
    await forged("passkey", passkeySigns(planDigest({ ...plan, seq: 9 })));
    for (const flags of [0, 1, 4]) await forged("passkey", passkeySigns(digest, flags));
    await unjudged("passkey", keyOf(mixed.passkey.key).sign(digest));
    await unjudged("safe", mixed.signBySafe(digest, [0]));
    await unjudged("safe", mixed.signBySafe(planDigest({ ...plan, seq: 9 })));
    assert.throws(() => signPlanWith(keyOf(stranger), plan, trust), { code: "NOT_A_MEMBER" });

    const held = [
      await judge(signPlanWith(accountKey(mixed.account.privateKey), plan, trust)),
      await judge(signPlanWith(keyOf(mixed.chip), plan, trust)),
      await by("passkey", passkeySigns(digest)),
      await by("safe", mixed.signBySafe(digest)),
    ];
    assert.throws(() => enoughSignatures(tallyOf(trust, held.slice(1))), { code: "SIGNATURES_MISSING" });
    const relayer = senderOf(mixed.chain, practiceKeys(31337).deployer);
    const mined = await executeBatch(relayer, deployment, batchOfPlan(plan), enoughSignatures(tallyOf(trust, held)));
    assert.equal((await readWorld(mixed.chain, deployment)).parameters.maxAttempts, 4);

    const { input } = transactionForm(await mixed.chain.rpc("eth_getTransactionByHash", [mined.hash]));
    const multisig = deployment.contracts.OwnerMultisig.address;
    const members = membersOf(first.constitution);
    const executed = readExecuted({ chainId: 31337, multisig }, members, input);
    assert.ok(executed !== null);
    const names = ["account", "safe", "chip", "passkey"] as const;
    const looks = { account: "good", chip: "good", passkey: "good", safe: "accepted by the chain" } as const;
    const looked = names.map((name) => executed.signatures.find(({ index }) => index === numberOf(name)));
    assert.deepEqual(
      looked.map((signature) => [signature?.member.toLowerCase(), signature?.look]),
      names.map((name) => [mixed.members[name].key, looks[name]]),
    );
    assert.equal(executed.digest, digest);

    // What was announced is run without signatures: the event tells who signed.
    const { calls: made, ...rest } = batchOfPlan(plan);
    const run = interfaceOf("OwnerMultisig").encodeFunctionData("run", [{ ...rest, calls: [...made] }]);
    const ran = readExecuted({ chainId: 31337, multisig }, members, run, 0b1010);
    assert.deepEqual(
      [ran?.digest, ran?.signatures.map(({ index, look }) => `${index} ${look}`)],
      [digest, ["2 accepted by the chain", "4 accepted by the chain"]],
    );

    const { lane, seq, epoch, validAfter, validUntil, memo, sentence, calls, hash } = plan;
    const entry: OwnerLogEntry = {
      ...{ change: plan.changes[0], sentence, calls: [...calls], plan: hash },
      batch: { lane, seq, epoch, validAfter, validUntil, memo, digest },
      ...{ signers: members.map(memberName), transactionHash: mined.hash, block: mined.block },
    };
    const differs = (change: Partial<OwnerLogEntry>) => differenceFromLog({ ...entry, ...change }, executed, digest);
    assert.equal(differs({}), null);
    assert.equal(differs({ plan: null }), "the owners signed another sentence");
    assert.equal(differs({ plan: `0x${"11".repeat(32)}` }), "the owners signed another sentence");
    assert.equal(differs({ sentence: "Something else." }), "the owners signed another sentence");
    assert.match(differs({ signers: entry.signers.slice(1) }) ?? "", /^0x.* and 0x.* signed it$/);

    const [decision] = chainDecisions(await readOverview(mixed.chain, deployment));
    assert.equal(decision.by, `the owners ${members.map(memberName).join(" and ")}`);
  });

  async function onFork(act: (fork: Chain) => Promise<void>): Promise<void> {
    const started = await startFork(mixed.chain);
    const fork = await Chain.open(started.url, mixed.chain);
    try {
      await act(fork);
    } finally {
      fork.close();
      await started.close();
    }
  }
});

function transactionForm(value: unknown): { readonly input: string } {
  assert.ok(typeof value === "object" && value !== null && "input" in value && typeof value.input === "string");
  return { input: value.input };
}
