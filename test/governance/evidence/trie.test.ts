import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeRlp, keccak256 } from "ethers";
import { emptyRoot, listKey, proveEntry, readProof, trieOfList } from "../../../src/governance/evidence/trie.ts";

const refuse = (problem: string): never => {
  throw new Error(problem);
};
/** Values 1, 2, …, of `digits` hex digits. Short ones make nodes that stand in their parents. */
const numbers = (count: number, digits: number): string[] =>
  Array.from({ length: count }, (_, index) => `0x${(index + 1).toString(16).padStart(digits, "0")}`);
const long = Array.from({ length: 300 }, (_, index) => keccak256(listKey(index)));

describe("a Merkle-Patricia trie", () => {
  // Computed by @ethereumjs/mpt 10.1.3.
  const known: [what: string, values: string[], root: string][] = [
    ["nothing", [], "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"],
    ["one value", ["0xff"], "0x597b7d6dac7ed0e172717eb3ecee0ebd56188817afe42be254e47a5d322efc89"],
    ["17 bytes", numbers(17, 2), "0xa87383e5770cdf013b6e22804b06ef4598148f60ce269820130310470c20a0be"],
    ["40 bytes", numbers(40, 2), "0x1adbe54e6a54e50f3a245e2561669205a863fdceb3960e47a7cf582b08705cd7"],
    ["300 short values", numbers(300, 4), "0x09355cffa00d9b955b1130c1c7c5d8a126ea7c44a51a9e0bbf57c25ed1928391"],
  ];
  for (const [what, values, root] of known)
    it(`of ${what} has the root that every Ethereum client computes, or no evidence could ever be collected`, () => {
      assert.equal(trieOfList(values).root, root);
    });

  for (const [what, values] of [["short", numbers(300, 4)] as const, ["long", long] as const])
    it(`proves each of 300 ${what} values, wherever in a block a transaction stands`, () => {
      const trie = trieOfList(values);
      for (const [index, value] of values.entries())
        assert.equal(readProof(trie.root, listKey(index), proveEntry(trie, listKey(index)), refuse), value);
    });

  it("proves that it has nothing under a key, so that a slot of zero can be proved", () => {
    const trie = trieOfList(long);
    const key = listKey(300);
    assert.equal(readProof(trie.root, key, proveEntry(trie, key), refuse), null);
    assert.equal(readProof(emptyRoot, key, [], refuse), null);
  });

  it("has under one key nothing of what it has under another, though the way ends at the same node", () => {
    const one = trieOfList(["0xff"]);
    const leaf = proveEntry(one, listKey(0));
    assert.equal(readProof(one.root, listKey(0), leaf, refuse), "0xff");
    assert.equal(readProof(one.root, listKey(1), leaf, refuse), null);
    const seventeen = trieOfList(long.slice(0, 17));
    const extended = listKey(0x2000);
    assert.equal(readProof(seventeen.root, extended, proveEntry(seventeen, extended), refuse), null);
  });
});

describe("a proof is refused, so that nobody can prove what is not there,", () => {
  const trie = trieOfList(long);
  const key = listKey(200);
  const proof = proveEntry(trie, key);
  const read = (nodes: readonly string[], of = key, root = trie.root) => readProof(root, of, nodes, refuse);

  it("when it stops early", () => {
    for (let length = 0; length < proof.length; length++)
      assert.throws(() => read(proof.slice(0, length)), /its way goes on/);
  });
  it("when it goes on", () => {
    assert.throws(() => read([...proof, proof[0] ?? ""]), /its way has/);
    assert.throws(() => readProof(emptyRoot, key, proof, refuse), /its way has 0/);
  });
  it("when it is for another key, or of another trie", () => {
    assert.throws(() => read(proof, listKey(100)), /hashes to/);
    assert.throws(() => read(proof, key, keccak256("0x01")), /hashes to/);
  });
  it("when a node of it is altered", () => {
    for (const nth of proof.keys())
      assert.throws(
        () =>
          read(
            proof.map((node, at) => (at === nth ? node.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) : node)),
          ),
        /hashes to/,
      );
    for (const nth of proof.keys())
      assert.throws(() => read(proof.map((node, at) => (at === nth ? `${node}00` : node))), /hashes to/);
  });
  for (const [what, node, problem] of [
    ["is no RLP", "0xf8", /no RLP/],
    ["is a string", "0x83aabbcc", /list is wanted/],
    ["has three parts", encodeRlp(["0x20", "0x01", "0x02"]), /3 parts/],
    ["has a list for a value", encodeRlp(["0x2081c8", ["0x01"]]), /value/],
    ["has a list for a segment", encodeRlp([["0x20"], "0x01"]), /segment/],
  ] as const)
    it(`when its root ${what}, though the root hashes as it should`, () => {
      assert.throws(() => readProof(keccak256(node), listKey(200), [node], refuse), problem);
    });
  it("when it nests deeper than anybody can read", () => {
    const deep = `0x${"fa030d40".repeat(30_000)}`;
    assert.throws(() => readProof(keccak256(deep), listKey(200), [deep], refuse), /no RLP/);
  });
});
