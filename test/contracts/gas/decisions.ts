import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { TransactionResponse, Wallet } from "ethers";
import type { Call } from "../OwnerMultisigSigning.ts";
import { type GasUse, gasOf } from "./use.ts";

/** Owners who decide by signature; whoever relays it, here the chain's first signer, needs no right of its own. */
export type Deciders = {
  readonly name: string;
  /** One transaction that carries out what the threshold has signed. */
  readonly execute: (calls: readonly Call[]) => Promise<TransactionResponse>;
};

/** Owners whose decisions wait, for an hour. */
export type DelayedDeciders = {
  readonly name: string;
  /** What its two transactions are called. */
  readonly steps: readonly [announce: string, run: string];
  readonly announce: (calls: readonly Call[]) => Promise<TransactionResponse>;
  readonly run: (calls: readonly Call[]) => Promise<TransactionResponse>;
};

/** Seconds that the decisions of {@link DelayedDeciders} wait. */
export const delay = 3600;

/** How many of the owners have to sign, and who they are. */
export type Owners = { readonly threshold: number; readonly owners: readonly Wallet[] };

export const nameOfOwners = ({ threshold, owners }: Owners): string => `${threshold}-of-${owners.length}`;

/** A call that sets the one slot of a target that all deciders share. */
export async function deployTarget(ethers: HardhatEthers): Promise<(value: number) => Call> {
  const probe = await ethers.deployContract("Probe");
  const to = await probe.getAddress();
  return (value) => ({ to, data: probe.interface.encodeFunctionData("set", [value]) });
}

type SetValue = Awaited<ReturnType<typeof deployTarget>>;

/** One call and a batch of three, second use: nonce and target were set before. */
export async function decisionUses(deciders: Deciders, set: SetValue, owners: string): Promise<GasUse[]> {
  const { name: by, execute } = deciders;
  await (await execute([set(4000)])).wait();
  return [
    { by, use: `one call, ${owners}`, gas: await gasOf(execute([set(8000)])) },
    { by, use: `batch of 3, ${owners}`, gas: await gasOf(execute([set(1000), set(2000), set(3000)])) },
  ];
}

/** One call that waits, second use, and both of its transactions together. */
export async function delayedUses(
  ethers: HardhatEthers,
  { name: by, steps, announce, run }: DelayedDeciders,
  set: SetValue,
  owners: string,
): Promise<GasUse[]> {
  const both = async (calls: readonly Call[]) => {
    const announced = await gasOf(announce(calls));
    await ethers.provider.send("evm_increaseTime", [delay]);
    return [announced, await gasOf(run(calls))] as const;
  };
  await both([set(4000)]);
  const [announced, ran] = await both([set(8000)]);
  return [
    { by, use: `${steps[0]}, ${owners}`, gas: announced },
    { by, use: `${steps[1]}, ${owners}`, gas: ran },
    { by, use: `announce and run, ${owners}`, gas: announced + ran },
  ];
}
