import { join } from "node:path";
import { Command } from "commander";
import { type Deployment, readDeployment } from "../../governance/index.ts";
import { clearSigningFiles } from "../../owner/index.ts";
import { makeFolder, writeText } from "../textFile.ts";
import { runningPlace } from "./place.ts";

type Flags = { readonly out: string; readonly deployment?: string; readonly world?: string };

/** `fabric owner descriptors`: what wallets need to show the fabric's transactions and messages in words. */
export function descriptorsCommand(): Command {
  return new Command("descriptors")
    .description("write descriptors (ERC-7730) with which wallets show in words what is signed")
    .requiredOption("--out <folder>", "folder to write them into")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere")
    .option("--world <folder>", "folder of a running world (default: the fabric that was started here)")
    .action(async ({ out, deployment, world }: Flags) => {
      const found = deployment === undefined ? await runningDeployment(world) : readDeployment(deployment);
      const files = clearSigningFiles(found);
      makeFolder(out);
      for (const [name, descriptor] of files) writeText(join(out, name), `${JSON.stringify(descriptor, null, 2)}\n`);
      console.log(`${files.size} descriptors are in ${out}.`);
    });
}

async function runningDeployment(world: string | undefined): Promise<Deployment> {
  const { deployment, control } = await runningPlace(world);
  control.close();
  return deployment;
}
