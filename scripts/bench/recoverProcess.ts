// The two processes of `recover`: `fill` ends itself with SIGKILL in the middle, `open` says in JSON what it took to go on.
import type { Input } from "../../src/fabric/index.ts";
import { DurableMachine, FileStore } from "../../src/journal/index.ts";
import { genesis, Load } from "./load.ts";
import type { RecoverCost } from "./recover.ts";

const [role, folder, ...numbers] = process.argv.slice(2);
const [total, nodes, backlog, ticks] = numbers.map(Number);
const record = new DurableMachine(new FileStore(folder), genesis);
const load = new Load({ total, nodes, backlog });
if (role === "fill") fill(load);
else goOn(load);

function fill(load: Load): void {
  for (let tick = 1; tick <= ticks; tick++) {
    const due: Input[] = record.isCheckpointDue ? [{ kind: "checkpointDue" }] : [];
    load.take(record.append([...load.inputs(tick), ...due, { kind: "tick", tick }]).effects);
  }
  process.kill(process.pid, "SIGKILL");
}

function goOn(load: Load): void {
  const { machine, recovery } = record;
  const readyMs = performance.now();
  load.goOnWith(machine);
  if (recovery.lastStep !== undefined) load.take(recovery.lastStep.effects);
  const tick = machine.tick + 1;
  const { effects } = record.append([...load.inputs(tick), { kind: "tick", tick }]);
  const firstLeaseMs = performance.now();
  if (effects.leases.length === 0) throw new Error("the first tick gave no lease");
  const { user, system } = process.cpuUsage();
  const { completed } = machine.counters;
  const restored = [...record.checkpoints()].find(({ document }) => document.seq === recovery.snapshot?.checkpointSeq);
  const cost: RecoverCost = {
    liveJobs: machine.state.jobs.count,
    endedJobs: completed,
    replayedTicks: recovery.replayedTicks,
    replayedJobs: completed - (restored?.document.counters.completed ?? 0),
    readyMs,
    firstLeaseMs,
    cpuSeconds: Math.round((user + system) / 1e4) / 100,
  };
  console.log(JSON.stringify(cost));
  record.close();
}
