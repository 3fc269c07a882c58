import { encodeRlp, keccak256, toBeArray } from "ethers";
import { z } from "zod";
import type { Refuse } from "./refuse.ts";
import { readFixed, readList, readNumber } from "./rlp.ts";
import { bytes, quantity } from "./rpc.ts";

/** What the evidence rests on in a block's header. Hashes and roots are 32 bytes, the bloom 256, in lower-case hex. */
export type Header = {
  readonly hash: string;
  readonly parentHash: string;
  readonly stateRoot: string;
  readonly transactionsRoot: string;
  readonly receiptsRoot: string;
  readonly logsBloom: string;
  readonly number: number;
  /** Unix seconds. */
  readonly time: number;
};

/** `rlp`: the header as it is hashed. */
export function readHeader(rlp: string, refuse: Refuse): Header {
  const fields = readList(rlp, refuse);
  return {
    hash: keccak256(rlp),
    parentHash: readFixed(fields[0], 32, "parentHash", refuse),
    stateRoot: readFixed(fields[3], 32, "stateRoot", refuse),
    transactionsRoot: readFixed(fields[4], 32, "transactionsRoot", refuse),
    receiptsRoot: readFixed(fields[5], 32, "receiptsRoot", refuse),
    logsBloom: readFixed(fields[6], 256, "logsBloom", refuse),
    number: readNumber(fields[8], "number", refuse),
    time: readNumber(fields[11], "timestamp", refuse),
  };
}

/** A block as `eth_getBlockByNumber` gives it: the header's fields. Those of later forks are absent before them. */
export const headerAnswer = z.object({
  hash: bytes,
  parentHash: bytes,
  sha3Uncles: bytes,
  miner: bytes,
  stateRoot: bytes,
  transactionsRoot: bytes,
  receiptsRoot: bytes,
  logsBloom: bytes,
  difficulty: quantity,
  number: quantity,
  gasLimit: quantity,
  gasUsed: quantity,
  timestamp: quantity,
  extraData: bytes,
  mixHash: bytes,
  nonce: bytes,
  baseFeePerGas: quantity.optional(),
  withdrawalsRoot: bytes.optional(),
  blobGasUsed: quantity.optional(),
  excessBlobGas: quantity.optional(),
  parentBeaconBlockRoot: bytes.optional(),
  requestsHash: bytes.optional(),
  blockAccessListHash: bytes.optional(),
  slotNumber: quantity.optional(),
});

/**
 * The header's RLP, in lower-case hex: the fields of London (EIP-1559), Shanghai (4895), Cancun (4844, 4788), Prague
 * (7685) and Amsterdam (7928, 7843) follow the first fifteen as far as the block has them. Whether these are all the
 * fields that the chain hashes shows in the hash.
 */
export function encodeHeader(block: z.infer<typeof headerAnswer>): string {
  const later = [
    number(block.baseFeePerGas),
    block.withdrawalsRoot,
    number(block.blobGasUsed),
    number(block.excessBlobGas),
    block.parentBeaconBlockRoot,
    block.requestsHash,
    block.blockAccessListHash,
    number(block.slotNumber),
  ];
  return encodeRlp([
    block.parentHash,
    block.sha3Uncles,
    block.miner,
    block.stateRoot,
    block.transactionsRoot,
    block.receiptsRoot,
    block.logsBloom,
    toBeArray(block.difficulty),
    toBeArray(block.number),
    toBeArray(block.gasLimit),
    toBeArray(block.gasUsed),
    toBeArray(block.timestamp),
    block.extraData,
    block.mixHash,
    block.nonce,
    ...later.filter((field) => field !== undefined),
  ]);
}

function number(value: string | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : toBeArray(value);
}
