import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { Option } from "commander";
import { getAddress, hexlify } from "ethers";
import fc from "fast-check";
import {
  type Change,
  type ChangeKind,
  catalogue,
  changeOf,
  describeParameters,
  isChangeKind,
  parametersIn,
  spell,
  spellings,
  understand,
  usageOf,
} from "../../src/owner/index.ts";

const kinds = Object.keys(catalogue).filter(isChangeKind);

/** What people type, and what they mean by it. */
const typed: readonly (readonly [string, Change])[] = [
  ["pause", { kind: "pause", scope: "fabric" }],
  ["pause mars", { kind: "pause", scope: "mars" }],
  ["resume", { kind: "resume", scope: "fabric" }],
  ["guardian-pause --seconds 600", { kind: "guardianPause", scope: "fabric", seconds: 600 }],
  ["set earth.queueBudget 5000", { kind: "setQueueBudget", shard: "earth", value: 5000 }],
  ["set routers.spilloverBatch 64", { kind: "setSpillBatch", shard: "routers", value: 64 }],
  ["set routers.spillBatch 64", { kind: "setSpillBatch", shard: "routers", value: 64 }],
  ["set earth.latencyBudgetMs 150", { kind: "setLatencyBudget", shard: "earth", value: 150 }],
  ["set fabric.checkpointIntervalTicks 20", { kind: "setCheckpointInterval", value: 20 }],
  ["set luna.routes mars earth", { kind: "setRoutes", shard: "luna", routes: ["mars", "earth"] }],
  ["set luna.routes", { kind: "setRoutes", shard: "luna", routes: [] }],
  ["reroute mars helios earth", { kind: "reroute", from: "mars", to: ["helios", "earth"] }],
  ["reroute mars helios --count 9", { kind: "reroute", from: "mars", to: ["helios"], count: 9 }],
  ["limit earth.core-alpha --capacity 12", { kind: "limit", node: "earth.core-alpha", capacity: 12 }],
  ["checkpoint", { kind: "checkpointNow" }],
  ["move earth luna 1500", { kind: "move", from: "earth", to: "luna", count: 1500 }],
  ["cancel earth.exchange/17", { kind: "cancel", submitter: "earth.exchange", number: 17 }],
  ["cancel a/b/17", { kind: "cancel", submitter: "a/b", number: 17 }],
];

const zero = `0x${"00".repeat(20)}`;
const signed = { deadline: 9, signature: `0x${"ab".repeat(65)}` };

/** What those who are no owners sign. */
const documents = {
  registration: {
    ...{ format: "planetary-fabric/registration/v1", chainId: 31337, registry: zero, node: "luna.far-side" },
    ...{ operator: zero, shard: "luna", capacity: 8, maxConcurrency: 4, heartbeatSeconds: 20, skills: ["navigation"] },
    ...{ keyKind: "ed25519", key: `0x${"11".repeat(32)}`, nonce: 0, ...signed },
  },
  acceptance: {
    ...{ format: "planetary-fabric/guardian-acceptance/v1", chainId: 31337, pause: zero, guardian: zero },
    ...signed,
  },
  proposal: {
    ...{ format: "planetary-fabric/constitution/v1", chainId: 31337, multisig: zero, epoch: 2 },
    constitution: { members: [{ kind: 1, weight: 1, key: zero }], threshold: 1, defaultDelay: 0, rules: [] },
    acceptances: [{ index: 1, payload: `0x${"ab".repeat(64)}` }],
  },
} as const;
const files = Object.fromEntries(Object.entries(documents).map(([name, held]) => [name, fc.constant(held)]));

/** Understands words with options as a shell would hand them over. */
function read(words: readonly string[]): Change {
  const flag = words.findIndex((word) => word.startsWith("--"));
  const end = flag < 0 ? words.length : flag;
  const flags = new Map(spellings.flatMap(({ options }) => options.map((each) => [each.flag, each.parameter.name])));
  const options: Record<string, string> = {};
  for (let at = end; at < words.length; at += 2) options[flags.get(words[at]) ?? words[at]] = words[at + 1];
  const held = new Map<string, unknown>(Object.entries(documents).map(([name, value]) => [`${name}.json`, value]));
  return understand(words[0], words.slice(1, end), options, (file) => held.get(file));
}

