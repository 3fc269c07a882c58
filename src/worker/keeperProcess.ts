// Ends process groups in a node's place, when their time is over or the node is gone. Each line it reads is a group's
// number and the ms that it may last, or its number alone when it has ended.
import { createInterface } from "node:readline";

const longestTimerMs = 2 ** 31 - 1;
const kept = new Map<number, NodeJS.Timeout>();

for await (const line of createInterface({ input: process.stdin })) {
  const [group, ms] = line.split(" ").map(Number);
  clearTimeout(kept.get(group));
  kept.delete(group);
  if (ms !== undefined)
    kept.set(
      group,
      setTimeout(() => end(group), Math.min(ms, longestTimerMs)),
    );
}
for (const group of kept.keys()) end(group);
process.exit();

function end(group: number): void {
  kept.delete(group);
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // Nobody is left of it.
  }
}
