import { AbiCoder, Contract, Interface, keccak256, ZeroHash } from "ethers";
import { z } from "zod";
import { FabricError } from "../../errors.ts";
import type { Chain } from "../../governance/index.ts";
import { memoOf } from "../batch.ts";
import { checkByOwners, checkNoConstitution, descriptionOf, type Exportable, type Payload } from "./exportable.ts";

const timelock = new Interface([
  "function scheduleBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt, uint256 delay)",
  "function executeBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt) payable",
  "function cancel(bytes32 id)",
  "function getMinDelay() view returns (uint256)",
]);

/** A change as an operation of OpenZeppelin's TimelockController. */
export type TimelockDocument = {
  readonly format: "planetary-fabric/timelock/v1";
  readonly chainId: number;
  readonly sentence: string;
  /** What `scheduleBatch` takes, in its order. */
  readonly targets: readonly string[];
  readonly values: readonly "0"[];
  readonly payloads: readonly string[];
  /** Zero: it waits for no other operation. */
  readonly predecessor: string;
  /** SHA-256 of the sentence and the time that it was planned for. */
  readonly salt: string;
  /** Seconds. */
  readonly delay: number;
  /** What the operation will be called: `hashOperationBatch`. */
  readonly operationId: string;
  readonly schedule: Payload;
  readonly execute: Payload;
  readonly cancel: Payload;
};

/** @param delay seconds, at least the timelock's own @throws EXPORT_UNFIT */
export function timelockOf(source: Exportable, delay: number): TimelockDocument {
  checkNoConstitution(source, "timelock");
  checkByOwners(source, "timelock", "a guardian acts alone and at once, and no timelock is one");
  const { planned, office, account } = source;
  const targets = planned.calls.map(({ to }) => to);
  const values = planned.calls.map(() => "0" as const);
  const payloads = planned.calls.map(({ data }) => data);
  const [predecessor, salt] = [ZeroHash, memoOf(descriptionOf(source))];
  const operation = [targets, values, payloads, predecessor, salt];
  const types = ["address[]", "uint256[]", "bytes[]", "bytes32", "bytes32"];
  const operationId = keccak256(AbiCoder.defaultAbiCoder().encode(types, operation));
  const payload = (data: string): Payload => ({ to: account, value: "0", data });
  return {
    format: "planetary-fabric/timelock/v1",
    ...{ chainId: office.chainId, sentence: planned.sentence },
    ...{ targets, values, payloads, predecessor, salt, delay, operationId },
    schedule: payload(timelock.encodeFunctionData("scheduleBatch", [...operation, delay])),
    execute: payload(timelock.encodeFunctionData("executeBatch", operation)),
    cancel: payload(timelock.encodeFunctionData("cancel", [operationId])),
  };
}

/** The shortest delay that a timelock takes, in seconds. @throws USAGE when there is no timelock at that address */
export async function readMinDelay(chain: Chain, address: string): Promise<number> {
  const { hash } = await chain.latest();
  const asked = new Contract(address, timelock, chain.at(hash));
  try {
    return Number(z.bigint().parse(await asked.getFunction("getMinDelay").staticCall()));
  } catch (cause) {
    if (cause instanceof FabricError && cause.code !== "CHAIN_REFUSED") throw cause;
    throw new FabricError("USAGE", { problem: `There is no timelock at ${address}.` }, { cause });
  }
}
