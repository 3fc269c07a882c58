import { getAddress, keccak256 } from "ethers";
import { FabricError } from "../errors.ts";
import type { Chain } from "./chain.ts";
import { artifactOf, isCodeOf, type VerifierName, verifierNames } from "./contracts.ts";
import type { Mined, Sender } from "./sender.ts";

// The verifiers of P-256 members. They have no owner and no state: anybody may deploy them, and everybody use them.

/** What a verifier is for, in words that follow its address. */
export const verifierUses: Readonly<Record<VerifierName, string>> = {
  ERC7913P256Verifier: "P-256 keys in files",
  ERC7913WebAuthnVerifier: "passkeys",
};

/** A verifier that was deployed. */
export type DeployedVerifier = {
  readonly name: VerifierName;
  /** With EIP-55 checksum. */
  readonly address: string;
  /** keccak-256 of the code there. */
  readonly codeHash: string;
  readonly transactionHash: string;
  readonly block: number;
};

/**
 * Deploys both verifiers, and looks whether what stands there is what was compiled.
 * @param onDeployed told of each as soon as it is there
 * @throws CONTRACT_DIFFERS; errors of `Sender.send`
 */
export async function deployVerifiers(
  sender: Sender,
  onDeployed: (verifier: DeployedVerifier) => void = () => {},
): Promise<DeployedVerifier[]> {
  const all: DeployedVerifier[] = [];
  for (const name of verifierNames) {
    const { bytecode: data } = artifactOf(name);
    const verifier = await deployed(sender.chain, name, await sender.send({ action: actionOf(name), to: null, data }));
    onDeployed(verifier);
    all.push(verifier);
  }
  return all;
}

/**
 * What deploying both takes now, as the chain estimates it.
 * @throws errors of `Chain.rpc`
 */
export async function verifierGas({ chain, address }: Sender): Promise<number> {
  const each = verifierNames.map((name) =>
    chain.rpc("eth_estimateGas", [{ from: address, data: artifactOf(name).bytecode }]),
  );
  return (await Promise.all(each)).reduce((sum: number, gas) => sum + Number(gas), 0);
}

function actionOf(name: VerifierName): string {
  return `The deployment of ${name}`;
}

async function deployed(chain: Chain, name: VerifierName, mined: Mined): Promise<DeployedVerifier> {
  const { created, hash: transactionHash, block } = mined;
  const address = getAddress(created ?? "");
  const code = await codeAt(chain, address);
  const codeHash = keccak256(code);
  const expected = keccak256(artifactOf(name).deployedBytecode);
  if (!isCodeOf(name, code))
    throw new FabricError("CONTRACT_DIFFERS", {
      ...{ contract: name, address, expected },
      found: code === "0x" ? "nothing" : `other code (${codeHash})`,
    });
  return { name, address, codeHash, transactionHash, block };
}

/** Which of OpenZeppelin's verifiers stands at an address, as this program compiles them; null for any other code. */
export async function verifierAt(chain: Chain, address: string): Promise<VerifierName | null> {
  const code = await codeAt(chain, address);
  return verifierNames.find((name) => isCodeOf(name, code)) ?? null;
}

async function codeAt(chain: Chain, address: string): Promise<string> {
  return String(await chain.rpc("eth_getCode", [address, "latest"]));
}
