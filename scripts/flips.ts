// `npm run flips`: turns bits over in a quiet bundle and in its orchestrator's store, one at a time, and looks who finds it.
import { Command } from "commander";
import { FolderReader } from "../src/journal/index.ts";
import { flipsOf, placeOf, Tally } from "../test/journal/flips.ts";
import { outcomeOf, storeFrom } from "../test/journal/storeFlips.ts";
import { coveredFiles, flippedCode, uncovered } from "../test/report/flips.ts";
import { Copy, playQuietly } from "../test/report/quietBundle.ts";
import { endSecondOpinions, hasPython } from "../test/report/secondVerifier.ts";
import { wholeNumber } from "./bench/wholeNumber.ts";
import { markdownTable } from "./docs/section.ts";

const drillSeed = 20260104;
const tellEvery = 100;
/** A quiet drill is short: so its journal has several segments, and the store two snapshots. */
const settings = { segmentBytes: 8192, snapshotTicks: 1 };

type Options = { readonly bundle: number; readonly store: number; readonly second: number; readonly seed: number };

const { bundle, store, second, seed } = new Command("flips")
  .description("Turns bits over in a quiet bundle and in its store, one at a time, and looks who finds it.")
  .option("--bundle <count>", "how many in the bundle, with manifest.json rewritten to match", wholeNumber, 5000)
  .option("--store <count>", "how many in the store", wholeNumber, 5000)
  .option("--second <count>", "about how many of the first the second verifier is asked about too", wholeNumber, 1000)
  .option("--seed <number>", "what they are drawn from", wholeNumber, 5)
  .parse()
  .opts<Options>();

const missed: string[] = [];
const drill = await playQuietly(drillSeed);
try {
  const inStore = flipStore();
  const { folder } = await drill.write("quiet");
  const inBundle = await flipBundle(new Copy(folder));
  const { user, system } = process.cpuUsage();
  console.log(markdownTable(["one bit in the store", "times"], inStore.rows));
  console.log(`\n${markdownTable(["one bit in the bundle", "times"], inBundle.rows)}\n`);
  console.log(`Of no meaning, and not tried: ${[...uncovered].join(", ")}.`);
  console.log(`${store + bundle} bits, ${missed.length} not found, ${Math.round((user + system) / 1e6)} CPU-s.`);
  for (const each of missed) console.log(`NOT FOUND: ${each}`);
} finally {
  endSecondOpinions();
  drill.remove();
}
process.exitCode = missed.length > 0 ? 1 : 0;

function flipStore(): Tally {
  const tally = new Tally();
  const sound = storeFrom(new FolderReader(drill.drill.store), settings);
  for (const flip of flipsOf(sound.files, store, seed)) {
    try {
      const outcome = outcomeOf(sound, flip);
      if (outcome === undefined) missed.push(`store: ${placeOf(flip)}`);
      else tally.add(outcome);
    } catch (error) {
      missed.push(`store: ${placeOf(flip)}: ${error}`);
    }
  }
  console.error(`${store} bits of the store`);
  return tally;
}

async function flipBundle(copy: Copy): Promise<Tally> {
  const tally = new Tally();
  const every = Math.ceil(bundle / second);
  let done = 0;
  for (const flip of flipsOf(coveredFiles(copy), bundle, seed)) {
    const asked = hasPython && done % every === 0;
    try {
      const code = await flippedCode(copy, flip, { second: asked });
      tally.add(`refused: ${code}${asked ? ", the second verifier asked" : ""}`);
    } catch (error) {
      missed.push(`bundle: ${error}`);
    }
    if (++done % tellEvery === 0) console.error(`${done} bits of the bundle, ${missed.length} not found`);
  }
  copy.remove();
  return tally;
}
