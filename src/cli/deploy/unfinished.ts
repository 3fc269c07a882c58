import { existsSync, rmSync } from "node:fs";
import { z } from "zod";
import { JsonDocument } from "../../config/index.ts";
import { FabricError } from "../../errors.ts";
import type { Beginning, Chain, Founders } from "../../governance/index.ts";
import { writeText } from "../textFile.ts";

// What a deployment began with, kept beside its file until all of it is there.

const format = "planetary-fabric/unfinished-deployment/v1";
const form = z.strictObject({
  format: z.literal(format, JSON.stringify(format)),
  chainId: z.int(),
  genesisHash: z.string(),
  beginning: z.strictObject({ from: z.string(), nonce: z.int().min(0), block: z.int().min(0) }),
  /** What the constructors are told. */
  founders: z.unknown(),
});

/** Where it is kept. @param out the deployment's own file */
export function unfinishedFile(out: string): string {
  return `${out}.unfinished`;
}

type Terms = {
  readonly chain: Pick<Chain, "chainId" | "genesisHash">;
  readonly payer: string;
  readonly founders: Founders;
};

/**
 * Where an interrupted deployment began, if there is one.
 * @throws DEPLOYMENT_OTHER when it was for another chain, payer, constitution or ledger before; DOCUMENT_INVALID
 */
export function begunBefore(out: string, { chain, payer, founders }: Terms): Beginning | undefined {
  const file = unfinishedFile(out);
  if (!existsSync(file)) return undefined;
  const begun = JsonDocument.read(file).check(form);
  const other = (problem: string) => new FabricError("DEPLOYMENT_OTHER", { file, problem });
  if (begun.chainId !== chain.chainId || begun.genesisHash !== chain.genesisHash)
    throw other(`on chain ${begun.chainId}, which began with block ${begun.genesisHash}`);
  if (begun.beginning.from !== payer) throw other(`with ${begun.beginning.from} as its payer`);
  if (JSON.stringify(begun.founders) !== JSON.stringify(founders))
    throw other("with another constitution, other verifiers, or another ledger before it, or head of that");
  return begun.beginning;
}

/** Written before the first transaction. @throws FILE_UNWRITABLE */
export function noteBegun(out: string, { chain, founders }: Terms, beginning: Beginning): void {
  const { chainId, genesisHash } = chain;
  writeText(unfinishedFile(out), `${JSON.stringify({ format, chainId, genesisHash, beginning, founders }, null, 2)}\n`);
}

export function forgetBegun(out: string): void {
  rmSync(unfinishedFile(out), { force: true });
}
