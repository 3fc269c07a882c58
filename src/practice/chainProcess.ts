// A practice chain in a process of its own: it outlives the orchestrator, and answers for as long as its supervisor lives.
import { join } from "node:path";
import { FabricError, failureOf } from "../errors.ts";
import { FileStore, type ProcessIdentity, processIdentity } from "../journal/index.ts";
import type { ChainStart, FromChain, ToChain } from "./chainProtocol.ts";
import { chainRecordName } from "./chainRecord.ts";
import { ChainServer } from "./chainServer.ts";
import { emptyBlockSeconds, RecordedChain } from "./recordedChain.ts";

/** How long an orchestrator may take to its end, and how often it is looked whether it is there. */
const patienceMs = 30_000;
const watchMs = 100;

type Running = { readonly chain: RecordedChain; readonly server: ChainServer; readonly store: FileStore };
let running: Running | undefined;
let served: ProcessIdentity | undefined;
let emptyBlock: NodeJS.Timeout | undefined;

// A terminal's Ctrl-C and its end are told to all that run in it, and a service's end to its whole group: the supervisor
// decides what they mean.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

process.on("message", (message: ToChain) => {
  if (message.kind === "start") start(message).catch(fail);
  else if (message.kind === "stop") end();
  else if (message.kind === "serves") served = message.process;
  else if (running !== undefined) goLive(running);
});

// Without a supervisor it is still there for its orchestrator, which then ends in good order.
process.on("disconnect", () => {
  const sinceMs = performance.now();
  const isServed = () => served !== undefined && processIdentity(served.id)?.started === served.started;
  setInterval(() => {
    if (!isServed() || performance.now() - sinceMs > patienceMs) end();
  }, watchMs);
});

async function start({ folder, founds, port }: ChainStart): Promise<void> {
  const store = new FileStore(folder);
  const kept = await RecordedChain.open(store);
  if (kept === undefined && !founds)
    throw new FabricError("CHAIN_RECORD_MISSING", { file: join(folder, chainRecordName) });
  const chain = kept ?? (await RecordedChain.create(store));
  const server = await ChainServer.listen(port, answerer(chain)).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    throw new FabricError("PORT_TAKEN", { port }, { cause: error });
  });
  running = { chain, server, store };
  // Of a chain that was founded before, blocks go on with the clock.
  if (kept !== undefined) goLive(running);
  tell({ kind: "ready", url: server.url, blocks: chain.newest.number });
}

function answerer(chain: RecordedChain) {
  return async (method: string, params: readonly unknown[], signal: AbortSignal) => {
    const before = chain.newest.number;
    try {
      return await chain.request(method, params, signal);
    } catch (error) {
      if (error instanceof FabricError) fail(error);
      throw error;
    } finally {
      if (chain.newest.number > before) emptyBlock?.refresh();
    }
  };
}

function goLive({ chain }: Running): void {
  chain.goLive();
  emptyBlock = setInterval(() => chain.mineEmpty().catch(fail), emptyBlockSeconds * 1000);
}

function end(): void {
  clearInterval(emptyBlock);
  running?.server.close();
  running?.store.close();
  process.exit();
}

function fail(error: unknown): void {
  const failure = failureOf(error);
  tell({ kind: "failed", ...failure }).finally(() => process.exit(failure.exitCode));
}

/** Resolves when the message has left this process, or there is nobody to take it. */
function tell(message: FromChain): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
