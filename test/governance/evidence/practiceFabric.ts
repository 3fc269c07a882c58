import {
  HDNodeWallet,
  hexlify,
  type Interface,
  keccak256,
  Signature,
  type TransactionRequest,
  toQuantity,
  Wallet,
} from "ethers";
import { Chain } from "../../../src/governance/chain.ts";
import { type ContractName, contractNames, interfaceOf } from "../../../src/governance/contracts.ts";
import { constitutionOf, deployFabric } from "../../../src/governance/deployment.ts";
import type { Addresses, EvidenceWanted, ProvenLedger } from "../../../src/governance/evidence/index.ts";
import { type Head, headOf } from "../../../src/governance/head.ts";
import { practiceFees, Sender } from "../../../src/governance/sender.ts";
import { startPracticeChain } from "../../../src/practice/chain.ts";

const junk = "test test test test test test test test test test test junk";
const accounts = HDNodeWallet.fromPhrase(junk, "", "m/44'/60'/0'/0");
export const walletOf = (account: number): Wallet => new Wallet(accounts.deriveChild(account).privateKey);

const relayer = 0;
const owners = [walletOf(1), walletOf(2), walletOf(3)];
const anchorer = 5;

type Call = { readonly to: string; readonly data: string };

/** A fabric's contracts on a chain of their own, and those who use them; nothing of it is a stand-in. */
export class PracticeFabric {
  readonly chain: Chain;
  readonly addresses: Addresses;
  readonly #close: () => Promise<void>;
  readonly #nonces = new Map<number, number>();
  readonly #batches = new Map<bigint, bigint>();
  #epoch = 0;
  #seq = 0;
  #head = "";

  private constructor(chain: Chain, addresses: Addresses, close: () => Promise<void>) {
    this.chain = chain;
    this.addresses = addresses;
    this.#close = close;
  }

  static async deploy(): Promise<PracticeFabric> {
    const { url, close } = await startPracticeChain();
    const chain = await Chain.open(url);
    const members = owners.map(({ address }) => ({ address, weight: 1 }));
    const sender = new Sender(chain, walletOf(relayer), { fees: practiceFees });
    const { contracts } = await deployFabric(sender, { constitution: constitutionOf(members, 2) });
    const addresses = Object.fromEntries(contractNames.map((name) => [name, contracts[name].address]));
    return new PracticeFabric(chain, addresses as Addresses, async () => {
      chain.close();
      await close();
    });
  }

  close(): Promise<void> {
    return this.#close();
  }

  async height(): Promise<number> {
    return (await this.chain.latest()).number;
  }

  /** From the first block to the newest, with the whole history of all contracts. */
  async wanted(fields: Partial<EvidenceWanted> = {}): Promise<EvidenceWanted> {
    const toBlock = await this.height();
    const { CheckpointLedger: ledger, ...others } = this.addresses;
    return { ledger, governed: Object.values(others), transactions: [], fromBlock: 1, toBlock, ...fields };
  }

  /** Sends without looking whether it succeeds; gives the hash. */
  async send(account: number, request: TransactionRequest): Promise<string> {
    const wallet = walletOf(account);
    const nonce = this.#nonces.get(account) ?? Number(await this.#nonceOf(wallet.address));
    this.#nonces.set(account, nonce + 1);
    const fees = (request.type ?? 2) >= 2 ? practiceFees : { gasPrice: practiceFees.maxFeePerGas };
    const raw = await wallet.signTransaction({
      type: 2,
      chainId: 31337,
      nonce,
      gasLimit: 500_000,
      ...fees,
      ...request,
    });
    await this.chain.rpc("eth_sendRawTransaction", [raw]);
    return keccak256(raw);
  }

  /** Has all that `send` puts forth end up in one block, in this order. */
  async inOneBlock(send: () => Promise<void>): Promise<void> {
    await this.chain.rpc("evm_setAutomine", [false]);
    await send();
    await this.chain.rpc("hardhat_mine", ["0x1"]);
    await this.chain.rpc("evm_setAutomine", [true]);
  }

