import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { centerMarkdown, centerText } from "../../src/cli/owner/centerText.ts";
import { enforcedOf } from "../../src/cli/owner/enforced.ts";
import { parametersOf } from "../../src/config/parameters.ts";
import { Machine } from "../../src/fabric/index.ts";
import type { Parameters } from "../../src/fabric/parameters.ts";
import { interfaceOf } from "../../src/governance/index.ts";
import { statusView, submitterView } from "../../src/orchestrator/index.ts";
import {
  authorityMermaid,
  authorityView,
  type CenterRow,
  type CenterView,
  type Coming,
  centerView,
  type Enforced,
} from "../../src/owner/index.ts";
import { genesis, governance } from "../fabric/world.ts";
import { dossier, keyOf } from "../governance/localChain.ts";
import { accountOf, contracts, mermaidProblems, overviewOf } from "./overviews.ts";

const parameters = parametersOf(dossier, keyOf);
const rowOf = ({ rows }: CenterView, title: string): CenterRow => {
  const row = rows.find((each) => each.title === title);
  assert.ok(row !== undefined, `${title} is in the table`);
  return row;
};
const drifting = ({ rows }: CenterView) =>
  rows.flatMap(({ title, drift }) => (drift.length > 0 ? [`${title}: ${drift.join(", ")}`] : []));

/** What an orchestrator says that has these parameters in force, through its machine, its status and its answers. */
function orchestratorOf(values: Parameters, block: number): Enforced {
  const machine = new Machine(genesis);
  machine.step([governance(values, block), { kind: "tick", tick: 1 }]);
  const facts = { atMs: 0, epoch: 1, silence: null, changedTick: 1, checkpoint: null, anchored: null };
  const status = statusView(machine, { ...facts, anchorsWaiting: 0, isConnected: () => true });
  return enforcedOf(
    status,
    status.submitters.flatMap((name) => submitterView(machine, name) ?? []),
  );
}

function withShard(index: number, change: Partial<Parameters["shards"][number]>): Parameters {
  return {
    ...parameters,
    shards: parameters.shards.map((shard, at) => (at === index ? { ...shard, ...change } : shard)),
  };
}

const coming: Coming = {
  ...{ lane: "parameters", digest: `0x${"ab".repeat(32)}`, sentence: "Set the weight of earth from 1 to 7." },
  ...{ signers: [accountOf("7"), accountOf("8")], since: 900, readyAt: 1900, validUntil: 90_000 },
  ...{ block: 19, transaction: `0x${"cd".repeat(32)}` },
};

