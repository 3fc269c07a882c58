import { HDNodeWallet, Mnemonic, Wallet } from "ethers";
import { FabricError } from "../errors.ts";
import { type Constitution, constitutionOf } from "../governance/index.ts";

/** Everybody knows this phrase: what it signs is worth nothing outside practice. */
const phrase = "test test test test test test test test test test test junk";

/** The people of a practice fabric; node operators are the accounts from `operator` on. */
const accounts = {
  deployer: 0,
  owners: [1, 2, 3],
  ...{ guardian: 4, anchorer: 5, marketplace: 6, operator: 7 },
  successor: 100,
} as const;

/** How many of the three practice owners decide. */
export const practiceThreshold = 2;

export type PracticeKeys = {
  /** Deploys, and relays what the owners signed: it has no power of its own. */
  readonly deployer: Wallet;
  readonly owners: readonly Wallet[];
  /** The new key of an owner who lost the one before, to practise that with. */
  readonly successor: Wallet;
  readonly guardian: Wallet;
  readonly anchorer: Wallet;
  readonly marketplace: Wallet;
  /** @param node number of the node, from 1 */
  operatorOf(node: number): Wallet;
  readonly constitution: Constitution;
};

/**
 * Keys for practice.
 * @throws PRACTICE_ONLY on any chain but 31337
 */
export function practiceKeys(chainId: number): PracticeKeys {
  if (chainId !== 31337) throw new FabricError("PRACTICE_ONLY", { chainId });
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(phrase), "m/44'/60'/0'/0");
  const wallet = (index: number) => new Wallet(root.deriveChild(index).privateKey);
  const owners = accounts.owners.map(wallet);
  return {
    deployer: wallet(accounts.deployer),
    owners,
    successor: wallet(accounts.successor),
    guardian: wallet(accounts.guardian),
    anchorer: wallet(accounts.anchorer),
    marketplace: wallet(accounts.marketplace),
    operatorOf: (node) => wallet(accounts.operator + node - 1),
    constitution: constitutionOf(
      owners.map(({ address }) => ({ address, weight: 1 })),
      practiceThreshold,
    ),
  };
}
