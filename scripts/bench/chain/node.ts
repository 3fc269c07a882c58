// A practice chain in a process of its own, which tells what it spent on answering.

import { openPracticeChain } from "../../../src/practice/chain.ts";
import { ChainServer } from "../../../src/practice/chainServer.ts";

/** What the chain has done until now. */
export type ChainWork = {
  readonly calls: number;
  /** CPU time of its process. */
  readonly cpuSeconds: number;
  /** Wall time in which somebody waited for an answer. */
  readonly awaitedSeconds: number;
};
export type FromChain = { readonly kind: "ready"; readonly url: string } | ({ readonly kind: "work" } & ChainWork);
/** Asks for {@link ChainWork}. */
export type ToChain = { readonly kind: "tell" };

const genesisTime = Date.parse("2030-01-01T00:00:00Z") / 1000;
const provider = await openPracticeChain(genesisTime);
let [calls, waiting, since, awaitedMs] = [0, 0, 0, 0];
const server = await ChainServer.listen(0, async (method, params) => {
  calls++;
  if (waiting++ === 0) since = performance.now();
  try {
    return await provider.request({ method, params });
  } finally {
    if (--waiting === 0) awaitedMs += performance.now() - since;
  }
});
const say = (message: FromChain) => process.send?.(message);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  say({ kind: "work", calls, cpuSeconds: (user + system) / 1e6, awaitedSeconds: awaitedMs / 1000 });
});
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
say({ kind: "ready", url: server.url });
