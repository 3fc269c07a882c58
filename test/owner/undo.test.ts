import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { exampleOf } from "../../scripts/docs/changes.ts";
import { isPausedAt, type Parameters, type PauseScope, shardBit } from "../../src/fabric/index.ts";
import { contractAt, GovernanceFollower } from "../../src/governance/index.ts";
import {
  type Change,
  type ChangeKind,
  catalogue,
  decide,
  isChangeKind,
  none,
  planChange,
  readWorld,
  signGuardianAcceptance,
  type World,
} from "../../src/owner/index.ts";
import { jobs, jobsIn, World as MachineWorld, manyJobs, type Outcome } from "../fabric/world.ts";
import { decidersOf, type LocalFabric, startFabric } from "../governance/localChain.ts";

/** A change, and what is decided before it so that it changes something. */
type Trial = { readonly given?: readonly Change[]; readonly change: Change };

/** Random changes of a kind, for the fabric of the manifest that ships; null for those that claim no inverse. */
type Trials = { readonly [Kind in ChangeKind]: ((fabric: LocalFabric) => fc.Arbitrary<Promise<Trial> | Trial>) | null };

const shardNames = ["earth", "luna", "mars", "helios"];
const scope = fc.constantFrom("fabric", ...shardNames);
const shard = fc.constantFrom(...shardNames);
const shardOrAll = fc.constantFrom("routers", ...shardNames);
const node = fc.constantFrom("earth.core-alpha", "mars.gpu-helion", "luna.nav-station");
const upTo = (max: number, min = 1) => fc.integer({ min, max });
const routesOf = (from: string) => fc.shuffledSubarray(shardNames.filter((name) => name !== from));
const trialOf = <Values>(values: fc.Arbitrary<Values>, change: (values: Values) => Change) =>
  values.map((each): Trial => ({ change: change(each) }));

const trials: Trials = {
  pause: () => trialOf(scope, (scope) => ({ kind: "pause", scope })),
  resume: () => scope.map((scope) => ({ given: [{ kind: "pause", scope }], change: { kind: "resume", scope } })),
  guardianPause: () =>
    trialOf(fc.tuple(scope, upTo(604_800)), ([scope, seconds]) => ({ kind: "guardianPause", scope, seconds })),
  setGuardianPauseLimit: () => trialOf(upTo(604_799, 60), (value) => ({ kind: "setGuardianPauseLimit", value })),
  retireFabric: null,
  registerShard: null,
  setQueueBudget: () =>
    trialOf(fc.tuple(shardOrAll, upTo(1_000_000, 200)), ([shard, value]) => ({ kind: "setQueueBudget", shard, value })),
  setLatencyBudget: () =>
    trialOf(fc.tuple(shardOrAll, upTo(1_000_000)), ([shard, value]) => ({ kind: "setLatencyBudget", shard, value })),
  setSpillThreshold: () =>
    trialOf(fc.tuple(shardOrAll, upTo(2000, 0)), ([shard, value]) => ({ kind: "setSpillThreshold", shard, value })),
  setSpillBatch: () =>
    trialOf(fc.tuple(shardOrAll, upTo(65_535)), ([shard, value]) => ({ kind: "setSpillBatch", shard, value })),
  setWeight: () =>
    trialOf(fc.tuple(shardOrAll, upTo(10_000, 2)), ([shard, value]) => ({ kind: "setWeight", shard, value })),
  setRoutes: () => shard.chain((shard) => trialOf(routesOf(shard), (routes) => ({ kind: "setRoutes", shard, routes }))),
  reroute: () => shard.chain((from) => trialOf(routesOf(from), (to) => ({ kind: "reroute", from, to, count: 5 }))),
  retireShard: null,
  move: null,
  cancel: null,
  checkpointNow: null,
  setTickLength: () => trialOf(upTo(100_000, 100), (value) => ({ kind: "setTickLength", value })),
  setCheckpointInterval: () => trialOf(upTo(100_000), (value) => ({ kind: "setCheckpointInterval", value })),
  setHeartbeatGrace: ({ parameters }) =>
    trialOf(upTo(255, parameters.heartbeatGrace + 1), (value) => ({ kind: "setHeartbeatGrace", value })),
  setMaxAttempts: ({ parameters }) =>
    trialOf(upTo(255, parameters.maxAttempts + 1), (value) => ({ kind: "setMaxAttempts", value })),
  admitNode: null,
  limit: () =>
    trialOf(fc.tuple(node, upTo(1_000_000, 64), fc.option(upTo(12), { nil: undefined })), ([node, capacity, jobs]) => {
      return { kind: "limit", node, capacity, ...(jobs === undefined ? {} : { maxConcurrency: jobs }) };
    }),
  drain: () => trialOf(node, (node) => ({ kind: "drain", node })),
  undrain: () => node.map((node) => ({ given: [{ kind: "drain", node }], change: { kind: "undrain", node } })),
  removeNode: null,
  addSkill: null,
  admitSubmitter: null,
  limitSubmitter: () =>
    trialOf(fc.tuple(fc.uniqueArray(shard, { minLength: 1 }), upTo(9999), upTo(9, 0)), ([shards, jobs, years]) => {
      const expiry = years === 0 ? 0 : 2_000_000_000 + years * 31_536_000;
      return { kind: "limitSubmitter", submitter: "mars.works", shards, jobsPerTick: jobs, expiry };
    }),
  revokeSubmitter: null,
  setAnchorer: ({ keys }) =>
    trialOf(fc.constantFrom(none, keys.operatorOf(9).address), (account) => ({ kind: "setAnchorer", account })),
  revokeAnchorer: () => fc.constant({ change: { kind: "revokeAnchorer" } }),
  rebase: null,
  setMarketplace: ({ keys }) =>
    trialOf(fc.constantFrom(none, keys.operatorOf(9).address), (account) => ({ kind: "setMarketplace", account })),
  revokeMarketplace: () => fc.constant({ change: { kind: "revokeMarketplace" } }),
  appointGuardian: (fabric) =>
    upTo(12, 9).map(async (number) => {
      const signer = fabric.keys.operatorOf(number);
      const { chain, deployment } = fabric;
      const { time, hash } = await chain.latest();
      const pause = contractAt("SystemPause", deployment.contracts.SystemPause.address, chain.at(hash));
      const terms = { nonce: await pause.nonces(signer.address), deadline: time + 3600 };
      const acceptance = await signGuardianAcceptance(signer, deployment, terms);
      return { change: { kind: "appointGuardian", acceptance } };
    }),
  dismissGuardian: null,
  rearmGuardian: null,
  constitute: null,
};

