import { AbiCoder, Interface, id, keccak256 } from "ethers";
import { checkByOwners, checkNoConstitution, descriptionOf, type Exportable, type Payload } from "./exportable.ts";

const governor = new Interface([
  "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)",
  "function queue(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)",
  "function execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) payable returns (uint256)",
]);

/** A change as a proposal of OpenZeppelin's Governor. */
export type GovernorDocument = {
  readonly format: "planetary-fabric/governor/v1";
  readonly chainId: number;
  /** What `propose` takes, in its order. */
  readonly targets: readonly string[];
  readonly values: readonly "0"[];
  readonly calldatas: readonly string[];
  readonly description: string;
  /** keccak-256 of the description. */
  readonly descriptionHash: string;
  /** What the proposal will be called: `hashProposal`, in decimal. */
  readonly proposalId: string;
  readonly propose: Payload;
  /** Only where the governor has a timelock. */
  readonly queue: Payload;
  readonly execute: Payload;
};

/** @throws EXPORT_UNFIT */
export function governorOf(source: Exportable): GovernorDocument {
  checkNoConstitution(source, "governor");
  checkByOwners(source, "governor", "a guardian acts alone and at once, and no governor is one");
  const { planned, office, account } = source;
  const targets = planned.calls.map(({ to }) => to);
  const values = planned.calls.map(() => "0" as const);
  const calldatas = planned.calls.map(({ data }) => data);
  const description = descriptionOf(source);
  const descriptionHash = id(description);
  const hashed = [targets, values, calldatas, descriptionHash];
  const types = ["address[]", "uint256[]", "bytes[]", "bytes32"];
  const payload = (data: string): Payload => ({ to: account, value: "0", data });
  return {
    format: "planetary-fabric/governor/v1",
    chainId: office.chainId,
    ...{ targets, values, calldatas, description, descriptionHash },
    proposalId: BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(types, hashed))).toString(),
    propose: payload(governor.encodeFunctionData("propose", [targets, values, calldatas, description])),
    queue: payload(governor.encodeFunctionData("queue", hashed)),
    execute: payload(governor.encodeFunctionData("execute", hashed)),
  };
}
