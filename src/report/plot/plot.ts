/** What a table shows: a line of words above rows of words. */
export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/**
 * What is to be drawn, as Vega-Lite's JSON. Words of others stand in its data and titles as they are. Vega-Lite looks
 * through it when it is drawn, and says what is wrong with it.
 */
export type Spec = Readonly<Record<string, unknown>>;

/** A picture of one side of a run. */
export type Plot = {
  /** Its path in the bundle. */
  readonly path: string;
  readonly title: string;
  /** What is to be seen, and how it is marked, in plain words. */
  readonly caption: string;
  readonly spec: Spec;
  /** The numbers behind it. */
  readonly table: Table;
};

/** Everything is told apart by shape, dashes or place; the colours only help. */
export const ink = { dark: "#1b1b1f", blue: "#1f5fa8", pale: "#a9c4e4", grey: "#77777f", faint: "#e3e3e8" } as const;

export const plotWidth = 760;

/** An axis of ticks or of counts; its first and last numbers stand below their ticks, too. */
export const numberAxis = { format: ",d", labelFlush: false } as const;

/** The ticks of a run in at most so many stretches of equal length. */
export function stretchesOf(ticks: number, most: number): readonly { readonly from: number; readonly to: number }[] {
  const length = Math.max(1, Math.ceil(ticks / most));
  return Array.from({ length: Math.ceil(ticks / length) }, (_, index) => {
    return { from: index * length + 1, to: Math.min(ticks, (index + 1) * length) };
  });
}

/** Ticks as a table names them: 7, or 7 to 12. */
export function stretchWords({ from, to }: { readonly from: number; readonly to: number }): string {
  const words = (tick: number) => tick.toLocaleString("en-US");
  return from === to ? words(from) : `${words(from)} to ${words(to)}`;
}
