import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Interface } from "ethers";
import fc from "fast-check";
import { contractNames, interfaceOf } from "../../src/governance/index.ts";
import { type Call, describeCalls, type Vocabulary, vocabularyOf, withdrawalSentence } from "../../src/owner/index.ts";
import { contracts, exportables, office, world } from "./exportSamples.ts";

const known = vocabularyOf(world);
const guardianActs = new Set(["guardianPause", "revokeAnchorer", "revokeMarketplace"]);
const byOwners = exportables.filter(({ planned }) => !guardianActs.has(planned.change.kind));

/** What an owner has pinned, and no chain at hand. */
const pinned: Vocabulary = {
  ...{ contracts, shards: known.shards, nodes: known.nodes, submitters: known.submitters, skills: known.skills },
  constitution: office.constitution,
};

/** Arguments that change nothing of what a call does once a contract takes it: signatures, and what they are good for. */
const harmless: Readonly<Record<string, RegExp>> = {
  admit: /signature|nonce|deadline/,
  appointGuardian: /acceptance|deadline/,
  constitute: /acceptances/,
  // Which head that is, the ledger knows by itself: it takes only one that it keeps.
  rebase: /epoch|parent|root|digest/,
};

describe("what calls do, read from their bytes alone", () => {
  for (const { planned } of byOwners)
    it(`${planned.change.kind}: is the sentence that was planned`, () => {
      assert.equal(describeCalls(planned.calls, pinned), planned.sentence);
    });

  it("is never the same for calls that do something else", () => {
    const places = byOwners.flatMap(({ planned }) => planned.calls.map((call, index) => ({ planned, call, index })));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.nat(), fc.integer({ min: 1, max: 255 }), (place, at, flip) => {
        const { planned, call, index } = place;
        const data = flipped(call.data, at, flip);
        const calls = planned.calls.map((each, other) => (other === index ? { ...each, data } : each));
        const said = saidOf(calls);
        if (said === planned.sentence) assert.ok(differsHarmlessly(call, { ...call, data }), `${said} ${data}`);
      }),
      { numRuns: 3000, seed: 7 },
    );
  });

  it("follows names that come up within the batch", () => {
    const shards = interfaceOf("ShardRegistry");
    const ceres = byOwners.find(({ planned }) => planned.change.kind === "registerShard")?.planned.calls ?? [];
    const to = contracts.ShardRegistry.address;
    const data = shards.encodeFunctionData("setWeight", [5, 2, 9]);
    assert.match(describeCalls([...ceres, { to, data }], pinned), / Set the weight of ceres from 2 to 9\.$/);
  });

  it("says of a batch without calls that it withdraws", () => {
    assert.equal(describeCalls([], pinned), withdrawalSentence);
  });

  const shards = interfaceOf("ShardRegistry");
  const to = contracts.ShardRegistry.address;
  const weight = shards.encodeFunctionData("setWeight", [1, 1, 2]);
  const multisig = contracts.OwnerMultisig.address;
  const wordless: readonly (readonly [string, Call, RegExp])[] = [
    ["another contract's call", { to: multisig.replace(/.$/, "0"), data: weight }, /no contract of this fabric/],
    ["an address in other letters", { to: to.toLowerCase(), data: weight }, /no contract of this fabric/],
    ["a function that there is not", { to, data: "0x12345678" }, /ShardRegistry has no function/],
    ["no function at all", { to, data: "0x" }, /has no function/],
    ["bytes behind the arguments", { to, data: `${weight}00` }, /has no function that it is a plain call of/],
    ["arguments that are cut", { to, data: weight.slice(0, -2) }, /has no function that it is a plain call of/],
    [
      "a function that is no change of the catalogue",
      { to, data: shards.encodeFunctionData("transferOwnership", [multisig]) },
      /ShardRegistry\.transferOwnership is none of the changes/,
    ],
    [
      "a shard that there is not",
      { to, data: shards.encodeFunctionData("setWeight", [9, 1, 2]) },
      /there is no shard 9/,
    ],
    [
      "a name with bytes that do not show",
      { to: contracts.NodeRegistry.address, data: skillCall(`0x${Buffer.from("botany").toString("hex")}80`) },
      /a name that cannot be shown/,
    ],
    [
      "an order that there is not",
      { to, data: shards.encodeFunctionData("order", [4, "0x"]) },
      /no order of the kind 4/,
    ],
    [
      "an order with more than it takes",
      { to, data: shards.encodeFunctionData("order", [1, "0x00"]) },
      /more, or less, than orders of its kind/,
    ],
  ];
  for (const [what, call, message] of wordless)
    it(`refuses ${what}`, () => {
      const first = byOwners[0].planned.calls[0];
      assert.throws(() => describeCalls([first, call], pinned), { code: "CALL_UNREADABLE", exitCode: 4, message });
      assert.throws(() => describeCalls([first, call], pinned), /^FabricError: What call 2 does cannot be said/);
    });

  it("has words for every change of the owners, and for the guardians where it knows who holds which office", () => {
    for (const { planned } of exportables) assert.equal(describeCalls(planned.calls, known), planned.sentence);
    const revoke = exportables.find(({ planned }) => planned.change.kind === "revokeAnchorer")?.planned.calls ?? [];
    assert.throws(() => describeCalls(revoke, pinned), { code: "CALL_UNREADABLE" });
  });
});

function skillCall(name: string): string {
  return interfaceOf("NodeRegistry").encodeFunctionData("addSkill", [name.padEnd(66, "0")]);
}

function saidOf(calls: readonly Call[]): string | null {
  try {
    return describeCalls(calls, pinned);
  } catch (error) {
    assert.match(String(error), /^FabricError: What call \d+ does cannot be said/);
    return null;
  }
}

/** One byte is another; the bytes behind the selector come up more often than it. */
function flipped(data: string, at: number, flip: number): string {
  const bytes = Buffer.from(data.slice(2), "hex");
  bytes[at % bytes.length] ^= flip;
  return `0x${bytes.toString("hex")}`;
}

/** Whether all that is different are arguments that do not matter. */
function differsHarmlessly(one: Call, other: Call): boolean {
  const name = contractNames.find((contract) => contracts[contract].address === one.to);
  if (name === undefined) return false;
  const abi: Interface = interfaceOf(name);
  const [was, is] = [abi.parseTransaction(one), abi.parseTransaction(other)];
  if (was === null || is === null || was.name !== is.name || harmless[was.name] === undefined) return false;
  const before = leavesOf(was.args.toObject(true));
  const after = new Map(leavesOf(is.args.toObject(true)));
  return before.every(([key, value]) => after.get(key) === value || harmless[was.name].test(key));
}

/** Every value within a value, by the names that lead to it. */
function leavesOf(value: unknown, path = ""): [string, string][] {
  if (typeof value !== "object" || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}.${key}`));
}
