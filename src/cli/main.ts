#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Types are stripped once and not at every start, of the orchestrator's process neither, which inherits this.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("../../node_modules/.cache/fabric", import.meta.url));
enableCompileCache(process.env.NODE_COMPILE_CACHE);
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2));
