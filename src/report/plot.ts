import type { Derived } from "./derive.ts";
import { count, text } from "./text.ts";

const width = 960;
const height = 150;
const margin = { top: 26, right: 12, bottom: 22, left: 56 };
const points = 480;

/** Queue depth over time, a small plot a shard under one another, with what the owners and the faults did marked. */
export function drawQueues({ measured, summary, lastTick, kill }: Derived): string {
  const total = summary.shards.length * height;
  const panels = summary.shards.map(({ name, deepestQueue }, index) => {
    const queue = measured.queues[index] ?? [];
    const top = Math.max(1, deepestQueue);
    const x = (tick: number) => margin.left + ((width - margin.left - margin.right) * tick) / Math.max(1, lastTick);
    const y = (jobs: number) => height - margin.bottom - ((height - margin.top - margin.bottom) * jobs) / top;
    const stretch = Math.max(1, Math.ceil(queue.length / points));
    const path: string[] = [];
    for (let from = 0; from < queue.length; from += stretch) {
      const deepest = queue.slice(from, from + stretch).reduce((most, jobs) => Math.max(most, jobs), 0);
      path.push(`${path.length === 0 ? "M" : "L"}${x(from + 1).toFixed(1)} ${y(deepest).toFixed(1)}`);
    }
    const marks = measured.marks
      .filter(({ kind }) => kind !== "nodeActive")
      .map(({ tick, kind }) =>
        line(x(tick), margin.top, height - margin.bottom, kind === "nodeOffline" ? "2 3" : "1 0"),
      );
    if (kill !== null) marks.push(line(x(kill.tick), margin.top, height - margin.bottom, "8 3"));
    return `<g transform="translate(0 ${index * height})">
<text x="${margin.left}" y="16" font-weight="600">${text(name)}</text>
<text x="${margin.left - 6}" y="${y(top) + 4}" text-anchor="end">${count(top)}</text>
<text x="${margin.left - 6}" y="${y(0) + 4}" text-anchor="end">0</text>
<path d="M${margin.left} ${y(0)}H${width - margin.right}" stroke="#8a8a94" fill="none"/>
${marks.join("\n")}
<path d="${path.join("")}" fill="none" stroke="#1b1b1f" stroke-width="1.5"/>
</g>`;
  });
  const legend =
    "Jobs in each shard's queue, by tick. Thin lines: what the owners or a guardian changed; dotted: a node fell silent; dashed: the orchestrator was killed and went on.";
  return `<p>${text(legend)}</p><div class="wide"><svg viewBox="0 0 ${width} ${total + 16}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Jobs in each shard's queue, by tick">
${panels.join("\n")}
<text x="${margin.left}" y="${total + 8}">tick 0</text>
<text x="${width - margin.right}" y="${total + 8}" text-anchor="end">tick ${count(lastTick)}</text>
</svg></div>`;
}

function line(x: number, top: number, bottom: number, dashes: string): string {
  return `<path d="M${x.toFixed(1)} ${top}V${bottom}" stroke="#8a8a94" stroke-dasharray="${dashes}" fill="none"/>`;
}
