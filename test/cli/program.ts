import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** Runs a program of `node_modules/.bin`, without a terminal, to its end. */
export function runProgram(
  name: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd: string = root,
): Promise<Ended> {
  return startProgram(`${root}node_modules/.bin/${name}`, words, env, cwd).ended;
}

/** A program that runs, and what it has written so far. */
export type Started = {
  readonly child: ChildProcess;
  readonly written: { out: string; err: string };
  readonly ended: Promise<Ended>;
};

export function startProgram(
  file: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd: string = root,
): Started {
  const child = spawn(file, words, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const written = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    written.out += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    written.err += piece;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...written }));
  });
  return { child, written, ended };
}

export function fabric(words: readonly string[], env: NodeJS.ProcessEnv = {}, cwd: string = root): Promise<Ended> {
  return runProgram("fabric", words, env, cwd);
}
