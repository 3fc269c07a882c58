import { hexlify, toBeHex, toQuantity, ZeroAddress } from "ethers";
import { z } from "zod";
import { FabricError } from "../errors.ts";
import { malformed } from "./answers.ts";
import type { Chain } from "./chain.ts";
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

/** One of the own heads; the claim's has no record. */
type Own = {
  readonly epoch: number;
  readonly seq: number;
  readonly head: string;
  readonly record: AnchorRecord | null;
};
/** Where the chain has an anchor. */
type Place = { readonly block: number; readonly hash: string };

/** A reorganisation that takes back more is no matter for a program. */
const headsKept = 64;

/** Who anchors, and on which chain. */
type Account = Pick<Sender, "address" | "send"> & {
  readonly chain: Pick<Chain, "chainId" | "latest" | "rpc" | "at">;
};

/** Gas of `anchor` and of `claim`, fixed so that the same checkpoints give the same transactions; both need less. */
const gas = { anchor: 60_000, claim: 120_000 } as const;

/** Writes checkpoints into the ledger: in their order, each once, whatever gets lost on the way. */
export class Anchorer {
  readonly #sender: Account;
  readonly #deployment: Deployment;
  /** What is not in the ledger yet, oldest first. */
  readonly #waiting: AnchorRecord[] = [];
  /** Heads of the own epoch, oldest first: the one that the claim found, then those that were anchored. */
  #heads: Own[] = [];
  /** The one that was claimed. */
  #sessionKey: Uint8Array = new Uint8Array();
  #last: Promise<unknown> = Promise.resolve();

  constructor(sender: Account, deployment: Deployment) {
    this.#sender = sender;
    this.#deployment = deployment;
  }

  /** Address of the account that anchors. */
  get account(): string {
    return this.#sender.address;
  }

  /** Why the ledger is not this orchestrator's any more, which claimed that epoch. */
  lossOf({ anchorer, epoch }: Pick<Standing, "anchorer" | "epoch">, own: number): string {
    if (anchorer !== this.account) return `the owners' anchorer is ${named(anchorer)}`;
    return epoch < own ? "a reorganisation took the claim back" : "another one was started";
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
   * @throws ANCHOR_FENCED when the claim was taken back, or another one came after it, before this one was heard of
   * @throws ANCHORER_NOT_APPOINTED, REVERTED, CHAIN_UNREACHABLE, CHAIN_ANSWER_MALFORMED, TRANSACTION_PENDING
   */
  async claim(sessionKey: Uint8Array, stored: readonly AnchorRecord[]): Promise<{ epoch: number; anchored: number }> {
    const { standing: before } = await this.#compare(stored);
    const data = interfaceOf("CheckpointLedger").encodeFunctionData("claim", [sessionKey]);
    await this.#sender.send({ action: "The claim of a new epoch", to: this.#ledger, data, gasLimit: gas.claim });
    // What the orchestrator before had sent may have come in just before the claim; nothing of it can come after.
    const { standing: after, anchored } = await this.#compare(stored);
    const { epoch, seq, head } = after;
    if (hexlify(after.sessionKey) !== hexlify(sessionKey)) throw this.#fenced(after, before.epoch + 1, undefined);
    this.#sessionKey = sessionKey;
    this.#heads = [{ epoch, seq, head, record: null }];
    this.#waiting.length = 0;
    this.#waiting.push(...stored.slice(anchored));
    return { epoch, anchored };
  }

  /** Puts a checkpoint in line; it is sent with the next `flush`. */
  queue(record: AnchorRecord): void {
    this.#waiting.push(record);
  }

  /** Puts a checkpoint in line and sends what waits. @returns what is in the ledger now; errors as for `flush` */
  anchor(record: AnchorRecord): Promise<Anchored[]> {
    this.queue(record);
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
      const anchored = await this.#send(record);
      if (anchored === null) continue;
      this.#waiting.shift();
      done.push(anchored);
    }
    return done;
  }

  /** Null when others have to be anchored again first. */
  async #send(record: AnchorRecord): Promise<Anchored | null> {
    const { size, root, digest } = record;
    const { chain } = this.#sender;
    const newest = this.#heads.at(-1);
    if (newest === undefined) throw new Error("claim an epoch before anchoring");
    const { epoch, head: parent } = newest;
    const seq = newest.seq + 1;
    const head = headOf(chain.chainId, this.#ledger, { epoch, seq, parent, size, root, digest });
    const data = interfaceOf("CheckpointLedger").encodeFunctionData("anchor", [epoch, parent, size, root, digest]);
    let place: Place | null;
    try {
      const action = `The anchor of checkpoint ${seq}`;
      place = await this.#sender.send({ action, to: this.#ledger, data, gasLimit: gas.anchor });
    } catch (refusal) {
      place = await this.#judge(refusal, { epoch, seq, head });
    }
    if (place === null) return null;
    this.#heads.push({ epoch, seq, head, record });
    if (this.#heads.length > headsKept) this.#heads.shift();
    const { block, hash: transactionHash } = place;
    return { epoch, seq, parent, head, size, root: hexlify(root), digest: hexlify(digest), block, transactionHash };
  }

  /**
   * What it means that an anchor was refused.
   * @returns where it is, if it is in the ledger already: its first answer was lost; null if a reorganisation took back
   * earlier ones, which now wait before it
   * @throws the refusal, or ANCHOR_FENCED
   */
  async #judge(refusal: unknown, { epoch, seq, head }: Omit<Own, "record">): Promise<Place | null> {
    if (!(refusal instanceof FabricError) || !/^(CHAIN_REFUSED|REVERTED)/.test(refusal.code)) throw refusal;
    const standing = await this.standing();
    const isOwn = standing.epoch === epoch && hexlify(standing.sessionKey) === hexlify(this.#sessionKey);
    if (standing.anchorer !== this.account || !isOwn) throw this.#fenced(standing, epoch, refusal);
    if (standing.head === head) {
      const place = await this.#eventOf(seq, head);
      if (place !== null) return place;
    }
    const kept = this.#heads.findIndex((own) => own.head === standing.head) + 1;
    if (kept === 0 || kept === this.#heads.length) throw refusal;
    const lost = this.#heads.splice(kept).flatMap(({ record }) => record ?? []);
    this.#waiting.unshift(...lost);
    return null;
  }

  #fenced(standing: Standing, own: number, cause: unknown): FabricError {
    const slots = { own, current: standing.epoch, reason: this.lossOf(standing, own) };
    return new FabricError("ANCHOR_FENCED", slots, { cause });
  }

  /** The ledger, and how many of the stored checkpoints it has: up to the one that is its head. */
  async #compare(stored: readonly AnchorRecord[]): Promise<{ standing: Standing; anchored: number }> {
    for (let asked: string | undefined; ; ) {
      const standing = await this.standing();
      const { seq, head, anchorer } = standing;
      if (anchorer !== this.account)
        throw new FabricError("ANCHORER_NOT_APPOINTED", { account: this.account, anchorer: named(anchorer) });
      if (seq === 0) return { standing, anchored: 0 };
      const newest = await this.#eventOf(seq, head);
      if (newest !== null) {
        const { digest } = newest;
        const anchored = 1 + stored.findLastIndex((record) => hexlify(record.digest) === digest);
        if (anchored === 0) throw new FabricError("LEDGER_AHEAD", { seq, digest });
        return { standing, anchored };
      }
      // Blocks were replaced between the two questions, and the head with them; or the node does not have all events.
      if (head === asked)
        throw malformed("eth_getLogs", `the anchor is missing that the ledger has as its number ${seq}`);
      asked = head;
    }
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
