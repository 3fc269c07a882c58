// Plays suites of the contracts against whatever code is in the artifacts, again and again in one process, for `mutate.ts`.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Mocha from "mocha";

export type Question = { readonly round: number; readonly suites: readonly string[] };
/** The first test that failed. */
export type Answer = { readonly failed?: string };

process.on("message", ({ round, suites }: Question) => {
  void firstFailure(round, suites).then((failed) => process.send?.(failed === undefined ? {} : { failed }));
});

/** The title of the first test that fails. */
async function firstFailure(round: number, suites: readonly string[]): Promise<string | undefined> {
  for (const suite of suites) {
    const mocha = new Mocha({ bail: true, timeout: 600_000, reporter: class extends Mocha.reporters.Base {} });
    mocha.suite.emit("pre-require", globalThis, suite, mocha);
    try {
      // A new module each time, and with it a new chain.
      await import(`${pathToFileURL(resolve(suite))}?round=${round}`);
    } catch (error) {
      return `${suite} does not load: ${String(error).split("\n")[0]}`;
    }
    const failed = await new Promise<string | undefined>((done) => {
      let title: string | undefined;
      mocha
        .run(() => done(title))
        .on("fail", (test) => {
          title ??= test.fullTitle();
        });
    });
    if (failed !== undefined) return failed;
  }
  return undefined;
}
