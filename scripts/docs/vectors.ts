import { encodeGenesis, encodeInputs, type Genesis, type Input, type Receipt } from "../../src/fabric/index.ts";
import { headOf } from "../../src/governance/index.ts";
import { leafHash, ReceiptEncoder, ReceiptTree, sealCheckpoint, stateRoot, toHex } from "../../src/journal/index.ts";
import { encodeRecord, encodeSegmentHeader, journalOrigin } from "../../src/journal/segment.ts";

const genesis: Genesis = {
  chainId: 31337,
  ledger: "0x00000000000000000000000000000000000000aa",
  seed: 1,
  maxLagBlocks: 64,
  maxSilentTicks: 60,
};
const inputs: readonly Input[] = [
  {
    kind: "nodeMessage",
    ...{ node: 3, seq: 9, heartbeat: true, latencyMs: 110 },
    results: [{ lease: 17, outcome: "completed", digest: new Uint8Array(32).fill(0xab) }],
    signature: new Uint8Array(64).fill(0xcd),
  },
  { kind: "tick", tick: 1 },
];
const receipt: Receipt = {
  ...{ submitter: 1, number: 5, outcome: "completed", reason: "none", shard: 2, node: 3, attempts: 1 },
  ...{ submittedTick: 1, endedTick: 4, value: 35, resultDigest: new Uint8Array(32).fill(0xab) },
};

/** Small cases of every format, with the bytes that the program makes of them: for whoever writes a reader. */
export function testVectors(): string {
  const genesisBytes = encodeGenesis(genesis);
  const first = encodeRecord(journalOrigin, genesisBytes);
  const head = first.subarray(-32);
  const inputBytes = encodeInputs(inputs);
  const leaf = new ReceiptEncoder(genesis).leaf(receipt).slice();
  const tree = new ReceiptTree();
  const emptyRoot = tree.root();
  tree.append(leafHash(leaf));
  const one = tree.root();
  tree.append(leafHash(leaf));
  tree.append(leafHash(leaf));
  const checkpoint = sealCheckpoint({
    format: "planetary-fabric/checkpoint/v1",
    ...{ seq: 1, tick: 1, parent: `0x${"00".repeat(32)}`, stateRoot: `0x${"11".repeat(32)}` },
    journal: { records: 2, head: `0x${"22".repeat(32)}` },
    receipts: { size: 1, root: toHex(one) as `0x${string}` },
    governance: { version: 7, block: 12, hash: `0x${"33".repeat(32)}` },
    counters: { submitted: 1, completed: 1 },
  });
  const ledgerHead = headOf(genesis.chainId, genesis.ledger, {
    ...{ epoch: 1, seq: 1, parent: `0x${"44".repeat(32)}`, size: 1, root: one },
    digest: Buffer.from(checkpoint.digest.slice(2), "hex"),
  });
  const vectors: readonly (readonly [what: string, value: string])[] = [
    ["head before the first record", toHex(journalOrigin)],
    ["genesis: chain 31337, ledger 0x…aa, seed 1, 64 blocks, 60 ticks", toHex(genesisBytes)],
    [
      "header of segment 1, whose first record is 0",
      toHex(encodeSegmentHeader({ segment: 1, firstRecord: 0, head: journalOrigin })),
    ],
    ["record 0: that genesis", toHex(first)],
    [
      "inputs of tick 1: a message of node 3 (seq 9, heartbeat, 110 ms, lease 17 completed with digest ab…ab, signature cd…cd)",
      toHex(inputBytes),
    ],
    [
      "inputs of tick 2, the first of an orchestrator that claimed epoch 2",
      toHex(
        encodeInputs([
          { kind: "claimed", epoch: 2 },
          { kind: "tick", tick: 2 },
        ]),
      ),
    ],
    ["record 1: those inputs, after record 0", toHex(encodeRecord(head, inputBytes))],
    [
      "leaf of a receipt: submitter 1, job 5, completed, shard 2, node 3, 1 attempt, ticks 1 to 4, value 35, digest ab…ab",
      toHex(leaf),
    ],
    ["hash of that leaf, which is the root of a tree of one", toHex(leafHash(leaf))],
    ["root of the empty tree", toHex(emptyRoot)],
    ["root of a tree of that leaf three times", toHex(tree.root())],
    ["frontier of that tree", toHex(tree.frontier())],
    ["state root of the state 0x0102 under that frontier", toHex(stateRoot(Uint8Array.of(1, 2), tree.frontier()))],
    ["a checkpoint", checkpoint.text],
    ["its digest", checkpoint.digest],
    ["head of the ledger with that digest: epoch 1, seq 1, parent 44…44, size 1, root of one", ledgerHead],
  ];
  return vectors.map(([what, value]) => `${what}:\n\n\`\`\`text\n${wrapped(value)}\n\`\`\``).join("\n\n");
}

/** Long hex in lines of 64 digits, so that it can be read; other text as it is. */
function wrapped(value: string): string {
  return /^0x[0-9a-f]{65,}$/.test(value) ? (value.slice(2).match(/.{1,64}/g) ?? []).join("\n") : value;
}
