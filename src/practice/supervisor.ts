import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "../config/index.ts";
import { findRun, type RunFile, removeRun, runName, socketOf, writeRun } from "../control/index.ts";
import { exitCodes, type Failure } from "../errors.ts";
import {
  Chain,
  checkConfirmations,
  type Deployment,
  nodePlace,
  openDeployment,
  practiceFees,
} from "../governance/index.ts";
import { processIdentity } from "../journal/index.ts";
import type { FromService, ToService } from "../orchestrator/index.ts";
import { type OwnerLogEntry, practiceKeys } from "../owner/index.ts";
import type { FromChain, ToChain } from "./chainProtocol.ts";
import { Fleet } from "./fleet.ts";
import { foundPractice } from "./founding.ts";
import { Log, reasonOf } from "./log.ts";
import { type Ending, Part } from "./part.ts";
import { markStopping, publishRun, refuseBusy, refuseOther, runFileOf } from "./runFile.ts";
import {
  beginningWords,
  endedWords,
  lastWords,
  recoveredWords,
  runningWords,
  stayingWords,
  typed,
} from "./supervisorWords.ts";
import { makeWorldFolder, placesOf, type WorldFile, type WorldFolder, worldFormat, writeWorld } from "./world.ts";

const chainProgram = fileURLToPath(new URL("chainProcess.ts", import.meta.url));
const serviceProgram = fileURLToPath(new URL("../orchestrator/service.ts", import.meta.url));

/** The key of the account that anchors, and how it was named: its encrypted file, or its place in a keystore. */
export type AnchorerKey = {
  readonly named: string;
  readonly key: string;
  /** The most that it pays for a unit of gas, in wei; undefined for the usual. */
  readonly feeMax: bigint | undefined;
};

export type UpSetup = {
  readonly manifest: Manifest;
  readonly seed: number;
  /** Names of the nodes to be simulated. */
  readonly simulated: readonly string[];
  /** Where the world is kept; a new folder below `.fabric/worlds` when undefined. */
  readonly folder: string | undefined;
  /** A chain of its own, at a port or a free one (0); or one that is there, founded there already or not. */
  readonly chain:
    | { readonly kind: "practice"; readonly port: number }
    | { readonly kind: "network"; readonly url: string; readonly deployment: Deployment | undefined };
  /** Undefined for the practice key. */
  readonly anchorer: AnchorerKey | undefined;
};

export type ResumeSetup = {
  readonly world: WorldFolder;
  readonly anchorer: AnchorerKey | undefined;
};

/** What runs, once it does. */
export type UpView = RunFile & {
  readonly epoch: number;
  /** Last tick on record. */
  readonly tick: number;
  /** Id of the orchestrator's process. */
  readonly orchestrator: number;
  readonly simulatedNodes: number;
};

/** Where the supervisor speaks to its user. */
export type Voice = {
  say(line: string): void;
  ready(view: UpView): void;
};

/** Signals of one Ctrl-C may come twice, from the terminal and from what started this program. */
const repeatMs = 500;
/** How often it is looked whether another supervisor lives, or the chain's record is free. */
const watchMs = 500;

/**
 * Founds a world, and runs it until it is told to stop.
 * @returns the exit code
 * @throws FABRIC_RUNS_HERE, WORLD_TAKEN, PRACTICE_ONLY, what `socketOf` throws, and errors of the chain
 */
export function up(setup: UpSetup, voice: Voice): Promise<number> {
  return new Supervisor(voice).run((supervisor) => supervisor.found(setup));
}

/**
 * Goes on with a world, and runs it until it is told to stop. When the supervisor that founded it still lives, with its
 * chain and its nodes, only the orchestrator is started; they are taken over when that supervisor ends.
 * @returns the exit code
 * @throws FABRIC_RUNS_HERE, WORLD_RUNS, WORLD_STOPPING, CHAIN_UNREACHABLE, GENESIS_WRONG, CONTRACT_DIFFERS
 */
export function resume(setup: ResumeSetup, voice: Voice): Promise<number> {
  return new Supervisor(voice).run((supervisor) => supervisor.goOn(setup));
}

/** What a part said before it ended. */
class PartFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Holds the processes of a running fabric together, and ends them in order: orchestrator, nodes, chain. */
class Supervisor {
  readonly #voice: Voice;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #over = Promise.withResolvers<number>();
  #started = false;
  #recovers = false;
  #ending = false;
  #chain: Part<ToChain, FromChain> | undefined;
  #service: Part<ToService, FromService> | undefined;
  #serviceHasFailed = false;
  #fleet: Fleet | undefined;
  /** Connection of the simulated nodes. */
  #sight: Chain | undefined;
  #stopped: Extract<FromService, { kind: "stopped" }> | undefined;
  #world: WorldFolder | undefined;

