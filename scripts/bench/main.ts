// `npm run bench -- <suite> [options]`: what the parts cost, in CPU seconds of the whole process.
import { Command } from "commander";
import { coreCommand } from "./core.ts";

await new Command("bench").description("Measures what the parts cost.").addCommand(coreCommand()).parseAsync();
