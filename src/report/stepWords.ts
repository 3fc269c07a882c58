import type { TickStep } from "../orchestrator/index.ts";

/** Where in a tick the orchestrator was killed, as a person reads it. */
export const stepWords: Readonly<Record<TickStep, string>> = {
  beforeAppend: "before the tick was on disk",
  afterAppend: "when the tick was on disk and nobody knew yet",
  afterEffects: "when its nodes had their leases",
  afterAnchorSent: "when its checkpoint had been sent to the chain",
};
