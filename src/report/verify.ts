import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { rehearse } from "../drill/index.ts";
import { FabricError } from "../errors.ts";
import { encodeInputs, type Input, type Machine } from "../fabric/index.ts";
import {
  confirmBlock,
  ProvenParameters,
  readEvidence,
  readHistory,
  trustBlock,
  type VerifiedChain,
  verifyEvidence,
} from "../governance/evidence/index.ts";
import { Chain } from "../governance/index.ts";
import { FolderReader } from "../journal/index.ts";
import { type Domains, domainsOf, isSignedInput } from "../nodes/index.ts";
import { ComparingOutput } from "./comparingOutput.ts";
import { type Derived, derive } from "./derive.ts";
import { ownerLogForm } from "./ownerLog.ts";
import { drillForm, type Primary, parseCanonical, paths } from "./primary.ts";
import { hexOf } from "./text.ts";
import { GovernanceTrace, traceOwnerLog } from "./trace.ts";

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
 * @throws FabricError, exit code 6, that names it
 */
export async function verifyBundle(folder: string, { rpc, trustedHash }: VerifyOptions = {}): Promise<Verification> {
  const steps: string[] = [];
  const files = checkDigests(folder);
  steps.push(`${files} files have the digests of ${paths.digests}`);

  const primary = readPrimary(folder);
  const chain = verifyEvidence(primary.evidence);
  const { contracts } = primary.drill.deployment;
  const addresses = Object.fromEntries(Object.entries(contracts).map(([name, { address }]) => [name, address]));
  const history = readHistory(chain, addresses as Parameters<typeof readHistory>[1]);
  traceOwnerLog(primary, history, chain);
  steps.push(
    `${chain.blocks.length} linked headers prove ${chain.transactions.length} transactions and the ledger's final head; no log of the contracts is missing`,
  );

  const trace = new GovernanceTrace(history, chain, new ProvenParameters(history));
  const domains = domainsOf({ chainId: chain.chainId, ledger: chain.ledger.address });
  const records: Uint8Array[] = [];
  const output = new ComparingOutput(folder);
  const derived = await derive(primary, chain, output, (inputs, { machine }) => {
    records.push(encodeInputs(inputs.map(unsigned)));
    trace.check(inputs, machine);
    checkSignatures(inputs, machine, domains);
  });
  steps.push(
    `${derived.lastTick} ticks replayed: every record, signature, law and checkpoint holds, and ${output.files} files came out the same byte for byte`,
    `every parameter in force was set by a proven transaction of the owners or a guardian`,
  );

  checkAnchors(derived, chain);
  steps.push(`${derived.checkpoints.length} checkpoints are in the ledger, in order, the last one its head`);

  await checkRehearsal(primary, derived, records);
  steps.push("scenario, seed and manifest, played again, bring the same inputs in every tick");

  const { number, hash } = chain.lastBlock;
  const place = `block ${number} (${hash}) is on chain ${chain.chainId}`;
  if (trustedHash !== undefined) trustBlock(chain, trustedHash);
  if (rpc !== undefined) await confirm(rpc, chain);
  const known = trustedHash !== undefined || rpc !== undefined;
  return {
    derived,
    steps,
    says: known ? `Verified: it is proved, and ${place}.` : `Verified: it is proved, if ${place}.`,
  };
}

const digestsForm = z.strictObject({
  format: z.literal("planetary-fabric/bundle/v1"),
  files: z.record(z.string(), z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) })),
});

/** Every file that is listed is there as listed, and no other is. Returns how many. */
function checkDigests(folder: string): number {
  const { files } = parseCanonical(digestsForm, paths.digests, readText(folder, paths.digests));
  const found = new Set(filesIn(folder, ""));
  found.delete(paths.digests);
  found.delete(paths.timing);
  for (const [path, { sha256, bytes }] of Object.entries(files)) {
    if (!found.delete(path)) throw altered(path, "is listed and not there");
    const digest = digestOf(join(folder, path));
    if (digest.bytes !== bytes) throw altered(path, `has ${digest.bytes} bytes, and ${bytes} are listed`);
    if (digest.sha256 !== sha256) throw altered(path, `has the SHA-256 ${digest.sha256}, and ${sha256} is listed`);
  }
  const [extra] = found;
  if (extra !== undefined) throw altered(extra, "is there and not listed");
  return Object.keys(files).length;
}

/** Paths of all files, with / whatever the system has. */
function filesIn(folder: string, below: string): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return filesIn(folder, path);
    if (!entry.isFile()) throw altered(path, "is neither a file nor a folder");
    return [path];
  });
}

function digestOf(file: string): { sha256: string; bytes: number } {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(1 << 20);
  const descriptor = openSync(file, "r");
  try {
    let bytes = 0;
    for (let count = readSync(descriptor, chunk); count > 0; count = readSync(descriptor, chunk)) {
      hash.update(chunk.subarray(0, count));
      bytes += count;
    }
    return { sha256: hash.digest("hex"), bytes };
  } finally {
    closeSync(descriptor);
  }
}

function readPrimary(folder: string): Primary {
  return {
    drill: parseCanonical(drillForm, paths.drill, readText(folder, paths.drill)),
    manifestText: readText(folder, paths.manifest),
    scenarioText: readText(folder, paths.scenario),
    ownerLog: parseCanonical(ownerLogForm, paths.ownerLog, readText(folder, paths.ownerLog)),
    evidence: readEvidence(readText(folder, paths.chain)),
    journal: new FolderReader(join(folder, paths.journal)),
  };
}

