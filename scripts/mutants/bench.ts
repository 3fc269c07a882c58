import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { globSync, rmSync } from "node:fs";
import { contractNames } from "../../src/governance/index.ts";
import type { Code, Sources } from "./compile.ts";
import { copyOfTree, put } from "./copy.ts";
import type { Answer, Question } from "./judge.ts";
import type { Mutant } from "./operators.ts";

/** A process that loads suites again and again only ever grows. */
const mostRounds = 40;

type ContractName = (typeof contractNames)[number];
export type Verdict = "killed" | "survived" | "same code" | "does not compile";

/** `by` is the test that failed. */
export type Judgement = { readonly verdict: Verdict; readonly by?: string; readonly cpuMs: number };

/** Puts mutants in the contracts' place, and has their tests played. */
export class Bench {
  readonly #root: string;
  readonly #sources: Sources;
  readonly #copy: string;
  readonly #whole: ReadonlyMap<string, Code>;
  readonly #closures: ReadonlyMap<string, ReadonlySet<string>>;
  /** Contracts as they are, by how they were compiled. */
  readonly #unchanged = new Map<string, ReadonlyMap<string, Code> | undefined>();
  /** What a suite took when it was played to its end. */
  #tookMs: Readonly<Record<string, number>> = {};
  /** How many mutants of a file a suite has killed. */
  readonly #kills = new Map<string, number>();
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
    const { failed, tookMs } = await this.#play(this.#suitesOf(contractNames, ""));
    if (failed !== undefined) throw new Error(`With the contracts as they are, this fails: ${failed}`);
    this.#tookMs = tookMs;
  }

  /** @returns also the CPU time that it took */
  async judge(mutant: Mutant): Promise<Judgement> {
    const before = process.cpuUsage();
    const { tookMs, ...said } = await this.#judged(mutant);
    const { user, system } = process.cpuUsage(before);
    const playedMs = Object.values(tookMs ?? {}).reduce((sum, each) => sum + each, 0);
    return { ...said, cpuMs: Math.round((user + system) / 1000) + playedMs };
  }

  async #judged({ file, start, end, after }: Mutant): Promise<Omit<Judgement, "cpuMs"> & Partial<Answer>> {
    const touched = contractNames.filter((name) => this.#closures.get(name)?.has(file));
    const text = Buffer.from(this.#sources.text(file));
    const mutated = Buffer.concat([text.subarray(0, start), Buffer.from(after), text.subarray(end)]).toString();
    const { code, whole } = this.#compiled(touched, { file, text: mutated });
    if (code === undefined) return { verdict: "does not compile" };
    const changed = touched.filter((name) => code.get(name)?.bytecode !== whole?.get(name)?.bytecode);
    if (changed.length === 0) return { verdict: "same code" };
    put(this.#copy, code);
    const { failed, tookMs } = await this.#play(this.#suitesOf(changed, file));
    put(this.#copy, new Map([...this.#whole].filter(([name]) => touched.some((each) => each === name))));
    const last = `${file} ${Object.keys(tookMs).at(-1)}`;
    if (failed !== undefined) this.#kills.set(last, (this.#kills.get(last) ?? 0) + 1);
    return failed === undefined ? { verdict: "survived", tookMs } : { verdict: "killed", by: failed, tookMs };
  }

  /** Contracts with a change and without it, compiled alike: else their code could not be compared. */
  #compiled(names: readonly ContractName[], replaced: Parameters<Sources["pipelinesOf"]>[0]) {
    for (const pipeline of this.#sources.pipelinesOf(replaced)) {
      const code = this.#sources.code(names, replaced, pipeline);
      if (code === undefined) continue;
      const key = `${pipeline} ${names}`;
      if (!this.#unchanged.has(key)) this.#unchanged.set(key, this.#sources.code(names, undefined, pipeline));
      return { code, whole: this.#unchanged.get(key) };
    }
    return {};
  }

  end(): void {
    this.#judge?.kill();
    rmSync(this.#copy, { recursive: true, force: true });
  }

  /** The tests of contracts, first those that kill most mutants of the file in the same time. */
  #suitesOf(names: readonly string[], file: string): string[] {
    const msForOne = (suite: string) => (this.#tookMs[suite] ?? 0) / (1 + (this.#kills.get(`${file} ${suite}`) ?? 0));
    return names
      .flatMap((name) => globSync(`test/contracts/${name}*.test.ts`, { cwd: this.#root }))
      .filter((suite) => !/(Gas|Differential)\.test/.test(suite))
      .sort((a, b) => msForOne(a) - msForOne(b));
  }

  /** @throws if the process ends that plays them */
  async #play(suites: string[]): Promise<Answer> {
    if (this.#rounds++ % mostRounds === 0) {
      this.#judge?.kill();
      this.#judge = fork("scripts/mutants/judge.ts", { cwd: this.#copy });
    }
    const question: Question = { round: this.#rounds, suites };
    if (this.#judge === undefined) throw new Error("There is no process that plays the tests.");
    const over = new AbortController();
    const answered = once(this.#judge, "message", over);
    const ended = once(this.#judge, "exit", over).then(() => {
      throw new Error("The process that plays the tests ended.");
    });
    this.#judge.send(question);
    try {
      const [answer]: Answer[] = await Promise.race([answered, ended]);
      return answer;
    } finally {
      over.abort();
      await Promise.allSettled([answered, ended]);
    }
  }
}
