import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { AbiCoder, id, keccak256, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import type { CheckpointLedger, ICheckpointLedger } from "../../types/index.ts";
import { deployFamily } from "./governedFamily.ts";
import { rootOf } from "./receiptTree.ts";

const abi = AbiCoder.defaultAbiCoder();

export type Head = ICheckpointLedger.HeadStruct;
export type Receipt = ICheckpointLedger.ReceiptStruct;

export const sessionKey = id("session");
const headTypes = ["uint16", "uint24", "bytes32", "uint32", "bytes32", "bytes32"];

/** The head as the documentation gives it. */
export async function hashOf(ledger: CheckpointLedger, head: Head): Promise<string> {
  return keccak256(
    abi.encode(
      ["bytes32", "uint256", "address", ...headTypes],
      [id("Planetary Fabric checkpoint head v1"), 31337, await ledger.getAddress(), ...Object.values(head)],
    ),
  );
}

/** The preimage of the head at seq 0. */
export function genesisOf(previous = ZeroAddress, parent = ZeroHash): Head {
  return { epoch: 0, seq: 0, parent, size: 0, root: rootOf([]), digest: toBeHex(previous, 32) };
}

/** A ledger without an anchorer. */
export async function deployLedger(ethers: HardhatEthers) {
  const family = await deployFamily(ethers);
  return { ...family, byAnchorer: family.ledger.connect(family.anchorer) };
}

/** A ledger whose anchorer claimed epoch 2 and has anchored nothing. */
export async function deployLedgerInEpoch(ethers: HardhatEthers) {
  const family = await deployLedger(ethers);
  await family.ledger.setAnchorer(ZeroAddress, family.anchorer.address);
  await family.byAnchorer.claim(sessionKey);
  return family;
}

/** Anchors `count` checkpoints, each `growth` receipts larger, and gives their preimages. */
export async function anchorMany(ledger: CheckpointLedger, count: number, growth = 1, tag = "digest"): Promise<Head[]> {
  const heads: Head[] = [];
  let { epoch, seq, size, head: parent } = await ledger.snapshot();
  for (let i = 0; i < count; i++) {
    seq += 1n;
    size += BigInt(growth);
    const head = { epoch, seq, parent, size, root: id(`root ${size}`), digest: id(`${tag} ${seq}`) };
    await ledger.anchor(epoch, parent, size, head.root, head.digest);
    heads.push(head);
    parent = await hashOf(ledger, head);
  }
  return heads;
}

export async function lastHead(ledger: CheckpointLedger): Promise<string> {
  return (await ledger.snapshot()).head;
}

export function at<T>(list: readonly T[], index: number): T {
  const item = list.at(index);
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

/** A receipt that differs from those of other numbers. */
export function receiptOf(number: number): Receipt {
  return {
    ...{ submitter: 1, number, outcome: 1 + (number % 4), reason: number % 3, shard: 1, node: 6, attempts: 2 },
    ...{ submittedTick: 10, endedTick: 2n ** 40n, value: 500, resultDigest: id(`result ${number}`) },
  };
}

const receiptTypes = "uint32,uint64,uint8,uint8,uint16,uint32,uint8,uint64,uint64,uint64,bytes32".split(",");
const receiptTypehash = id(
  "Receipt(uint256 chainId,address ledger,uint32 submitter,uint64 number,uint8 outcome,uint8 reason,uint16 shard," +
    "uint32 node,uint8 attempts,uint64 submittedTick,uint64 endedTick,uint64 value,bytes32 resultDigest)",
);

/** The leaf as the documentation gives it: fourteen words. */
export function leafOf(ledger: string, receipt: Receipt, chainId = 31337): string {
  const fields = Object.values(receipt);
  return abi.encode(["bytes32", "uint256", "address", ...receiptTypes], [receiptTypehash, chainId, ledger, ...fields]);
}
