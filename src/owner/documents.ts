import { getAddress, ZeroAddress } from "ethers";
import { z } from "zod";
import { keyKinds } from "../governance/index.ts";

// What others sign for the owners, as files: registrations of operators and acceptances of guardians.

/** A whole number within bounds. */
export function whole(description: string, minimum: number, maximum: number, unit: string) {
  const right = `a whole number from ${minimum} to ${maximum}${unit === "" ? "" : ` (${unit})`}`;
  return z.int(right).min(minimum, right).max(maximum, right).describe(description).meta({ unit });
}

/** A name that the contracts can keep. */
export function newName(description: string) {
  const right = "1 to 32 visible ASCII characters without spaces";
  return z
    .string(right)
    .regex(/^[!-~]{1,32}$/, right)
    .describe(description);
}

/** An address as it is shown everywhere. */
export function account(description: string) {
  const right = "0x and 40 hex digits, with the checksum of EIP-55";
  return z.string(right).refine(isChecksummed, right).describe(description);
}

/** An address, or nobody's. */
export function accountOrNone(description: string) {
  const right = '0x and 40 hex digits, with the checksum of EIP-55, or "none"';
  const holds = (text: string) => text === none || isChecksummed(text);
  return z.string(right).refine(holds, right).describe(`${description}; "none" for nobody`);
}

/** What stands for nobody. */
export const none = "none";

/** An address as it is shown and typed; `none` for nobody's. */
export function addressName(address: string): string {
  return address === ZeroAddress ? none : address;
}

/** @param length in bytes; any where it is not told */
export function hex(description: string, length?: number) {
  const digits = length === undefined ? "([0-9a-f]{2})*" : `[0-9a-f]{${2 * length}}`;
  const right =
    length === undefined ? "0x and pairs of lower-case hex digits" : `0x and ${2 * length} lower-case hex digits`;
  return z
    .string(right)
    .regex(new RegExp(`^0x${digits}$`), right)
    .describe(description);
}

export const keyKind = z
  .enum(keyKinds, `one of ${keyKinds.join(", ")}`)
  .describe(`Kind of its key: ${keyKinds.join(", ")}`);
export const publicKey = hex("Its public key: 32 bytes for ed25519, 33 in compressed form for the others");
export const seconds = (description: string) => whole(description, 0, 2 ** 48 - 1, "Unix seconds");
const chainId = whole("Id of the chain", 1, Number.MAX_SAFE_INTEGER, "");

/** A node as its operator registers it, signed. */
export const registrationForm = z
  .strictObject({
    format: z.literal("planetary-fabric/registration/v1", '"planetary-fabric/registration/v1"'),
    chainId,
    registry: account("Address of NodeRegistry"),
    node: newName("Name of the node"),
    operator: account("Who answers for it"),
    shard: z.string().describe("Name of its shard"),
    capacity: whole("What its share of free capacity is measured against", 1, 1_000_000, "units"),
    maxConcurrency: whole("Most jobs it runs at once", 1, 1_000_000, "jobs"),
    heartbeatSeconds: whole("From one heartbeat to the next", 1, 65_535, "seconds"),
    skills: z.array(z.string()).max(64, "at most 64 names").readonly().describe("Names of its skills"),
    keyKind,
    key: publicKey,
    nonce: whole("The operator's next number in NodeRegistry", 0, Number.MAX_SAFE_INTEGER, ""),
    deadline: seconds("Until when it may be admitted"),
    signature: hex("The operator's signature"),
  })
  .readonly()
  .describe("File with a registration that the operator signed");
export type Registration = z.output<typeof registrationForm>;

/** A guardian accepts its office. */
export const guardianAcceptanceForm = z
  .strictObject({
    format: z.literal("planetary-fabric/guardian-acceptance/v1", '"planetary-fabric/guardian-acceptance/v1"'),
    chainId,
    pause: account("Address of SystemPause"),
    guardian: account("Who accepts"),
    deadline: seconds("Until when it may be appointed"),
    signature: hex("The guardian's signature"),
  })
  .readonly()
  .describe("File with the guardian's signed acceptance");
export type GuardianAcceptance = z.output<typeof guardianAcceptanceForm>;

function isChecksummed(text: string): boolean {
  try {
    return getAddress(text) === text;
  } catch {
    return false;
  }
}
