import { visible } from "../report/index.ts";

/** What of a terminal is written to. */
export type Screen = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
};

const controlSign = "\u001B[";

/** Wall time between two pictures on a terminal, and between two lines without one unless told. */
const pictureMs = 200;
const lineMs = 2000;

export type LiveSettings = {
  /** Asked for TERM: one that is "dumb" cannot be drawn over. */
  readonly env?: NodeJS.ProcessEnv;
  readonly lineMs?: number;
};

/**
 * Shows how something goes on. On a terminal that is a picture of some lines at the bottom, drawn over itself, below
 * what was said for good; elsewhere a line now and then. Words of others are harmless in both.
 */
export class Live {
  readonly #screen: Screen;
  readonly #isPicture: boolean;
  readonly #pauseMs: number;
  #shown: readonly string[] = [];
  #next: number;

  constructor(screen: Screen, { env = process.env, lineMs: betweenLinesMs = lineMs }: LiveSettings = {}) {
    this.#screen = screen;
    this.#isPicture = screen.isTTY === true && env.TERM !== "dumb";
    this.#pauseMs = this.#isPicture ? pictureMs : betweenLinesMs;
    this.#next = performance.now() + (this.#isPicture ? 0 : betweenLinesMs);
  }

  /**
   * Asks for what is to be shown when it is time for it.
   * @param picture lines for a terminal of so many columns; what does not fit below one another is left out
   */
  show(picture: (columns: number) => readonly string[], line: () => string): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + this.#pauseMs;
    if (this.#isPicture) this.#draw(picture(this.#columns));
    else this.#screen.write(`${harmless(line())}\n`);
  }

  /** Says something that stays; the picture stands below it. */
  say(words: string): void {
    const shown = this.#shown;
    this.#screen.write(`${this.#erasing()}${visible(words)}\n`);
    if (shown.length > 0) this.#draw(shown);
  }

  /** Takes the picture away and gives the terminal back as it was; may be called more than once. */
  end(): void {
    const erasing = this.#erasing();
    if (erasing !== "") this.#screen.write(erasing);
  }

  /** The last column stays free: a line that fills it would make a new one. */
  get #columns(): number {
    // A terminal that does not know its width says 0.
    return Math.max(20, (this.#screen.columns || 80) - 1);
  }

  /** The cursor is hidden while a picture stands. */
  #draw(lines: readonly string[]): void {
    // What scrolled out at the top could not be drawn over.
    const rows = Math.max(1, (this.#screen.rows || 24) - 1);
    const fitting =
      lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} lines more`];
    const drawn = fitting.map((line) => cut(harmless(line), this.#columns));
    this.#screen.write(`${this.#erasing()}${controlSign}?25l${drawn.join("\n")}\n`);
    this.#shown = drawn;
  }

  #erasing(): string {
    if (this.#shown.length === 0) return "";
    // A terminal that was made narrower meanwhile has broken the longer lines.
    const rows = this.#shown.reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / (this.#columns + 1))), 0);
    this.#shown = [];
    return `\r${controlSign}${rows}A${controlSign}0J${controlSign}?25h`;
  }
}

/** In one line, with nothing in it that a terminal would obey. */
function harmless(line: string): string {
  return visible(line).replaceAll(/[\n\t]/g, " ");
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

/** A part of a whole as a bar of so many characters. */
export function bar(part: number, whole: number, width: number): string {
  const full = whole <= 0 ? 0 : Math.min(width, Math.ceil((width * part) / whole));
  return "█".repeat(full) + "░".repeat(width - full);
}
