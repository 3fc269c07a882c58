import { setTimeout } from "node:timers/promises";

/** Waits until it is so; fails when it does not become so. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`in vain: ${what}`);
    await setTimeout(5);
  }
}
