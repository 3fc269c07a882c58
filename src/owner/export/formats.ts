import { calldataOf } from "./calldata.ts";
import { erc7821Of } from "./erc7821.ts";
import type { Exportable } from "./exportable.ts";
import { governorOf } from "./governor.ts";
import { safeBatchOf, writeSafeBatch } from "./safe.ts";
import { timelockOf } from "./timelock.ts";
import { typedDataOf } from "./typedData.ts";

/** What a change can be exported as, and what takes it. */
export const exportFormats = {
  safe: "Safe's Transaction Builder",
  calldata: "anything that sends transactions",
  eip712: "wallets of the owners, to sign the batch (eth_signTypedData_v4)",
  erc7821: "accounts that run batches (ERC-7821)",
  governor: "OpenZeppelin's Governor",
  timelock: "OpenZeppelin's TimelockController",
} as const;
export type ExportFormat = keyof typeof exportFormats;

/**
 * The text of the file.
 * @param timelockDelay seconds that a timelock is told to wait
 * @throws EXPORT_UNFIT when that tool could not carry the change out
 */
export function exportText(format: ExportFormat, source: Exportable, timelockDelay: number): string {
  switch (format) {
    case "safe":
      return writeSafeBatch(safeBatchOf(source));
    case "calldata":
      return written(calldataOf(source));
    case "eip712":
      return written(typedDataOf(source));
    case "erc7821":
      return written(erc7821Of(source));
    case "governor":
      return written(governorOf(source));
    case "timelock":
      return written(timelockOf(source, timelockDelay));
  }
}

function written(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
