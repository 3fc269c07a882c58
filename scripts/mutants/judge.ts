// Plays suites of the contracts against whatever code is in the artifacts, again and again in one process, for `mutate.ts`.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Mocha from "mocha";

export type Question = { readonly round: number; readonly suites: readonly string[] };
/** The first test that failed, and the CPU time that each suite took. */
export type Answer = { readonly failed?: string; readonly tookMs: Readonly<Record<string, number>> };

process.on("message", (question: Question) => {
  void play(question).then((answer) => process.send?.(answer));
});

async function play({ round, suites }: Question): Promise<Answer> {
  const tookMs: Record<string, number> = {};
  for (const suite of suites) {
    const before = process.cpuUsage();
    const failed = await firstFailure(round, suite);
    const { user, system } = process.cpuUsage(before);
    tookMs[suite] = Math.round((user + system) / 1000);
    if (failed !== undefined) return { failed, tookMs };
  }
  return { tookMs };
}

/** The title of the first test of a suite that fails. */
async function firstFailure(round: number, suite: string): Promise<string | undefined> {
  const mocha = new Mocha({ bail: true, timeout: 600_000, reporter: class extends Mocha.reporters.Base {} });
  mocha.suite.emit("pre-require", globalThis, suite, mocha);
  try {
    // A new module each time, and with it a new chain.
    await import(`${pathToFileURL(resolve(suite))}?round=${round}`);
  } catch (error) {
    return `${suite} does not load: ${String(error).split("\n")[0]}`;
  }
  return new Promise<string | undefined>((done) => {
    let title: string | undefined;
    mocha
      .run(() => {
        mocha.dispose();
        done(title);
      })
      .on("fail", (test) => {
        title ??= test.fullTitle();
      });
  });
}
