import { getBytes } from "ethers";
import type { Chain } from "./chain.ts";
import { contractAt } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";

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
export async function readStanding(chain: Chain, deployment: Deployment, blockHash: string): Promise<Standing> {
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
