import { type Check, checksOf, type KillPlan, killPlanOf, Measurements, type Play, rehearse } from "../drill/index.ts";
import { FabricError } from "../errors.ts";
import type { Genesis, GovernanceInput, Input, Machine, Parameters } from "../fabric/index.ts";
import { LineWriter, violations } from "../fabric/index.ts";
import {
  type Checkpoint,
  JournalReader,
  type JournalRecord,
  Replay,
  readGenesis,
  writeReceiptLine,
} from "../journal/index.ts";
import type { Decisions } from "./decisions.ts";
import type { Summary } from "./forms.ts";
import type { Output } from "./output.ts";
import { ownerScriptOf } from "./ownerScript.ts";
import { drawPage } from "./page.ts";
import { canonicalText, type Primary, paths } from "./primary.ts";
import type { Proof } from "./proof.ts";
import { summaryOf } from "./summary.ts";
import { hexOf } from "./text.ts";
import { topologyOf } from "./topology.ts";

/** Everything that follows from a bundle's primary data. */
export type Derived = {
  readonly play: Play;
  readonly machine: Machine;
  readonly parameters: Parameters;
  readonly measured: Measurements;
  readonly control: Measurements | undefined;
  readonly checkpoints: readonly Checkpoint[];
  /** Governance inputs and orders of each tick that had any. */
  readonly governance: ReadonlyMap<number, readonly Input[]>;
  readonly lastTick: number;
  readonly kill: KillPlan | null;
  readonly checks: readonly Check[];
  readonly summary: Summary;
};

/** What a bundle is made from, and what was found in it. */
export type Material = {
  readonly primary: Primary;
  readonly play: Play;
  readonly proof: Proof;
  readonly decisions: Decisions;
};

/** Looks at each tick's record before the machine is told of it. */
export type Inspector = (record: JournalRecord, genesis: Genesis) => Promise<void>;

/**
 * Makes a bundle's derived files from its primary data, and the verdict with them.
 * @throws errors of the journal; JOURNAL_FOREIGN, JOURNAL_BEHIND; what `inspect` throws
 */
export async function derive(material: Material, output: Output, inspect?: Inspector): Promise<Derived> {
  const { primary, play, proof, decisions } = material;
  const { chain } = proof;
  const measured = new Measurements(play.scenario.acceptance);
  const governance = new Map<number, readonly Input[]>();
  const checkpoints: Checkpoint[] = [];
  const events = new LineWriter((lines) => output.add(paths.events, lines));
  const receipts = new LineWriter((lines) => output.add(paths.receipts, lines));
  let lawsBroken = 0;
  let replay: Replay | undefined;
  let stopped = false;
  for (const record of new JournalReader(primary.journal, { closed: true }).records()) {
    if (replay === undefined) {
      replay = Replay.begin(genesisOf(record, material));
      continue;
    }
    await inspect?.(record, replay.machine.genesis);
    const step = replay.stepRecord(record);
    const { machine } = replay;
    const { inputs } = step;
    stopped = inputs.some(({ kind }) => kind === "stopped");
    step.effects.events.writeLines(events);
    for (const [offset, receipt] of step.effects.receipts.entries())
      writeReceiptLine(receipts, step.firstReceipt + offset, receipt);
    for (const lines of [events, receipts]) lines.flush();
    if (step.checkpoint !== undefined) checkpoints.push(step.checkpoint);
    measured.observe(machine, step.effects);
    if (violations(machine, step.effects).length > 0) lawsBroken++;
    const fromChain = inputs.filter(({ kind }) => kind === "governance" || kind === "order" || kind === "chainSilent");
    if (fromChain.length > 0) governance.set(machine.tick, fromChain);
  }
  const parameters = replay?.machine.state.parameters;
  if (replay === undefined || parameters === undefined || !stopped)
    throw new FabricError("JOURNAL_BEHIND", { evidence: "its last record does not end a drill" });
  const { machine, tree } = replay;
  const lastTick = machine.tick;
  const control = await controlOf(play, machine, governance, lastTick);
  const kill = killPlanOf(play);
  const roots = {
    receipts: { size: tree.size, root: hexOf(tree.root()) },
    stateRoot: checkpoints.at(-1)?.document.stateRoot ?? "",
  };
  const anchored = new Set(chain.anchors.filter(({ voided }) => !voided).map(({ digest }) => hexOf(digest)));
  const { unkilled, faultsLeft } = primary.drill;
  const crash =
    kill === null || unkilled === null
      ? undefined
      : {
          resumed: chain.claims.length > 1,
          sameReceiptsRoot: unkilled.receipts.root === roots.receipts.root,
          sameStateRoot: unkilled.stateRoot === roots.stateRoot,
        };
  const checks = checksOf({
    ...{ scenario: play.scenario, jobs: jobsOf(play), counters: machine.counters, live: machine.state.jobs.count },
    ...{ measured, lawsBroken, faultsLeft, maxLagBlocks: machine.genesis.maxLagBlocks },
    ...(control === undefined ? {} : { control }),
    ...(crash === undefined ? {} : { crash }),
    checkpoints: {
      count: checkpoints.length,
      anchored: checkpoints.filter(({ digest }) => anchored.has(digest)).length,
    },
  });
  const facts = {
    primary,
    play,
    machine,
    parameters,
    measured,
    control,
    checkpoints,
    governance,
    lastTick,
    kill,
    checks,
  };
  const summary = summaryOf({ ...facts, crash, roots, anchored });
  const derived = { ...facts, summary };
  output.add(paths.checkpoints, canonicalText(checkpoints.map(({ document, digest }) => ({ digest, document }))));
  output.add(paths.keys, canonicalText(keysOf(parameters)));
  output.add(paths.summary, canonicalText(summary));
  const titles = new Map(play.manifest.shards.map(({ id, title }) => [id, title]));
  output.add(
    paths.topology,
    topologyOf(parameters, (shard) => titles.get(shard)),
  );
  output.add(paths.ownerScript, canonicalText(ownerScriptOf(primary, proof, decisions.all, decisions.parameters)));
  const { page, plots } = await drawPage(derived, material);
  output.add(paths.page, page);
  for (const [path, plot] of plots) output.add(path, plot);
  output.end();
  return derived;
}

