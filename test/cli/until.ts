import assert from "node:assert/strict";

/** Polls until it holds, for so long. */
export async function until(holds: () => boolean | Promise<boolean>, patienceMs = 30_000): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
