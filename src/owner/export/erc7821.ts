import { AbiCoder, Interface } from "ethers";
import { checkNoConstitution, type Exportable, type Payload } from "./exportable.ts";

/** ERC-7821: one batch, all of it or nothing, without further data. */
const mode = `0x01${"00".repeat(31)}`;
const account = new Interface(["function execute(bytes32 mode, bytes executionData) payable"]);

/** A change as a batch of an account that can run one. */
export type Erc7821Document = {
  readonly format: "planetary-fabric/erc7821/v1";
  readonly chainId: number;
  readonly sentence: string;
  readonly mode: string;
  /** The ABI's `(address to, uint256 value, bytes data)[]`. */
  readonly executionData: string;
  /** `execute(mode, executionData)`, which the account sends to itself. */
  readonly execute: Payload;
};

/** @throws EXPORT_UNFIT */
export function erc7821Of(source: Exportable): Erc7821Document {
  checkNoConstitution(source, "erc7821");
  const { planned, office } = source;
  const calls = planned.calls.map(({ to, data }) => [to, 0, data]);
  const executionData = AbiCoder.defaultAbiCoder().encode(["tuple(address,uint256,bytes)[]"], [calls]);
  const data = account.encodeFunctionData("execute", [mode, executionData]);
  return {
    format: "planetary-fabric/erc7821/v1",
    ...{ chainId: office.chainId, sentence: planned.sentence, mode, executionData },
    execute: { to: source.account, value: "0", data },
  };
}
