import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { FabricError } from "../../src/errors.ts";
import {
  acceptableText,
  acceptanceDigest,
  checkPlan,
  checkSignature,
  describeCalls,
  planDigest,
  planForm,
  planText,
  readAcceptable,
  readPlan,
  readSignature,
  readTrust,
  sealPlan,
  signatureText,
  trustText,
  vocabularyOf,
} from "../../src/owner/index.ts";
import { proposal, world } from "./exportSamples.ts";
import { reroute, signedBy, trust } from "./planSamples.ts";

/** How many random alterations of each file are tried: `MUTATIONS=10000 node --test test/owner/planMutations.test.ts`. */
const numRuns = Number(process.env.MUTATIONS ?? 100);
const seed = 5;

/** What owners are told of a file that somebody altered. */
const refusals = [
  ...["OWNER_FILE_ALTERED", "PLAN_FALSE", "PLAN_FOREIGN", "PLAN_OUTDATED", "CALL_UNREADABLE"],
  ...["SIGNATURE_FORGED", "SIGNATURE_FOREIGN", "NOT_A_MEMBER"],
  ...["CONSTITUTION_INVALID", "ACCEPTANCE_DOUBLED", "ACCEPTANCE_FORGED"],
];

describe("files that somebody altered", () => {
  const plan = planText(reroute);
  let signature: string;
  before(async () => {
    signature = signatureText(await signedBy(2, reroute));
  });

  it("are taken as they were written, also by mail that changes line ends", () => {
    checkPlan(readPlan(plan.replaceAll("\n", "\r\n"), "plan"), readTrust(`\n${trustText(trust)}\n\n`, "trust"));
    assert.equal(checkSignature(readSignature(signature, "signature"), reroute, trust, "signature").index, 2);
  });

  it("are refused by name: plans", () => {
    property(plan, (text) => checkPlan(readPlan(text, "plan"), trust));
  });

  it("are refused by name: trust files", () => {
    property(trustText(trust), (text) => checkPlan(reroute, readTrust(text, "trust")));
  });

  it("are refused by name: signatures", () => {
    property(signature, (text) => checkSignature(readSignature(text, "signature"), reroute, trust, "signature"));
  });

  it("are refused by name, or nobody has accepted what they say: constitutions", () => {
    const digest = acceptanceDigest(proposal);
    fc.assert(
      fc.property(textMutations(acceptableText(proposal)), (text) => {
        if (refusedBy(() => readAcceptable(text, "constitution"))) return;
        const read = readAcceptable(text, "constitution");
        assert.ok(acceptanceDigest(read) === digest || read.acceptances.length === 0, text);
      }),
      { numRuns, seed },
    );
  });

  it("are refused, or say what their calls do, when the forger has made hash and memo anew", () => {
    const { hash: _, memo: __, ...said } = reroute;
    fc.assert(
      fc.property(valueMutations(said), (value) => {
        const parsed = planForm.safeParse(resealed(value));
        if (!parsed.success) return;
        if (!refusedBy(() => checkPlan(readPlan(planText(parsed.data), "plan"), trust))) {
          const { calls, sentence, contracts, epoch } = parsed.data;
          assert.equal(sentence, describeCalls(calls, vocabularyOf(world)));
          assert.deepEqual([contracts, epoch], [reroute.contracts, 1]);
          // Nobody's signature over the true one is good for it.
          if (parsed.data.hash !== reroute.hash) assert.notEqual(planDigest(parsed.data), planDigest(reroute));
        }
      }),
      { numRuns, seed },
    );
  });
});

function property(original: string, read: (text: string) => unknown): void {
  const plain = (text: string) => text.replaceAll("\r\n", "\n").trim();
  fc.assert(
    fc.property(textMutations(original), (text) => {
      const refused = refusedBy(() => read(text));
      assert.equal(refused, plain(text) !== plain(original), text);
    }),
    { numRuns, seed },
  );
}

/** Anything but a named error is a crash. */
function refusedBy(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (!(error instanceof FabricError)) throw error;
    assert.ok(refusals.includes(error.code), error.code);
    return true;
  }
}

function resealed(value: unknown): unknown {
  const shape = planForm.omit({ hash: true, memo: true }).safeParse(value);
  return shape.success ? sealPlan(shape.data) : value;
}

/** Another text: bytes that are others, gone, or too many; or JSON with another value somewhere. */
function textMutations(original: string): fc.Arbitrary<string> {
  const at = fc.nat({ max: original.length - 1 });
  const piece = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("\n", '"', "{", "}", "0", "\u202e", "\0", "é"));
  const spliced = fc.tuple(at, fc.nat({ max: 40 }), piece).map(([start, length, put]) => {
    return original.slice(0, start) + put + original.slice(start + length);
  });
  const lines = original.split("\n");
  const line = fc.nat({ max: lines.length - 1 });
  const swapped = fc.tuple(line, line).map(([one, other]) => {
    return lines.map((each, index) => (index === one ? lines[other] : each)).join("\n");
  });
  const valued = valueMutations(JSON.parse(original)).map((value) => `${JSON.stringify(value, null, 2)}\n`);
  return fc.oneof(spliced, swapped, valued, valued);
}

/** JSON in which one value is another, or gone, or has company. */
function valueMutations(original: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(original);
  const other = fc.oneof(
    fc.constantFrom<unknown>(null, true, -1, 0, 1, 2 ** 53, 1e300, "", "0x", "parameters", [], {}, "x".repeat(3000)),
    fc.nat(),
    fc.string(),
    fc.constantFrom(...paths).map((path) => valueAt(original, path)),
  );
  return fc
    .tuple(fc.constantFrom(...paths), fc.constantFrom("replace", "remove", "add", "nudge"), other)
    .map(([path, how, value]): unknown => {
      if (how === "add") return withValue(original, [...path, "__proto__"], value);
      if (how === "nudge") return withValue(original, path, nudged(valueAt(original, path)));
      return withValue(original, path, how === "remove" ? undefined : value);
    });
}

/** Nearly the same. */
function nudged(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return value.replace(/[0-9a-z]$/, (last) => (last === "0" ? "1" : "0"));
  return Array.isArray(value) ? [...value, ...value.slice(-1)] : value;
}

type Path = readonly string[];

function pathsOf(value: unknown, above: Path = []): Path[] {
  const within = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [above, ...within.flatMap(([key, inner]) => pathsOf(inner, [...above, key]))];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => Object(inner)[key], value);
}

function withValue(value: unknown, [key, ...rest]: Path, put: unknown): unknown {
  if (key === undefined) return put === undefined ? null : put;
  if (typeof value !== "object" || value === null) return { [key]: put };
  const inner = withValue(Reflect.get(value, key), rest, rest.length === 0 && put === undefined ? undefined : put);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    if (rest.length === 0 && put === undefined) copy.splice(Number(key), 1);
    else copy[Number.isNaN(Number(key)) ? copy.length : Number(key)] = inner;
    return copy;
  }
  const entries = Object.entries(value).filter(([name]) => name !== key || rest.length > 0 || put !== undefined);
  const next = Object.fromEntries(entries);
  return rest.length === 0 && put === undefined ? next : { ...next, [key]: inner };
}
