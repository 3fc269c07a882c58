import { FabricError } from "../errors.ts";

/** A name as the contracts keep it: 1 to 32 visible ASCII characters, padded with zero bytes on the right. */
export function nameBytes(name: string): string {
  if (!/^[!-~]{1,32}$/.test(name))
    throw new FabricError("VALUE_INVALID", {
      what: `The name "${name}"`,
      problem: "a name on chain is 1 to 32 visible ASCII characters without spaces",
      right: "Shorten it, and use letters, digits and hyphens",
    });
  return `0x${Buffer.from(name.padEnd(32, "\0"), "ascii").toString("hex")}`;
}

/** The name that 32 bytes of a contract stand for. */
export function nameOf(bytes32: string): string {
  return Buffer.from(bytes32.slice(2), "hex").toString("ascii").replace(/\0+$/, "");
}