/** What the chain alone holds, and no machine is told of. */
const untold: readonly ChangeKind[] = [
  "setGuardianPauseLimit",
  "setAnchorer",
  "revokeAnchorer",
  "setMarketplace",
  "revokeMarketplace",
  "appointGuardian",
];

describe("a change and what undoes it", () => {
  let founded: LocalFabric;
  before(async () => {
    founded = await startFabric();
  });
  after(() => founded.stop());

  for (const [kind, of] of Object.entries(trials)) {
    if (of === null) continue;
    it(`${kind}: leave everything that the owners govern as it was, on the chain and in the machine`, async () => {
      await fc.assert(
        fc.asyncProperty(of(founded), async (trial) => {
          const { given = [], change } = await trial;
          await onTheSameChain(founded, async (fabric) => {
            for (const each of given) await decide(fabric.deciders, each);
            const before = await governed(fabric);
            const { undo } = planChange(await readWorld(fabric.chain, fabric.deployment), change);
            assert.ok(undo !== null);
            const { told, untouched, obey } = await machinesOf(fabric);
            await decide(fabric.deciders, change);
            assert.notDeepEqual(await governed(fabric), before);
            await obey();
            assert.equal(
              isDeepStrictEqual(enforced(told), enforced(untouched)),
              untold.some((each) => each === kind),
            );
            for (const back of undo) {
              await decide(fabric.deciders, back);
              await obey();
            }
            assert.deepEqual(await governed(fabric), before);
            assert.deepEqual(enforced(told), enforced(untouched));
            assert.deepEqual(atWork(told), atWork(untouched));
          });
        }),
        { numRuns: 2, seed: 11 },
      );
    });
  }

  it("is tried for every entry of the catalogue that claims an inverse", () => {
    const kinds = Object.keys(catalogue).filter(isChangeKind);
    const claimed = kinds.filter((kind) => exampleOf(kind).undo !== null);
    assert.deepEqual(
      claimed,
      kinds.filter((kind) => trials[kind] !== null),
    );
  });

  const lasting: readonly (readonly [string, readonly Change[], Change, RegExp])[] = [
    [
      "a guardian's pause that the owners end",
      [{ kind: "guardianPause", scope: "mars", seconds: 600 }],
      { kind: "resume", scope: "mars" },
      /`pause` pauses again/,
    ],
    [
      "a guardian's pause that the owners make theirs",
      [{ kind: "guardianPause", scope: "mars", seconds: 600 }],
      { kind: "pause", scope: "mars" },
      /`resume` ends both/,
    ],
    [
      "backlog that is moved where the routes are so already",
      [],
      { kind: "reroute", from: "luna", to: ["earth"] },
      /stays where it is/,
    ],
    [
      "the limits of a submitter who could bring jobs to a shard that is retired",
      [
        ...["luna.nav-station"].map((node): Change => ({ kind: "removeNode", node })),
        { kind: "retireShard", shard: "luna" },
      ],
      { kind: "limitSubmitter", submitter: "luna.dispatch", jobsPerTick: 1, shards: ["earth"] },
      /a shard that is retired/,
    ],
  ];
  for (const [what, given, change, why] of lasting)
    it(`does not claim to bring back ${what}`, () =>
      onTheSameChain(founded, async (fabric) => {
        for (const each of given) await decide(fabric.deciders, each);
        const { undo, lasts } = planChange(await readWorld(fabric.chain, fabric.deployment), change);
        assert.equal(undo, null);
        assert.match(lasts ?? "", why);
      }));
});

