import { Command } from "commander";
import { checkPassword, makeAccountFile, passwordLengthMin, refuseTaken } from "../../governance/index.ts";
import { newSecretOf } from "../secret.ts";

/** `fabric owner keygen`: an account's key, in a file that is worth nothing without its password. */
export function ownerKeygenCommand(): Command {
  return new Command("keygen")
    .description("make the key of an owner, guardian, operator, payer or anchorer, in a new encrypted file")
    .argument("<file>", "where it is written (Web3 Secret Storage); nothing is ever written over")
    .option("--json", "print one JSON document")
    .action(async (file: string, { json }: { readonly json?: true }) => {
      refuseTaken(file);
      const question = `Password for ${file}, at least ${passwordLengthMin} characters: `;
      const address = await makeAccountFile(file, await newSecretOf(question, checkPassword));
      console.log(json ? JSON.stringify({ file, address }) : address);
      console.error(
        `The key is in ${file}, and this is its account's address. Keep a copy of the file in another place, and the ` +
          `password in a third: nobody can make either of them again.\nNext: give the address to whoever asks for it; ` +
          `where a command takes your key, name ${file}`,
      );
    });
}
