import { type Block, type Chain, type Deployment, Reader, readSession } from "../governance/index.ts";
import type { NodeView } from "../nodes/index.ts";

/** A node's own reading of the chain. When nothing happened it costs one request. */
export class ChainSight {
  readonly #chain: Chain;
  readonly #deployment: Deployment;
  #reader: Reader;
  #seen: { readonly block: Block; readonly view: NodeView } | null = null;

  constructor(chain: Chain, deployment: Deployment) {
    this.#chain = chain;
    this.#deployment = deployment;
    this.#reader = new Reader(chain, deployment);
  }

  /**
   * The chain at its newest block.
   * @throws CHAIN_UNREACHABLE, CHAIN_REFUSED
   */
  async read(): Promise<NodeView> {
    const seen = this.#seen;
    const block = await this.#chain.latest();
    if (seen?.block.hash === block.hash) return seen.view;
    // A reader remembers by counters that a reorganisation takes back.
    if (seen !== null && !(await this.#stillStands(seen.block, block)))
      this.#reader = new Reader(this.#chain, this.#deployment);
    try {
      const [{ parameters }, { epoch, sessionKey }] = await Promise.all([
        this.#reader.read(block.hash),
        readSession(this.#chain, this.#deployment, block.hash),
      ]);
      const view = { epoch, sessionKey, block: block.number, time: block.time, parameters };
      this.#seen = { block, view };
      return view;
    } catch (error) {
      // What it read may belong to a block that is gone by now.
      this.#reader = new Reader(this.#chain, this.#deployment);
      throw error;
    }
  }

  async #stillStands(seen: Block, newest: Block): Promise<boolean> {
    if (newest.parentHash === seen.hash) return true;
    return newest.number > seen.number && (await this.#chain.block(seen.number))?.hash === seen.hash;
  }
}
