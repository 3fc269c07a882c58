import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { hexlify } from "ethers";
import type { Manifest } from "../../src/config/index.ts";
import { parametersOf } from "../../src/config/parameters.ts";
import { Chain, type Deployment, deployFabric, readParameters } from "../../src/governance/index.ts";
import {
  batchOfPlan,
  type Change,
  changesTowards,
  type Deciders,
  executeBatch,
  firstBatch,
  foreseen,
  makePlan,
  type Papers,
  type Plan,
  practiceKeys,
  readOffice,
  readWorld,
  registrationBy,
  signBatch,
  signGuardianAcceptance,
} from "../../src/owner/index.ts";
import { startFork } from "../../src/practice/index.ts";
import { decidersOf, dossier, keyOf, type LocalChain, senderOf, startChain } from "../governance/localChain.ts";

const keys = practiceKeys(31337);
const fortnight = 14 * 86_400;

/** Two shards of the fabric that ships, with their nodes and their submitters. */
const small: Manifest = (() => {
  const shards = dossier.shards
    .slice(0, 2)
    .map((shard, index) => ({ ...shard, routes: [dossier.shards[1 - index].id] }));
  const names = shards.map(({ id }) => id);
  const nodes = dossier.nodes.filter(({ shard }) => names.includes(shard));
  const skills = dossier.skills.filter((skill) => nodes.some((node) => node.skills.includes(skill)));
  const [submitter] = dossier.submitters;
  return { ...dossier, shards, nodes, skills, submitters: [{ ...submitter, shards: names }] };
})();

