import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { AbiCoder, type BaseContract, ContractFactory, type InterfaceAbi, keccak256, TypedDataEncoder } from "ethers";
import { z } from "zod";
import { compilerSettings } from "../../../hardhat.config.ts";
import type { Deciders, Owners } from "../../../test/contracts/gas/decisions.ts";

const types = {
  Batch: [
    { name: "calls", type: "Call[]" },
    { name: "nonce", type: "uint256" },
  ],
  Call: [
    { name: "to", type: "address" },
    { name: "data", type: "bytes" },
  ],
};

/** The least account around OpenZeppelin's `MultiSignerERC7913`. */
export async function multiSigner(ethers: HardhatEthers, { owners, threshold }: Owners): Promise<Deciders> {
  const addresses = owners.map(({ address }) => address);
  const account = await deploy(ethers, "MultiSignerAccount", [addresses, threshold]);
  return deciders("MultiSignerERC7913", account, { owners, threshold });
}

/** The least account around OpenZeppelin's `MultiSignerERC7913Weighted`, whose owners weigh 1 each. */
export async function weightedMultiSigner(ethers: HardhatEthers, { owners, threshold }: Owners): Promise<Deciders> {
  const addresses = owners.map(({ address }) => address);
  const weights = owners.map(() => 1);
  const account = await deploy(ethers, "WeightedMultiSignerAccount", [addresses, weights, threshold]);
  return deciders("MultiSignerERC7913Weighted", account, { owners, threshold });
}

/** The first owners sign, in the order of their hashes: that costs the account least. */
async function deciders(name: string, account: BaseContract, { owners, threshold }: Owners): Promise<Deciders> {
  const verifyingContract = await account.getAddress();
  const domain = { name: "Relayed Account", version: "1", chainId: 31337, verifyingContract };
  const signers = owners.slice(0, threshold).toSorted((a, b) => (keccak256(a.address) < keccak256(b.address) ? -1 : 1));
  let nonce = 0;
  return {
    name,
    execute: (calls) => {
      const digest = TypedDataEncoder.hash(domain, types, { calls, nonce: nonce++ });
      const signatures = signers.map((owner) => owner.signingKey.sign(digest).serialized);
      const addresses = signers.map(({ address }) => address);
      const signature = AbiCoder.defaultAbiCoder().encode(["bytes[]", "bytes[]"], [addresses, signatures]);
      return account.getFunction("execute")(calls, signature);
    },
  };
}

async function deploy(ethers: HardhatEthers, name: string, args: unknown[]): Promise<BaseContract> {
  accounts ??= compileAccounts();
  const { abi, evm } = accounts[name];
  const [deployer] = await ethers.getSigners();
  return new ContractFactory(abi, evm.bytecode.object, deployer).deploy(...args);
}

const outputForm = z.object({
  contracts: z.object({
    accounts: z.record(
      z.string(),
      z.object({ abi: z.custom<InterfaceAbi>(), evm: z.object({ bytecode: z.object({ object: z.string() }) }) }),
    ),
  }),
});
let accounts: z.output<typeof outputForm>["contracts"]["accounts"] | undefined;

/** By the compiler and with the settings of our own contracts. It takes some seconds, which only this benchmark needs. */
function compileAccounts() {
  const require = createRequire(import.meta.url);
  const compiler: { compile(input: string, imports: object): string } = require("solc");
  const content = readFileSync(new URL("OpenZeppelinAccounts.sol", import.meta.url), "utf8");
  const input = {
    language: "Solidity",
    sources: { accounts: { content } },
    settings: { ...compilerSettings, outputSelection: { accounts: { "*": ["abi", "evm.bytecode.object"] } } },
  };
  const imports = (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") });
  return outputForm.parse(JSON.parse(compiler.compile(JSON.stringify(input), { import: imports }))).contracts.accounts;
}
