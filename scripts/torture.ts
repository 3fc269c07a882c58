// `npm run torture -- --kills 200`: a real `fabric up` under load from real node processes. Its orchestrator is killed,
// halted and left without room, and its store is damaged while nobody has it open. In the end every job that was
// acknowledged must have ended, once, and its record must prove it.
import { Command } from "commander";
import { wholeNumber } from "./bench/wholeNumber.ts";
import { markdownTable } from "./docs/section.ts";
import { Ordeal, torments } from "./torture/ordeal.ts";

const { kills } = new Command("torture")
  .description("Does to a running fabric whatever a bad day does, and looks whether anything was lost.")
  .option("--kills <count>", "how often something is done to it", wholeNumber, 200)
  .parse()
  .opts<{ kills: number }>();

const began = performance.now();
const ordeal = await Ordeal.begin();
let done = 0;
try {
  for (; done < kills; done++) {
    await ordeal.suffer(torments[done % torments.length]);
    if ((done + 1) % 10 === 0) console.error(`${done + 1} of ${kills}; ${ordeal.acknowledged} jobs acknowledged`);
  }
  const judgement = await ordeal.end();
  const { acknowledged, retries } = ordeal;
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${JSON.stringify({ done, acknowledged, retries, ...judgement, seconds })}\n`);
} catch (error) {
  console.error(`VIOLATION after ${done} of ${kills}:`, error);
  process.exitCode = 1;
} finally {
  await ordeal.close();
}
const rows = [...ordeal.outcomes].map(([words, count]) => [...words.split("\n"), String(count)]);
console.log(markdownTable(["what was done", "what came of it", "times"], rows.sort()));
