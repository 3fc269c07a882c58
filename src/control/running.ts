import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { JsonDocument } from "../config/index.ts";
import { FabricError } from "../errors.ts";
import { contractNames } from "../governance/contractNames.ts";
import type { Chain } from "../governance/index.ts";
import { processIdentity } from "../journal/index.ts";
import { ControlClient, notRunning } from "./client.ts";
import { isAnswered, ownUser, socketOf } from "./socket.ts";

/** Where a running fabric leaves word of itself, below the folder that it was started in. */
export const runFolder = ".fabric";
export const runName = "run.json";

const path = z.string("an absolute path").regex(/^\//, "an absolute path");
const runForm = z.strictObject({
  format: z.literal("planetary-fabric/run/v1", '"planetary-fabric/run/v1"'),
  /** The process that ends last. */
  process: z.strictObject({ id: z.int("the id of a process").min(1, "the id of a process"), started: z.string() }),
  world: path,
  rpc: z.url({ protocol: /^https?$/, error: "the URL of a JSON-RPC endpoint" }),
  chainId: z.int("the id of a chain").min(1, "the id of a chain"),
  genesisHash: z.string().regex(/^0x[0-9a-f]{64}$/, "0x and 64 lower-case hex digits"),
  contracts: z.record(z.enum(contractNames), z.string().regex(/^0x[0-9a-fA-F]{40}$/, "0x and 40 hex digits")),
  socket: path,
  /** Its end is under way. */
  stopping: z.literal(true, "true").optional(),
});

/** What `run.json` says: which process runs which world, on which chain, and where its control socket is. */
export type RunFile = Readonly<z.output<typeof runForm>>;

/**
 * Says in a folder that this fabric runs; all of it or nothing is there at every moment.
 * @throws FabricError FABRIC_RUNS_HERE when another one does
 */
export function writeRun(run: RunFile, folder: string = runFolder): void {
  const other = findRun(folder);
  const file = join(folder, runName);
  if (other !== undefined && !isSame(other, run))
    throw new FabricError("FABRIC_RUNS_HERE", { file, process: other.process.id, world: other.world });
  mkdirSync(folder, { recursive: true });
  const unfinished = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(unfinished, `${JSON.stringify(run, null, 2)}\n`, { flag: "wx", mode: 0o600 });
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Takes that word back when it is of this process, and not of a fabric that was started here since. */
export function removeRun(folder: string = runFolder): void {
  const found = findRun(folder);
  if (found?.process.id === process.pid) rmSync(join(folder, runName), { force: true });
}

/**
 * The fabric that runs; undefined when there is none. What a dead one left behind does not count; the next one replaces it.
 * @throws FabricError RUN_FILE_UNSAFE when another user wrote it or may, RUN_FILE_BROKEN, FILE_UNREADABLE
 */
export function findRun(folder: string = runFolder): RunFile | undefined {
  const run = readRun(folder);
  return run !== undefined && isAlive(run) ? run : undefined;
}

/** What the folder's `run.json` says, whether that fabric runs or not. */
function readRun(folder: string): RunFile | undefined {
  const file = join(folder, runName);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isFile())
    throw new FabricError("RUN_FILE_UNSAFE", { file: folder, problem: "it is no folder" });
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  const unsafe = (problem: string) => new FabricError("RUN_FILE_UNSAFE", { file, problem });
  if (!status.isFile()) throw unsafe("it is no regular file");
  if (status.uid !== ownUser()) throw unsafe(`it belongs to user ${status.uid}`);
  if ((status.mode & 0o022) !== 0) throw unsafe(`others may write it (mode ${(status.mode & 0o777).toString(8)})`);
  try {
    return JsonDocument.read(file).check(runForm);
  } catch (error) {
    if (!(error instanceof FabricError && error.code === "DOCUMENT_INVALID")) throw error;
    throw new FabricError("RUN_FILE_BROKEN", { file, problems: error.message }, { cause: error });
  }
}

function isAlive({ process: { id, started } }: RunFile): boolean {
  return processIdentity(id)?.started === started;
}

/** A fabric that runs, as far as it is known from outside. */
export type Running = {
  readonly client: ControlClient;
  /** Undefined when only its world was named, and nothing but its socket tells of it. */
  readonly run: RunFile | undefined;
};

/**
 * The fabric that was started in this folder, or the one of a world's folder.
 * @throws FabricError FABRIC_NOT_RUNNING, and what `findRun` and `socketOf` throw
 */
export async function running({ world }: { readonly world?: string | undefined } = {}): Promise<Running> {
  if (world === undefined) {
    const run = readRun(runFolder);
    const file = join(runFolder, runName);
    if (run === undefined) throw notRunning(`there is no ${file} of one`);
    if (isAlive(run)) return { client: new ControlClient(run.socket, run.world), run };
    const { id } = run.process;
    throw notRunning(
      `process ${id}, which ${file} names, has ended and did not take its word back`,
      worldIn(run.world),
    );
  }
  const folder = resolve(world);
  const socket = socketOf(folder);
  const run = [findRun(folder), findRun()].find((each) => each?.socket === socket);
  if (run === undefined && !(await isAnswered(socket)))
    throw notRunning(`nobody answers for ${folder}`, worldIn(folder));
  return { client: new ControlClient(socket, run?.world), run };
}

/** The folder when there is a world in it. */
function worldIn(folder: string): string | undefined {
  return existsSync(join(folder, "world.json")) ? folder : undefined;
}

/** A fabric with its chain. */
export type OpenRun = {
  readonly run: RunFile;
  readonly chain: Chain;
  readonly client: ControlClient;
  readonly close: () => void;
};

/**
 * Connects to the chain of a run, and to nothing that only has its address.
 * @throws FabricError CHAIN_UNREACHABLE, CHAIN_ID_WRONG, GENESIS_WRONG
 */
export async function openRun(run: RunFile): Promise<OpenRun> {
  const { rpc, chainId, genesisHash } = run;
  const { Chain } = await import("../governance/index.ts");
  const chain = await Chain.open(rpc, { chainId, genesisHash });
  const client = new ControlClient(run.socket, run.world);
  const close = () => {
    client.close();
    chain.close();
  };
  return { run, chain, client, close };
}

function isSame(a: RunFile, b: RunFile): boolean {
  return a.process.id === b.process.id && a.process.started === b.process.started;
}