describe("what makes a chain say what a manifest says", () => {
  let local: LocalChain;
  let deployment: Deployment;
  let deciders: Deciders;
  let papers: Papers;
  /** What the chain says. */
  let now = small;
  before(async () => {
    local = await startChain();
    deployment = await deployFabric(senderOf(local.chain, keys.deployer), { constitution: keys.constitution });
    deciders = decidersOf(local.chain, deployment);
    papers = await papersFor(small);
  });
  after(() => local.stop());

  const world = () => readWorld(local.chain, deployment);
  const way = async (manifest: Manifest, given: Papers = papers) => changesTowards(await world(), manifest, given);
  const parameters = async () => {
    const { hash } = await local.chain.latest();
    return (await readParameters(local.chain, deployment, hash)).parameters;
  };

  /** All that operators, guardians and submitters hand in before anything is set. Two nodes are of one operator. */
  async function papersFor(manifest: Manifest): Promise<Papers> {
    const { chain } = local;
    const later = foreseen(await world(), manifest);
    const registrations = [];
    for (const [
      index,
      { id: node, shard, capacity, maxConcurrency, heartbeatSeconds, skills },
    ] of manifest.nodes.entries()) {
      const { keyKind, key } = keyOf("node", node);
      const offer = { node, shard, capacity, maxConcurrency, heartbeatSeconds, skills, keyKind, key: hexlify(key) };
      const operator = keys.operatorOf(Math.max(1, index));
      const nonce = index === 0 ? 1 : 0;
      registrations.push(
        await registrationBy(operator, chain, deployment, later, offer, { lastsSeconds: fortnight, nonce }),
      );
    }
    const terms = { nonce: 0n, deadline: later.time + fortnight };
    return {
      registrations: registrations.toReversed(),
      guardians: [await signGuardianAcceptance(keys.guardian, deployment, terms)],
      submitterKeys: new Map(
        manifest.submitters.map(({ id }) => {
          const { keyKind, key } = keyOf("submitter", id);
          return [id, { keyKind, key: hexlify(key) }];
        }),
      ),
      ...{ anchorer: keys.anchorer.address, marketplace: keys.marketplace.address },
    };
  }

  async function planned(changes: readonly Change[]): Promise<Plan> {
    const started = await startFork(local.chain);
    const fork = await Chain.open(started.url, local.chain);
    try {
      return await makePlan({ chain: local.chain, fork }, deployment, { changes });
    } finally {
      fork.close();
      await started.close();
    }
  }

  /** As owners do it: planned on a fork, signed, executed. @returns how many plans it took */
  async function make(manifest: Manifest): Promise<number> {
    for (let plans = 0; ; plans++) {
      const { changes } = await way(manifest);
      if (changes.length === 0) return plans;
      const plan = await planned(firstBatch(changes));
      const office = await readOffice(local.chain, deployment);
      const batch = batchOfPlan(plan);
      const signatures = await Promise.all(keys.owners.slice(0, 2).map((owner) => signBatch(owner, office, batch)));
      await executeBatch(deciders.relayer, deployment, batch, signatures);
    }
  }

  it("founds the whole fabric by one plan, with papers that were signed before any shard was there", async () => {
    const { lacking, beyond } = await way(small);
    assert.deepEqual([lacking, beyond], [[], []]);
    assert.equal(await make(small), 1);
    const found = await parameters();
    const wanted = parametersOf(small, keyOf);
    assert.deepEqual({ ...found, nodes: [] }, { ...wanted, nodes: [] });
    const byName = (nodes: typeof found.nodes) => nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(byName(found.nodes), byName(wanted.nodes));
    const { offices } = await world();
    assert.deepEqual(offices?.guardians, [{ address: keys.guardian.address, armed: true }]);
    assert.deepEqual([offices?.anchorer, offices?.marketplace], [papers.anchorer, papers.marketplace]);
  });

  it("asks for nothing more when the chain says it all", async () => {
    assert.deepEqual(await way(small), { changes: [], lacking: [], beyond: [] });
  });

  it("brings a later manifest about: budgets up and down with their thresholds, routes, limits", async () => {
    const [earth, luna] = small.shards;
    const [node, ...nodes] = small.nodes;
    const [submitter, ...submitters] = small.submitters;
    const changed: Manifest = {
      ...small,
      fabric: { ...small.fabric, maxAttempts: small.fabric.maxAttempts + 1 },
      shards: [
        {
          ...earth,
          queueBudget: earth.queueBudget * 2,
          spillThreshold: earth.queueBudget * 2,
          weight: earth.weight + 1,
        },
        { ...luna, queueBudget: 9, spillThreshold: 9, routes: [] },
      ],
      nodes: [{ ...node, capacity: node.capacity + 7 }, ...nodes],
      submitters: [{ ...submitter, jobsPerTick: submitter.jobsPerTick + 1, shards: [luna.id] }, ...submitters],
    };
    assert.equal(await make(changed), 1);
    const found = await parameters();
    const wanted = parametersOf(changed, keyOf);
    assert.deepEqual({ ...found, nodes: [] }, { ...wanted, nodes: [] });
    assert.equal(found.nodes.find(({ name }) => name === node.id)?.capacity, node.capacity + 7);
    now = changed;
  });

  it("what one plan adds may refer to what it has added before", async () => {
    const [shard] = small.shards;
    const { keyKind, key } = keyOf("submitter", "orbiter");
    const { queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight } = shard;
    const { differences } = await planned([
      { kind: "registerShard", name: "orbit", queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight },
      { kind: "admitSubmitter", name: "orbiter", keyKind, key: hexlify(key), shards: ["orbit"], jobsPerTick: 1 },
    ]);
    const shards = differences.find(({ what }) => what === "submitter orbiter.shards");
    assert.deepEqual(shards?.after, ["orbit"]);
  });

  it("never ends what the manifest only leaves out, and says what would", async () => {
    const [gone, ...nodes] = now.nodes;
    const { changes, beyond } = await way({ ...now, nodes });
    assert.deepEqual(changes, []);
    assert.deepEqual(beyond, [
      `The node ${gone.id} is not in the manifest, and stays: \`remove-node ${gone.id}\` ends it.`,
    ]);
  });

  it("names who still has to hand something in, and plans the rest", async () => {
    const [node] = now.nodes;
    const [submitter] = now.submitters;
    const more: Manifest = {
      ...now,
      skills: [...now.skills, "weaving"],
      nodes: [...now.nodes, { ...node, id: "late" }, { ...node, id: "other" }],
      submitters: [...now.submitters, { ...submitter, id: "newcomer" }],
    };
    const other = { ...papers.registrations[0], node: "other", heartbeatSeconds: 999 };
    const { changes, lacking } = await way(more, { ...papers, registrations: [...papers.registrations, other] });
    assert.deepEqual(changes, [{ kind: "addSkill", name: "weaving" }]);
    assert.match(
      lacking.join("\n"),
      /submitter newcomer lacks its key[\s\S]*node late lacks its operator's registration/,
    );
    assert.match(lacking.join("\n"), /The registration of other (is for the shard|has a heartbeat every 999 s)/);
  });

  it("is cut where one transaction would be full", async () => {
    const { changes } = changesTowards(await world(), now, papers);
    assert.deepEqual(firstBatch(changes), []);
    const [registration] = papers.registrations;
    const many = Array.from({ length: 40 }, () => ({ kind: "admitNode", registration }) as const);
    const part = firstBatch(many);
    assert.ok(part.length > 20 && part.length < 40, `${part.length}`);
    assert.equal(firstBatch(Array.from({ length: 300 }, () => ({ kind: "addSkill", name: "s" }) as const)).length, 100);
  });
});