  /** The owners decide, and anybody has it executed. */
  async decide(calls: readonly Call[], lane = 0n): Promise<string> {
    const multisig = this.addresses.OwnerMultisig;
    const { time } = await this.chain.latest();
    const seq = this.#batches.get(lane) ?? 0n;
    this.#batches.set(lane, seq + 1n);
    const batch = {
      calls: [...calls],
      nonce: (lane << 64n) | seq,
      validAfter: time,
      validUntil: time + 86_400,
      epoch: 1,
      memo: keccak256("0x"),
    };
    const domain = { name: "Planetary Fabric Owners", version: "1", chainId: 31337, verifyingContract: multisig };
    const sorted = owners.toSorted((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
    let signatures = "0x";
    for (const [index, owner] of sorted.slice(0, 2).entries()) {
      const { compactSerialized } = Signature.from(await owner.signTypedData(domain, batchTypes, batch));
      signatures += (index + 1).toString(16).padStart(2, "0") + compactSerialized.slice(2);
    }
    const data = interfaceOf("OwnerMultisig").encodeFunctionData("execute", [batch, signatures]);
    return this.send(relayer, { to: multisig, data });
  }

  call(name: ContractName, method: string, values: readonly unknown[]): Call {
    const abi: Interface = interfaceOf(name);
    return { to: this.addresses[name], data: abi.encodeFunctionData(method, values) };
  }

  async appoint(): Promise<string> {
    this.#epoch++;
    const none = "0x0000000000000000000000000000000000000000";
    return this.decide([this.call("CheckpointLedger", "setAnchorer", [none, walletOf(anchorer).address])]);
  }

  claim(sessionKey: string): Promise<string> {
    this.#epoch++;
    return this.send(anchorer, this.call("CheckpointLedger", "claim", [sessionKey]));
  }

  /** Anchors `size` receipts; `root` and `digest` are made from it. */
  async anchor(size: number): Promise<string> {
    if (this.#head === "") {
      const { head } = await this.snapshot();
      this.#head = head;
    }
    const [root, digest] = [keccak256(toQuantity(size + 16)), keccak256(toQuantity(size + 4096))];
    const parent = this.#head;
    const bytes = (hex: string): Uint8Array => Buffer.from(hex.slice(2), "hex");
    const head = { epoch: this.#epoch, seq: ++this.#seq, parent, size, root: bytes(root), digest: bytes(digest) };
    this.#head = headOf(31337, this.addresses.CheckpointLedger, head);
    return this.anchorOn(parent, size, root, digest);
  }

  anchorOn(parent: string, size: number, root: string, digest: string): Promise<string> {
    return this.send(anchorer, this.call("CheckpointLedger", "anchor", [this.#epoch, parent, size, root, digest]));
  }

  /** The owners take the ledger back to the head with the number `seq` and appoint the same anchorer anew. */
  async rebase(target: Head): Promise<string> {
    this.#epoch++;
    this.#seq = target.seq;
    this.#head = headOf(31337, this.addresses.CheckpointLedger, target);
    const { root, digest, ...rest } = target;
    const head = { ...rest, root: hexlify(root), digest: hexlify(digest) };
    return this.decide([this.call("CheckpointLedger", "rebase", [head])], 2n);
  }

  async snapshot(): Promise<Pick<ProvenLedger, "epoch" | "seq" | "size" | "minutes" | "head" | "anchorer">> {
    const abi = interfaceOf("CheckpointLedger");
    const call = { to: this.addresses.CheckpointLedger, data: abi.encodeFunctionData("snapshot") };
    const answer = String(await this.chain.rpc("eth_call", [call, "latest"]));
    const [anchorer, epoch, seq, size, minutes, head] = abi.decodeFunctionResult("snapshot", answer);
    return {
      anchorer: anchorer.toLowerCase(),
      epoch: Number(epoch),
      seq: Number(seq),
      size: Number(size),
      minutes: Number(minutes),
      head,
    };
  }

  async #nonceOf(address: string): Promise<unknown> {
    return this.chain.rpc("eth_getTransactionCount", [address, "pending"]);
  }
}

const batchTypes = {
  Batch: [
    { name: "calls", type: "Call[]" },
    { name: "nonce", type: "uint256" },
    { name: "validAfter", type: "uint48" },
    { name: "validUntil", type: "uint48" },
    { name: "epoch", type: "uint64" },
    { name: "memo", type: "bytes32" },
  ],
  Call: [
    { name: "to", type: "address" },
    { name: "data", type: "bytes" },
  ],
};
