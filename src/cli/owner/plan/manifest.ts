import { Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { JsonDocument, readManifest } from "../../../config/index.ts";
import { keyKinds } from "../../../governance/index.ts";
import {
  changesTowards,
  firstBatch,
  guardianAcceptanceForm,
  type Papers,
  readWorld,
  registrationForm,
  type Way,
} from "../../../owner/index.ts";
import { count } from "../../table.ts";
import { type Where, withPlace, withTrust } from "./place.ts";
import { planAt } from "./plan.ts";

type SubmitterKeys = Papers["submitterKeys"];

type Flags = Where & {
  readonly with?: readonly string[];
  readonly submitter?: SubmitterKeys;
  readonly anchorer?: string;
  readonly marketplace?: string;
  readonly out?: string;
  readonly json?: true;
};

/** `fabric owner plan-manifest`: everything that a manifest says and the chain does not, as one plan, or as the first of several. */
export function planManifestCommand(): Command {
  const command = new Command("plan-manifest")
    .description(
      "write down the changes that make the chain say what a manifest says, for the owners to look at and sign",
    )
    .argument("<manifest>", "the fabric as it is to be")
    .option("--with <files...>", "registrations that operators signed, and acceptances of guardians")
    .option("--submitter <name=kind:key>", "public key of a submitter; may be given several times", submitterKey)
    .option("--anchorer <address>", "who is to anchor checkpoints (default: as it is)")
    .option("--marketplace <address>", "who is to admit nodes for the owners (default: as it is)")
    .option("--out <file>", "file to write (default: change-<number in its lane>.json)")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--json", "print the plan as JSON; null when there is nothing to plan");
  return withTrust(withPlace(command)).action(planManifest);
}

async function planManifest(file: string, flags: Flags): Promise<void> {
  const manifest = readManifest(file);
  const papers = papersOf(flags);
  let words: readonly string[] = [];
  await planAt(flags, async ({ chain, deployment }) => {
    const way = changesTowards(await readWorld(chain, deployment), manifest, papers);
    const changes = firstBatch(way.changes);
    words = wayWords(way, changes.length);
    if (changes.length > 0) return { changes };
    if (flags.json) console.log("null");
    else
      console.log(
        way.lacking.length === 0 ? "The chain says all that the manifest says." : "Nothing can be planned yet.",
      );
    return null;
  });
  if (words.length > 0) process.stderr.write(`${words.join("\n")}\n`);
}

/** What is left to do, and what is left alone. */
function wayWords({ changes, lacking, beyond }: Way, planned: number): string[] {
  const later = changes.length - planned;
  const rest =
    later === 0
      ? []
      : [
          `One transaction takes no more. When it is made, give the same command again: ${count(later)} changes follow.`,
        ];
  return [
    ...rest,
    ...(lacking.length === 0 ? [] : ["Not brought about by it:"]),
    ...lacking.map((line) => `  ${line}`),
    ...beyond,
  ];
}

const paperForm = z.discriminatedUnion("format", [registrationForm.unwrap(), guardianAcceptanceForm.unwrap()]);

/** @throws FILE_UNREADABLE, DOCUMENT_INVALID */
function papersOf({ with: files = [], submitter = new Map(), anchorer, marketplace }: Flags): Papers {
  const papers = files.map((file) => JsonDocument.read(file).check(paperForm));
  return {
    registrations: papers.filter((paper) => paper.format === "planetary-fabric/registration/v1"),
    guardians: papers.filter((paper) => paper.format === "planetary-fabric/guardian-acceptance/v1"),
    ...{ submitterKeys: submitter, anchorer, marketplace },
  };
}

const kinds = z.enum(keyKinds);

function submitterKey(text: string, before: SubmitterKeys = new Map()): SubmitterKeys {
  const [, name = "", kind, key = ""] = /^([!-<>-~]{1,32})=(\w+):(0x(?:[0-9a-f]{2})+)$/.exec(text) ?? [];
  const keyKind = kinds.safeParse(kind);
  if (!keyKind.success)
    throw new InvalidArgumentError(
      "<name>=<kind>:<key> is right, with kind and key as `fabric node keygen` prints them: earth.exchange=ed25519:0x…",
    );
  return new Map([...before, [name, { keyKind: keyKind.data, key }]]);
}