describe("The command center", () => {
  it("finds nothing that differs where chain, orchestrator and manifest are one", () => {
    const view = centerView(overviewOf(parameters), orchestratorOf(parameters, 20), dossier);
    assert.deepEqual(drifting(view), []);
    // Nothing that an orchestrator obeys is left out of what it is asked.
    const unasked = view.rows.filter(({ enforcedBy, enforced }) => enforcedBy === "orchestrator" && enforced === null);
    assert.deepEqual(unasked, []);
    assert.match(centerText(view), /All 110 values are the same wherever they are\.\n/);
  });

  it("marks each value that the orchestrator enforces otherwise, whichever it is", () => {
    const draft: Parameters = {
      ...withShard(0, { queueBudget: 1, spillThreshold: 1, spillBatch: 1, weight: 9, routes: [3], latencyBudgetMs: 1 }),
      ...{ tickMs: 1000, checkpointIntervalTicks: 1, heartbeatGrace: 9, maxAttempts: 1 },
      pause: { ownerPaused: true, guardianUntil: 0 },
    };
    const [first, ...nodes] = draft.nodes;
    const key = new Uint8Array(32).fill(9);
    const other = { ...first, capacity: 1, maxConcurrency: 1, heartbeatSeconds: 9, skills: 1n, key, shard: 2 };
    const [submitter, ...submitters] = draft.submitters;
    const changed = { ...submitter, jobsPerTick: 1, expiry: 5_000_000_000, shards: 3, key };
    const running = orchestratorOf(
      { ...draft, nodes: [{ ...other, status: "draining" }, ...nodes], submitters: [changed, ...submitters] },
      20,
    );
    const view = centerView(overviewOf(parameters), running, null);
    const fields = view.rows.flatMap(({ title, drift }) => (drift.includes("enforced") ? [title] : []));
    const wanted = (above: string, ...names: string[]) => names.map((name) => `${above}.${name}`);
    assert.deepEqual(
      fields.sort(),
      [
        ...wanted("fabric", "pause", "tickMs", "checkpointIntervalTicks", "heartbeatGrace", "maxAttempts"),
        ...wanted("earth", "queueBudget", "latencyBudgetMs", "spillThreshold", "spillBatch", "weight", "routes"),
        ...wanted("node earth.core-alpha", "status", "shard", "capacity", "maxConcurrency", "heartbeatSeconds"),
        ...wanted("node earth.core-alpha", "skills", "key"),
        ...wanted("submitter earth.exchange", "shards", "jobsPerTick", "expiry", "key"),
      ].sort(),
    );
    assert.match(centerText(view), /^! {2}earth\.queueBudget +6,000 jobs +1 job /m);
  });

  it("tells what is not in force yet from what is enforced otherwise", () => {
    const place = JSON.stringify(["shard", "earth", "queueBudget"]);
    const touches = new Map([[place, { block: 20, transaction: `0x${"ee".repeat(32)}`, signers: [accountOf("7")] }]]);
    const overview = overviewOf(withShard(0, { queueBudget: 5000 }), {}, { touches });
    const view = centerView(overview, orchestratorOf(parameters, 19), null);
    assert.deepEqual(drifting(view), ["earth.queueBudget: behind"]);
    const { last } = rowOf(view, "earth.queueBudget");
    assert.equal(last?.by, `the owners ${accountOf("7")}`);
  });

  it("marks what the manifest has otherwise, what it does not name, and what only it names", () => {
    const { nodes } = parameters;
    const changed: Parameters = {
      ...withShard(1, { queueBudget: 5 }),
      nodes: [...nodes.slice(1), { ...nodes[0], name: "stranger" }, { ...nodes[0], name: "gone", status: "removed" }],
    };
    const view = centerView(overviewOf(changed), null, dossier);
    assert.deepEqual(drifting(view), [
      "luna.queueBudget: manifest",
      "node stranger.status: manifest",
      "node earth.core-alpha.status: manifest",
    ]);
    assert.equal(rowOf(view, "node earth.core-alpha.status").chain, null);
    assert.match(centerText(view), /^! {2}node earth\.core-alpha\.status +not there +not running +admitted /m);
  });

  it("says who may change a value and after what delay, as the constitution has it", () => {
    const { selector } = interfaceOf("ShardRegistry").getFunction("setQueueBudget");
    const rules = [
      { target: contracts.ShardRegistry.address, selector, delay: 3600 },
      {
        target: contracts.SystemPause.address,
        selector: interfaceOf("SystemPause").getFunction("resume").selector,
        delay: 0,
      },
    ];
    const view = centerView(overviewOf(parameters, { defaultDelay: 60, rules }), null, null);
    const who = (title: string) =>
      rowOf(view, title).powers.map(({ by, does, waitsSeconds }) => `${by} ${does} ${waitsSeconds}`);
    assert.deepEqual(who("earth.queueBudget"), ["owners set 3600"]);
    assert.deepEqual(who("earth.weight"), ["owners set 60"]);
    assert.deepEqual(who("earth.pause"), ["owners pause 60", "owners resume 0", "guardian pause 0"]);
    // Whatever else is delayed, whoever could change the delays would have to wait as long.
    assert.deepEqual(
      [who("owners.threshold"), who("owners.contracts")],
      [["owners set 3600"], ["owners hand over 3600"]],
    );
    assert.deepEqual(who("node earth.core-alpha.maxConcurrency"), ["owners set 60", "marketplace lower 0"]);
    assert.deepEqual(
      [who("node earth.core-alpha.key"), who("node earth.core-alpha.shard")],
      [["operator rotate 0"], []],
    );
    assert.match(centerText(view), /^ *earth\.pause .* owners pause after 60 s, resume at once; guardian/m);
  });

  it("shows what was announced, with its times and what it does", () => {
    const view = centerView(overviewOf(parameters, {}, { coming: [coming] }), null, null);
    const sentence =
      "Coming from 1970-01-01T00:31:40Z until 1970-01-02T01:00:00Z, lane parameters: Set the weight of earth";
    assert.ok(centerText(view).includes(sentence));
    assert.match(
      centerMarkdown(view),
      /\| Set the weight of earth from 1 to 7\. \| parameters \| 1970-01-01T00:31:40Z \|/,
    );
  });

  it("says so when a contract belongs to somebody else, or is offered away", () => {
    const overview = overviewOf(parameters);
    const { multisig } = overview.offices.office;
    const holders = {
      ...overview.holders,
      SystemPause: { owner: accountOf("f"), pending: "none" },
      NodeRegistry: { owner: multisig, pending: accountOf("e") },
    };
    const view = centerView({ ...overview, holders }, null, null);
    assert.deepEqual(rowOf(view, "owners.contracts").chain, [
      `NodeRegistry is offered to ${accountOf("e")}`,
      `SystemPause belongs to ${accountOf("f")}`,
    ]);
    assert.deepEqual(mermaidProblems(authorityMermaid(authorityView({ ...overview, holders }))), []);
    assert.match(authorityMermaid(authorityView({ ...overview, holders })), /SystemPause.*belongs to .*:::stray$/m);
  });

  it("takes no name for anything but a name: nothing leaves its cell, and no terminal obeys it", () => {
    const name = "a|b`<b>\u001b[2J\n[x](y)";
    const view = centerView(overviewOf(withShard(0, { name })), null, null);
    assert.ok(!centerText(view).includes("\u001b"));
    const lines = centerMarkdown(view).split("\n");
    const table = lines.filter((line) => line.startsWith("| "));
    // Cells are counted by the bars that are not escaped.
    assert.deepEqual([...new Set(table.map((line) => line.match(/(?<!\\)\|/g)?.length))], [8]);
    assert.ok(
      table.some((line) => line.includes("a\\|b\\`\\<b\\>\\\\u\\{1b\\}\\[2J\\\\u\\{a\\}\\[x\\](y).queueBudget")),
    );
    // A shard named as a node would be is not taken for one.
    const twin = centerView(overviewOf(withShard(0, { name: "node earth.core-alpha" })), null, dossier);
    assert.ok(!rowOf(twin, "node earth.core-alpha.capacity").drift.includes("manifest"));
  });
});

