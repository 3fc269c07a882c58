import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Ended, root } from "./program.ts";

/** What `commandLinesProcess.ts` does next. It answers with an `Ended`. */
export type CommandLine = {
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
};

const program = join(import.meta.dirname, "commandLinesProcess.ts");
const cache = join(root, "node_modules", ".cache", "fabric");
const idle: ChildProcess[] = [];

/**
 * Runs `fabric` without a terminal to its end, as that of program.ts does, in a process that has run it before: a start costs
 * more than most of what it is asked.
 * @throws Error when it has no end, or leaves something behind that would keep a process of its own from ending
 */
export async function fabric(words: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = root): Promise<Ended> {
  const child = idle.pop() ?? start();
  child.ref();
  child.channel?.ref();
  const line: CommandLine = { words, env: { ...process.env, ...env }, cwd };
  child.send(line);
  const over = new AbortController();
  try {
    const [ended] = await Promise.race([once(child, "message", over), lost(child, words, over)]);
    idle.push(child);
    return ended;
  } finally {
    over.abort();
    child.unref();
    child.channel?.unref();
  }
}

async function lost(child: ChildProcess, words: readonly string[], over: AbortController): Promise<never> {
  await once(child, "exit", over);
  throw new Error(`The process of fabric ${words.join(" ")} is gone.`);
}

/** It ends with the process that started it. */
function start(): ChildProcess {
  const env = { NODE_COMPILE_CACHE: cache, ...process.env };
  return fork(program, { env, execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
}
