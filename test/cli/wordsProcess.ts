// Does what many command lines say, one after the other, in one process: a start costs more than most of them.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { runProgram } from "../../src/cli/program.ts";

/** None of them has anything to wait for. */
const patienceMs = 60_000;

const [from = "", to = ""] = process.argv.slice(2);
const lines: readonly (readonly string[])[] = JSON.parse(readFileSync(from, "utf8"));
const results: { code: number | "hangs"; out: string; err: string }[] = [];
const said = { out: "", err: "" };
const keep = (where: "out" | "err") => (text: string | Uint8Array, done?: unknown) => {
  said[where] += text;
  if (typeof done === "function") done();
  return true;
};
process.stdout.write = keep("out");
process.stderr.write = keep("err");
for (const words of lines) {
  Object.assign(said, { out: "", err: "" });
  process.exitCode = undefined;
  const late = sleep(patienceMs, "hangs" as const, { ref: false });
  const code = await Promise.race([runProgram(words), late]);
  results.push({ code, ...said });
  if (code === "hangs") break;
}
writeFileSync(to, JSON.stringify(results));
process.exit();
