import { Command } from "commander";
import { z } from "zod";
import { JsonDocument, readManifest } from "../../../config/index.ts";
import { FabricError } from "../../../errors.ts";
import { keyKinds } from "../../../governance/index.ts";
import {
  changesTowards,
  firstBatch,
  guardianAcceptanceForm,
  type Papers,
  type Registration,
  readWorld,
  registrationForm,
  type Way,
} from "../../../owner/index.ts";
import { count } from "../../table.ts";
import { readText } from "../../textFile.ts";
import { type Where, withPlace, withTrust } from "./place.ts";
import { planAt } from "./plan.ts";

type Flags = Where & {
  readonly with?: readonly string[];
  readonly submitter?: readonly string[];
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
    .option("--submitter <name=key...>", "public keys of submitters: <name>=<file>, or <name>=<kind>:<key>")
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
  await planAt(flags, async ({ chain, deployment }) => {
    const way = changesTowards(await readWorld(chain, deployment), manifest, papers);
    const changes = firstBatch(way.changes);
    for (const line of wayWords(way, changes.length)) process.stderr.write(`${line}\n`);
    if (changes.length > 0) return { changes };
    if (flags.json) console.log("null");
    else
      console.log(
        way.lacking.length === 0 ? "The chain says all that the manifest says." : "Nothing can be planned yet.",
      );
    return null;
  });
}

/** What is left to do, and what is left alone. */
function wayWords({ changes, lacking, beyond }: Way, planned: number): string[] {
  const later = changes.length - planned;
  const rest =
    later === 0
      ? []
      : [
          `One transaction takes ${count(planned)} of the changes. When it is made, give the same command again: ${count(later)} more follow.`,
        ];
  return [
    ...rest,
    ...(lacking.length === 0 ? [] : ["Not brought about by this plan:"]),
    ...lacking.map((line) => `  ${line}`),
    ...beyond,
  ];
}

const paperForm = z.discriminatedUnion("format", [registrationForm.unwrap(), guardianAcceptanceForm.unwrap()]);

/** @throws FILE_UNREADABLE, DOCUMENT_INVALID, VALUE_INVALID */
function papersOf({ with: files = [], submitter = [], anchorer, marketplace }: Flags): Papers {
  const papers = files.map((file) => JsonDocument.read(file).check(paperForm));
  return {
    registrations: papers.filter((paper) => paper.format === "planetary-fabric/registration/v1"),
    guardians: papers.filter((paper) => paper.format === "planetary-fabric/guardian-acceptance/v1"),
    ...{ submitterKeys: new Map(submitter.map(submitterKey)), anchorer, marketplace },
  };
}

/** A public key as `fabric node keygen` prints it. */
const keyWords = new RegExp(`^(${keyKinds.join("|")})[: ](0x(?:[0-9a-f]{2})+)$`);

/** @param text `<name>=<kind>:<key>`, or `<name>=<file>` @throws VALUE_INVALID, FILE_UNREADABLE */
function submitterKey(text: string): [name: string, Pick<Registration, "keyKind" | "key">] {
  const [, name = "", said = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  const line = said === "" || keyWords.test(said) ? said : readText(said).trim();
  const [, kind, key] = keyWords.exec(line) ?? [];
  const keyKind = keyKinds.find((each) => each === kind);
  if (name !== "" && keyKind !== undefined && key !== undefined) return [name, { keyKind, key }];
  throw new FabricError("VALUE_INVALID", {
    ...{ what: "--submitter", problem: `${JSON.stringify(text)} does not tell a name and a public key` },
    right:
      "Right is <name>=<file> with the file of `fabric node keygen --public`, or <name>=<kind>:<key> with what it printed",
  });
}
