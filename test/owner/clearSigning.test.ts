import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Interface, type ParamType, TypedDataEncoder, type TypedDataField } from "ethers";
import { z } from "zod";
import { clearSigningFolder, clearSigningTexts } from "../../scripts/docs/clearSigning.ts";
import { contractNames, interfaceOf } from "../../src/governance/index.ts";
import { intents } from "../../src/owner/export/intents.ts";
import { methodOf } from "../../src/owner/export/method.ts";
import { typedDataOf } from "../../src/owner/export/typedData.ts";
import { acceptanceTypedData, catalogue, clearSigningFiles } from "../../src/owner/index.ts";
import { contracts, exportables } from "./exportSamples.ts";

const text = z.string().min(1);
/** As much of ERC-7730 as the descriptors use, with nothing beside it. */
const fieldForm = z.union([
  z.strictObject({
    path: text,
    label: text,
    format: z.enum(["raw", "addressName", "duration"]),
    visible: z.literal("never").optional(),
  }),
  z.strictObject({ path: text, label: text, format: z.literal("unit"), params: z.strictObject({ base: text }) }),
  z.strictObject({
    ...{ path: text, label: text, format: z.literal("date") },
    params: z.strictObject({ encoding: z.literal("timestamp") }),
  }),
  z.strictObject({
    ...{ path: text, label: text, format: z.literal("enum") },
    params: z.strictObject({ $ref: z.string().regex(/^\$\.metadata\.enums\.(order|keyKind)$/) }),
  }),
  z.strictObject({
    ...{ path: text, label: text, format: z.literal("calldata") },
    params: z.strictObject({ calleePath: text }),
  }),
]);
const deployments = z.array(z.strictObject({ chainId: z.int(), address: text }));
const descriptorForm = z.strictObject({
  $schema: z.literal("https://eips.ethereum.org/assets/eip-7730/erc7730-v2.schema.json"),
  context: z.union([
    z.strictObject({ $id: text, contract: z.strictObject({ deployments }) }),
    z.strictObject({
      $id: text,
      eip712: z.strictObject({
        domain: z.strictObject({ name: text, version: text }),
        deployments: deployments.optional(),
      }),
    }),
  ]),
  metadata: z.strictObject({
    owner: text,
    contractName: z.enum(contractNames).optional(),
    enums: z.record(text, z.record(text, text)),
  }),
  display: z.strictObject({
    formats: z.record(
      text,
      z.strictObject({
        $id: text,
        intent: z.string().min(1).max(24),
        interpolatedIntent: text.optional(),
        fields: z.array(fieldForm),
      }),
    ),
  }),
});

const descriptors = [...clearSigningTexts()].map(([file, made]) => ({
  file,
  ...descriptorForm.parse(JSON.parse(made)),
}));
const functions = descriptors.filter(({ file }) => file.includes("/calldata-"));
const messages = descriptors.filter(({ file }) => file.includes("/eip712-"));
const keysOf = ({ display }: (typeof descriptors)[number]) => Object.keys(display.formats);

