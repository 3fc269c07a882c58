import { encodeRlp, keccak256 } from "ethers";
import type { Refuse } from "./refuse.ts";
import { type RlpItem, readBytes, readList } from "./rlp.ts";

// Merkle-Patricia tries (Ethereum yellow paper, appendix D). A path is a string of hex digits, one a nibble, so that
// the hex form of a key without its 0x is its path.

/** Root of a trie that holds nothing. */
export const emptyRoot = keccak256("0x80");

/** `nodes`: the RLP of each node that is referred to by its hash, and of the root, by that hash. */
export type Trie = { readonly root: string; readonly nodes: ReadonlyMap<string, string> };

type Entry = { readonly path: string; readonly value: string };

/**
 * The trie of a list, as a block has one of its transactions and one of its receipts: entry i stands under RLP(i).
 * Values are hex and not empty.
 */
export function trieOfList(values: readonly string[]): Trie {
  const nodes = new Map<string, string>();
  if (values.length === 0) return { root: emptyRoot, nodes };
  const entries = values.map((value, index) => ({ path: listKey(index).slice(2), value }));
  const bytes = encodeRlp(buildNode(entries, 0, nodes));
  const root = keccak256(bytes);
  return { root, nodes: nodes.set(root, bytes) };
}

/** Where entry `index` of a list stands in its trie. */
export function listKey(index: number): string {
  const digits = index.toString(16);
  return encodeRlp(index === 0 ? "0x" : `0x${digits.length % 2 === 0 ? "" : "0"}${digits}`);
}

/** Nodes on the way from the root to `key`, as `eth_getProof` gives them. */
export function proveEntry(trie: Trie, key: string): string[] {
  const proof: string[] = [];
  const broken: Refuse = (problem) => {
    throw new Error(`a trie was built wrong: ${problem}`);
  };
  const load = (hash: string): string => {
    const bytes = trie.nodes.get(hash) ?? broken(`it has no node ${hash}`);
    proof.push(bytes);
    return bytes;
  };
  walk(key, trie.root, load, broken);
  return proof;
}

/**
 * The value that the trie with this root has under `key`; null when the proof shows that it has none. The proof has
 * exactly the nodes of the way, from the root on; none at all when the trie is empty.
 */
export function readProof(root: string, key: string, proof: readonly string[], refuse: Refuse): string | null {
  let used = 0;
  const load = (hash: string): string => {
    const bytes = proof[used++] ?? refuse(`it has ${proof.length} nodes, and its way goes on to ${hash}`);
    const found = keccak256(bytes);
    return found === hash ? bytes : refuse(`its node ${used} hashes to ${found}, and ${hash} is wanted`);
  };
  const value = root === emptyRoot ? null : walk(key, root, load, refuse);
  return used === proof.length ? value : refuse(`it has ${proof.length} nodes, and its way has ${used}`);
}

/** Goes down to the value under `key`; null when there is none. `load` gives the RLP of the node that has a hash. */
function walk(key: string, root: string, load: (hash: string) => string, refuse: Refuse): string | null {
  let path = key.slice(2);
  let reference: RlpItem = root;
  for (;;) {
    // A node shorter than 32 bytes stands in its parent itself, in the place of its hash.
    const node: readonly RlpItem[] = typeof reference === "string" ? readList(load(reference), refuse) : reference;
    const [first, second] = node;
    if (node.length === 17) {
      const child: RlpItem | undefined = node[path === "" ? 16 : Number.parseInt(path.charAt(0), 16)];
      if (child === undefined || child === "0x") return null;
      if (path === "") return readBytes(child, "value", refuse);
      path = path.slice(1);
      reference = child;
    } else {
      if (node.length !== 2 || second === undefined) return refuse(`one of its nodes has ${node.length} parts`);
      const { leaf, segment } = readSegment(readBytes(first, "segment", refuse));
      if (leaf) return path === segment ? readBytes(second, "value", refuse) : null;
      if (!path.startsWith(segment)) return null;
      path = path.slice(segment.length);
      reference = second;
    }
  }
}

function buildNode(entries: readonly Entry[], depth: number, nodes: Map<string, string>): RlpItem[] {
  const [first] = entries;
  if (first !== undefined && entries.length === 1) return [writeSegment(first.path.slice(depth), true), first.value];
  const shared = sharedSegment(entries, depth);
  if (shared !== "")
    return [writeSegment(shared, false), refer(buildNode(entries, depth + shared.length, nodes), nodes)];
  const branch: RlpItem[] = [];
  for (const digit of "0123456789abcdef") {
    const below = entries.filter(({ path }) => path[depth] === digit);
    branch.push(below.length === 0 ? "0x" : refer(buildNode(below, depth + 1, nodes), nodes));
  }
  // No key of a list is the beginning of another one: nothing ends at a branch.
  return [...branch, "0x"];
}

function refer(node: RlpItem[], nodes: Map<string, string>): RlpItem {
  const bytes = encodeRlp(node);
  if (bytes.length < 2 + 2 * 32) return node;
  const hash = keccak256(bytes);
  nodes.set(hash, bytes);
  return hash;
}

function sharedSegment(entries: readonly Entry[], depth: number): string {
  const [first, ...others] = entries;
  if (first === undefined) return "";
  let end = depth;
  while (end < first.path.length && others.every(({ path }) => path[end] === first.path[end])) end++;
  return first.path.slice(depth, end);
}

/** "Hex prefix" encoding: the first digit has 2 for a leaf and 1 for an odd number of digits that follow. */
function writeSegment(segment: string, leaf: boolean): string {
  const flag = leaf ? 2 : 0;
  return segment.length % 2 === 1 ? `0x${flag + 1}${segment}` : `0x${flag}0${segment}`;
}

function readSegment(bytes: string): { leaf: boolean; segment: string } {
  const flag = Number.parseInt(bytes.charAt(2), 16);
  return { leaf: (flag & 2) !== 0, segment: bytes.slice((flag & 1) !== 0 ? 3 : 4) };
}