  constructor(voice: Voice) {
    this.#voice = voice;
    this.#log = new Log((line) => voice.say(line));
  }

  async run(start: (supervisor: Supervisor) => Promise<void>): Promise<number> {
    let asked = Number.POSITIVE_INFINITY;
    const interrupt = () => {
      if (performance.now() - asked > repeatMs) this.#killAll();
      if (this.#stop.signal.aborted) return;
      asked = performance.now();
      this.#stop.abort();
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, interrupt);
    // What is only being started has nothing to lose.
    this.#stop.signal.addEventListener("abort", () => {
      if (this.#started) this.#over.resolve(exitCodes.done);
      else for (const part of [this.#service, this.#chain]) part?.kill();
    });
    try {
      await start(this);
      this.#stop.signal.throwIfAborted();
      this.#started = true;
      return await this.#over.promise;
    } catch (error) {
      if (this.#stop.signal.aborted) {
        this.#log.say("Interrupted before it ran.");
        return interrupted;
      }
      if (!(error instanceof PartFailure)) throw error;
      return this.#report(error.failure);
    } finally {
      await this.#end();
      for (const signal of signals) process.off(signal, interrupt);
    }
  }

  async found(setup: UpSetup): Promise<void> {
    refuseOther();
    const { manifest, simulated, seed, anchorer, chain } = setup;
    const folder = makeWorldFolder(setup.folder);
    this.#log.keepIn(placesOf(folder).log);
    let url: string;
    try {
      // Before anything is founded that could not be asked then.
      socketOf(folder);
      this.#log.say(beginningWords(manifest, chain.kind === "network" ? chain.deployment : undefined, folder));
      url = chain.kind === "practice" ? await this.#startChain(folder, chain.port, true) : chain.url;
      const { deployment, genesis, founding } = await found(url, setup);
      this.#chain?.tell({ kind: "founded" });
      this.#world = {
        ...{ folder, manifest, deployment },
        file: {
          ...{ format: worldFormat, created: new Date().toISOString(), seed, genesis },
          confirmations: manifest.chain.confirmations,
          chain: chain.kind === "practice" ? { kind: "practice", port: portOf(url) } : { kind: "network", url },
          simulated,
          anchorer: anchorer?.named ?? null,
        },
      };
      this.#stop.signal.throwIfAborted();
      writeWorld(this.#world, founding);
    } catch (error) {
      // The folder was empty, and what was not founded to its end is of no use.
      this.#chain?.kill();
      await this.#chain?.ended;
      this.#log.keepIn(undefined);
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    await this.#startAll(this.#world, url, anchorer);
  }

  async goOn({ world, anchorer }: ResumeSetup): Promise<void> {
    const { folder, file, deployment } = world;
    refuseOther(folder);
    this.#world = world;
    this.#recovers = true;
    this.#log.keepIn(placesOf(folder).log);
    const run = findRun(folder);
    const living = run?.world === folder ? run : undefined;
    refuseBusy(folder, living);
    // A world that was copied while it ran has word of the other one, which is no word of this.
    if (run !== undefined && living === undefined) rmSync(join(folder, runName));
    if (living !== undefined) {
      (await openDeployment(living.rpc, deployment)).close();
      this.#log.say(
        `Process ${living.process.id} keeps the chain and the simulated nodes; the orchestrator is started here.`,
      );
      const own = { ...runFileOf(world, living.rpc), socket: living.socket };
      const ready = await this.#startService(world, own, anchorer);
      if (findRun() === undefined) writeRun(own);
      this.#announce(world, own, ready);
      this.#inherit(living, own).catch((error: unknown) => this.#fail(error));
      return;
    }
    const url = file.chain.kind === "practice" ? await this.#restartChain(folder, file.chain.port) : file.chain.url;
    await this.#startAll(world, url, anchorer);
  }

  async #startAll(world: WorldFolder, url: string, anchorer: AnchorerKey | undefined): Promise<void> {
    (await openDeployment(url, world.deployment)).close();
    const run = runFileOf(world, url);
    const started = await this.#startService(world, run, anchorer).catch((error: unknown) => {
      if (error instanceof PartFailure && this.#canBeUndone(error.failure)) return error.failure;
      throw error;
    });
    await this.#startFleet(world, run);
    publishRun(run);
    if ("code" in started) this.#stay(world, started);
    else this.#announce(world, run, started);
  }

