// Does what the command lines that it is sent say, one after the other.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { runProgram } from "../../src/cli/program.ts";
import type { CommandLine } from "./commandLines.ts";
import type { Ended } from "./program.ts";
import { until } from "./until.ts";

/** A command that takes longer waits for something that does not come. */
const patienceMs = 120_000;

const said = { out: "", err: "" };
process.stdout.write = keep("out");
process.stderr.write = keep("err");
process.on("disconnect", () => process.exit());
process.on("message", async (line: CommandLine) => {
  process.send?.(await endOf(line));
});
/** What keeps this process from ending while it has nothing to do. */
const atRest = open();

async function endOf({ words, env, cwd }: CommandLine): Promise<Ended> {
  for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.exitCode = undefined;
  Object.assign(said, { out: "", err: "" });
  const line = `fabric ${words.join(" ")}`;
  const late = sleep(patienceMs, null, { ref: false });
  const code = await Promise.race([runProgram(words), late]);
  if (code === null) throw new Error(`${line} has no end`);
  await until(() => isDeepStrictEqual(open(), atRest)).catch(() => {
    throw new Error(`A process of its own would not end after ${line}: ${open().join(", ")}`);
  });
  return { code, ...said };
}

function open(): string[] {
  return process.getActiveResourcesInfo().sort();
}

function keep(where: "out" | "err"): typeof process.stdout.write {
  return (text: string | Uint8Array, ...rest: unknown[]) => {
    said[where] += typeof text === "string" ? text : Buffer.from(text).toString();
    for (const done of rest) if (typeof done === "function") done();
    return true;
  };
}
