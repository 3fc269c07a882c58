import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { contractNames } from "../../src/governance/index.ts";
import type { Code, Sources } from "./compile.ts";
import { copyOfTree, put } from "./copy.ts";
import type { Answer, Question } from "./judge.ts";
import type { Mutant } from "./operators.ts";

/** A process that loads suites again and again only ever grows. */
const mostRounds = 40;

export type Verdict = "killed" | "survived" | "same code" | "does not compile";

/** Puts mutants in the contracts' place, and has their tests played. */
export class Bench {
  readonly #root: string;
  readonly #sources: Sources;
  readonly #copy: string;
  readonly #whole: ReadonlyMap<string, Code>;
  readonly #closures: ReadonlyMap<string, ReadonlySet<string>>;
  #judge: ChildProcess | undefined;
  #rounds = 0;

  /** @throws if the contracts do not compile */
  constructor(root: string, sources: Sources) {
    const whole = sources.code(contractNames);
    if (whole === undefined) throw new Error("The contracts do not compile.");
    [this.#root, this.#sources, this.#whole] = [root, sources, whole];
    this.#closures = new Map(contractNames.map((name) => [name, sources.closure(`contracts/${name}.sol`)]));
    this.#copy = copyOfTree(root);
    put(this.#copy, whole);
  }

  /** @throws if a test fails with the contracts as they are */
  async requireSound(): Promise<void> {
    const { failed } = await this.#play(contractNames.flatMap((name) => this.#suitesOf(name)));
    if (failed !== undefined) throw new Error(`With the contracts as they are, this fails: ${failed}`);
  }

  async judge({ file, start, end, after }: Mutant): Promise<{ verdict: Verdict; by?: string }> {
    const touched = contractNames.filter((name) => this.#closures.get(name)?.has(file));
    const text = Buffer.from(this.#sources.text(file));
    const mutated = Buffer.concat([text.subarray(0, start), Buffer.from(after), text.subarray(end)]).toString();
    const code = this.#sources.code(touched, { file, text: mutated });
    if (code === undefined) return { verdict: "does not compile" };
    // Compiled as the mutant is: the pipeline depends on the file.
    const whole = this.#sources.code(touched, { file, text: text.toString() });
    const changed = touched.filter((name) => code.get(name)?.bytecode !== whole?.get(name)?.bytecode);
    if (changed.length === 0) return { verdict: "same code" };
    put(this.#copy, code);
    const { failed } = await this.#play(changed.flatMap((name) => this.#suitesOf(name)));
    put(this.#copy, new Map([...this.#whole].filter(([name]) => touched.some((each) => each === name))));
    return failed === undefined ? { verdict: "survived" } : { verdict: "killed", by: failed };
  }

  end(): void {
    this.#judge?.kill();
    rmSync(this.#copy, { recursive: true, force: true });
  }

  /** The tests of a contract, the shortest first. */
  #suitesOf(name: string): string[] {
    const length = (file: string) => readFileSync(join(this.#root, file), "utf8").length;
    return globSync(`test/contracts/${name}*.test.ts`, { cwd: this.#root })
      .filter((file) => !/(Gas|Differential)\.test/.test(file))
      .sort((a, b) => length(a) - length(b));
  }

  async #play(suites: string[]): Promise<Answer> {
    if (this.#rounds++ % mostRounds === 0) {
      this.#judge?.kill();
      this.#judge = fork("scripts/mutants/judge.ts", { cwd: this.#copy });
    }
    const question: Question = { round: this.#rounds, suites };
    if (this.#judge === undefined) throw new Error("There is no process that plays the tests.");
    this.#judge.send(question);
    const [answer]: Answer[] = await Promise.race([once(this.#judge, "message"), once(this.#judge, "exit")]);
    return answer;
  }
}