/** Everything that the owners govern, but for versions, nonces and pauses that are over. */
async function governed({ chain, deployment }: LocalFabric): Promise<unknown> {
  const { parameters, time, offices } = await readWorld(chain, deployment);
  return { ...inForceAt(parameters, time), offices: withoutNonces(offices) };
}

function inForceAt(parameters: Parameters, time: number) {
  const pauseNow = (pause: PauseScope) => (isPausedAt(pause, time) ? pause : null);
  const shards = parameters.shards.map((shard) => ({ ...shard, pause: pauseNow(shard.pause) }));
  return { ...parameters, pause: pauseNow(parameters.pause), shards };
}

/**
 * Two machines of the fabric as it is: one is told what the chain says from now on, the other of nothing more. `obey`
 * gives each a tick.
 */
async function machinesOf({ chain, deployment, parameters }: LocalFabric) {
  const follower = new GovernanceFollower(chain, deployment, { confirmations: 0 });
  const now = await follower.poll();
  const [told, untouched] = [new MachineWorld(parameters), new MachineWorld(parameters)];
  for (const world of [told, untouched]) {
    // Whoever has routed jobs holds more of what the owners decided than whoever has not.
    for (const lease of world.tick(...jobsForEachNode(parameters, 1, 1)).leases) world.report(lease);
    assert.equal(world.tick().receipts.length, parameters.nodes.length);
    world.tick(...now);
  }
  const obey = async () => {
    told.tick(...(await follower.poll()));
    untouched.tick();
  };
  return { told, untouched, obey };
}

/**
 * What the machine holds of what the owners govern: the parameters, and what it made of them for the fabric and for each
 * shard, node and submitter. Not the numbers of versions, blocks and orders, and the clocks that stood in a pause.
 */
function enforced({ machine: { state, governance } }: MachineWorld): unknown {
  const { parameters, paused, shards, nodes, submitters } = state;
  assert.ok(parameters !== undefined);
  for (const kind of ["shards", "nodes", "submitters"] as const)
    assert.deepEqual(
      state[kind].slice(1).map((each) => each.parameters),
      parameters[kind],
    );
  return {
    parameters: inForceAt(parameters, governance.time),
    paused,
    shards: shards.slice(1).map(({ paused, nodes }) => ({ paused, nodes })),
    nodes: nodes.slice(1).map(({ lastHeard: _, ...node }) => node),
    submitters: submitters.slice(1).map(({ expired }) => ({ expired })),
  };
}

/** What becomes of more jobs than the nodes can take at once. */
function atWork(world: MachineWorld): readonly Outcome[] {
  const outcomes = [world.tick(...jobsForEachNode(world.values, 1000, 100)), world.idle(3)];
  assert.ok(outcomes.some((outcome) => jobsIn(outcome, "accepted").length > 0));
  return outcomes;
}

/** Jobs for the shard and the skills of each node, from the first submitter that may bring them, numbered from `first`. */
function jobsForEachNode({ nodes, submitters }: Parameters, first: number, count: number) {
  return nodes.map(({ shard, skills }, index) => {
    const submitter = submitters.findIndex(({ shards }) => (shards & shardBit(shard)) !== 0) + 1;
    return jobs(submitter, ...manyJobs(first + index * count, count, { shard, skills }));
  });
}

function withoutNonces(offices: World["offices"]): unknown {
  assert.ok(offices !== undefined);
  const { nonces: _, ...office } = offices.office;
  return { ...offices, office };
}

/** Does something on the chain, and has it forget that. */
async function onTheSameChain(founded: LocalFabric, act: (fabric: LocalFabric) => Promise<void>): Promise<void> {
  const { chain, deployment } = founded;
  const untouched = await chain.rpc("evm_snapshot", []);
  try {
    await act({ ...founded, deciders: decidersOf(chain, deployment) });
  } finally {
    await chain.rpc("evm_revert", [untouched]);
  }
}
