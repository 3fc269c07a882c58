import { readScenario, type Scenario, scenarioNames } from "../../src/config/index.ts";
import { type Check, checksOf, Measurements } from "../../src/drill/index.ts";
import { codes, markdownTable } from "./section.ts";

export function scenarioTable(): string {
  const rows = scenarioNames().map((name) => {
    const { scenario, manifest } = readScenario(name);
    const jobs = scenario.jobsPerShard * manifest.shards.length;
    const faults = [...new Set(scenario.faults.map(({ kind }) => kind))];
    const changes = [...new Set(scenario.owners.map(({ change }) => change.kind))];
    return [`\`${name}\``, scenario.title, jobs.toLocaleString("en-US"), codes(faults), codes(changes)];
  });
  return markdownTable(["scenario", "what it shows", "jobs", "faults", "owner changes"], rows);
}

/** Every check there is, and the scenarios that are held to it. */
export function checkTable(): string {
  const titles = new Map<string, string>();
  const heldTo = new Map<string, string[]>();
  for (const name of ["default", ...scenarioNames().filter((other) => other !== "default")]) {
    for (const { id, title, limit } of checksFor(readScenario(name).scenario)) {
      titles.set(id, title);
      heldTo.set(id, [...(heldTo.get(id) ?? []), `${name}: ${limit}`]);
    }
  }
  const rows = [...titles].map(([id, title]) => [`\`${id}\``, title, limitsOf(heldTo.get(id) ?? [])]);
  return markdownTable(["check", "what must hold", "limit"], rows);
}

/** One limit where all scenarios have the same, and those of each scenario where they differ. */
function limitsOf(held: readonly string[]): string {
  const limits = new Set(held.map((text) => text.slice(text.indexOf(": ") + 2)));
  const [limit] = limits;
  if (limits.size === 1 && held.length === scenarioNames().length) return limit;
  return held.join("; ");
}

/** The checks that a scenario is held to, of a run in which nothing happened. */
function checksFor(scenario: Scenario): readonly Check[] {
  const none = { submitted: 0, completed: 0, failed: 0, expired: 0, cancelled: 0 };
  const measured = new Measurements(scenario.acceptance);
  return checksOf({
    ...{ scenario, jobs: 0, live: 0, measured, lawsBroken: 0, faultsLeft: 0 },
    counters: { ...none, interrupted: 0, requeued: 0, spilled: 0, refusedResults: 0 },
    maxLagBlocks: readScenario(scenario.name).manifest.chain.maxLagBlocks,
    checkpoints: { count: 0, anchored: 0 },
    ...(scenario.faults.some(({ kind }) => kind === "kill")
      ? { crash: { resumed: true, sameReceiptsRoot: true, sameStateRoot: true } }
      : {}),
  });
}

export function checkIds(): ReadonlySet<string> {
  return new Set(scenarioNames().flatMap((name) => checksFor(readScenario(name).scenario).map(({ id }) => id)));
}
