import { spawn } from "node:child_process";

/** What a person types when they are asked for something. */
export type Typed = readonly [asked: RegExp, answer: string];

export type Shown = { readonly code: number | null; readonly screen: string };

/** Runs a program on a terminal, where somebody answers, each question once; `screen` is all that they see. */
export function onTerminal(
  words: readonly string[],
  answers: readonly Typed[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Shown> {
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = spawn("script", ["-qec", line, "/dev/null"], { cwd, env: { ...process.env, ...env } });
  const left = [...answers];
  let screen = "";
  let answered = 0;
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    screen += piece;
    const [next] = left;
    if (next === undefined || !next[0].test(screen.slice(answered))) return;
    answered = screen.length;
    left.shift();
    child.stdin.write(`${next[1]}\r`);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, screen }));
  });
}
