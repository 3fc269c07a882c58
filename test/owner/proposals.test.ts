import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { concat, type Wallet, ZeroAddress } from "ethers";
import {
  Anchorer,
  type Constitution,
  constitutionOf,
  deployFabric,
  interfaceOf,
  memberKinds,
} from "../../src/governance/index.ts";
import {
  type Announced,
  announce,
  batchOf,
  type Change,
  cancelAnnounced,
  decide,
  decideByOwners,
  executeBatch,
  judgedPayload,
  none,
  planChange,
  practiceKeys,
  type Registration,
  readDelay,
  readOffice,
  readWorld,
  runAnnounced,
  signBatch,
  signConstitution,
  signGuardianAcceptance,
  signRegistration,
} from "../../src/owner/index.ts";
import { decidersOf, type LocalFabric, senderOf, startChain, startFabric } from "../governance/localChain.ts";

describe("what others sign for the owners", () => {
  let founded: LocalFabric;
  let untouched: string;
  let fabric: LocalFabric;
  before(async () => {
    founded = await startFabric();
  });
  after(() => founded.stop());
  beforeEach(async () => {
    untouched = String(await founded.chain.rpc("evm_snapshot", []));
    fabric = { ...founded, deciders: decidersOf(founded.chain, founded.deployment) };
  });
  afterEach(() => founded.chain.rpc("evm_revert", [untouched]));

  const world = (change?: Change) => readWorld(fabric.chain, fabric.deployment, change);
  const office = () => readOffice(fabric.chain, fabric.deployment);
  const plan = async (change: Change) => planChange(await world(change), change);
  const invalid = (change: Change, message: RegExp) =>
    assert.rejects(plan(change), { code: "CHANGE_INVALID", exitCode: 2, message });

  describe("registrations of nodes", () => {
    async function registered(given: Partial<Registration> = {}): Promise<Change> {
      const operator = fabric.keys.operatorOf(9);
      const registration = await signRegistration(operator, await world(), {
        ...{ chainId: 31337, node: "luna.far-side", shard: "luna", capacity: 8, maxConcurrency: 4 },
        ...{ heartbeatSeconds: 20, skills: ["navigation", "gpu"], keyKind: "ed25519", key: `0x${"77".repeat(32)}` },
        ...{ nonce: 0, deadline: (await fabric.chain.latest()).time + 3600, ...given },
      });
      return { kind: "admitNode", registration };
    }

    it("are admitted as they were signed", async () => {
      const change = await registered();
      const { sentence, lasts } = await plan(change);
      const { address } = fabric.keys.operatorOf(9);
      assert.equal(
        sentence,
        `Admit the node luna.far-side of the operator ${address} to the shard luna: 8 units and 4 jobs at once, ` +
          `a heartbeat every 20 s, skills navigation, gpu, ed25519 key 0x${"77".repeat(32)}.`,
      );
      assert.match(lasts ?? "", /`remove-node` ends its admission/);
      await decide(fabric.deciders, change);
      const { parameters } = await world();
      const node = parameters.nodes.at(-1);
      assert.deepEqual([node?.name, node?.shard, node?.capacity, node?.status], ["luna.far-side", 2, 8, "admitted"]);
      const skills = parameters.skills.filter((_, bit) => ((node?.skills ?? 0n) >> BigInt(bit)) & 1n);
      assert.deepEqual(skills.sort(), ["gpu", "navigation"]);
    });

    it("are refused when anything in them was changed since", async () => {
      const change = await registered();
      assert.ok(change.kind === "admitNode");
      const registration = { ...change.registration, capacity: 9 };
      await assert.rejects(decide(fabric.deciders, { kind: "admitNode", registration }), {
        code: "REVERTED_UNSIGNED",
        message: /The registration is not signed by its operator/,
      });
    });

    it("are refused before anybody signs when they are late, for another fabric, or name what is not there", async () => {
      const change = await registered();
      assert.ok(change.kind === "admitNode");
      const { registration } = change;
      await invalid({ ...change, registration: { ...registration, deadline: 5 } }, /was good until 1970/);
      await invalid({ ...change, registration: { ...registration, registry: ZeroAddress } }, /for another fabric/);
      await invalid({ ...change, registration: { ...registration, skills: ["alchemy"] } }, /no skill alchemy/);
      await invalid({ ...change, registration: { ...registration, shard: "venus" } }, /no shard venus/);
      await invalid({ ...change, registration: { ...registration, node: "luna.nav-station" } }, /has or had the name/);
    });
  });

  describe("acceptances of guardians", () => {
    it("are refused before anybody signs when they are late, for another fabric, or of one who is a guardian", async () => {
      const { keys, deployment } = fabric;
      const { time } = await fabric.chain.latest();
      const accept = async (signer: Wallet, deadline: number) => {
        return {
          kind: "appointGuardian",
          acceptance: await signGuardianAcceptance(signer, deployment, { nonce: 0n, deadline }),
        } as const;
      };
      const good = await accept(keys.operatorOf(9), time + 60);
      await invalid(await accept(keys.operatorOf(9), 5), /was good until 1970/);
      await invalid(await accept(keys.guardian, time + 60), /is a guardian already/);
      await invalid({ ...good, acceptance: { ...good.acceptance, pause: ZeroAddress } }, /for another fabric/);
      const another = { ...good.acceptance, guardian: keys.operatorOf(8).address };
      await assert.rejects(decide(fabric.deciders, { ...good, acceptance: another }), { code: "REVERTED_UNSIGNED" });
    });
  });

  describe("constitutions", () => {
    /** A constitution that its first `signers` members accepted. */
    async function proposal(constitution: Constitution, signers: readonly Wallet[]): Promise<Change> {
      const now = await office();
      const acceptances = await Promise.all(signers.map((signer) => signConstitution(signer, now, constitution)));
      const { chainId, multisig } = now;
      const epoch = Number(now.epoch) + 1;
      const format = "planetary-fabric/constitution/v1";
      return { kind: "constitute", proposal: { format, chainId, multisig, epoch, constitution, acceptances } };
    }
    // Longer than a batch is good for: it has to be signed for the time when it may be run.
    const twentyDays = 20 * 86_400;
    const delayed = (delay: number): Constitution => ({
      ...fabric.keys.constitution,
      rules: [
        {
          target: fabric.deployment.contracts.ShardRegistry.address,
          selector: interfaceOf("ShardRegistry").getFunction("setQueueBudget").selector,
          delay,
        },
      ],
    });

    it("replace members, weights and threshold, and the sentence names what is different", async () => {
      const { owners, operatorOf } = fabric.keys;
      const joining = operatorOf(9);
      const [first, second, third] = (await office()).members;
      const weights = [
        { address: second.address, weight: 1 },
        { address: third.address, weight: 2 },
      ];
      const next = constitutionOf([...weights, { address: joining.address, weight: 1 }], 3);
      const change = await proposal(next, [...owners.filter(({ address }) => address !== first.address), joining]);
      assert.equal(
        (await plan(change)).sentence,
        "Change the constitution, and void what was signed or announced before: " +
          `the account ${joining.address.toLowerCase()} becomes a member of weight 1; ` +
          `the account ${first.key} is no member any more; the account ${third.key} has weight 2; ` +
          "3 of 4 decide (before: 2 of 3).",
      );
      await decide(fabric.deciders, change);
      const { constitution, epoch } = await office();
      assert.deepEqual([constitution, epoch], [next, 2n]);
    });

    it("are refused with the acceptances of too few members", async () => {
      const change = await proposal(fabric.keys.constitution, fabric.keys.owners.slice(0, 1));
      await assert.rejects(plan(change), {
        code: "ACCEPTANCES_MISSING",
        message:
          /^The constitution is accepted by members of 1 vote, and it takes 2 votes\. Missing: member \d, the account 0x/,
      });
    });

    it("are refused before anybody signs when they were accepted for another fabric, or another epoch", async () => {
      const change = await proposal(fabric.keys.constitution, fabric.keys.owners);
      assert.ok(change.kind === "constitute");
      assert.match((await plan(change)).sentence, /^Enact the same constitution once more/);
      await invalid({ ...change, proposal: { ...change.proposal, multisig: ZeroAddress } }, /for another fabric/);
      await invalid({ ...change, proposal: { ...change.proposal, epoch: 3 } }, /constitution 3, and the next one is 2/);
    });

    it("make changes wait: announced, run when their time has come and not before", async () => {
      const change = await proposal(delayed(twentyDays), fabric.keys.owners);
      assert.match(
        (await plan(change)).sentence,
        /ShardRegistry\.setQueueBudget waits 1,728,000 s \(before: the default\)\.$/,
      );
      await decide(fabric.deciders, change);

      const planned = await plan({ kind: "setQueueBudget", shard: "earth", value: 5000 });
      await assert.rejects(decideByOwners(fabric.deciders, planned), {
        code: "REVERTED",
        message: /has to wait 1728000 s/,
      });
      const announced = await announcedNow(planned);
      assert.equal((await office()).waiting.parameters?.since, announced.readyAt - twentyDays);
      await decide(fabric.deciders, { kind: "setWeight", shard: "earth", value: 3 });
      await assert.rejects(runAnnounced(fabric.deciders, announced), { code: "REVERTED", message: /from 2030-\S+ on/ });

      await fabric.nextBlockAfter(twentyDays);
      const entry = await runAnnounced(fabric.deciders, announced);
      assert.notEqual(entry.transactionHash, announced.entry.transactionHash);
      assert.equal(entry.block, (await fabric.chain.latest()).number);
      assert.deepEqual([entry.change, entry.batch?.digest], [planned.change, announced.entry.batch?.digest]);
      assert.equal((await world()).parameters.shards[0].queueBudget, 5000);
      assert.equal((await office()).waiting.parameters, null);
    });

    it("let one member cancel what waits", async () => {
      await decide(fabric.deciders, await proposal(delayed(3600), fabric.keys.owners));
      const announced = await announcedNow(await plan({ kind: "setQueueBudget", shard: "earth", value: 5000 }));
      const owners = fabric.keys.owners.slice(1, 2);
      await cancelAnnounced({ ...fabric.deciders, owners }, announced);
      assert.equal((await office()).waiting.parameters, null);
      await fabric.nextBlockAfter(3600);
      await assert.rejects(runAnnounced(fabric.deciders, announced), {
        code: "REVERTED_MOVED",
        message: /does not wait/,
      });
    });

    async function announcedNow(planned: Awaited<ReturnType<typeof plan>>): Promise<Announced> {
      const delay = await readDelay(fabric.chain, fabric.deployment, planned.calls);
      return announce(fabric.deciders, planned, delay);
    }
  });

  describe("rebasing the ledger", () => {
    const sha = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());

    it("goes back to a head that is kept, with another anchorer at once", async () => {
      const anchorer = new Anchorer(senderOf(fabric.chain, fabric.keys.anchorer), fabric.deployment);
      await anchorer.claim(sha("session"), []);
      const [first] = await anchorer.anchor({ size: 10, root: sha("a"), digest: sha("b") });
      await anchorer.anchor({ size: 20, root: sha("c"), digest: sha("d") });
      const change: Change = { kind: "rebase", seq: 1, anchorer: none };
      assert.equal(
        (await plan(change)).sentence,
        `Let nobody be the anchorer (before: ${fabric.keys.anchorer.address}). ` +
          "Take the ledger back to checkpoint 1, of 10 receipts; the later ones are void.",
      );
      await invalid({ kind: "rebase", seq: 9 }, /keeps no head 9/);
      await decide(fabric.deciders, change);
      const standing = await anchorer.standing();
      assert.deepEqual([standing.head, standing.seq, standing.anchorer], [first.head, 1, ZeroAddress]);
      await invalid({ kind: "rebase", seq: 2 }, /keeps no head 2/);
    });
  });
});