describe("The diagram of who may do what", () => {
  const rules = [
    {
      target: contracts.ShardRegistry.address,
      selector: interfaceOf("ShardRegistry").getFunction("setWeight").selector,
      delay: 1000,
    },
  ];

  it("has members with their weights, the threshold, every contract, who is in office, and delays on its arrows", () => {
    const text = authorityMermaid(authorityView(overviewOf(parameters, { threshold: 2, rules }, { coming: [coming] })));
    assert.deepEqual(mermaidProblems(text), []);
    for (const part of [
      /^ {2}M3\(\["member 3#58; account<br\/>0x9{40}<br\/>weight 1"\]\):::member$/m,
      /^ {2}M3 -->\|"signs"\| OwnerMultisig$/m,
      /OwnerMultisig\{\{.*2 of 3 decide<br\/>epoch 1/,
      /^ {2}OwnerMultisig -->\|"setWeight#58; after 1,000 s"\| ShardRegistry$/m,
      /^ {2}OwnerMultisig -->\|"[^"]*setQueueBudget[^"]*#58; at once"\| ShardRegistry$/m,
      /^ {2}OwnerMultisig -->\|"constitute#58; after 1,000 s"\| OwnerMultisig$/m,
      /^ {2}G1 -->\|"may pause for at most 604,800 s, revoke the anchorer, revoke the marketplace"\| SystemPause$/m,
      /^ {2}anchorer -->\|"may claim an epoch, anchor checkpoints"\| CheckpointLedger$/m,
      /^ {2}marketplace -->\|"may admit nodes, lower their limits, drain them"\| NodeRegistry$/m,
      /^ {2}W1\[\/"waits in parameters until .*Set the weight of earth from 1 to 7\."\/\]:::coming$/m,
    ])
      assert.match(text, part);
  });

  it("names every function that only the owners may call, so that no power is missing in it", () => {
    const view = authorityView(overviewOf(parameters, { rules }));
    const drawn = view.authorities.flatMap(({ from, contract, may }) =>
      from === "owners" ? may.map((name) => `${contract}.${name}`) : [],
    );
    const others = new Set([
      ...["OwnerMultisig.execute", "OwnerMultisig.announce", "OwnerMultisig.run", "OwnerMultisig.cancel"],
      ...["NodeRegistry.rotateKey", "NodeRegistry.revokeMarketplace", "CheckpointLedger.revokeAnchorer"],
      ...["CheckpointLedger.anchor", "CheckpointLedger.claim"],
      ...["SystemPause.guardianPause", "SystemPause.revokeAnchorer", "SystemPause.revokeMarketplace"],
    ]);
    const all = view.contracts.flatMap(({ name }) => {
      const functions = interfaceOf(name).fragments.flatMap((fragment) =>
        "stateMutability" in fragment && fragment.type === "function" && fragment.stateMutability === "nonpayable"
          ? [String(Object(fragment).name)]
          : [],
      );
      return functions
        .filter((each) => !/^(transferOwnership|acceptOwnership|renounceOwnership)$/.test(each))
        .map((each) => `${name}.${each}`);
    });
    assert.deepEqual(drawn.sort(), all.filter((each) => !others.has(each)).sort());
  });

  it("draws nobody for an office that nobody holds", () => {
    const offices = { anchorer: "none", marketplace: "none", guardians: [] };
    const text = authorityMermaid(authorityView(overviewOf(parameters, {}, { offices })));
    assert.deepEqual(mermaidProblems(text), []);
    assert.doesNotMatch(text, /none|anchor checkpoints|may pause/);
  });

  it("stays a flowchart whatever a sentence says", () => {
    const sentence = 'Register the shard x"]:::a;\nclick A "javascript:alert(1)"\n%%{init: {}}%% --> `';
    const text = authorityMermaid(authorityView(overviewOf(parameters, {}, { coming: [{ ...coming, sentence }] })));
    assert.deepEqual(mermaidProblems(text), []);
  });
});