/** The same work under the same governance, but for one thing: nothing may spill. */
async function controlOf(
  play: Play,
  { genesis, state }: Machine,
  governance: ReadonlyMap<number, readonly Input[]>,
  lastTick: number,
): Promise<Measurements | undefined> {
  const { acceptance } = play.scenario;
  if (acceptance.controlSkewMin === undefined) return undefined;
  const control = new Measurements(acceptance, (shard) => state.shards[shard].parameters.routes);
  const at = (tick: number) =>
    (governance.get(tick) ?? []).map((input) => (input.kind === "governance" ? withoutSpillover(input) : input));
  for await (const { machine, effects } of rehearse(play, genesis, { at, lastTick })) control.observe(machine, effects);
  return control;
}

function withoutSpillover(input: GovernanceInput): GovernanceInput {
  if (input.values === null) return input;
  const shards = input.values.shards.map((shard) => ({ ...shard, spillBatch: 0 }));
  return { ...input, values: { ...input.values, shards } };
}

function jobsOf({ scenario, manifest }: Play): number {
  return scenario.jobsPerShard * manifest.shards.length;
}

/** The genesis that the journal begins with, which is the one that the drill was given. */
function genesisOf(record: JournalRecord, { play, proof: { chain } }: Material): Genesis {
  const { maxLagBlocks, maxSilentTicks } = play.manifest.chain;
  const expected = {
    ...{ chainId: chain.chainId, ledger: chain.ledger.address, seed: play.seed, maxLagBlocks, maxSilentTicks },
  };
  const genesis = readGenesis(record);
  for (const field of ["chainId", "ledger", "seed", "maxLagBlocks", "maxSilentTicks"] as const)
    if (genesis[field] !== expected[field])
      throw new FabricError("JOURNAL_FOREIGN", { field, found: genesis[field], expected: expected[field] });
  return genesis;
}

function keysOf({ nodes, submitters }: Parameters) {
  const key = (entry: { name: string; keyKind: string; key: Uint8Array }) => {
    return { name: entry.name, keyKind: entry.keyKind, key: hexOf(entry.key) };
  };
  return { nodes: nodes.map(key), submitters: submitters.map(key) };
}
