import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { VerifiedChain } from "../../src/governance/evidence/index.ts";
import { type Checkpoint, fromHex, noCheckpoint, sealCheckpoint } from "../../src/journal/index.ts";
import { assertAnchored, assertReceiptsGrow } from "../../src/report/proof.ts";

type Anchor = VerifiedChain["anchors"][number];

const word = (digit: number) => `0x${String(digit).padStart(64, "0")}` as const;

function checkpoint(seq: number, size: number): Checkpoint {
  return sealCheckpoint({
    ...{ format: "planetary-fabric/checkpoint/v1", seq, tick: seq, parent: noCheckpoint.digest, counters: {} },
    ...{ journal: { records: seq, head: word(seq) }, receipts: { size, root: word(size) }, stateRoot: word(seq) },
    governance: { version: 1, block: 1, hash: word(1) },
  });
}

function anchorOf({ document: { seq, receipts }, digest }: Checkpoint): Anchor {
  return {
    ...{
      epoch: 1,
      seq,
      parent: word(seq - 1),
      head: word(seq),
      voided: false,
      block: seq,
      time: seq,
      transaction: word(9),
    },
    ...{ size: receipts.size, root: fromHex(receipts.root), digest: fromHex(digest) },
  };
}

const checkpoints = [checkpoint(1, 10), checkpoint(2, 10), checkpoint(3, 30)];
const beginning: Anchor = { ...anchorOf(checkpoint(0, 0)), seq: 0 };
const anchors = [beginning, ...checkpoints.map(anchorOf)];

describe("The ledger's anchors", () => {
  it("may stand still or grow, or no quiet hour could be anchored", () => {
    assertReceiptsGrow(anchors);
    assertReceiptsGrow([]);
  });

  const forks: readonly [string, Partial<Anchor>][] = [
    ["have another root for the same number of receipts", { size: 10, root: fromHex(word(7)) }],
    ["have fewer receipts than before", { size: 9 }],
  ];
  for (const [what, change] of forks)
    it(`are a fork when they ${what}, or receipts could be rewritten unseen`, () => {
      const forked = anchors.with(2, { ...anchors[2], ...change });
      assert.throws(() => assertReceiptsGrow(forked), {
        code: "RECEIPTS_FORKED",
        exitCode: 6,
        message: /^Checkpoint 2 /,
      });
    });

  it("are no fork where the owners voided one of them", () => {
    assertReceiptsGrow(anchors.toSpliced(2, 0, { ...anchors[2], root: fromHex(word(7)), voided: true }));
  });

  const ledger = { head: word(3) } as VerifiedChain["ledger"];

  it("are those of the journal's checkpoints", () => {
    assertAnchored(checkpoints, { anchors, ledger });
    assertAnchored([], { anchors: [beginning], ledger });
  });

  const others: readonly [string, RegExp, readonly Anchor[]][] = [
    ["has none", /the ledger has none/, anchors.slice(0, -1)],
    ["has more than there are", /the ledger has 4, and the journal makes 3/, [...anchors, anchorOf(checkpoint(4, 40))]],
    ["has another digest", /its digest is/, anchors.with(2, { ...anchors[2], digest: fromHex(word(7)) })],
    ["has another size", /it has 10 receipts, and the ledger has 11/, anchors.with(2, { ...anchors[2], size: 11 })],
    ["has another root", /have the root/, anchors.with(2, { ...anchors[2], root: fromHex(word(7)) })],
    ["stands elsewhere", /not the ledger's head/, anchors.with(3, { ...anchors[3], head: word(8) })],
    ["voided one", /its digest is|has none/, anchors.with(2, { ...anchors[2], voided: true })],
  ];
  for (const [what, problem, found] of others)
    it(`are not those of the journal's checkpoints where the ledger ${what}`, () => {
      assert.throws(() => assertAnchored(checkpoints, { anchors: found, ledger }), {
        code: "CHECKPOINT_NOT_ANCHORED",
        exitCode: 6,
        message: problem,
      });
    });
});
