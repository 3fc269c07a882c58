import { createRequire } from "node:module";
import {
  AbiCoder,
  Contract,
  ContractFactory,
  concat,
  type InterfaceAbi,
  type Signer,
  TypedDataEncoder,
  type Wallet,
  ZeroAddress,
} from "ethers";

/** Safe's contracts as they are deployed everywhere, compiled by those who wrote them. */
const packages = { "1.5.0": "@safe-global/safe-smart-account", "1.4.1": "@safe-global/safe-contracts" } as const;
export type SafeVersion = keyof typeof packages;

const artifactOf = createRequire(import.meta.url);

/** The first of them deploys. */
type Deployers = { getSigners(): Promise<Signer[]> };

/** Deploys a contract that an npm package has compiled. */
export async function deployArtifact(ethers: Deployers, path: string, args: unknown[] = []): Promise<Contract> {
  const { abi, bytecode }: { abi: InterfaceAbi; bytecode: string } = artifactOf(path);
  const [deployer] = await ethers.getSigners();
  const deployed = await new ContractFactory(abi, bytecode, deployer).deploy(...args);
  return new Contract(await deployed.waitForDeployment(), abi, deployer);
}

export function deploySafeContract(ethers: Deployers, version: SafeVersion, path: string): Promise<Contract> {
  return deployArtifact(ethers, `${packages[version]}/build/artifacts/contracts/${path}`);
}

/** The address of a Safe of the given owners, as its own factory makes it. */
export async function deploySafe(
  ethers: Deployers,
  owners: readonly Wallet[],
  threshold: number,
  version: SafeVersion = "1.5.0",
): Promise<string> {
  const singleton = await deploySafeContract(ethers, version, "Safe.sol/Safe.json");
  const factory = await deploySafeContract(ethers, version, "proxies/SafeProxyFactory.sol/SafeProxyFactory.json");
  const handlerPath = "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json";
  const handler = await deploySafeContract(ethers, version, handlerPath);
  const setup = singleton.interface.encodeFunctionData("setup", [
    owners.map(({ address }) => address),
    threshold,
    ZeroAddress,
    "0x",
    await handler.getAddress(),
    ZeroAddress,
    0,
    ZeroAddress,
  ]);
  const parameters = [await singleton.getAddress(), setup, 0];
  const address: string = await factory.getFunction("createProxyWithNonce").staticCall(...parameters);
  await (await factory.getFunction("createProxyWithNonce")(...parameters)).wait();
  return address;
}

/** What a Safe takes as its owners' signatures of a digest: they sign a `SafeMessage` in its own domain. */
export function signSafeMessage(safe: string, owners: readonly Wallet[], digest: string): string {
  const types = { SafeMessage: [{ name: "message", type: "bytes" }] };
  const message = { message: AbiCoder.defaultAbiCoder().encode(["bytes32"], [digest]) };
  return signForSafe(safe, owners, types, message);
}

const safeTx = Object.entries({
  ...{ to: "address", value: "uint256", data: "bytes", operation: "uint8" },
  ...{ safeTxGas: "uint256", baseGas: "uint256", gasPrice: "uint256", gasToken: "address", refundReceiver: "address" },
  nonce: "uint256",
}).map(([name, type]) => ({ name, type }));

/** The arguments of `execTransaction` for one call, or for one delegated call. */
export function signSafeTransaction(
  safe: string,
  owners: readonly Wallet[],
  { to, data, delegated, nonce }: { to: string; data: string; delegated: boolean; nonce: number },
): unknown[] {
  const fields = { to, value: 0, data, operation: delegated ? 1 : 0, safeTxGas: 0, baseGas: 0, gasPrice: 0 };
  const transaction = { ...fields, gasToken: ZeroAddress, refundReceiver: ZeroAddress };
  const signatures = signForSafe(safe, owners, { SafeTx: safeTx }, { ...transaction, nonce });
  return [...Object.values(transaction), signatures];
}

/** The owners' signatures, in the order of their addresses. */
function signForSafe(
  safe: string,
  owners: readonly Wallet[],
  types: Parameters<typeof TypedDataEncoder.hash>[1],
  message: Record<string, unknown>,
): string {
  const hash = TypedDataEncoder.hash({ chainId: 31337, verifyingContract: safe }, types, message);
  const sorted = owners.toSorted((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  return concat(sorted.map((owner) => owner.signingKey.sign(hash).serialized));
}
