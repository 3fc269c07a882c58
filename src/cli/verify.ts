import { Command, InvalidArgumentError } from "commander";
import { exitCodes } from "../errors.ts";
import { verifyBundle } from "../report/index.ts";
import { nodeUrl } from "./nodeUrl.ts";

type VerifyFlags = { readonly rpc?: string; readonly trustBlock?: string; readonly json?: boolean };

export function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "check a bundle, trusting nobody: replay its journal, hold it against the chain's proofs, make every file again",
    )
    .argument("<bundle>", "folder of the bundle, for example reports/latest")
    .option("--rpc <url|name>", "a node you trust: ask it whether the last block is on its chain", nodeUrl)
    .option("--trust-block <hash>", "hash of the last block, if you have it from elsewhere", blockHash)
    .option("--json", "print the result as JSON")
    .action(async (bundle: string, { rpc, trustBlock, json }: VerifyFlags) => {
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

function blockHash(text: string): string {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw new InvalidArgumentError("0x and 64 hexadecimal digits are right.");
  return text;
}