/** Words as `sh` makes them of a line. */
function shellWords(line: string): string[] {
  return execFileSync("sh", ["-c", `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);
}

describe("the words of owners' changes", () => {
  for (const kind of kinds)
    it(`${kind}: can be typed, with every parameter that it has, and its help says what each is`, () => {
      const parameters = describeParameters(kind);
      const own = spellings.filter((spelling) => spelling.kind === kind);
      assert.ok(own.length > 0);
      for (const { operands, options } of own) {
        const named = operands.flatMap(({ text }) => parametersIn(text));
        for (const { flag, parameter } of options) {
          named.push(parameter.name);
          assert.equal(new Option(flag).attributeName(), parameter.name);
        }
        assert.deepEqual(named.toSorted(), parameters.map(({ name }) => name).toSorted());
      }
      for (const { description, type, bounds } of parameters) {
        assert.notEqual(description, "");
        assert.equal(bounds !== null, type === "number");
      }
    });

  for (const kind of kinds)
    it(`${kind}: is spelled in words that mean it`, () => {
      fc.assert(
        fc.property(changes(kind), (change) => {
          const [verb] = spell(change).split(" ");
          assert.deepEqual(meant(read(spell(change).split(" "))), meant(change), verb);
        }),
        { numRuns: 25, seed: 7 },
      );
    });

  for (const [line, change] of typed)
    it(`understands "${line}"`, () => {
      assert.deepEqual(read(line.split(" ")), change);
    });

  it("leave no change to another one: no two are spelled the same", () => {
    const usages = spellings.map(usageOf);
    assert.equal(new Set(usages).size, usages.length);
  });

  it("leave out what goes without saying", () => {
    assert.equal(spell({ kind: "pause", scope: "fabric" }), "pause");
    assert.equal(spell({ kind: "setSpillBatch", value: 9 }), "set routers.spillBatch 9");
  });

  it("survive a shell, whatever a name is made of", () => {
    const name = "a'b$HOME*;&<x>|#~`!\"\\?";
    const change: Change = { kind: "pause", scope: name };
    assert.deepEqual(read(shellWords(spell(change))), change);
  });

  it("say what there is to set when a field is unknown", () => {
    assert.throws(() => understand("set", ["earth.queueLimit", "5"]), {
      code: "CHANGE_INVALID",
      exitCode: 2,
      message: "set earth.queueLimit 5: no change is spelled so.",
      remedy: /`set <shard>\.queueBudget <value>`.*`set fabric\.checkpointIntervalTicks <value>`/,
    });
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ["a number out of bounds", "set earth.queueBudget 0", /value cannot be 0.*from 1 to 16777215 \(jobs\)/s],
    ["a word where a number belongs", "set earth.queueBudget many", /value cannot be "many".*whole number/s],
    ["half a job", "move earth luna 0.5", /count cannot be 0\.5.*whole number from 1/s],
    ["an empty number", "cancel earth.exchange/", /number cannot be ""/],
    ["a missing value", "set earth.queueBudget", /no change is spelled so/],
    ["one word too many", "set earth.queueBudget 1 2", /no change is spelled so/],
    ["an address with a slip of the pen", `rearm-guardian 0x${"aB".repeat(20)}`, /guardian cannot be .*checksum/s],
    ["a file that is none", "admit-node nowhere.json", /registration is missing/],
    ["nine routes", "set luna.routes a b c d e f g h i", /routes cannot be .*at most 8 names/s],
  ];
  for (const [what, line, message] of wrong)
    it(`refuse ${what}`, () => {
      assert.throws(
        () => read(line.split(" ")),
        (error: Error & { code: string; remedy: string }) => {
          assert.equal(error.code, "CHANGE_INVALID");
          assert.match(`${error.message} ${error.remedy}`, message);
          return true;
        },
      );
    });
});

/** Changes of a kind, with names, numbers within their bounds, and what may be left out left out now and then. */
function changes(kind: ChangeKind): fc.Arbitrary<Change> {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/);
  const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => getAddress(hexlify(bytes)));
  const special: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    ...{ account: address, guardian: address, anchorer: address, successor: fc.constantFrom("none", zero) },
    keyKind: fc.constantFrom("ed25519", "p256", "secp256k1"),
    key: fc.uint8Array({ minLength: 32, maxLength: 33 }).map((bytes) => hexlify(bytes)),
    ...files,
  };
  const values = describeParameters(kind).map(({ name: key, type, bounds, required }) => {
    const numbers = fc.integer({ min: bounds?.minimum ?? 0, max: bounds?.maximum ?? 0 });
    const lists = fc.array(name, { minLength: 1, maxLength: 8 });
    const plain: fc.Arbitrary<unknown> = { text: name, number: numbers, list: lists, document: fc.constant({}) }[type];
    const value = special[key] ?? plain;
    return [key, required ? value : fc.option(value, { nil: undefined })] as const;
  });
  return fc.record(Object.fromEntries(values)).map((parameters) => changeOf(kind, withoutNothing(parameters)));
}

/** What is left out and what stands for it mean the same. */
function meant(change: Change): unknown {
  return change.kind === "setSpillBatch" ? { ...change, shard: change.shard ?? "routers" } : change;
}

function withoutNothing(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
