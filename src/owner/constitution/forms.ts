import { z } from "zod";
import { account, hex, whole } from "../documents.ts";

// A constitution as files have it, with the acceptances of its members.

/** The most that `OwnerMultisig` takes. */
export const membersMax = 16;
export const rulesMax = 32;
export const delaySecondsMax = 30 * 86_400;

const u32 = 2 ** 32 - 1;
const chainId = whole("Id of the chain", 1, Number.MAX_SAFE_INTEGER, "");

/** Who decides for the owners, and how long their decisions wait. */
export const constitutionForm = z.strictObject({
  members: z
    .array(
      z.strictObject({
        kind: whole("1, an account; 2, a contract; 3, a P-256 key", 1, 3, ""),
        weight: whole("What a signature counts", 1, 65_535, ""),
        key: hex("An address; of a P-256 key its verifier's, then x and y"),
      }),
    )
    .min(1, `1 to ${membersMax} members`)
    .max(membersMax, `1 to ${membersMax} members`)
    .readonly(),
  threshold: whole("The sum of weights that decides", 1, u32, ""),
  defaultDelay: whole("How long a call waits that no rule names", 0, delaySecondsMax, "seconds"),
  rules: z
    .array(
      z.strictObject({
        target: account("The contract called"),
        selector: hex("The function called", 4),
        delay: whole("How long such a call waits", 0, delaySecondsMax, "seconds"),
      }),
    )
    .max(rulesMax, `at most ${rulesMax} rules`)
    .readonly(),
});

const acceptances = z
  .array(
    z.strictObject({
      index: whole("Of the member in this constitution, from 1", 1, membersMax, ""),
      payload: hex("Its signature, as OwnerMultisig takes it"),
    }),
  )
  .max(membersMax, `at most ${membersMax} acceptances`)
  .readonly();

/** A constitution that is to follow the one in force, and who of its members accepted it. */
export const proposalForm = z
  .strictObject({
    format: z.literal("planetary-fabric/constitution/v1", '"planetary-fabric/constitution/v1"'),
    chainId,
    multisig: account("Address of OwnerMultisig"),
    epoch: whole("The number that it is to have", 2, Number.MAX_SAFE_INTEGER, ""),
    constitution: constitutionForm,
    acceptances,
  })
  .readonly()
  .describe("File with the constitution and its members' acceptances");
export type Proposal = z.output<typeof proposalForm>;

/** The constitution that a fabric is to begin with, and who of its members accepted it: no contract is there yet. */
export const foundingForm = z
  .strictObject({
    format: z.literal("planetary-fabric/first-constitution/v1", '"planetary-fabric/first-constitution/v1"'),
    chainId,
    verifiers: z
      .array(account("Address of an ERC-7913 verifier"))
      .max(membersMax, `at most ${membersMax} verifiers`)
      .readonly()
      .describe("Those that P-256 members may ever name; part of what the members accept"),
    constitution: constitutionForm,
    acceptances,
  })
  .readonly()
  .describe("File with the constitution that a fabric begins with, and its members' acceptances");
export type Founding = z.output<typeof foundingForm>;

/** Either of them: what members accept. */
export const acceptableForm = z.discriminatedUnion("format", [proposalForm.unwrap(), foundingForm.unwrap()]);
export type Acceptable = Readonly<z.output<typeof acceptableForm>>;