  /** @throws PartFailure, when it cannot go on */
  async #startChain(folder: string, port: number, founds = false): Promise<string> {
    this.#stop.signal.throwIfAborted();
    const ready = Promise.withResolvers<string>();
    let url: string | undefined;
    const part = new Part<ToChain, FromChain>(chainProgram, (message) => {
      if (message.kind === "ready") {
        url = message.url;
        this.#tellWhomItServes();
        ready.resolve(url);
      } else if (url === undefined) ready.reject(new PartFailure(message));
      else this.#fail(new PartFailure(message));
    });
    this.#chain = part;
    part.ended.then((ending) => {
      const { signal } = ending;
      ready.reject(new PartFailure(endedEarly("practice chain's process", ending)));
      if (!this.#ending && this.#started && url !== undefined && signal !== null) this.#mendChain(folder, url, signal);
    });
    part.tell({ kind: "start", folder, founds, port });
    return ready.promise;
  }

  #tellWhomItServes(): void {
    const orchestrator = processIdentity(this.#service?.id ?? 0);
    if (orchestrator !== undefined) this.#chain?.tell({ kind: "serves", process: orchestrator });
  }

  /** At the port that its users know; at another one when that is taken. */
  async #restartChain(folder: string, port: number): Promise<string> {
    try {
      return await this.#startChain(folder, port);
    } catch (error) {
      if (!isFailure(error, "PORT_TAKEN")) throw error;
      return this.#startChain(folder, 0);
    }
  }

  /** A chain that somebody killed is made again from its record. */
  #mendChain(folder: string, url: string, signal: NodeJS.Signals): void {
    this.#log.say(`The chain's process was ended by ${signal}; it is made again from its record.`);
    this.#startChain(folder, portOf(url)).catch((error: unknown) => this.#fail(error));
  }

  async #startService(
    world: WorldFolder,
    { rpc: url, socket }: RunFile,
    anchorer: AnchorerKey | undefined,
  ): Promise<Ready> {
    this.#stop.signal.throwIfAborted();
    const { folder, file, deployment } = world;
    const { store, payloads } = placesOf(folder);
    const isPractice = anchorer === undefined;
    const anchorerKey = anchorer?.key ?? practiceKeys(deployment.chainId).anchorer.privateKey;
    const ready = Promise.withResolvers<Ready>();
    let isReady = false;
    const part = new Part<ToService, FromService>(serviceProgram, (message) => {
      if (message.kind === "ready") {
        isReady = true;
        ready.resolve({ ...message, process: part.id });
      } else if (message.kind === "stopped") this.#stopped = message;
      else if (message.kind === "log") this.#log.say(message.line);
      else {
        this.#serviceHasFailed = true;
        if (!isReady) ready.reject(new PartFailure(message));
        else if (this.#canBeUndone(message) && !this.#ending) this.#stay(world, message);
        else this.#fail(new PartFailure(message));
      }
    });
    this.#service = part;
    this.#tellWhomItServes();
    part.ended.then((ending) => {
      ready.reject(new PartFailure(endedEarly("orchestrator's process", ending)));
      if (this.#ending || !isReady || this.#serviceHasFailed) return;
      this.#log.say(endedWords(ending, this.#stopped, folder));
    });
    part.tell({
      ...{
        kind: "start",
        store,
        payloads,
        socket,
        genesis: file.genesis,
        url,
        deployment,
        anchorerKey,
      },
      ...{ confirmations: file.confirmations, fees: isPractice ? practiceFees : null, feeMax: anchorer?.feeMax },
    });
    return ready.promise;
  }

  async #startFleet(world: WorldFolder, { rpc, socket }: RunFile): Promise<void> {
    this.#stop.signal.throwIfAborted();
    if (world.file.simulated.length === 0) return;
    this.#sight = await openDeployment(rpc, world.deployment);
    const log = (line: string) => this.#log.note(line);
    this.#fleet = await Fleet.start({ world, chain: this.#sight, socket, log });
  }

  /** Waits for the end of the supervisor that has the chain and the nodes, and has them from then on. */
  async #inherit(living: RunFile, run: RunFile): Promise<void> {
    const { process: keeper, rpc, world: folder } = living;
    const isThere = () => processIdentity(keeper.id)?.started === keeper.started;
    while (isThere()) if (!(await this.#waited())) return;
    const world = this.#world;
    if (world === undefined) return;
    this.#log.say(`Process ${keeper.id} has ended; its chain and its simulated nodes go on here.`);
    if (world.file.chain.kind === "practice") {
      // Its process may still be about to end.
      for (;;) {
        try {
          await this.#startChain(folder, portOf(rpc));
          break;
        } catch (error) {
          if (!isFailure(error, "STORE_LOCKED", "PORT_TAKEN") || !(await this.#waited())) throw error;
        }
      }
    }
    await this.#startFleet(world, run);
    publishRun(run);
  }

  /** False when there is nothing to wait for any more. */
  #waited(): Promise<boolean> {
    const { signal } = this.#stop;
    if (signal.aborted || this.#ending) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve(!signal.aborted && !this.#ending);
      };
      const timer = setTimeout(done, watchMs);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #fail(error: unknown): void {
    if (this.#ending) return;
    if (error instanceof PartFailure) this.#over.resolve(this.#report(error.failure));
    else this.#over.reject(error);
  }

  /** Whether the owners can undo it, on a chain that would end with this supervisor. */
  #canBeUndone({ code }: Failure): boolean {
    return this.#chain?.isAlive === true && (code === "ANCHOR_FENCED" || code === "ANCHORER_NOT_APPOINTED");
  }

  /** Goes on with the chain and the nodes, for the owners. */
  #stay({ folder, deployment }: WorldFolder, failure: Failure): void {
    this.#report(failure);
    const { address } = practiceKeys(deployment.chainId).anchorer;
    this.#log.say(stayingWords(address, folder));
  }

  /** Says what went wrong; returns the exit code. */
  #report({ code, message, remedy, exitCode }: Failure): number {
    this.#log.say(`${code}: ${message}\n${remedy}`.trimEnd());
    return exitCode;
  }

  async #end(): Promise<void> {
    this.#ending = true;
    const world = this.#world;
    const wasRunning = this.#started && world !== undefined;
    if (wasRunning) {
      try {
        markStopping(world.folder);
      } catch (error) {
        this.#log.say(`That it stops cannot be said in ${world.folder}: ${reasonOf(error)}.`);
      }
    }
    if (wasRunning && this.#service?.isAlive && !this.#serviceHasFailed)
      this.#log.say("Stopping: a last checkpoint is made and anchored.");
    this.#service?.tell({ kind: "stop" });
    await this.#service?.ended;
    await this.#fleet?.stop();
    this.#sight?.close();
    this.#chain?.tell({ kind: "stop" });
    await this.#chain?.ended;
    removeRun();
    if (world === undefined) return;
    removeRun(world.folder);
    const goOn = `Go on with \`fabric resume ${typed(world.folder)}\`.`;
    if (wasRunning) this.#log.say(`${lastWords(this.#stopped)} ${goOn}`);
    else if (!this.#recovers) this.#log.say(`What was founded is kept. ${goOn}`);
  }

  /** At once, and whatever is under way: what was acknowledged is on disk. */
  #killAll(): void {
    for (const part of [this.#service, this.#chain]) part?.kill();
    removeRun();
    if (this.#world !== undefined) removeRun(this.#world.folder);
    process.exit(interrupted);
  }

  #announce({ manifest }: WorldFolder, run: RunFile, ready: Ready): void {
    for (const note of ready.notes) this.#log.say(note);
    if (this.#recovers) this.#log.say(recoveredWords(ready));
    const { epoch, tick, process: orchestrator } = ready;
    const simulatedNodes = this.#fleet?.size ?? 0;
    const view: UpView = { ...run, rpc: nodePlace(run.rpc), epoch, tick, orchestrator, simulatedNodes };
    this.#log.say(runningWords(manifest.name, view));
    this.#voice.ready(view);
  }
}

type Ready = Extract<FromService, { kind: "ready" }> & { readonly process: number };

/** What a shell says of a program that Ctrl-C ended. */
const interrupted = 130;

/** What the owners decided on that chain, or decided there before. */
async function found(
  url: string,
  { manifest, seed, chain: setup }: UpSetup,
): Promise<Pick<WorldFolder, "deployment"> & { genesis: WorldFile["genesis"]; founding: readonly OwnerLogEntry[] }> {
  if (setup.kind === "network" && setup.deployment !== undefined) {
    const { deployment } = setup;
    const { maxLagBlocks, maxSilentTicks, confirmations } = manifest.chain;
    // An orchestrator would refuse it each time that it is started.
    checkConfirmations(deployment.chainId, confirmations);
    (await openDeployment(url, deployment)).close();
    const ledger = deployment.contracts.CheckpointLedger.address.toLowerCase();
    const genesis = { chainId: deployment.chainId, ledger, seed, maxLagBlocks, maxSilentTicks };
    return { deployment, genesis, founding: [] };
  }
  const chain = await Chain.open(url);
  try {
    return await foundPractice(chain, manifest, { seed });
  } finally {
    chain.close();
  }
}

function endedEarly(what: string, { code, signal }: Ending): Failure {
  const message = `The ${what} ended before it was ready, by ${signal ?? `exit code ${code}`}.`;
  return { code: "UNFORESEEN", message, remedy: "", exitCode: exitCodes.failed };
}

function isFailure(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof PartFailure && codes.includes(error.failure.code);
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