describe("descriptors for wallets (ERC-7730)", () => {
  it("are as `npm run docs` makes them from the contracts and the catalogue", () => {
    const there = readdirSync(clearSigningFolder).map((name) => `${clearSigningFolder}/${name}`);
    assert.deepEqual(there.sort(), [...clearSigningTexts().keys()].sort());
    for (const [file, made] of clearSigningTexts()) assert.equal(readFileSync(file, "utf8"), made, file);
  });

  it("have every function that changes something, by a key with its selector", () => {
    for (const descriptor of functions) {
      const { contractName } = descriptor.metadata;
      assert.ok(contractName !== undefined);
      const abi = interfaceOf(contractName);
      const changing = abi.fragments.filter(
        (each) => each.type === "function" && !/ (view|pure) ?/.test(each.format("full")),
      );
      const shown = keysOf(descriptor).map((key) => new Interface([`function ${key}`]).fragments[0].format("sighash"));
      assert.deepEqual(shown.sort(), changing.map((each) => each.format("sighash")).sort());
      // As the standard writes keys: one space before each name, none behind a comma.
      for (const key of keysOf(descriptor)) assert.doesNotMatch(key, /, | {2}|\( |tuple/);
    }
    assert.equal(functions.length, contractNames.length);
  });

  it("have the owners' message by the type that their wallets are given", () => {
    const { types } = typedDataOf(exportables[0]);
    const { EIP712Domain: _, ...own }: Record<string, TypedDataField[]> = types;
    assert.ok(messages.some((each) => keysOf(each).includes(TypedDataEncoder.from(own).encodeType("Batch"))));
    assert.deepEqual(
      messages.map(({ context }) => ("eip712" in context ? context.eip712.domain.name : "")),
      [
        ...["Planetary Fabric Owners", "Planetary Fabric Nodes", "Planetary Fabric Guardians"],
        "Planetary Fabric Founding",
      ],
    );
  });

  it("have what the first members sign by the type and the domain that their wallets are given, and ask for no contract", () => {
    const members = [{ kind: 1, weight: 1, key: `0x${"41".repeat(20)}` }];
    const constitution = { members, threshold: 1, defaultDelay: 0, rules: [] };
    const format = "planetary-fabric/first-constitution/v1";
    const { types, domain } = acceptanceTypedData({ format, chainId: 5, verifiers: [], constitution, acceptances: [] });
    const { EIP712Domain: _, ...own }: Record<string, TypedDataField[]> = types;
    const founding = messages.find((each) => keysOf(each).includes(TypedDataEncoder.from(own).encodeType("Founding")));
    assert.ok(founding !== undefined && "eip712" in founding.context);
    // A wallet has to find in the domain whatever a descriptor binds it to; deployments would bind it to a contract.
    assert.deepEqual({ ...domain, ...founding.context.eip712.domain }, domain);
    assert.equal(founding.context.eip712.deployments, undefined);
    assert.equal("verifyingContract" in domain, false);
  });

  it("leave no value unshown, and let no sentence stand for more than it says", () => {
    for (const { file, display } of descriptors)
      for (const [key, { interpolatedIntent, fields }] of Object.entries(display.formats)) {
        const paths = fields.map(({ path }) => path);
        if (file.includes("/calldata-"))
          assert.deepEqual(paths, leavesOf(new Interface([`function ${key}`]).fragments[0].inputs), key);
        else assert.deepEqual([...new Set(paths.map((path) => path.split(".")[0]))], membersOf(key), key);
        if (interpolatedIntent === undefined) continue;
        const said = [...interpolatedIntent.matchAll(/\{([^{}]+)\}/g)].map(([, path]) => path);
        const visible = fields.filter((field) => !("visible" in field));
        assert.deepEqual([...new Set(said)].sort(), visible.map(({ path }) => path).sort(), key);
      }
  });

  it("hide nothing but signatures", () => {
    for (const { display } of descriptors)
      for (const { fields } of Object.values(display.formats))
        for (const field of fields)
          if ("visible" in field && field.visible === "never") assert.match(field.path, /^(signatures?|acceptances?)$/);
  });

  it("take their units from the catalogue", () => {
    const shards = functions.find(({ metadata }) => metadata.contractName === "ShardRegistry");
    const formats = Object.values(shards?.display.formats ?? {});
    const labels = formats.flatMap(({ $id, fields }) => fields.map(({ label }) => `${$id}: ${label}`));
    assert.ok(labels.includes("setQueueBudget: New value (jobs)"));
    assert.ok(labels.includes("setSpillBatch: Believed to be now (jobs a tick)"));
    const latency = formats.find(({ $id }) => $id === "setLatencyBudget");
    assert.deepEqual(latency?.fields.at(-1), {
      ...{ path: "value", label: "New value", format: "unit" },
      params: { base: "ms" },
    });
  });

  it("know every change by the functions that it calls", () => {
    const named = new Set<string>();
    for (const { planned } of exportables)
      for (const call of planned.calls) {
        const method = methodOf({ contracts }, call);
        assert.ok(method !== null);
        const { changes } = intents[method.contract][method.fragment.name];
        assert.ok(changes.includes(planned.change.kind), `${method.fragment.name} of ${planned.change.kind}`);
        named.add(planned.change.kind);
      }
    assert.deepEqual([...named].sort(), Object.keys(catalogue).sort());
  });

  it("are for no address until a deployment is told, and then for its own", () => {
    const placesOf = ({ context }: z.output<typeof descriptorForm>) =>
      "contract" in context ? context.contract.deployments : (context.eip712.deployments ?? []);
    assert.deepEqual(descriptors.flatMap(placesOf), []);
    const bound = clearSigningFiles({ chainId: 5, contracts });
    for (const descriptor of bound.values()) {
      const parsed = descriptorForm.parse(descriptor);
      const { contractName } = parsed.metadata;
      const own = contractName === undefined ? [] : [{ chainId: 5, address: contracts[contractName].address }];
      assert.deepEqual(placesOf(parsed), own);
    }
  });
});

/** Paths of the values that have no parts. */
function leavesOf(inputs: readonly ParamType[], above = ""): string[] {
  return inputs.flatMap((input) => {
    const path = `${above}${input.name}${input.isArray() ? ".[]" : ""}`;
    const { components } = input.isArray() ? input.arrayChildren : input;
    return components === null ? [path] : leavesOf(components, `${path}.`);
  });
}

/** The members of the struct that an EIP-712 type begins with. */
function membersOf(type: string): string[] {
  const [, members] = /^\w+\(([^)]*)\)/.exec(type) ?? [];
  return members.split(",").map((member) => member.split(" ")[1]);
}
