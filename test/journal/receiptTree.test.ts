import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  consistencyProof,
  fromHex,
  inclusionProof,
  leafHash,
  nodeHash,
  ReceiptTree,
  sha256,
  toHex,
  verifyConsistency,
  verifyInclusion,
} from "../../src/journal/index.ts";

// The tree that the test vectors of Certificate Transparency are about (RFC 6962 and its successor RFC 9162 hash alike):
// these eight leaves, and the root after each.
const ctLeaves = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map((hex) => fromHex(`0x${hex}`));
const ctRoots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/** The definition in RFC 9162 section 2.1.1, word for word: slow, and obviously right. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return leafHash(leaves[0]);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)));
}

const leafOf = (index: number) => new TextEncoder().encode(`leaf ${index}`);

/** A tree of `size` leaves, the hashes it told of, and its root at every size. */
function grow(size: number) {
  const tree = new ReceiptTree();
  const nodes: Uint8Array[] = [];
  const roots = [tree.root()];
  for (let index = 0; index < size; index++) {
    tree.append(leafHash(leafOf(index)), (hash) => nodes.push(hash.slice()));
    roots.push(tree.root());
  }
  return { tree, node: (position: number) => nodes[position], roots };
}

const most = 70;
const world = grow(most);
const size = fc.integer({ min: 1, max: most });
const sizeAndIndex = size.chain((of) => fc.tuple(fc.constant(of), fc.integer({ min: 0, max: of - 1 })));
const fromTo = size.chain((to) => fc.tuple(fc.integer({ min: 1, max: to }), fc.constant(to)));

describe("the receipts tree", () => {
  it("has the roots of the Certificate Transparency test vectors: any auditor's tool reads it", () => {
    const tree = new ReceiptTree();
    assert.equal(toHex(tree.root()), `0x${ctRoots[0]}`);
    for (const [index, leaf] of ctLeaves.entries()) {
      tree.append(leafHash(leaf));
      assert.equal(toHex(tree.root()), `0x${ctRoots[index + 1]}`, `${index + 1} leaves`);
    }
  });

  it("has at every size the root that the RFC defines", () => {
    const leaves = Array.from({ length: most }, (_, index) => leafOf(index));
    for (let count = 0; count <= most; count++)
      assert.deepEqual(Buffer.from(world.roots[count]), Buffer.from(rootByDefinition(leaves.slice(0, count))));
  });

  it("goes on from its frontier as if it had never stopped", () => {
    fc.assert(
      fc.property(fromTo, ([from, to]) => {
        const tree = ReceiptTree.restore(grow(from).tree.frontier());
        for (let index = from; index < to; index++) tree.append(leafHash(leafOf(index)));
        assert.deepEqual(Buffer.from(tree.root()), Buffer.from(world.roots[to]));
        assert.equal(tree.size, to);
      }),
    );
  });

  it("takes no frontier that is too long, too short or of an impossible size", () => {
    const frontier = world.tree.frontier();
    assert.throws(() => ReceiptTree.restore(frontier.subarray(0, -1)), RangeError);
    assert.throws(() => ReceiptTree.restore(new Uint8Array([...frontier, 0])), RangeError);
    assert.throws(() => ReceiptTree.restore(new Uint8Array(7)), RangeError);
    assert.throws(() => ReceiptTree.restore(new Uint8Array(8).fill(0xff)), RangeError);
  });

  it("counts beyond 32 bits: a fabric does not end at four billion jobs", () => {
    const frontier = new Uint8Array(8 + 32 * 33).fill(7);
    new DataView(frontier.buffer).setBigUint64(0, 2n ** 33n - 1n);
    const tree = ReceiptTree.restore(frontier);
    tree.append(leafHash(leafOf(0)));
    assert.equal(tree.size, 2 ** 33);
    assert.equal(tree.frontier().length, 40);
  });
});

