import { setTimeout as sleep } from "node:timers/promises";
import { formatEther, formatUnits, keccak256, Transaction, toQuantity, Wallet } from "ethers";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import { malformed } from "./answers.ts";
import { type Chain, ChainRefusal } from "./chain.ts";
import { revertError } from "./reverts.ts";

/** In wei per unit of gas (EIP-1559). */
export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint };

/** More than the base fee of a practice chain ever asks for. */
export const practiceFees: Fees = { maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };

/** An amount of wei as people read it: "0.25 ether". */
export function etherText(wei: bigint): string {
  return `${formatEther(wei).replace(/\.0$/, "")} ether`;
}

/** @param privateKey 32 bytes in hex */
export function walletOf(privateKey: string): Wallet {
  return new Wallet(privateKey);
}

/** The most gas that a transaction may have (EIP-7825). */
export const mostGas = 2 ** 24;

/** In wei. */
export const gwei = 1_000_000_000n;
/**
 * The most that is paid for a unit of gas where nobody said more, in wei: a node could ask for all that the payer has.
 * Above what public chains ask for but in the worst hours.
 */
export const usualFeeMax = 500n * gwei;
/** Of which as a tip, or as much as the base fee. Some chains with a base fee near none have a least tip of 30 gwei. */
export const usualTipMax = 50n * gwei;

/** What is about to be sent, and the most that is paid for a unit of its gas, in wei; null for any, on a fork. */
export type Expense = { readonly gas: number; readonly feeMax?: bigint | null };

/**
 * What the chain asks for now: twice the base fee of its newest block, so that six full blocks in a row do not outrun it,
 * and the tip that the node proposes.
 * @throws CHAIN_UNREACHABLE, CHAIN_REFUSED, CHAIN_ANSWER_MALFORMED, FEE_TOO_HIGH
 */
export async function currentFees(chain: Chain, { gas, feeMax }: Expense): Promise<Fees> {
  const block = feeForm.safeParse(await chain.rpc("eth_getBlockByNumber", ["latest", false]));
  if (!block.success) throw malformed("eth_getBlockByNumber", "it has no base fee (EIP-1559)");
  const baseFee = BigInt(block.data.baseFeePerGas);
  const tip = BigInt(hex.parse(await chain.rpc("eth_maxPriorityFeePerGas", [])));
  const fees = { maxFeePerGas: 2n * baseFee + tip, maxPriorityFeePerGas: tip };
  if (feeMax === null) return fees;
  const refuseAbove = (most: bigint, asked: bigint, part: string) => {
    if (asked <= most) return;
    const cost = etherText(BigInt(gas) * fees.maxFeePerGas);
    throw new FabricError("FEE_TOO_HIGH", { asked: gweiText(asked), part, most: gweiText(most), gas, cost });
  };
  refuseAbove(feeMax ?? (baseFee > usualTipMax ? baseFee : usualTipMax), tip, " as a tip");
  refuseAbove(feeMax ?? usualFeeMax, fees.maxFeePerGas, "");
  return fees;
}

function gweiText(wei: bigint): string {
  return formatUnits(wei, "gwei").replace(/\.0$/, "");
}

export type SenderOptions = {
  /** Fixed, so that the same orders give the same bytes; null to ask the chain before each transaction. */
  readonly fees: Fees | null;
  /** The most to pay for a unit of gas where the chain is asked, in wei; `usualFeeMax` unless told, null for any. */
  readonly feeMax?: bigint | null;
  /** Told before each transaction what it costs at most, in wei. */
  readonly onSending?: (costMaxWei: bigint) => void;
  /** Told what each transaction that is in a block cost, in wei. */
  readonly onPaid?: (costWei: bigint) => void;
  /** Awaited before each transaction: a drill sets the next block's time here. */
  readonly beforeTransaction?: () => Promise<void>;
  /** Told the hash of each transaction that the node has taken. */
  readonly onSent?: (hash: string) => void;
  /** How long to wait for a transaction to get into a block, in seconds; 120 unless told. */
  readonly patienceSeconds?: number;
};

export type TransactionOrder = {
  /** What it does, with which an error's sentence begins: "The batch". */
  readonly action: string;
  /** Contract called; null to create one. */
  readonly to: string | null;
  readonly data: string;
  /** Estimated by the chain, with a quarter to spare, where it is not told. */
  readonly gasLimit?: number;
};

export type Log = { readonly address: string; readonly topics: readonly string[]; readonly data: string };

/** A transaction that is in a block and did what it should. */
export type Mined = {
  readonly hash: string;
  /** The signed bytes. */
  readonly raw: string;
  readonly block: number;
  readonly blockHash: string;
  readonly gasUsed: number;
  /** What it cost whoever sent it. */
  readonly costWei: bigint;
  /** Address of the contract it created; null if none. */
  readonly created: string | null;
  readonly logs: readonly Log[];
};

type Signed = { readonly order: TransactionOrder; readonly raw: string; readonly hash: string };

/**
 * Sends the transactions of one account, one after the other. The same orders on the same chain give the same bytes.
 * A transaction whose answer was lost is kept: the same order once more sends the same bytes, which count only once.
 */
