#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// As bin/fabric has it, where this is started without it; the orchestrator's process inherits it.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("../../node_modules/.cache/fabric", import.meta.url));
enableCompileCache(process.env.NODE_COMPILE_CACHE);
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2));