describe("a proof that a receipt is in the tree", () => {
  it("holds for every receipt at every size, also of a tree that has grown since", () => {
    for (let of = 1; of <= most; of++)
      for (let index = 0; index < of; index++) {
        const proof = inclusionProof(index, of, world.node);
        assert.ok(verifyInclusion(leafHash(leafOf(index)), index, of, world.roots[of], proof), `${index} of ${of}`);
      }
  });

  it("is the one that RFC 9162 section 2.1.5 draws for seven leaves", () => {
    // d0, d3, d4, d6 of the example: [b, h, l], [c, g, l], [f, j, k], [i, k].
    const leaf = (index: number) => leafHash(leafOf(index));
    const pair = (index: number) => nodeHash(leaf(index), leaf(index + 1));
    const [g, h, i] = [pair(0), pair(2), pair(4)];
    const k = nodeHash(g, h);
    const l = nodeHash(i, leaf(6));
    assert.deepEqual(inclusionProof(0, 7, world.node), [leaf(1), h, l]);
    assert.deepEqual(inclusionProof(3, 7, world.node), [leaf(2), g, l]);
    assert.deepEqual(inclusionProof(4, 7, world.node), [leaf(5), leaf(6), k]);
    assert.deepEqual(inclusionProof(6, 7, world.node), [i, k]);
  });

  it("holds for no other receipt, place, size, root or proof", () => {
    fc.assert(
      fc.property(sizeAndIndex, sizeAndIndex, fc.nat(), fc.nat(255), ([of, index], [otherOf, other], at, bit) => {
        const leaf = leafHash(leafOf(index));
        const proof = inclusionProof(index, of, world.node);
        const root = world.roots[of];
        if (other !== index) {
          assert.ok(!verifyInclusion(leafHash(leafOf(other)), index, of, root, proof));
          assert.ok(!verifyInclusion(leaf, other, of, root, proof));
        }
        if (otherOf !== of) assert.ok(!verifyInclusion(leaf, index, of, world.roots[otherOf], proof));
        assert.ok(!verifyInclusion(leaf, index, of, root, [...proof, root]));
        if (proof.length === 0) return;
        assert.ok(!verifyInclusion(leaf, index, of, root, proof.slice(1)));
        assert.ok(!verifyInclusion(leaf, index, of, root, proof.slice(0, -1)));
        const forged = proof.map((hash) => hash.slice());
        forged[at % proof.length][bit >> 3] ^= 1 << (bit & 7);
        assert.ok(!verifyInclusion(leaf, index, of, root, forged));
      }),
    );
  });

  it("is refused, and harms nobody, when its numbers or lengths are absurd", () => {
    const leaf = leafHash(leafOf(0));
    for (const [index, of] of [
      [0, 0],
      [-1, 1],
      [1, 1],
      [0.5, 1],
      [0, Number.NaN],
      [0, 2 ** 60],
    ])
      assert.ok(!verifyInclusion(leaf, index, of, world.roots[1], []), `${index} of ${of}`);
    const proof = inclusionProof(0, 2, world.node);
    assert.ok(!verifyInclusion(leaf, 0, 2, world.roots[2], [new Uint8Array([...proof[0], 0])]));
    assert.ok(!verifyInclusion(leaf, 0, 2, world.roots[2], [proof[0].subarray(1)]));
    assert.throws(() => inclusionProof(2, 2, world.node), RangeError);
  });
});

describe("a proof that nothing was rewritten between two roots", () => {
  it("holds for every two sizes", () => {
    for (let to = 0; to <= most; to++)
      for (let from = 0; from <= to; from++) {
        const proof = from === 0 ? [] : consistencyProof(from, to, world.node);
        assert.ok(verifyConsistency(from, to, world.roots[from], world.roots[to], proof), `${from} to ${to}`);
      }
  });

  it("is the one that RFC 9162 section 2.1.5 draws for seven leaves", () => {
    const leaf = (index: number) => leafHash(leafOf(index));
    const pair = (index: number) => nodeHash(leaf(index), leaf(index + 1));
    const [g, h, i, j] = [pair(0), pair(2), pair(4), leaf(6)];
    const k = nodeHash(g, h);
    const l = nodeHash(i, j);
    assert.deepEqual(consistencyProof(3, 7, world.node), [leaf(2), leaf(3), g, l]);
    assert.deepEqual(consistencyProof(4, 7, world.node), [l]);
    assert.deepEqual(consistencyProof(6, 7, world.node), [i, j, k]);
  });

  it("holds for no other size, root or proof", () => {
    fc.assert(
      fc.property(fromTo, size, fc.nat(), fc.nat(255), ([from, to], other, at, bit) => {
        const proof = consistencyProof(from, to, world.node);
        const [before, after] = [world.roots[from], world.roots[to]];
        if (other !== from) assert.ok(!verifyConsistency(from, to, world.roots[other], after, proof));
        if (other !== to) assert.ok(!verifyConsistency(from, to, before, world.roots[other], proof));
        assert.ok(!verifyConsistency(from, to, before, after, [...proof, after]));
        if (proof.length === 0) return;
        assert.ok(!verifyConsistency(from, to, before, after, proof.slice(1)));
        assert.ok(!verifyConsistency(from, to, before, after, proof.slice(0, -1)));
        const forged = proof.map((hash) => hash.slice());
        forged[at % proof.length][bit >> 3] ^= 1 << (bit & 7);
        assert.ok(!verifyConsistency(from, to, before, after, forged));
      }),
    );
  });

  it("is refused for a tree in which an early receipt was exchanged", () => {
    const forged = new ReceiptTree();
    const nodes: Uint8Array[] = [];
    for (let index = 0; index < 20; index++)
      forged.append(leafHash(leafOf(index === 3 ? 99 : index)), (hash) => nodes.push(hash.slice()));
    const proof = consistencyProof(8, 20, (position) => nodes[position]);
    assert.ok(!verifyConsistency(8, 20, world.roots[8], forged.root(), proof));
  });

  it("is refused for a size that it does not reach", () => {
    const proof = consistencyProof(1, 2, world.node);
    assert.ok(verifyConsistency(1, 2, world.roots[1], world.roots[2], proof));
    assert.ok(!verifyConsistency(1, 3, world.roots[1], world.roots[2], proof));
  });

  it("knows an equal size with another root for what it is", () => {
    assert.ok(!verifyConsistency(5, 5, world.roots[5], world.roots[6], []));
  });

  it("is refused, and harms nobody, when its numbers are absurd", () => {
    for (const [from, to] of [
      [2, 1],
      [-1, 1],
      [0.5, 1],
      [Number.NaN, 1],
      [1, 2 ** 60],
    ])
      assert.ok(!verifyConsistency(from, to, world.roots[1], world.roots[1], []), `${from} to ${to}`);
    assert.throws(() => consistencyProof(0, 2, world.node), RangeError);
    assert.throws(() => consistencyProof(3, 2, world.node), RangeError);
  });
});