const textBytesMax = 2 ** 28;

function readText(folder: string, path: string): string {
  try {
    const file = join(folder, path);
    if (lstatSync(file).size > textBytesMax) throw altered(path, `is larger than ${textBytesMax} bytes`);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (cause) {
    if (cause instanceof FabricError) throw cause;
    throw new FabricError("BUNDLE_MALFORMED", { file: path, problem: "it cannot be read as text" }, { cause });
  }
}

/** Each checkpoint is what the ledger has at its place, and the ledger has no other. */
function checkAnchors({ checkpoints }: Derived, { anchors, ledger }: VerifiedChain): void {
  const kept = anchors.filter(({ voided, seq }) => !voided && seq > 0);
  for (const [index, { document, digest }] of checkpoints.entries()) {
    const anchor = kept[index];
    const says = (what: string) => new FabricError("CHECKPOINT_NOT_ANCHORED", { seq: document.seq, problem: what });
    if (anchor === undefined) throw says("the ledger has none at its place");
    if (hexOf(anchor.digest) !== digest)
      throw says(`its digest is ${digest}, and the ledger has ${hexOf(anchor.digest)}`);
    if (anchor.size !== document.receipts.size)
      throw says(`it has ${document.receipts.size} receipts, and the ledger has ${anchor.size}`);
    if (hexOf(anchor.root) !== document.receipts.root)
      throw says(`its receipts have the root ${document.receipts.root}, and the ledger has ${hexOf(anchor.root)}`);
  }
  if (kept.length > checkpoints.length)
    throw new FabricError("CHECKPOINT_NOT_ANCHORED", {
      seq: checkpoints.length + 1,
      problem: `the ledger has ${kept.length}, and the journal makes ${checkpoints.length}`,
    });
  if (kept.length > 0 && kept.at(-1)?.head !== ledger.head)
    throw new FabricError("CHECKPOINT_NOT_ANCHORED", { seq: kept.length, problem: "it is not the ledger's head" });
}

/** Every message in the journal is signed by the key that the owners admitted. */
function checkSignatures(inputs: readonly Input[], { tick, state }: Machine, domains: Domains): void {
  for (const input of inputs) {
    if (input.kind !== "nodeMessage" && input.kind !== "jobs") continue;
    const [list, number] =
      input.kind === "jobs" ? [state.parameters?.submitters, input.submitter] : [state.parameters?.nodes, input.node];
    const signer = list?.[number - 1];
    if (signer !== undefined && isSignedInput(domains, signer, input)) continue;
    const sender = `${input.kind === "jobs" ? "submitter" : "node"} ${number}`;
    throw new FabricError("MESSAGE_UNSIGNED", { tick, sender });
  }
}

/** The input without its signature, in whose place a rehearsal has something else. */
function unsigned(input: Input): Input {
  return input.kind === "nodeMessage" || input.kind === "jobs" ? { ...input, signature: new Uint8Array(0) } : input;
}

/** The scenario, played again under the same word of the chain, brings every record of the journal. */
async function checkRehearsal(primary: Primary, derived: Derived, records: readonly Uint8Array[]): Promise<void> {
  const { play, machine, governance, lastTick } = derived;
  const at = (tick: number): readonly Input[] => governance.get(tick) ?? [];
  let faultsLeft = 0;
  for await (const rehearsed of rehearse(play, machine.genesis, { at, lastTick })) {
    const { tick } = rehearsed.machine;
    faultsLeft = rehearsed.faultsLeft;
    if (Buffer.compare(encodeInputs(rehearsed.inputs.map(unsigned)), records[tick - 1]) === 0) continue;
    throw new FabricError("REHEARSAL_DIFFERS", { tick });
  }
  const claims = (what: string, found: number | string, claimed: number | string) =>
    new FabricError("BUNDLE_MALFORMED", {
      file: paths.drill,
      problem: `${what} is ${claimed}, and ${found} comes out`,
    });
  if (faultsLeft !== primary.drill.faultsLeft) throw claims("faultsLeft", faultsLeft, primary.drill.faultsLeft);
  const { unkilled } = primary.drill;
  if ((unkilled === null) !== (derived.kill === null)) throw claims("unkilled", "another", "null");
  const { receipts, stateRoot } = derived.summary;
  // Nobody is killed in the rehearsal: what the same inputs end in is what the unkilled run ends in.
  if (unkilled === null) return;
  if (unkilled.stateRoot !== stateRoot) throw claims("unkilled.stateRoot", stateRoot, unkilled.stateRoot);
  if (unkilled.receipts.root !== receipts.root)
    throw claims("unkilled.receipts.root", receipts.root, unkilled.receipts.root);
  if (unkilled.receipts.size !== receipts.size)
    throw claims("unkilled.receipts.size", receipts.size, unkilled.receipts.size);
}

async function confirm(url: string, verified: VerifiedChain): Promise<void> {
  const chain = await Chain.open(url);
  try {
    await confirmBlock(chain, verified);
  } finally {
    chain.close();
  }
}

function altered(file: string, problem: string): FabricError {
  return new FabricError("BUNDLE_ALTERED", { file, problem });
}
