// `npm run bench -- <suite> [options]`: what the parts cost, in CPU seconds of the whole process.
import { Command } from "commander";
import { coreCommand } from "./core.ts";
import { resumeCommand } from "./resume.ts";

const bench = new Command("bench").description("Measures what the parts cost.");
await bench.addCommand(coreCommand()).addCommand(resumeCommand()).parseAsync();
