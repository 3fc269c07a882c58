import type { Play } from "../drill/index.ts";
import { FabricError } from "../errors.ts";
import { decodeInputs, type Genesis, type Input, jobRow, MalformedBytes, type Parameters } from "../fabric/index.ts";
import { confirmBlock, trustBlock, type VerifiedChain } from "../governance/evidence/index.ts";
import { Chain } from "../governance/index.ts";
import {
  type JournalRecord,
  recordOverheadBytes,
  type StoreReader,
  segmentName,
  segmentsOf,
} from "../journal/index.ts";
import { type Domains, domainsOf, isSignedInput } from "../nodes/index.ts";
import { ComparingOutput } from "./comparingOutput.ts";
import { readDecisions } from "./decisions.ts";
import { type Derived, derive, type Inspector, type Material } from "./derive.ts";
import { BundleFolder } from "./folder.ts";
import { type Primary, paths, playOf } from "./primary.ts";
import { assertAnchored, proofOf } from "./proof.ts";
import { judging, readPrimary } from "./read.ts";
import { RehearsalCheck } from "./rehearsalCheck.ts";
import { GovernanceTrace } from "./trace.ts";

export type VerifyOptions = {
  /** A node that the reader trusts, to ask whether the last block is on its chain. */
  readonly rpc?: string;
  /** Hash of the last block, from elsewhere. */
  readonly trustedHash?: string;
};

export type Verification = {
  readonly derived: Derived;
  /** What was looked at, a sentence each. */
  readonly steps: readonly string[];
  /** What is proved, and on what condition. */
  readonly says: string;
};

/**
 * Checks a bundle, trusting nobody: every digest, every signature of the owners that the chain checked, every record
 * of the journal, every file that follows from them. Stops at the first thing that is wrong.
 * @throws BUNDLE_MISSING when there is none; FabricError with exit code 6 that names what is wrong with it; errors of
 * `Chain.open` and `confirmBlock`
 */
export async function verifyBundle(folder: string, { rpc, trustedHash }: VerifyOptions = {}): Promise<Verification> {
  const bundle = new BundleFolder(folder);
  const output = new ComparingOutput(folder);
  const journal = bundle.journal();
  try {
    const { derived, steps, chain } = await judging(() => verifyFiles(bundle, journal, output));
    const { number, hash } = chain.lastBlock;
    const place = `block ${number} (${hash}) is on chain ${chain.chainId}`;
    if (trustedHash !== undefined) trustBlock(chain, trustedHash);
    if (rpc !== undefined) await confirm(rpc, chain);
    const known = trustedHash !== undefined || rpc !== undefined;
    const says = known ? `Verified: it is proved, and ${place}.` : `Verified: it is proved, if ${place}.`;
    return { derived, steps, says };
  } finally {
    output.close();
    journal.close();
  }
}

async function verifyFiles(
  bundle: BundleFolder,
  journal: StoreReader,
  output: ComparingOutput,
): Promise<{ derived: Derived; steps: readonly string[]; chain: VerifiedChain }> {
  const steps: string[] = [];
  const files = bundle.checkDigests();
  steps.push(`${files} files have the digests of ${paths.digests}`);

  const primary = readPrimary(bundle, journal);
  const play = playOf(primary);
  requireRoom(primary, play);
  const proof = proofOf(primary.evidence, primary.drill);
  const { chain } = proof;
  steps.push(
    `${chain.blocks.length} linked headers prove ${chain.transactions.length} transactions and the ledger's final head; no log of the contracts is missing`,
  );

  const decisions = readDecisions(primary, play, proof);
  steps.push(
    `${decisions.all.length} decisions are what the owners or a guardian signed, all there are, and those of the scenario`,
  );

  const material = { primary, play, proof, decisions };
  const inspection = new Inspection(material);
  const derived = await derive(material, output, inspection.inspect);
  inspection.checkClaims(derived);
  steps.push(
    `${derived.lastTick} ticks replayed: every record holds what scenario, seed and manifest bring, signed by those the owners admitted, under what the chain had in force`,
    `every checkpoint comes out again, and ${output.files} files came out the same byte for byte`,
  );

  assertAnchored(derived.checkpoints, chain);
  steps.push(`${derived.checkpoints.length} checkpoints are in the ledger, in order, the last one its head`);
  return { derived, steps, chain };
}

/** Looks at every record before the machine is told of it, so that nothing reaches the machine that nobody vouches for. */
class Inspection {
  readonly #material: Material;
  readonly #trace: GovernanceTrace;
  #rehearsal: RehearsalCheck | undefined;
  #domains: Domains | undefined;

