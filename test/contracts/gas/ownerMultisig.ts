import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { concat, id, TypedDataEncoder, Wallet } from "ethers";
import {
  type Candidate,
  constitutionOf,
  contract,
  deployVerifiers,
  eoa,
  point,
  signatures,
} from "../OwnerMultisigMembers.ts";
import { type Batch, batchTypes, type Call, domainOf, ownersOf } from "../OwnerMultisigSigning.ts";
import { P256Key } from "../P256Keys.ts";
import { deploySafe, signSafeMessage } from "../SafeContracts.ts";
import { type Deciders, type DelayedDeciders, delay, type Owners } from "./decisions.ts";
import { type GasUse, gasOf } from "./use.ts";

/** When the practice chain begins: as a constant it makes signatures and calldata the same in every run. */
const begin = 1_893_456_000;
const validity = { validAfter: begin, validUntil: begin + 14 * 86_400 };

type Setup = {
  readonly candidates: readonly Candidate[];
  readonly threshold: number;
  readonly verifiers?: readonly string[];
  /** In seconds. */
  readonly defaultDelay?: number;
};

/** The first candidates, as many as the threshold, sign. */
async function deployMultisig(
  ethers: HardhatEthers,
  { candidates, threshold, verifiers = [], defaultDelay = 0 }: Setup,
): Promise<Deciders & DelayedDeciders> {
  const constitution = { ...constitutionOf([...candidates], threshold), defaultDelay };
  const multisig = await ethers.deployContract("OwnerMultisig", [constitution, [...verifiers]]);
  const domain = await domainOf(multisig);
  let nonce = 0n;
  const batchOf = (calls: readonly Call[]): Batch => {
    return { calls: [...calls], nonce, ...validity, epoch: 1n, memo: id("a memo") };
  };
  const signed = (batch: Batch): string => {
    const digest = TypedDataEncoder.hash(domain, batchTypes, batch);
    return signatures(constitution, candidates.slice(0, threshold), digest);
  };
  return {
    name: "OwnerMultisig",
    steps: ["announce", "run"],
    execute: (calls) => {
      const batch = batchOf(calls);
      nonce++;
      return multisig.execute(batch, signed(batch));
    },
    announce: (calls) => {
      const batch = batchOf(calls);
      return multisig.announce(batch, signed(batch));
    },
    run: (calls) => {
      const batch = batchOf(calls);
      nonce++;
      return multisig.run(batch);
    },
  };
}

/** Owners who are accounts with a key each. */
export function ownerMultisig(ethers: HardhatEthers, { owners, threshold }: Owners): Promise<Deciders> {
  return deployMultisig(ethers, { candidates: owners.map(eoa), threshold });
}

/** The same, all of whose decisions wait. */
export function delayedOwnerMultisig(ethers: HardhatEthers, { owners, threshold }: Owners): Promise<DelayedDeciders> {
  return deployMultisig(ethers, { candidates: owners.map(eoa), threshold, defaultDelay: delay });
}

/** One call that two owners sign, of whom one is an account with a key and the other one of each kind there is. */
export async function memberUses(ethers: HardhatEthers, set: (value: number) => Call): Promise<GasUse[]> {
  const [first = new Wallet(id("")), second = first, ...holders] = ownersOf(5);
  const verifiers = await deployVerifiers(ethers);
  const [chip, passkey] = [new P256Key("a chip"), new P256Key("a passkey")];
  const account = await (await ethers.deployContract("SignerAccount", [second.address])).getAddress();
  const safe = await deploySafe(ethers, holders, 2);
  const kinds: Readonly<Record<string, Candidate>> = {
    "an account": eoa(second),
    "an account with an EIP-7702 delegation": eoa(await delegated(ethers, account)),
    "a contract (ERC-1271) that checks one key": contract(
      account,
      (digest) => second.signingKey.sign(digest).serialized,
    ),
    "a Safe 1.5.0 (ERC-1271), 2-of-3": contract(safe, (digest) => signSafeMessage(safe, holders.slice(0, 2), digest)),
    "a P-256 key": point(verifiers.p256, chip, (digest) => chip.sign(digest)),
    "a WebAuthn passkey": point(verifiers.webAuthn, passkey, (digest) => passkey.assertion(digest)),
  };
  const uses: GasUse[] = [];
  for (const [kind, candidate] of Object.entries(kinds)) {
    const setup = { candidates: [eoa(first), candidate], threshold: 2, verifiers: Object.values(verifiers) };
    const { name: by, execute } = await deployMultisig(ethers, setup);
    await (await execute([set(4000)])).wait();
    uses.push({ by, use: `one call, an account and ${kind}`, gas: await gasOf(execute([set(8000)])) });
  }
  return uses;
}

/** A wallet that has a contract's code by its delegation. */
async function delegated(ethers: HardhatEthers, address: string): Promise<Wallet> {
  const wallet = new Wallet(id("delegated"));
  const [sponsor] = await ethers.getSigners();
  await (await sponsor.sendTransaction({ to: wallet.address, value: 10n ** 18n })).wait();
  const connected = wallet.connect(ethers.provider);
  const authorization = await connected.authorize({ address, nonce: 1, chainId: 31337 });
  const sent = await connected.sendTransaction({ type: 4, to: sponsor.address, authorizationList: [authorization] });
  await sent.wait();
  const code = await ethers.provider.getCode(wallet.address);
  if (code !== concat(["0xef0100", address]).toLowerCase()) throw new Error("The delegation was not taken.");
  return wallet;
}
