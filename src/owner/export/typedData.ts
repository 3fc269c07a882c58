import { type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";
import { z } from "zod";
import { batchTypes } from "../batch.ts";
import { ownersDomain } from "../office.ts";
import { checkByOwners, type Exportable } from "./exportable.ts";

const fieldForm = z.object({ name: z.string(), type: z.string() });
const typedDataForm = z.object({
  types: z.record(z.string(), z.array(fieldForm)),
  primaryType: z.string(),
  domain: z.object({
    name: z.string(),
    version: z.string(),
    // ethers writes it in hex, which not every wallet reads.
    chainId: z.coerce.number(),
    verifyingContract: z.string().exactOptional(),
  }),
  message: z.record(z.string(), z.unknown()),
});

/** What `eth_signTypedData_v4` takes (EIP-712). Numbers of the message are decimal text, addresses are in lower case. */
export type TypedData = Readonly<z.output<typeof typedDataForm>>;

/** The batch as the owners' wallets sign it; its digest is `digestOf` of the batch. @throws EXPORT_UNFIT */
export function typedDataOf(source: Exportable): TypedData {
  checkByOwners(source, "eip712", "a guardian decides it alone, and the owners sign nothing");
  return batchTypedData(source);
}

/** A batch as the owners' wallets sign it. */
export function batchTypedData({ office, batch }: Pick<Exportable, "office" | "batch">): TypedData {
  return typedDataIn(ownersDomain(office), batchTypes, batch);
}

/** Anything as wallets sign it. */
export function typedDataIn(
  domain: TypedDataDomain,
  types: Record<string, TypedDataField[]>,
  value: Record<string, unknown>,
): TypedData {
  return typedDataForm.parse(TypedDataEncoder.getPayload(domain, types, value));
}