export class Sender {
  readonly chain: Chain;
  readonly #wallet: Wallet;
  readonly #options: SenderOptions;
  #unsettled: Signed | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(chain: Chain, wallet: Wallet, options: SenderOptions) {
    this.chain = chain;
    this.#wallet = wallet;
    this.#options = options;
  }

  get address(): string {
    return this.#wallet.address;
  }

  /** The nonce that the next transaction will have. The chain is asked each time: a reorganisation may take some back. */
  async nextNonce(): Promise<number> {
    return Number(await this.chain.rpc("eth_getTransactionCount", [this.address, "pending"]));
  }

  /**
   * Sends and waits until it is in a block.
   * @throws REVERTED and its kin, in words, when it was or would be refused by a contract
   * @throws FEE_TOO_HIGH when the node asks for more than is paid: nothing was sent
   * @throws CHAIN_REFUSED when the node does not take it; CHAIN_UNREACHABLE, TRANSACTION_PENDING when it is not known
   * whether it is in a block: give the same order again
   */
  send(order: TransactionOrder): Promise<Mined> {
    const mined = this.#last.then(() => this.#send(order));
    this.#last = mined.catch(() => undefined);
    return mined;
  }

  async #send(order: TransactionOrder): Promise<Mined> {
    const before = this.#unsettled;
    const again = before !== null && before.order.to === order.to && before.order.data === order.data;
    if (!again) await this.#options.beforeTransaction?.();
    const signed = again ? before : await this.#sign(order);
    this.#unsettled = signed;
    let refusal: ChainRefusal | null = null;
    try {
      await this.chain.rpc("eth_sendRawTransaction", [signed.raw]);
      this.#options.onSent?.(signed.hash);
    } catch (error) {
      // Nodes also answer so when they have the transaction already, or have mined it and it reverted.
      if (!(error instanceof ChainRefusal)) throw error;
      refusal = error;
    }
    const receipt = await this.#receiptOf(signed, refusal);
    this.#unsettled = null;
    if (receipt === null) throw refusal;
    const { transactionHash: hash, blockNumber: block, blockHash, gasUsed, contractAddress, logs, status } = receipt;
    // A rollup adds what its data costs on the chain below it.
    const costWei = BigInt(gasUsed) * BigInt(receipt.effectiveGasPrice) + BigInt(receipt.l1Fee ?? 0);
    this.#options.onPaid?.(costWei);
    if (status === 0) throw await this.#reasonOf(order, block);
    return { hash, raw: signed.raw, block, blockHash, gasUsed, costWei, created: contractAddress, logs };
  }

  async #sign(order: TransactionOrder): Promise<Signed> {
    const nonce = await this.nextNonce();
    const gasLimit = order.gasLimit ?? (await this.#gasOf(order));
    const { feeMax } = this.#options;
    const expense = feeMax === undefined ? { gas: gasLimit } : { gas: gasLimit, feeMax };
    const fees = this.#options.fees ?? (await currentFees(this.chain, expense));
    const { to, data } = order;
    const { chainId } = this.chain;
    const raw = await this.#wallet.signTransaction(
      Transaction.from({ type: 2, chainId, nonce, to, data, gasLimit, ...fees }),
    );
    this.#options.onSending?.(BigInt(gasLimit) * fees.maxFeePerGas);
    return { order, raw, hash: keccak256(raw) };
  }

  async #gasOf({ action, to, data }: TransactionOrder): Promise<number> {
    try {
      const gas = Number(await this.chain.rpc("eth_estimateGas", [{ from: this.address, to, data }]));
      return Math.min(mostGas, Math.ceil(gas * 1.25));
    } catch (error) {
      if (error instanceof ChainRefusal && error.data !== null) throw revertError(action, error.data, { cause: error });
      throw error;
    }
  }

  /** Null when the node refused the transaction and no block has it. */
  async #receiptOf({ hash, order }: Signed, refusal: ChainRefusal | null): Promise<Receipt | null> {
    const { patienceSeconds = 120 } = this.#options;
    const known = refusal === null || /already|known/i.test(refusal.message);
    for (let waited = 0; ; waited++) {
      const receipt = receiptForm.nullable().parse(await this.chain.rpc("eth_getTransactionReceipt", [hash]));
      if (receipt !== null || !known) return receipt;
      if (waited >= patienceSeconds)
        throw new FabricError("TRANSACTION_PENDING", { hash, action: order.action, seconds: patienceSeconds });
      await sleep(1000);
    }
  }

  /** Why a transaction reverted: it is run once more on the state before its block. */
  async #reasonOf({ action, to, data }: TransactionOrder, block: number): Promise<FabricError> {
    try {
      await this.chain.rpc("eth_call", [{ from: this.address, to, data }, toQuantity(block - 1)]);
      return revertError(action, null);
    } catch (error) {
      if (!(error instanceof ChainRefusal)) throw error;
      return revertError(action, error.data, { cause: error });
    }
  }
}

const hex = z.string().regex(/^0x[0-9a-f]*$/i);
const number = hex.transform(Number);
const feeForm = z.object({ baseFeePerGas: hex });
const receiptForm = z.object({
  transactionHash: hex,
  blockNumber: number,
  blockHash: hex,
  gasUsed: number,
  effectiveGasPrice: hex,
  l1Fee: hex.nullish(),
  contractAddress: hex.nullish().transform((address) => address ?? null),
  status: number,
  logs: z.array(z.object({ address: hex, topics: z.array(hex), data: hex })),
});
type Receipt = z.infer<typeof receiptForm>;
