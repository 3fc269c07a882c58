import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Contract, type ContractRunner, Interface, type InterfaceAbi } from "ethers";
import type { CheckpointLedger } from "../../types/CheckpointLedger.ts";
import type { NodeRegistry } from "../../types/NodeRegistry.ts";
import type { OwnerMultisig } from "../../types/OwnerMultisig.ts";
import type { ShardRegistry } from "../../types/ShardRegistry.ts";
import type { SubmitterRegistry } from "../../types/SubmitterRegistry.ts";
import type { SystemPause } from "../../types/SystemPause.ts";
import { FabricError } from "../errors.ts";

/** The contracts of one fabric, in the order of their deployment. */
export const contractNames = [
  "OwnerMultisig",
  "ShardRegistry",
  "NodeRegistry",
  "SubmitterRegistry",
  "CheckpointLedger",
  "SystemPause",
] as const;
export type ContractName = (typeof contractNames)[number];

export type Contracts = {
  readonly OwnerMultisig: OwnerMultisig;
  readonly ShardRegistry: ShardRegistry;
  readonly NodeRegistry: NodeRegistry;
  readonly SubmitterRegistry: SubmitterRegistry;
  readonly CheckpointLedger: CheckpointLedger;
  readonly SystemPause: SystemPause;
};

type Artifact = { readonly abi: InterfaceAbi; readonly bytecode: string };

const artifacts = new Map<ContractName, Artifact>();
const interfaces = new Map<ContractName, Interface>();

/** What the compiler made of a contract: its ABI and creation code. @throws CONTRACTS_NOT_COMPILED */
export function artifactOf(name: ContractName): Artifact {
  let artifact = artifacts.get(name);
  if (artifact === undefined) {
    const file = fileURLToPath(new URL(`../../artifacts/contracts/${name}.sol/${name}.json`, import.meta.url));
    try {
      artifact = JSON.parse(readFileSync(file, "utf8")) as Artifact;
    } catch (cause) {
      throw new FabricError("CONTRACTS_NOT_COMPILED", { file }, { cause });
    }
    artifacts.set(name, artifact);
  }
  return artifact;
}

/** Encodes and decodes what a contract takes and gives. */
export function interfaceOf<Name extends ContractName>(name: Name): Contracts[Name]["interface"] {
  let abi = interfaces.get(name);
  if (abi === undefined) {
    abi = new Interface(artifactOf(name).abi);
    interfaces.set(name, abi);
  }
  // TypeChain made the type from the same artifact in the same compilation.
  return abi as Contracts[Name]["interface"];
}

/** A contract to call at an address; `runner` is what it reads or writes through. */
export function contractAt<Name extends ContractName>(
  name: Name,
  address: string,
  runner: ContractRunner,
): Contracts[Name] {
  return new Contract(address, interfaceOf(name), runner) as unknown as Contracts[Name];
}
