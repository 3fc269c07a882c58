import { getBytes, hexlify, toBeHex, toQuantity } from "ethers";
import { z } from "zod";
import type { Chain } from "./chain.ts";
import { contractAt, interfaceOf } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import type { Head } from "./head.ts";

/** The ledger as it stands at one block. */
export type Standing = {
  /** Checksummed; the zero address when nobody is appointed. */
  readonly anchorer: string;
  readonly epoch: number;
  readonly seq: number;
  readonly size: number;
  /** 32 bytes in hex. */
  readonly head: string;
  /** The ed25519 key that signs leases in this epoch, 32 bytes; empty when nobody has claimed it. */
  readonly sessionKey: Uint8Array;
};

/** @throws CHAIN_UNREACHABLE, CHAIN_REFUSED */
export async function readStanding(
  chain: Pick<Chain, "at">,
  deployment: Deployment,
  blockHash: string,
): Promise<Standing> {
  const ledger = contractAt("CheckpointLedger", deployment.contracts.CheckpointLedger.address, chain.at(blockHash));
  const [anchorer, epoch, seq, size, , head, sessionKey] = await ledger.snapshot();
  return {
    anchorer,
    epoch: Number(epoch),
    seq: Number(seq),
    size: Number(size),
    head,
    sessionKey: getBytes(sessionKey),
  };
}

/** Whose leases nodes obey: the epoch, and the key that was claimed for it. */
export async function readSession(
  chain: Chain,
  deployment: Deployment,
  blockHash: string,
): Promise<Pick<Standing, "epoch" | "sessionKey">> {
  const { epoch, sessionKey } = await readStanding(chain, deployment, blockHash);
  return { epoch, sessionKey };
}

/**
 * The head with a number, as the ledger keeps it: one of its last 64, and not void.
 * @returns null when it keeps none of that number
 */
export async function readKeptHead(
  chain: Chain,
  deployment: Deployment,
  seq: number,
  blockHash: string,
): Promise<Head | null> {
  const { address } = deployment.contracts.CheckpointLedger;
  const abi = interfaceOf("CheckpointLedger");
  const filter = {
    address,
    topics: [abi.getEvent("Anchored").topicHash, null, toBeHex(seq, 32)],
    fromBlock: toQuantity(deployment.blocks.first),
    toBlock: "latest",
  };
  const ledger = contractAt("CheckpointLedger", address, chain.at(blockHash));
  // Those of a number that was taken back and written again come later.
  for (const { topics, data } of logsForm.parse(await chain.rpc("eth_getLogs", [filter])).reverse()) {
    const [epoch, , parent, , size, root, digest] = abi.decodeEventLog("Anchored", data, topics);
    const head = {
      ...{ epoch: Number(epoch), seq, parent: String(parent), size: Number(size) },
      ...{ root: getBytes(root), digest: getBytes(digest) },
    };
    if (await ledger.isKept({ ...head, root: hexlify(head.root), digest: hexlify(head.digest) })) return head;
  }
  return null;
}

const logsForm = z.array(z.object({ topics: z.array(z.string()), data: z.string() }));
