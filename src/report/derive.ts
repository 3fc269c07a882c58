import { type Check, checksOf, type KillPlan, killPlanOf, Measurements, type Play, rehearse } from "../drill/index.ts";
import type { GovernanceInput, Input, Machine, Parameters } from "../fabric/index.ts";
import { decodeInputs, violations } from "../fabric/index.ts";
import type { VerifiedChain } from "../governance/evidence/index.ts";
import { type Checkpoint, JournalReader, Replay, readGenesis, receiptLine } from "../journal/index.ts";
import type { Output } from "./output.ts";
import { ownerScriptOf } from "./ownerScript.ts";
import { drawPage } from "./page.ts";
import { canonicalText, type Primary, paths, playOf } from "./primary.ts";
import { type Summary, summaryOf } from "./summary.ts";
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

/** Looks on while the journal is replayed. */
export type Onlooker = (inputs: readonly Input[], replay: Replay) => void;

/**
 * Makes a bundle's derived files from its primary data, and the verdict with them.
 * @throws errors of the journal, of documents, BUNDLE_MALFORMED
 */
export async function derive(
  primary: Primary,
  chain: VerifiedChain,
  output: Output,
  onlooker: Onlooker = () => {},
): Promise<Derived> {
  const play = playOf(primary);
  const measured = new Measurements(play.scenario.acceptance);
  const governance = new Map<number, readonly Input[]>();
  const checkpoints: Checkpoint[] = [];
  let lawsBroken = 0;
  let replay: Replay | undefined;
  for (const record of new JournalReader(primary.journal).records()) {
    if (replay === undefined) {
      replay = Replay.begin(readGenesis(record));
      continue;
    }
    const inputs = decodeInputs(record.bytes);
    const step = replay.step(inputs, record.end);
    const { machine } = replay;
    onlooker(inputs, replay);
    output.add(paths.events, step.effects.events.toNdjson());
    for (const [offset, receipt] of step.effects.receipts.entries())
      output.add(paths.receipts, receiptLine(step.firstReceipt + offset, receipt));
    if (step.checkpoint !== undefined) checkpoints.push(step.checkpoint);
    measured.observe(machine, step.effects);
    if (violations(machine, step.effects).length > 0) lawsBroken++;
    const fromChain = inputs.filter(({ kind }) => kind === "governance" || kind === "order" || kind === "chainSilent");
    if (fromChain.length > 0) governance.set(machine.tick, fromChain);
  }
  const { machine, tree } = startedOf(replay);
  const { parameters } = machine.state;
  if (parameters === undefined) throw new RangeError("a journal without governance");
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
  output.add(paths.topology, topologyOf(parameters, play.manifest));
  output.add(paths.ownerScript, canonicalText(ownerScriptOf(primary)));
  output.add(paths.page, drawPage(derived, primary, chain));
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

function startedOf(replay: Replay | undefined): Replay {
  if (replay === undefined) throw new RangeError("a journal without a first record");
  return replay;
}

function keysOf({ nodes, submitters }: Parameters) {
  const key = (entry: { name: string; keyKind: string; key: Uint8Array }) => {
    return { name: entry.name, keyKind: entry.keyKind, key: hexOf(entry.key) };
  };
  return { nodes: nodes.map(key), submitters: submitters.map(key) };
}
