import { isActive, type NodeState } from "./nodeTable.ts";
import type { SkillSets } from "./skillSets.ts";

// What a node is chosen by, in parts per thousand each: room first, then fit, then speed.
const weightOfFreeShare = 4;
const weightOfAlignment = 3;
const weightOfHeadroom = 1;
const unavailable = -1;

/**
 * The nodes of one shard that have one set of skills, as a tournament over their scores: the best one is read in
 * log(nodes), and so is a change of one of them written. On equal scores the earlier registration wins.
 */
export class Candidates {
  /** Numbers of the nodes, rising. */
  readonly #nodes: readonly number[];
  readonly #skillCount: number;
  readonly #latencyBudgetMs: number;
  readonly #scores: Int32Array;
  readonly #leaves: number;
  readonly #active: Uint8Array;
  /** Nodes that may be given work, with or without a free slot. */
  activeCount = 0;
  /** Nodes that the owners admitted, whatever their health. */
  readonly admittedCount: number;

  constructor(
    nodes: readonly NodeState[],
    ofShard: readonly number[],
    sets: SkillSets,
    set: number,
    latencyMs: number,
  ) {
    const high = sets.high[set];
    const low = sets.low[set];
    this.#nodes = ofShard.filter((number) => {
      const { skillsHigh, skillsLow, parameters } = nodes[number];
      return (skillsHigh & high) >>> 0 === high && (skillsLow & low) >>> 0 === low && parameters.status !== "removed";
    });
    this.#skillCount = sets.sizes[set];
    this.#latencyBudgetMs = latencyMs;
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, this.#nodes.length)));
    this.#scores = new Int32Array(this.#leaves * 2).fill(unavailable);
    this.#active = new Uint8Array(this.#nodes.length);
    this.admittedCount = this.#nodes.filter((number) => nodes[number].parameters.status === "admitted").length;
    for (const number of this.#nodes) this.touch(number, nodes[number]);
  }

  /** Takes note of a node's new load, health or latency; a node without the skills is passed over. */
  touch(number: number, node: NodeState): void {
    const position = this.#find(number);
    if (position < 0) return;
    const active = isActive(node) ? 1 : 0;
    this.activeCount += active - this.#active[position];
    this.#active[position] = active;
    const scores = this.#scores;
    let at = this.#leaves + position;
    let score = active === 1 && node.load < node.parameters.maxConcurrency ? this.#score(node) : unavailable;
    scores[at] = score;
    for (at >>= 1; at > 0; at >>= 1) {
      score = Math.max(scores[at * 2], scores[at * 2 + 1]);
      if (scores[at] === score) return;
      scores[at] = score;
    }
  }

  /** Number of the node with the best score and a free slot; 0 when there is none. */
  best(): number {
    const scores = this.#scores;
    if (scores[1] === unavailable) return 0;
    let at = 1;
    while (at < this.#leaves) at = scores[at * 2] >= scores[at * 2 + 1] ? at * 2 : at * 2 + 1;
    return this.#nodes[at - this.#leaves];
  }

  #score({ parameters, load, latencyMs, skillCount }: NodeState): number {
    const freeShare = Math.floor((1000 * (parameters.capacity - load)) / parameters.capacity);
    const alignment = skillCount === 0 ? 1000 : Math.floor((1000 * this.#skillCount) / skillCount);
    const headroom = Math.floor((1000 * (this.#latencyBudgetMs - latencyMs)) / this.#latencyBudgetMs);
    return weightOfFreeShare * freeShare + weightOfAlignment * alignment + weightOfHeadroom * headroom;
  }

  #find(number: number): number {
    let low = 0;
    let high = this.#nodes.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.#nodes[middle] === number) return middle;
      if (this.#nodes[middle] < number) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

/** Sets of skills whose candidates a shard keeps at hand. */
const candidateSetsMax = 256;

/** A shard's candidates by set of skills. */
export class CandidateSets {
  readonly #bySkillSet = new Map<number, Candidates>();
  /** In no order; a list, since each change of a node goes through it. */
  readonly all: Candidates[] = [];

  of(skillSet: number): Candidates | undefined {
    return this.#bySkillSet.get(skillSet);
  }

  /** Where they have become too many, the others are forgotten. */
  add(skillSet: number, candidates: Candidates): void {
    if (this.all.length >= candidateSetsMax) this.clear();
    this.#bySkillSet.set(skillSet, candidates);
    this.all.push(candidates);
  }

  clear(): void {
    this.#bySkillSet.clear();
    this.all.length = 0;
  }
}
