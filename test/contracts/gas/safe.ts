import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { Contract, concat, dataLength, type TransactionResponse, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import type { Call } from "../OwnerMultisigSigning.ts";
import {
  deployArtifact,
  deploySafe,
  deploySafeContract,
  type SafeVersion,
  signSafeTransaction,
} from "../SafeContracts.ts";
import { type Deciders, type DelayedDeciders, delay, type Owners } from "./decisions.ts";

/** A Safe; several calls go through its own `MultiSendCallOnly`. */
export async function safe(
  ethers: HardhatEthers,
  { owners, threshold }: Owners,
  version: SafeVersion,
): Promise<Deciders & { readonly address: string }> {
  const address = await deploySafe(ethers, owners, threshold, version);
  const { interface: abi } = await deploySafeContract(ethers, version, "Safe.sol/Safe.json");
  const multiSend = await deploySafeContract(ethers, version, "libraries/MultiSendCallOnly.sol/MultiSendCallOnly.json");
  const multiSendAddress = await multiSend.getAddress();
  const [relayer] = await ethers.getSigners();
  const execTransaction = new Contract(address, abi, relayer).getFunction("execTransaction");
  let nonce = 0;
  const execute = ([first, ...others]: readonly Call[]): Promise<TransactionResponse> => {
    if (first === undefined) throw new RangeError("A Safe has to call something.");
    const data = concat([first, ...others].map(packed));
    const call =
      others.length === 0
        ? { ...first, delegated: false }
        : { to: multiSendAddress, data: multiSend.interface.encodeFunctionData("multiSend", [data]), delegated: true };
    return execTransaction(...signSafeTransaction(address, owners.slice(0, threshold), { ...call, nonce: nonce++ }));
  };
  return { name: `Safe ${version}`, address, execute };
}

/** A Safe that schedules with OpenZeppelin's `TimelockController`, where anyone may execute what has waited. */
export async function safeWithTimelock(
  ethers: HardhatEthers,
  owners: Owners,
  version: SafeVersion,
): Promise<DelayedDeciders> {
  const { name, address, execute } = await safe(ethers, owners, version);
  const anyone = ZeroAddress;
  const artifact = "@openzeppelin/contracts/build/contracts/TimelockController.json";
  const timelock = await deployArtifact(ethers, artifact, [delay, [address], [anyone], ZeroAddress]);
  const to = await timelock.getAddress();
  return {
    name: `${name} + TimelockController`,
    steps: ["schedule", "execute"],
    announce: (calls) =>
      execute(
        calls.map((call) => ({
          to,
          data: timelock.interface.encodeFunctionData("schedule", [...operation(call), delay]),
        })),
      ),
    run: ([call]) => {
      if (call === undefined) throw new RangeError("There is nothing to execute.");
      return timelock.getFunction("execute")(...operation(call));
    },
  };
}

const operation = ({ to, data }: Call): unknown[] => [to, 0, data, ZeroHash, ZeroHash];

/** A call in the bytes that `multiSend` takes. */
function packed({ to, data }: Call): string {
  return concat(["0x00", to, toBeHex(0, 32), toBeHex(dataLength(data), 32), data]);
}
