import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Contract, type ContractRunner, Interface, type InterfaceAbi, type Result } from "ethers";
import type {
  CheckpointLedger,
  NodeRegistry,
  OwnerMultisig,
  ShardRegistry,
  SubmitterRegistry,
  SystemPause,
} from "../../types/index.ts";
import { FabricError } from "../errors.ts";
import { malformed } from "./answers.ts";
import type { ContractName } from "./contractNames.ts";

export { type ContractName, contractNames } from "./contractNames.ts";

export type Contracts = {
  readonly OwnerMultisig: OwnerMultisig;
  readonly ShardRegistry: ShardRegistry;
  readonly NodeRegistry: NodeRegistry;
  readonly SubmitterRegistry: SubmitterRegistry;
  readonly CheckpointLedger: CheckpointLedger;
  readonly SystemPause: SystemPause;
};

type Artifact = {
  readonly abi: InterfaceAbi;
  /** Creation code, hex. */
  readonly bytecode: string;
  /** The code that it leaves, hex, with zeros for what the constructor fills in. */
  readonly deployedBytecode: string;
  /** Where the constructor fills something in, in bytes. */
  readonly immutableReferences: Readonly<
    Record<string, readonly { readonly start: number; readonly length: number }[]>
  >;
};

/** OpenZeppelin's ERC-7913 verifiers, as they are: of P-256 keys in files, and of passkeys. */
export const verifierNames = ["ERC7913P256Verifier", "ERC7913WebAuthnVerifier"] as const;
export type VerifierName = (typeof verifierNames)[number];

const artifacts = new Map<ContractName | VerifierName, Artifact>();
const interfaces = new Map<ContractName, Interface>();

/** What the compiler made of a contract. @throws CONTRACTS_NOT_COMPILED */
export function artifactOf(name: ContractName | VerifierName): Artifact {
  let artifact = artifacts.get(name);
  if (artifact === undefined) {
    const file = fileURLToPath(new URL(`../../artifacts/${folderOf(name)}/${name}.sol/${name}.json`, import.meta.url));
    try {
      artifact = JSON.parse(readFileSync(file, "utf8")) as Artifact;
    } catch (cause) {
      throw new FabricError("CONTRACTS_NOT_COMPILED", { file }, { cause });
    }
    artifacts.set(name, artifact);
  }
  return artifact;
}

function folderOf(name: ContractName | VerifierName): string {
  const isVerifier = verifierNames.some((verifier) => verifier === name);
  return isVerifier ? "@openzeppelin/contracts/utils/cryptography/verifiers" : "contracts";
}

/** Whether code on a chain is what the compiler made of a contract, whatever its constructor filled in. */
export function isCodeOf(name: ContractName | VerifierName, code: string): boolean {
  const { deployedBytecode, immutableReferences } = artifactOf(name);
  if (code.length !== deployedBytecode.length) return false;
  const plain = Buffer.from(code.slice(2), "hex");
  for (const { start, length } of Object.values(immutableReferences).flat()) plain.fill(0, start, start + length);
  return `0x${plain.toString("hex")}` === deployedBytecode.toLowerCase();
}

/** Encodes and decodes what a contract takes and gives. */
export function interfaceOf<Name extends ContractName>(name: Name): Contracts[Name]["interface"] {
  let abi = interfaces.get(name);
  if (abi === undefined) {
    abi = new AnswerInterface(artifactOf(name).abi);
    interfaces.set(name, abi);
  }
  // TypeChain made the type from the same artifact in the same compilation.
  return abi as Contracts[Name]["interface"];
}

/** What a chain answers may be anything. Its decoding @throws CHAIN_ANSWER_MALFORMED. */
class AnswerInterface extends Interface {
  override decodeFunctionResult(...[fragment, data]: Parameters<Interface["decodeFunctionResult"]>) {
    return decoded("eth_call", () => super.decodeFunctionResult(fragment, data));
  }

  override decodeEventLog(...[fragment, data, topics]: Parameters<Interface["decodeEventLog"]>) {
    return decoded("eth_getLogs", () => super.decodeEventLog(fragment, data, topics));
  }
}

function decoded(method: string, decode: () => Result): Result {
  try {
    const result = decode();
    // Where a text or a list is wrong, it is only told when that is looked at.
    result.toArray(true);
    return result;
  } catch (cause) {
    throw malformed(method, "it cannot be decoded as what the contract gives", cause);
  }
}

/** A contract to call at an address; `runner` is what it reads or writes through. */
export function contractAt<Name extends ContractName>(
  name: Name,
  address: string,
  runner: ContractRunner,
): Contracts[Name] {
  return new Contract(address, interfaceOf(name), runner) as unknown as Contracts[Name];
}
