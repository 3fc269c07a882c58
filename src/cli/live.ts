import { stripVTControlCharacters } from "node:util";

/** What of a terminal is written to. */
export type Screen = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
};

const controlSign = "\u001B[";

/** Wall time between two pictures on a terminal, and between two lines without one. */
const pictureMs = 200;
const lineMs = 2000;

/**
 * Shows how something goes on. On a terminal that is a picture of some lines at the bottom, drawn over itself, below
 * what was said for good; elsewhere a line now and then.
 */
export class Live {
  readonly #screen: Screen;
  readonly #isPicture: boolean;
  #shown = 0;
  #next: number;

  /** @param env asked for TERM: one that is "dumb" cannot be drawn over */
  constructor(screen: Screen, env: NodeJS.ProcessEnv = process.env) {
    this.#screen = screen;
    this.#isPicture = screen.isTTY === true && env.TERM !== "dumb";
    this.#next = performance.now() + (this.#isPicture ? 0 : lineMs);
  }

  /** Asks for what is to be shown when it is time for it. */
  show(picture: () => readonly string[], line: () => string): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + (this.#isPicture ? pictureMs : lineMs);
    if (this.#isPicture) this.#draw(picture());
    else this.#screen.write(`${line()}\n`);
  }

  /** Says something that stays. */
  say(words: string): void {
    this.#screen.write(`${this.#erasing()}${words}\n`);
  }

  /** Takes the picture away and gives the terminal back as it was; may be called more than once. */
  end(): void {
    const erasing = this.#erasing();
    if (erasing !== "") this.#screen.write(erasing);
  }

  /** The cursor is hidden while a picture stands. */
  #draw(lines: readonly string[]): void {
    // A terminal that does not know its width says 0.
    const width = Math.max(20, (this.#screen.columns || 80) - 1);
    // What scrolled out at the top could not be drawn over.
    const height = Math.max(1, (this.#screen.rows || 24) - 1);
    const fitting = lines.slice(0, height).map((line) => stripVTControlCharacters(line).slice(0, width));
    this.#screen.write(`${this.#erasing()}${controlSign}?25l${fitting.join("\n")}\n`);
    this.#shown = fitting.length;
  }

  #erasing(): string {
    if (this.#shown === 0) return "";
    const up = `${controlSign}${this.#shown}A`;
    this.#shown = 0;
    return `\r${up}${controlSign}0J${controlSign}?25h`;
  }
}

/** A part of a whole as a bar of so many characters. */
export function bar(part: number, whole: number, width: number): string {
  const full = whole <= 0 ? 0 : Math.min(width, Math.ceil((width * part) / whole));
  return "█".repeat(full) + "░".repeat(width - full);
}
