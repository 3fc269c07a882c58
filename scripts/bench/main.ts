// `npm run bench -- <suite> [options]`: what the parts cost, in CPU seconds of the whole process.
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { Command } from "commander";

const suites: Readonly<Record<string, () => Promise<Command>>> = {
  core: async () => (await import("./core.ts")).coreCommand(),
  scale: async () => (await import("./scale.ts")).scaleCommand(),
  recover: async () => (await import("./recover.ts")).recoverCommand(),
  resume: async () => (await import("./resume.ts")).resumeCommand(),
  drill: async () => (await import("./drill.ts")).drillCommand(),
  gas: async () => (await import("./gas.ts")).gasCommand(),
  messages: async () => (await import("./messages.ts")).messagesCommand(),
  chain: async () => (await import("./chain.ts")).chainCommand(),
  all: async () => (await import("./all.ts")).allCommand(),
};

// As `fabric` itself does; the processes that a suite starts use the same.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("../../node_modules/.cache/fabric", import.meta.url));
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const bench = new Command("bench").description("Measures what the parts cost.");
const asked = process.argv[2];
// Only the suite asked for is loaded: what the others import would count as its cost.
for (const [name, load] of Object.entries(suites))
  if (name === asked || !Object.hasOwn(suites, asked)) bench.addCommand(await load());
await bench.parseAsync();
