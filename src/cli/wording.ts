import { count } from "./table.ts";

const small = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** A number of things as it stands in a sentence: in words below ten. */
export function numberWord(value: number): string {
  return small[value] ?? count(value);
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How long something lasted, in the unit that says most. */
export function span(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${count(Math.floor(seconds / 86_400))} days`;
}

export function ago(ms: number): string {
  return ms < 1000 ? "just now" : `${span(ms)} ago`;
}

/** A moment in UTC; without its date when it is today. Both in Unix ms. */
export function moment(atMs: number, nowMs: number): string {
  const [day, time] = new Date(atMs).toISOString().split("T");
  const today = new Date(nowMs).toISOString().startsWith(day);
  return `${today ? "" : `${day} `}${time.slice(0, 8)} UTC`;
}

/** a; a and b; a, b and c */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
