import { hexlify, toBeHex, toQuantity, ZeroAddress } from "ethers";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import { ChainRefusal } from "./chain.ts";
import { interfaceOf } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { headOf } from "./head.ts";
import { readStanding, type Standing } from "./ledger.ts";
import type { Sender } from "./sender.ts";

/** A checkpoint to be anchored. */
export type AnchorRecord = {
  /** Leaves in the tree of receipts. */
  readonly size: number;
  /** Root of that tree, 32 bytes. */
  readonly root: Uint8Array;
  /** SHA-256 of the checkpoint document, 32 bytes. */
  readonly digest: Uint8Array;
};

/** A checkpoint in the ledger. Hashes are hex. */
export type Anchored = {
  readonly epoch: number;
  readonly seq: number;
  readonly parent: string;
  readonly head: string;
  readonly size: number;
  readonly root: string;
  readonly digest: string;
  readonly block: number;
  readonly transactionHash: string;
};

/** Gas of `anchor` and of `claim`, fixed so that the same checkpoints give the same transactions; both need less. */
const gas = { anchor: 60_000, claim: 120_000 } as const;

/** Writes checkpoints into the ledger: in their order, each once, whatever gets lost on the way. */
export class Anchorer {
  readonly #sender: Sender;
  readonly #deployment: Deployment;
  /** What is not in the ledger yet, oldest first. */
  readonly #waiting: AnchorRecord[] = [];
  #own: { epoch: number; seq: number; head: string } | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(sender: Sender, deployment: Deployment) {
    this.#sender = sender;
    this.#deployment = deployment;
  }

  /** Checkpoints that still have to be anchored. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The ledger at the newest block. */
  async standing(): Promise<Standing> {
    const { chain } = this.#sender;
    return readStanding(chain, this.#deployment, (await chain.latest()).hash);
  }

  /**
   * Begins an epoch: from now on every other orchestrator is refused. First the ledger is held against the store; what
   * the store has and the ledger lacks is put in line and sent with the next `anchor` or `flush`.
   * @param sessionKey raw ed25519 public key (32 bytes) that signs this epoch's leases
   * @param stored every checkpoint of the store, oldest first
   * @returns the epoch, and how many of the stored checkpoints are in the ledger
   * @throws LEDGER_AHEAD when the ledger's newest checkpoint is not in the store
   * @throws ANCHORER_NOT_APPOINTED, REVERTED, CHAIN_UNREACHABLE, TRANSACTION_PENDING
   */
  async claim(sessionKey: Uint8Array, stored: readonly AnchorRecord[]): Promise<{ epoch: number; anchored: number }> {
    const before = await this.standing();
    if (before.anchorer !== this.#sender.address)
      throw new FabricError("ANCHORER_NOT_APPOINTED", {
        account: this.#sender.address,
        anchorer: named(before.anchorer),
      });
    await this.#countAnchored(before, stored);
    const data = interfaceOf("CheckpointLedger").encodeFunctionData("claim", [sessionKey]);
    await this.#sender.send({ action: "The claim of a new epoch", to: this.#ledger, data, gasLimit: gas.claim });
    // What the orchestrator before had sent may have come in just before the claim; nothing of it can come after.
    const after = await this.standing();
    const anchored = await this.#countAnchored(after, stored);
    const { epoch, seq, head } = after;
    this.#own = { epoch, seq, head };
    this.#waiting.length = 0;
    this.#waiting.push(...stored.slice(anchored));
    return { epoch, anchored };
  }

  /** Puts a checkpoint in line and sends what waits. @returns what is in the ledger now; errors as for `flush` */
  anchor(record: AnchorRecord): Promise<Anchored[]> {
    this.#waiting.push(record);
    return this.flush();
  }

  /**
   * Sends what waits, oldest first. After an error the rest still waits: call it again.
   * @throws ANCHOR_FENCED when another orchestrator claimed the ledger, or the owners stepped in
   * @throws CHAIN_UNREACHABLE, TRANSACTION_PENDING, CHAIN_REFUSED, REVERTED and its kin
   */
  flush(): Promise<Anchored[]> {
    const flushed = this.#last.then(() => this.#flush());
    this.#last = flushed.catch(() => undefined);
    return flushed;
  }

  async #flush(): Promise<Anchored[]> {
    const done: Anchored[] = [];
    for (let record = this.#waiting[0]; record !== undefined; record = this.#waiting[0]) {
      done.push(await this.#send(record));
      this.#waiting.shift();
    }
    return done;
  }

  async #send({ size, root, digest }: AnchorRecord): Promise<Anchored> {
    const { chain } = this.#sender;
    const own = this.#own;
    if (own === null) throw new Error("claim an epoch before anchoring");
    const { epoch, head: parent } = own;
    const seq = own.seq + 1;
    const head = headOf(chain.chainId, this.#ledger, { epoch, seq, parent, size, root, digest });
    const ledger = interfaceOf("CheckpointLedger");
    const data = ledger.encodeFunctionData("anchor", [epoch, parent, size, root, digest]);
    let mined: { readonly block: number; readonly hash: string };
    try {
      const action = `The anchor of checkpoint ${seq}`;
      mined = await this.#sender.send({ action, to: this.#ledger, data, gasLimit: gas.anchor });
    } catch (error) {
      mined = await this.#alreadyIn(head, seq, error);
    }
    this.#own = { epoch, seq, head };
    const { block, hash: transactionHash } = mined;
    return { epoch, seq, parent, head, size, root: hexlify(root), digest: hexlify(digest), block, transactionHash };
  }

  /** An anchor that was refused may have been so because it is in the ledger already: its first answer was lost. */
  async #alreadyIn(head: string, seq: number, refusal: unknown): Promise<{ block: number; hash: string }> {
    const judged =
      refusal instanceof ChainRefusal || (refusal instanceof FabricError && refusal.code.startsWith("REVERTED"));
    if (!judged) throw refusal;
    const standing = await this.standing();
    const own = this.#own;
    if (own !== null && (standing.epoch !== own.epoch || standing.anchorer !== this.#sender.address)) {
      const appointed = standing.anchorer === this.#sender.address;
      const reason = appointed ? "another one was started" : `the owners' anchorer is ${named(standing.anchorer)}`;
      throw new FabricError("ANCHOR_FENCED", { own: own.epoch, current: standing.epoch, reason }, { cause: refusal });
    }
    const found = standing.head === head ? await this.#eventOf(seq, head) : null;
    if (found === null) throw refusal;
    return { block: found.block, hash: found.hash };
  }

  /** How many of the stored checkpoints the ledger has: up to the one that is its head. */
  async #countAnchored({ seq, head }: Standing, stored: readonly AnchorRecord[]): Promise<number> {
    if (seq === 0) return 0;
    const newest = await this.#eventOf(seq, head);
    const digest = newest?.digest ?? "that no event names";
    const count = 1 + stored.findLastIndex((record) => hexlify(record.digest) === digest);
    if (count === 0) throw new FabricError("LEDGER_AHEAD", { seq, digest });
    return count;
  }

  /** The event with which a head was anchored. Numbers come again after a rebase, heads do not. */
  async #eventOf(seq: number, head: string): Promise<{ digest: string; block: number; hash: string } | null> {
    const ledger = interfaceOf("CheckpointLedger");
    const filter = {
      address: this.#ledger,
      topics: [ledger.getEvent("Anchored").topicHash, null, toBeHex(seq, 32)],
      fromBlock: toQuantity(this.#deployment.blocks.first),
      toBlock: "latest",
    };
    for (const log of logsForm.parse(await this.#sender.chain.rpc("eth_getLogs", [filter]))) {
      const event = ledger.decodeEventLog("Anchored", log.data, log.topics);
      if (event.head === head)
        return { digest: String(event.digest), block: Number(log.blockNumber), hash: log.transactionHash };
    }
    return null;
  }

  get #ledger(): string {
    return this.#deployment.contracts.CheckpointLedger.address;
  }
}

const logsForm = z.array(
  z.object({ topics: z.array(z.string()), data: z.string(), blockNumber: z.string(), transactionHash: z.string() }),
);

function named(anchorer: string): string {
  return anchorer === ZeroAddress ? "nobody" : anchorer;
}
