import { appendFileSync } from "node:fs";

/** What a supervisor says: to its user, and with the time in a file of its world once there is one. */
export class Log {
  readonly #tellUser: (line: string) => void;
  #file: string | undefined;
  #hasFailed = false;

  constructor(tellUser: (line: string) => void) {
    this.#tellUser = tellUser;
  }

  /** From now on to this file as well; undefined when there is none any more. */
  keepIn(file: string | undefined): void {
    this.#file = file;
  }

  say(line: string): void {
    this.note(line);
    this.#tellUser(line);
  }

  /** For the file alone. */
  note(line: string): void {
    if (this.#file === undefined) return;
    try {
      appendFileSync(this.#file, `${new Date().toISOString()} ${line.replaceAll("\n", "\n  ")}\n`);
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#tellUser(`What is said here cannot be written to ${this.#file}: ${reasonOf(error)}. The fabric goes on.`);
    }
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
