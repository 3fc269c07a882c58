import type { ControlClient, PauseView, StatusView, SubmitterView } from "../../control/index.ts";
import { type Enforced, fabricSubject, keyText, pauseText, type Stated, stated } from "../../owner/index.ts";

/** What the orchestrator that answers obeys. */
export async function readEnforced(control: ControlClient): Promise<Enforced> {
  const status = await control.status();
  const submitters: SubmitterView[] = [];
  for (const name of status.submitters) {
    const view = await control.submitter(name);
    if (view !== undefined) submitters.push(view);
  }
  return enforcedOf(status, submitters);
}

export function enforcedOf(status: StatusView, submitters: readonly SubmitterView[]): Enforced {
  const { tick, governance, shards, nodes } = status;
  const values: Stated[] = [...fabricOf(status)];
  for (const { name, retired, pause, ...shard } of shards) {
    const { queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight, routes } = shard;
    values.push(
      ...stated(
        { kind: "shard", name },
        {
          ...{ pause: pauseWords(pause), status: retired ? "retired" : "active" },
          ...{ queueBudget, latencyBudgetMs, spillThreshold, spillBatch, weight, routes },
        },
      ),
    );
  }
  for (const { name, status, shard, capacity, maxConcurrency, heartbeatSeconds, skills, keyKind, key } of nodes)
    values.push(
      ...stated(
        { kind: "node", name },
        { status, shard, capacity, maxConcurrency, heartbeatSeconds, skills, key: keyText(keyKind, key) },
      ),
    );
  for (const { name, revoked, shards, jobsPerTick, expiry, keyKind, key } of submitters)
    values.push(
      ...stated(
        { kind: "submitter", name },
        { status: revoked ? "revoked" : "admitted", shards, jobsPerTick, expiry, key: keyText(keyKind, key) },
      ),
    );
  return { tick, block: governance.block, values };
}

/** Nothing before the chain has said anything to it. */
function fabricOf(status: StatusView): Stated[] {
  const { tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts, pause, retired, skills } = status;
  if (status.governance.block === 0) return [];
  return stated(fabricSubject, {
    pause: pauseWords(pause),
    status: retired ? "retired" : "in service",
    ...{ tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts, skills },
  });
}

function pauseWords(pause: PauseView): string {
  return pauseText(pause?.by ?? null, pause?.until ?? null);
}
