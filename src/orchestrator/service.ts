// The orchestrator in real time, in a process of its own, with the control socket at which it is asked and told.
import { ControlServer } from "../control/index.ts";
import { exitCodes, failureOf } from "../errors.ts";
import { Anchorer, Chain, checkReaches, GovernanceFollower, Sender, walletOf } from "../governance/index.ts";
import { DurableMachine, FileStore, lastWrittenMs, PayloadStore } from "../journal/index.ts";
import { generateSigningKey } from "../nodes/index.ts";
import { FabricDesk } from "./fabricDesk.ts";
import { RealTime } from "./realTime.ts";
import { resumeOf } from "./resume.ts";
import type { FromService, ServiceStart, ToService } from "./serviceProtocol.ts";
import { EventFeed } from "./views/eventFeed.ts";

/** The chain is asked between ticks; one that takes longer is silent. */
const chainPatienceMs = 3000;

const stop = new AbortController();
process.on("message", (message: ToService) => {
  if (message.kind === "stop") stop.abort();
  else run(message).catch(fail);
});
// Whoever started it is gone, or wants it to end: it stops in good order. The terminal's Ctrl-C is its supervisor's matter.
process.on("disconnect", () => stop.abort());
process.on("SIGTERM", () => stop.abort());
process.on("SIGINT", () => {});

async function run(start: ServiceStart): Promise<void> {
  const { genesis, deployment, confirmations } = start;
  const written = lastWrittenMs(start.store);
  const store = new FileStore(start.store);
  const payloads = new PayloadStore(new FileStore(start.payloads));
  const record = new DurableMachine(store, genesis);
  const { chainId, genesisHash } = deployment;
  const chain = await Chain.open(start.url, { chainId, genesisHash, timeoutMs: chainPatienceMs });
  const { machine, recovery } = record;
  await checkReaches(chain, machine.governance.block);
  const { fees, feeMax } = start;
  const sender = new Sender(chain, walletOf(start.anchorerKey), { fees, ...(feeMax === undefined ? {} : { feeMax }) });
  const events = new EventFeed(store, () => record.flushDerived());
  const orchestrator = await RealTime.start({
    ...{ record, lastWrittenMs: written },
    follower: new GovernanceFollower(chain, deployment, { confirmations, ...resumeOf(machine, store) }),
    anchorer: new Anchorer(sender, deployment),
    sessionKey: generateSigningKey("ed25519"),
    onTick: () => events.applied(),
    log: (line) => void tell({ kind: "log", line }),
  });
  const desk = new FabricDesk({ orchestrator, record, events, payloads });
  const server = await ControlServer.open(desk, start.socket);
  const ticking = orchestrator.run(stop.signal);
  await tell({
    kind: "ready",
    epoch: orchestrator.epoch,
    tick: machine.tick,
    resumedFromCheckpoint: recovery.snapshot?.checkpointSeq ?? 0,
    replayedTicks: recovery.replayedTicks,
    downTicks: orchestrator.downTicks,
    notes: recovery.notes.map(({ file, says }) => `${file}: ${says}`),
  });
  try {
    const unanchored = await ticking;
    events.close();
    await server.close();
    record.close();
    payloads.close();
    await tell({ kind: "stopped", tick: machine.tick, checkpoint: record.head.seq, unanchored });
    process.exit(exitCodes.done);
  } finally {
    await server.close();
  }
}

/** Resolves when the message has left this process, or nobody is there to hear it. */
function tell(message: FromService): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

async function fail(error: unknown): Promise<never> {
  const failure = failureOf(error);
  await tell({ kind: "failed", ...failure });
  process.exit(failure.exitCode);
}