  constructor(material: Material) {
    const { play, proof, decisions } = material;
    const { fabric, chain } = play.manifest;
    const terms = { start: decisions.foundedAt, tickSeconds: fabric.tickMs / 1000, confirmations: chain.confirmations };
    this.#material = material;
    this.#trace = new GovernanceTrace(proof, terms);
  }

  /** @throws JOURNAL_UNREADABLE, GOVERNANCE_UNTRACED, REHEARSAL_DIFFERS, MESSAGE_UNSIGNED */
  readonly inspect: Inspector = async (record: JournalRecord, genesis: Genesis) => {
    const tick = record.number;
    const inputs = readInputs(record);
    this.#domains ??= domainsOf(genesis);
    this.#rehearsal ??= new RehearsalCheck(this.#material.play, genesis);
    this.#trace.check(inputs, tick);
    await this.#rehearsal.check(inputs, tick);
    checkSignatures(inputs, tick, this.#trace.parameters, this.#domains);
  };

  /**
   * What the drill says beside the journal: faults that did not happen, and what the unkilled run ended in.
   * @throws BUNDLE_MALFORMED
   */
  checkClaims({ kill, summary }: Derived): void {
    const { faultsLeft, unkilled } = this.#material.primary.drill;
    const require = (what: string, found: number | string, claimed: number | string) => {
      if (found === claimed) return;
      const problem = `${what} is ${claimed}, and ${found} comes out`;
      throw new FabricError("BUNDLE_MALFORMED", { file: paths.drill, problem });
    };
    require("faultsLeft", this.#rehearsal?.faultsLeft ?? 0, faultsLeft);
    require("unkilled", kill === null ? "null" : "a run", unkilled === null ? "null" : "a run");
    // Nobody is killed in the rehearsal: what the same inputs end in is what the unkilled run ends in.
    if (unkilled === null) return;
    require("unkilled.stateRoot", summary.stateRoot, unkilled.stateRoot);
    require("unkilled.receipts.root", summary.receipts.root, unkilled.receipts.root);
    require("unkilled.receipts.size", summary.receipts.size, unkilled.receipts.size);
  }
}

/**
 * The journal is large enough for the scenario's jobs and ticks: one of many more would keep the rehearsal busy for hours.
 * @throws BUNDLE_MALFORMED
 */
function requireRoom({ drill, journal }: Primary, { scenario, manifest }: Play): void {
  const bytes = segmentsOf(journal).reduce((sum, segment) => sum + journal.size(segmentName(segment)), 0);
  const jobs = drill.jobsPerShard * manifest.shards.length;
  const ticks = scenario.arrival.kind === "atOnce" ? 1 : scenario.arrival.ticks;
  // Some jobs may be turned away at the gate, and leave nothing in the journal.
  if (jobs * jobRow.length + ticks * recordOverheadBytes <= 4 * bytes + 2 ** 25) return;
  const problem = `jobsPerShard makes ${jobs} jobs in ${ticks} ticks, and the journal has but ${bytes} bytes`;
  throw new FabricError("BUNDLE_MALFORMED", { file: paths.drill, problem });
}

function readInputs({ bytes, file, number, offset }: JournalRecord): Input[] {
  try {
    return decodeInputs(bytes);
  } catch (cause) {
    if (!(cause instanceof MalformedBytes)) throw cause;
    throw new FabricError("JOURNAL_UNREADABLE", { file, record: number, offset, reason: cause.message }, { cause });
  }
}

/** Every message in the journal is signed by the key that the owners admitted. */
function checkSignatures(
  inputs: readonly Input[],
  tick: number,
  parameters: Parameters | undefined,
  domains: Domains,
): void {
  for (const input of inputs) {
    if (input.kind !== "nodeMessage" && input.kind !== "jobs") continue;
    const [list, number] =
      input.kind === "jobs" ? [parameters?.submitters, input.submitter] : [parameters?.nodes, input.node];
    const signer = list?.[number - 1];
    if (signer !== undefined && isSignedInput(domains, signer, input)) continue;
    const sender = `${input.kind === "jobs" ? "submitter" : "node"} ${number}`;
    throw new FabricError("MESSAGE_UNSIGNED", { tick, sender });
  }
}

async function confirm(url: string, verified: VerifiedChain): Promise<void> {
  const chain = await Chain.open(url);
  try {
    await confirmBlock(chain, verified);
  } finally {
    chain.close();
  }
}