describe("members that are contracts and keys", () => {
  /** Code that answers every call with one word: a function's selector. */
  const answering = (selector: string) => {
    const runtime = `63${selector}60e01b60005260206000f3`;
    return `0x60${(runtime.length / 2).toString(16)}600c60003960${(runtime.length / 2).toString(16)}6000f3${runtime}`;
  };

  it("are read as what they are, and decide beside accounts", async () => {
    const { chain, stop } = await startChain();
    try {
      const keys = practiceKeys(chain.chainId);
      const relayer = senderOf(chain, keys.deployer);
      const deploy = async (data: string) => (await relayer.send({ action: "It", to: null, data })).created ?? "";
      const wallet = await deploy(answering("1626ba7e"));
      const verifier = await deploy(answering("024ad318"));
      const { x = "", y = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
      const point = concat([verifier, Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
      const [owner] = keys.owners;
      const members = [
        { kind: memberKinds.account, weight: 1, key: owner.address.toLowerCase() },
        { kind: memberKinds.contract, weight: 1, key: wallet.toLowerCase() },
        { kind: memberKinds.key, weight: 1, key: point.toLowerCase() },
      ].sort((a, b) => (a.key < b.key ? -1 : 1));
      const constitution = { members, threshold: 3, defaultDelay: 0, rules: [] };
      const deployment = await deployFabric(relayer, { constitution, verifiers: [verifier] });

      const office = await readOffice(chain, deployment);
      const kinds = members.map(({ kind }) => ["account", "contract", "key"][kind - 1]);
      assert.deepEqual(
        office.members.map(({ kind }) => kind),
        kinds,
      );
      assert.deepEqual(office.constitution, constitution);

      const { calls, sentence } = planChange(await readWorld(chain, deployment), { kind: "setMaxAttempts", value: 4 });
      const batch = batchOf(office, "parameters", calls, sentence, (await chain.latest()).time);
      const others = office.members.flatMap(({ kind }, at) =>
        kind === "account" ? [] : [{ index: at + 1, payload: judgedPayload("0x0102") }],
      );
      await executeBatch(relayer, deployment, batch, [...others, await signBatch(owner, office, batch)]);
      assert.equal((await readWorld(chain, deployment)).parameters.maxAttempts, 4);
      await assert.rejects(signBatch(keys.guardian, office, batch), { code: "NOT_A_MEMBER" });
    } finally {
      await stop();
    }
  });
});
