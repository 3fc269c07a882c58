import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { FabricError } from "../errors.ts";

/**
 * A password from FABRIC_PASSWORD, or asked for on the terminal, where it is not shown.
 * @throws USAGE where there is neither
 */
export async function secretOf(question: string): Promise<string> {
  const { FABRIC_PASSWORD: given } = process.env;
  if (given !== undefined) return given;
  if (!process.stdin.isTTY)
    throw new FabricError("USAGE", {
      problem: "A password is needed: set FABRIC_PASSWORD, or run this on a terminal.",
    });
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  // From here on the terminal shows nothing of what is typed: whoever is quick is asked no sooner.
  const terminal = createInterface({ input: process.stdin, output: mute, terminal: true });
  try {
    process.stderr.write(question);
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

/**
 * A password that is new: from FABRIC_PASSWORD, or asked for twice on the terminal.
 * @param check throws for one that will not do; it is not asked for again then
 * @throws USAGE where there is neither, or the two differ
 */
export async function newSecretOf(question: string, check: (secret: string) => void): Promise<string> {
  const secret = await secretOf(question);
  check(secret);
  if (process.env.FABRIC_PASSWORD === undefined && (await secretOf("The same once more: ")) !== secret)
    throw new FabricError("USAGE", { problem: "The two passwords differ: nothing was written." });
  return secret;
}
