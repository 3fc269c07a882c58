/** "1 tick (1 s)", "240 ticks (4 min)": ticks, and how long they are. */
export function inTicks(ticks: number, tickMs: number): string {
  return `${ticks.toLocaleString("en-US")} ${ticks === 1 ? "tick" : "ticks"} (${duration(ticks * tickMs)})`;
}

const units = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1000 },
] as const;

/** In its two largest units: "850 ms", "1.5 s", "4 min", "1 h 12 min", "3 d". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`;
  const at = units.findIndex((unit) => ms >= unit.ms);
  const [large, small] = [units[at], units[at + 1]];
  const whole = Math.floor(ms / large.ms);
  const rest = Math.floor((ms % large.ms) / small.ms);
  return rest === 0 ? `${whole} ${large.name}` : `${whole} ${large.name} ${rest} ${small.name}`;
}

/** "2030-01-01 00:10:00 UTC". @param time Unix seconds */
export function instant(time: number): string {
  return `${new Date(time * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
