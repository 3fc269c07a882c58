import { changeTable, parameterTable, signedFileTable } from "./changes.ts";
import { commandList, commandTables } from "./commands.ts";
import { deploymentOrder, gasTable, powers } from "./contracts.ts";
import { fieldTable } from "./documents.ts";
import { checkTable, scenarioTable } from "./drills.ts";
import { errorTable, exitCodeTable, revertTable } from "./errors.ts";
import { eventTable } from "./events.ts";
import { lawTable, worldLawTable } from "./laws.ts";
import { mutantsSection, survivorTable } from "./mutants.ts";
import type { Section } from "./section.ts";
import { testVectors } from "./vectors.ts";

/** Everything in the documents that is made from the program. */
export const sections: readonly Section[] = [
  { file: "README.md", name: "commands", make: commandList },
  { file: "docs/commands.md", name: "commands", make: commandTables },
  { file: "docs/assurance.md", name: "world laws", make: worldLawTable },
  { file: mutantsSection.file, name: "survivors", make: survivorTable },
  { file: "docs/configuration.md", name: "manifest", make: () => fieldTable("manifest") },
  { file: "docs/configuration.md", name: "scenario", make: () => fieldTable("scenario") },
  { file: "docs/configuration.md", name: "blueprint", make: () => fieldTable("blueprint") },
  { file: "docs/configuration.md", name: "mission", make: () => fieldTable("mission") },
  { file: "docs/contracts.md", name: "powers", make: powers },
  { file: "docs/contracts.md", name: "deployment", make: deploymentOrder },
  { file: "docs/contracts.md", name: "gas", make: gasTable },
  { file: "docs/drills.md", name: "scenarios", make: scenarioTable },
  { file: "docs/drills.md", name: "checks", make: checkTable },
  { file: "docs/errors.md", name: "exit codes", make: exitCodeTable },
  { file: "docs/errors.md", name: "errors", make: errorTable },
  { file: "docs/errors.md", name: "reverts", make: revertTable },
  { file: "docs/format.md", name: "events", make: eventTable },
  { file: "docs/format.md", name: "vectors", make: testVectors },
  { file: "docs/machine.md", name: "laws", make: lawTable },
  { file: "docs/parameters.md", name: "changes", make: changeTable },
  { file: "docs/parameters.md", name: "parameters", make: parameterTable },
  { file: "docs/parameters.md", name: "signed files", make: signedFileTable },
];
