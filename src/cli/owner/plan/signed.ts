import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { FabricError } from "../../../errors.ts";
import { type Plan, planDigest } from "../../../owner/index.ts";
import { readText, writeText } from "../../textFile.ts";

// What an owner has ever signed, in `signed.ndjson` beside the trust file: a signature cannot be taken back.

const form = z.object({
  lane: z.string(),
  seq: z.int(),
  epoch: z.int(),
  digest: z.string(),
  multisig: z.string(),
  sentence: z.string(),
});
type Signed = z.output<typeof form>;

/** Another plan that was signed for the same place; undefined where there is none. @throws OWNER_FILE_ALTERED */
export function signedBefore(trustFile: string, plan: Plan): Signed | undefined {
  const file = fileOf(trustFile);
  if (!existsSync(file)) return undefined;
  const lines = readText(file).split("\n");
  const signed = lines.flatMap((line, index) => (line === "" ? [] : [read(line, `${file}, line ${index + 1}`)]));
  const digest = planDigest(plan);
  const { lane, seq, epoch, contracts } = plan;
  return signed.find(
    (each) =>
      each.digest !== digest &&
      each.multisig === contracts.OwnerMultisig &&
      each.lane === lane &&
      each.seq === seq &&
      each.epoch === epoch,
  );
}

/** Written before anything is signed. @throws FILE_UNREADABLE, FILE_UNWRITABLE */
export function noteSigned(trustFile: string, plan: Plan): void {
  const file = fileOf(trustFile);
  const { lane, seq, epoch, sentence, contracts } = plan;
  const signed: Signed = { lane, seq, epoch, digest: planDigest(plan), multisig: contracts.OwnerMultisig, sentence };
  const before = existsSync(file) ? readText(file) : "";
  writeText(file, `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${JSON.stringify(signed)}\n`);
}

function read(line: string, place: string): Signed {
  try {
    return form.parse(JSON.parse(line));
  } catch (cause) {
    throw new FabricError("OWNER_FILE_ALTERED", { file: place, problem: "it is no note of a signature" }, { cause });
  }
}

function fileOf(trustFile: string): string {
  return join(dirname(trustFile), "signed.ndjson");
}
