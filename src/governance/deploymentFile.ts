import { writeFileSync } from "node:fs";
import { getAddress } from "ethers";
import { z } from "zod";
import { readRegularFile } from "../config/index.ts";
import { FabricError } from "../errors.ts";
import { contractNames } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/, "32 bytes in lower-case hex, with 0x, are right");
const address = z.string().refine(isChecksummed, "an address with its checksum (EIP-55) is right");
const count = z.int().min(0);

/** More than any deployment takes. */
const bytesMax = 1024 * 1024;

/** `deployment.json`. */
export const deploymentForm = z.strictObject({
  $schema: z.string().optional(),
  format: z.literal("planetary-fabric/deployment/v1"),
  chainId: z.int().min(1),
  genesisHash: hash,
  blocks: z.strictObject({ first: count, last: count }),
  contracts: z.record(z.enum(contractNames), z.strictObject({ address, codeHash: hash })),
});

/** @throws FILE_UNREADABLE, DOCUMENT_INVALID with every place that is wrong */
export function readDeployment(file: string): Deployment {
  return parseDeployment(readRegularFile(file, bytesMax).toString(), file);
}

/** @param source what to call the text in an error */
export function parseDeployment(text: string, source: string): Deployment {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FabricError(
      "DOCUMENT_INVALID",
      { problems: `${source}: this is not JSON (${reasonOf(cause)})` },
      { cause },
    );
  }
  const parsed = deploymentForm.safeParse(value);
  if (parsed.success) {
    const { $schema: _, ...deployment } = parsed.data;
    return deployment;
  }
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${source}: ${path.join(".") || "(whole)"}: ${message}`,
  );
  throw new FabricError("DOCUMENT_INVALID", { problems: problems.join("\n") });
}

export function writeDeployment(file: string, deployment: Deployment): void {
  writeFileSync(file, `${JSON.stringify(deployment, null, 2)}\n`);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function isChecksummed(text: string): boolean {
  try {
    return getAddress(text) === text;
  } catch {
    return false;
  }
}
