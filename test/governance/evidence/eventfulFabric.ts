import { keccak256, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { type PracticeFabric, walletOf } from "./practiceFabric.ts";

export type Eventful = {
  /** A transaction that reverted, alone in its block. */
  readonly reverted: string;
  /** A block with transactions of all types, of which the middle one anchored. */
  readonly crowdedBlock: number;
};

/**
 * Gives a fabric something of everything that evidence is taken of: changes and orders of the owners, two in a
 * transaction and several in a block; anchors; a claim; a revert; transactions of strangers; blocks with nothing.
 */
export async function makeEventful(fabric: PracticeFabric): Promise<Eventful> {
  const stranger = { to: walletOf(9).address };
  await fabric.appoint();
  await fabric.decide([
    fabric.call("ShardRegistry", "setTickLength", [0, 1000]),
    fabric.call("ShardRegistry", "setMaxAttempts", [0, 3]),
  ]);
  await fabric.claim(keccak256("0x01"));
  await fabric.anchor(10);
  await fabric.chain.rpc("hardhat_mine", ["0x2", "0x3c"]);
  let reverted = "";
  await fabric.inOneBlock(async () => {
    reverted = await fabric.anchorOn(ZeroHash, 20, ZeroHash, ZeroHash);
  });
  await fabric.send(6, stranger);
  const authority = walletOf(8);
  const authorization = await authority.authorize({ address: ZeroAddress, nonce: 0, chainId: 31337n });
  await fabric.inOneBlock(async () => {
    await fabric.send(6, { ...stranger, type: 0 });
    await fabric.send(6, { ...stranger, type: 1, accessList: [[stranger.to, [toBeHex(1, 32)]]] });
    await fabric.anchor(20);
    await fabric.send(6, { ...stranger, type: 4, authorizationList: [authorization] });
  });
  const crowdedBlock = await fabric.height();
  await fabric.inOneBlock(async () => {
    await fabric.decide([fabric.call("ShardRegistry", "order", [1, "0x"])]);
    await fabric.decide([fabric.call("ShardRegistry", "order", [2, toBeHex(7, 32) + toBeHex(9, 32).slice(2)])]);
    await fabric.anchor(20);
  });
  return { reverted, crowdedBlock };
}
