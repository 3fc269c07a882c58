import assert from "node:assert/strict";

/** Polls until it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
