import { Command, InvalidArgumentError } from "commander";
import { exitCodes, FabricError } from "../errors.ts";
import { checkWorld, isWorld } from "../practice/index.ts";
import { verifyBundle } from "../report/index.ts";
import { nodeUrl } from "./nodeUrl.ts";

type VerifyFlags = { readonly rpc?: string; readonly trustBlock?: string; readonly json?: boolean };

export function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "check a bundle, trusting nobody: replay its journal, hold it against the chain's proofs, make every file again; or " +
        "the store of a world that does not run",
    )
    .argument("<folder>", "of the bundle, for example reports/latest; or of the world")
    .option("--rpc <url|name>", "a node you trust: ask it whether the last block is on its chain", nodeUrl)
    .option("--trust-block <hash>", "hash of the last block, if you have it from elsewhere", blockHash)
    .option("--json", "print the result as JSON")
    .action(async (bundle: string, flags: VerifyFlags) => {
      if (isWorld(bundle)) return verifyWorld(bundle, flags);
      const { rpc, trustBlock, json } = flags;
      const { steps, says, derived } = await verifyBundle(bundle, {
        ...(rpc === undefined ? {} : { rpc }),
        ...(trustBlock === undefined ? {} : { trustedHash: trustBlock }),
      });
      const { verdict, label } = derived.summary;
      if (json === true) console.log(JSON.stringify({ label, verdict, steps, says }));
      else console.log([...steps.map((step) => `✓ ${step}.`), "", says, `The drill it shows ${verdict}ed.`].join("\n"));
      process.exitCode = exitCodes.done;
    });
}

/** @throws USAGE; as `checkWorld` */
function verifyWorld(world: string, { rpc, trustBlock, json }: VerifyFlags): void {
  if (rpc !== undefined || trustBlock !== undefined)
    throw new FabricError("USAGE", { problem: "--rpc and --trust-block are for a bundle, and this is a world." });
  const { ticks, checkpoints, receipts } = checkWorld(world);
  if (json === true) console.log(JSON.stringify({ world, ticks, checkpoints, receipts }));
  else
    console.log(
      `✓ ${ticks} ticks replayed: every file of the store is what the journal makes, with ${checkpoints} checkpoints and ` +
        `${receipts} receipts.`,
    );
}

function blockHash(text: string): string {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw new InvalidArgumentError("0x and 64 hexadecimal digits are right.");
  return text;
}
