import { createHash } from "node:crypto";
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { getBytes, hexlify, id, ZeroAddress, ZeroHash } from "ethers";
import { anchorMany, deployLedgerInEpoch, leafOf, receiptOf } from "../CheckpointLedgerHeads.ts";
import { deployArtifact } from "../SafeContracts.ts";
import { type GasUse, gasOf } from "./use.ts";

/** Heads that the ledger keeps: so many anchors later no anchor fills an empty slot. */
const RING = 64;

/** One checkpoint in the ledger, and its hash alone with the Ethereum Attestation Service, in its two ways. */
export async function anchorUses(ethers: HardhatEthers): Promise<GasUse[]> {
  const use = "anchor a checkpoint";
  const { byAnchorer } = await deployLedgerInEpoch(ethers);
  await anchorMany(byAnchorer, RING);
  const { epoch, size, head } = await byAnchorer.snapshot();
  const anchor = await gasOf(byAnchorer.anchor(epoch, head, size + 40_000n, id("root"), id("digest")));

  const artifacts = "@ethereum-attestation-service/eas-contracts/artifacts/contracts";
  const schemas = await deployArtifact(ethers, `${artifacts}/SchemaRegistry.sol/SchemaRegistry.json`);
  const service = await deployArtifact(ethers, `${artifacts}/EAS.sol/EAS.json`, [await schemas.getAddress()]);
  const schemaArguments = ["bytes32 head", ZeroAddress, false];
  const schema: string = await schemas.getFunction("register").staticCall(...schemaArguments);
  await schemas.getFunction("register")(...schemaArguments);
  const attest = (data: string) => {
    const request = { recipient: ZeroAddress, expirationTime: 0, revocable: false, refUID: ZeroHash, data, value: 0 };
    return service.getFunction("attest")({ schema, data: request });
  };
  const timestamp = (digest: string) => service.getFunction("timestamp")(digest);
  await attest(id("an earlier digest"));
  await timestamp(id("an earlier digest"));
  return [
    { by: "CheckpointLedger", use, gas: anchor },
    { by: "EAS timestamp", use, gas: await gasOf(timestamp(id("digest"))) },
    { by: "EAS attest", use, gas: await gasOf(attest(id("digest"))) },
  ];
}

/** A receipt proved on the chain, in trees of 2^10, 2^16 and 2^20 receipts. */
export async function receiptUses(ethers: HardhatEthers): Promise<GasUse[]> {
  const uses: GasUse[] = [];
  for (const depth of [10, 16, 20]) {
    const { ledger, byAnchorer, stranger } = await deployLedgerInEpoch(ethers);
    const { epoch, head: parent } = await ledger.snapshot();
    const receipt = receiptOf(1);
    const size = 2 ** depth;
    const index = Math.floor(size / 3);
    const proof = Array.from({ length: depth }, (_, level) => id(`sibling ${level}`));
    const root = rootOver(leafOf(await ledger.getAddress(), receipt), index, proof);
    const digest = id("digest");
    await byAnchorer.anchor(epoch, parent, size, root, digest);
    const asked = [receipt, index, { epoch, seq: 1, parent, size, root, digest }, proof] as const;
    if (!(await ledger.verifyReceipt(...asked))) throw new Error(`The receipt is not found at depth ${depth}.`);
    const data = ledger.interface.encodeFunctionData("verifyReceipt", [...asked]);
    const gas = await gasOf(stranger.sendTransaction({ to: await ledger.getAddress(), data }));
    uses.push({ by: "CheckpointLedger", use: `verifyReceipt, depth ${depth}`, gas });
  }
  return uses;
}

/** The root of a full tree (RFC 9162) that has the leaf at an index, beside the siblings of a proof, from the leaf up. */
function rootOver(leaf: string, index: number, proof: readonly string[]): string {
  let hash = sha256(0, leaf);
  for (const [level, sibling] of proof.entries())
    hash = (index >> level) % 2 === 0 ? sha256(1, hash, sibling) : sha256(1, sibling, hash);
  return hash;
}

function sha256(prefix: number, ...parts: readonly string[]): string {
  const hash = createHash("sha256").update(Uint8Array.of(prefix));
  for (const part of parts) hash.update(getBytes(part));
  return hexlify(hash.digest());
}
