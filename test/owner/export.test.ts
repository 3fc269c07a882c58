import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { AbiCoder, Interface, keccak256, toUtf8Bytes, verifyTypedData } from "ethers";
import { z } from "zod";
import { calldataOf } from "../../src/owner/export/calldata.ts";
import { erc7821Of } from "../../src/owner/export/erc7821.ts";
import { exportFormats, exportText } from "../../src/owner/export/formats.ts";
import { governorOf } from "../../src/owner/export/governor.ts";
import {
  type SafeBatch,
  type SafeTransaction,
  safeBatch,
  safeBatchOf,
  safeChecksum,
  writeSafeBatch,
} from "../../src/owner/export/safe.ts";
import { timelockOf } from "../../src/owner/export/timelock.ts";
import { typedDataOf } from "../../src/owner/export/typedData.ts";
import {
  type Call,
  digestOf,
  type ExportFormat,
  practiceKeys,
  readExecuted,
  signBatch,
} from "../../src/owner/index.ts";
import { contracts, exportable, exportables, office } from "./exportSamples.ts";

const goldenFile = new URL("fixtures/safe-batch.json", import.meta.url);
const setQueueBudget = find("setQueueBudget");
/** Hex of a word's last digit changed. */
const altered = (hex: string) => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}`;

function find(kind: string) {
  const found = exportables.find(({ planned }) => planned.change.kind === kind);
  if (found === undefined) throw new RangeError(`no sample is a ${kind}`);
  return found;
}

/** Refused formats, by kind of change. */
const unfit = (kind: string, by: string): readonly ExportFormat[] => {
  if (kind === "constitute") return ["safe", "erc7821", "governor", "timelock"];
  return by === "guardian" ? ["eip712", "governor", "timelock"] : [];
};

/** Reads the calls back from the text of an export, as the tool that it is for does. */
const readers: { readonly [Format in ExportFormat]: (text: string) => Call[] } = {
  safe: (text) =>
    safeForm.parse(JSON.parse(text)).transactions.map(({ to, ...rest }) => ({ to, data: builderData(rest) })),
  calldata: (text) => callsForm.parse(JSON.parse(text)).calls,
  eip712: (text) => typedForm.parse(JSON.parse(text)).message.calls,
  erc7821: (text) => {
    const { execute } = z.object({ execute: z.object({ data: z.string() }) }).parse(JSON.parse(text));
    const [mode, executionData] = new Interface(["function execute(bytes32, bytes)"]).decodeFunctionData(
      "execute",
      execute.data,
    );
    assert.equal(mode, `0x01${"00".repeat(31)}`);
    const [calls] = AbiCoder.defaultAbiCoder().decode(["tuple(address,uint256,bytes)[]"], executionData);
    return z
      .array(z.tuple([z.string(), z.literal(0n), z.string()]))
      .parse(calls)
      .map(([to, , data]) => ({ to, data }));
  },
  governor: (text) => {
    const { propose } = z.object({ propose: z.object({ data: z.string() }) }).parse(JSON.parse(text));
    const abi = new Interface(["function propose(address[], uint256[], bytes[], string)"]);
    return zipped(abi.decodeFunctionData("propose", propose.data));
  },
  timelock: (text) => {
    const { schedule } = z.object({ schedule: z.object({ data: z.string() }) }).parse(JSON.parse(text));
    const abi = new Interface(["function scheduleBatch(address[], uint256[], bytes[], bytes32, bytes32, uint256)"]);
    return zipped(abi.decodeFunctionData("scheduleBatch", schedule.data));
  },
};

const inputForm: z.ZodType<object> = z.lazy(() =>
  z.strictObject({
    components: z.array(inputForm).optional(),
    internalType: z.string(),
    name: z.string(),
    type: z.string(),
  }),
);
const safeForm = z.object({
  transactions: z.array(
    z.strictObject({
      to: z.string(),
      value: z.literal("0"),
      data: z.null(),
      contractMethod: z.strictObject({ inputs: z.array(inputForm), name: z.string(), payable: z.boolean() }),
      contractInputsValues: z.record(z.string(), z.string().min(1)).nullable(),
    }),
  ),
});
const callForm = z.object({ to: z.string(), data: z.string() });
const callsForm = z.object({ calls: z.array(callForm) });
const typedForm = z.object({ message: z.object({ calls: z.array(callForm) }) });

/** The bytes that the builder makes of a method and its values: what is no plain value is JSON. */
function builderData({
  contractMethod,
  contractInputsValues,
}: Pick<z.output<typeof safeForm>["transactions"][number], "contractMethod" | "contractInputsValues">): string {
  const abi = new Interface([{ type: "function", ...contractMethod }]);
  const [fragment] = abi.fragments;
  const values = fragment.inputs.map(({ name, baseType }) => {
    const text = contractInputsValues?.[name] ?? "";
    return baseType === "array" || baseType === "tuple" ? JSON.parse(text) : text;
  });
  return abi.encodeFunctionData(contractMethod.name, values);
}

function zipped(decoded: unknown): Call[] {
  const form = z.tuple([z.array(z.string()), z.array(z.literal(0n)), z.array(z.string())], z.unknown());
  const [targets, values, payloads] = form.parse(Array.from(Object(decoded)));
  assert.deepEqual([values.length, payloads.length], [targets.length, targets.length]);
  return targets.map((to, index) => ({ to, data: payloads[index] }));
}

const lowerCase = (calls: readonly Call[]) => calls.map(({ to, data }) => ({ to: to.toLowerCase(), data }));

describe("exports of a change", () => {
  for (const source of exportables)
    for (const format of Object.keys(exportFormats) as ExportFormat[]) {
      const { kind } = source.planned.change;
      if (unfit(kind, source.planned.by).includes(format))
        it(`${kind}: is not exported as ${format}, which could not carry it out`, () => {
          assert.throws(() => exportText(format, source, 0), { code: "EXPORT_UNFIT", exitCode: 2 });
        });
      else
        it(`${kind}: is the same calls as ${format}`, () => {
          const read = readers[format](exportText(format, source, 86_400));
          assert.deepEqual(lowerCase(read), lowerCase(source.planned.calls));
        });
    }

  it("are for the network that the change was planned for", () => {
    for (const format of Object.keys(exportFormats) as ExportFormat[]) {
      const { chainId, domain } = z
        .object({ chainId: z.coerce.number().optional(), domain: z.object({ chainId: z.number() }).optional() })
        .parse(JSON.parse(exportText(format, setQueueBudget, 0)));
      assert.equal(chainId ?? domain?.chainId, 31337, format);
    }
  });
});

describe("export for Safe", () => {
  const golden: SafeBatch & { readonly transactions: readonly SafeTransaction[] } = JSON.parse(
    readFileSync(goldenFile, "utf8"),
  );
  const { name, description, createdFromSafeAddress: safe } = golden.meta;
  const { createdAt, transactions } = golden;

  it("makes a file that the builder itself made, byte for byte", () => {
    const batch = safeBatch({ chainId: Number(golden.chainId), createdAt, name, description, safe, transactions });
    assert.equal(writeSafeBatch(batch), readFileSync(goldenFile, "utf8"));
  });

  it("has a checksum that any change but that of the name breaks", () => {
    const batch = safeBatchOf(setQueueBudget);
    const { checksum } = batch.meta;
    assert.equal(safeChecksum(batch), checksum);
    const [transaction] = batch.transactions;
    const meta = (change: object) => ({ ...batch, meta: { ...batch.meta, ...change } });
    const first = (change: Partial<SafeTransaction>) => ({ ...batch, transactions: [{ ...transaction, ...change }] });
    const changed = [
      { ...batch, chainId: "1" },
      { ...batch, createdAt: batch.createdAt + 1 },
      meta({ description: `${batch.meta.description} ` }),
      meta({ createdFromSafeAddress: contracts.OwnerMultisig.address }),
      first({ to: contracts.SystemPause.address }),
      first({ value: "1" }),
      first({ contractInputsValues: { ...transaction.contractInputsValues, value: "8001" } }),
      { ...batch, transactions: [] },
    ];
    assert.equal(new Set([checksum, ...changed.map(safeChecksum)]).size, changed.length + 1);
    assert.equal(safeChecksum(meta({ name: "Another" })), checksum);
  });

  it("can be read before it is signed: methods with the names and values of what they take", () => {
    const { meta, transactions } = safeBatchOf(setQueueBudget);
    assert.equal(meta.name, "Set the queue budget of earth from 6,000 to 8,000 jobs.");
    assert.equal(meta.description, meta.name);
    const [{ data, contractMethod, contractInputsValues }] = transactions;
    assert.deepEqual([data, contractMethod?.name], [null, "setQueueBudget"]);
    assert.deepEqual(contractInputsValues, { shard: "1", expected: "6000", value: "8000" });
  });

  it("has a name of one line, whatever the sentence", () => {
    const { meta } = safeBatchOf(find("setSpillBatch"));
    assert.equal(meta.name, "Set the spill batch of earth from 32 to 64 jobs a tick. Set the spill batch of…");
    assert.equal(meta.description, find("setSpillBatch").planned.sentence);
  });

  it("shows the bytes of a call to a contract that is none of the fabric's", () => {
    const calls = [{ to: `0x${"11".repeat(20)}`, data: "0x12345678" }];
    const [transaction] = safeBatchOf(exportable({ ...setQueueBudget.planned, calls })).transactions;
    assert.deepEqual([transaction.data, transaction.contractMethod], ["0x12345678", null]);
  });
});

describe("export as calldata", () => {
  it("says of each call what it does", () => {
    const [call] = calldataOf(setQueueBudget).calls;
    assert.equal(call.function, "ShardRegistry.setQueueBudget(uint16 shard, uint24 expected, uint24 value)");
    assert.deepEqual(call.arguments, { shard: "1", expected: "6000", value: "8000" });
  });

  it("has what the multisig takes, once signatures are there", async () => {
    const [owner] = practiceKeys(31337).owners;
    const { batch } = setQueueBudget;
    const signatures = [await signBatch(owner, office, batch)];
    assert.equal(calldataOf(setQueueBudget).multisig, null);
    const { multisig } = calldataOf({ ...setQueueBudget, signatures });
    assert.ok(multisig !== null && "execute" in multisig);
    assert.equal(multisig.execute.to, contracts.OwnerMultisig.address);
    const executed = readExecuted(office, office.members, multisig.execute.data);
    assert.equal(executed?.digest, digestOf(office, batch));
    assert.deepEqual(
      executed?.signatures.map(({ member, look }) => [member, look]),
      [[owner.address, "good"]],
    );
    const delayed = calldataOf({ ...setQueueBudget, signatures, delay: 60 }).multisig;
    assert.deepEqual(Object.keys(delayed ?? {}), ["announce", "run"]);
  });
});

describe("export for the owners' wallets", () => {
  it("has the digest of the batch, so that a wallet's signature is the owner's", async () => {
    const [owner] = practiceKeys(31337).owners;
    for (const source of exportables.filter(({ planned }) => planned.by === "owners")) {
      const { types, primaryType, domain, message } = typedDataOf(source);
      assert.equal(primaryType, "Batch");
      assert.deepEqual(
        types.EIP712Domain.map(({ name }) => name),
        ["name", "version", "chainId", "verifyingContract"],
      );
      const { EIP712Domain: _, ...own } = types;
      const signature = owner.signingKey.sign(digestOf(office, source.batch));
      assert.equal(verifyTypedData(domain, own, message, signature), owner.address, source.planned.change.kind);
    }
  });
});

describe("ids that are known beforehand", () => {
  it("are others when one byte of the calls is, or when the same is decided at another time", () => {
    const { planned } = setQueueBudget;
    const [call] = planned.calls;
    const others = [
      exportable({ ...planned, calls: [{ ...call, data: altered(call.data) }] }),
      exportable({ ...planned, calls: [{ ...call, to: contracts.SystemPause.address }] }),
      exportable({ ...planned, calls: [call, call] }),
      { ...setQueueBudget, time: setQueueBudget.time + 1 },
      exportable({ ...planned, sentence: `${planned.sentence} ` }),
    ];
    const all = [setQueueBudget, ...others];
    assert.equal(new Set(all.map((each) => governorOf(each).proposalId)).size, all.length);
    assert.equal(new Set(all.map((each) => timelockOf(each, 0).operationId)).size, all.length);
  });

  it("of a proposal go with the description that it is proposed with", () => {
    const { description, descriptionHash } = governorOf(setQueueBudget);
    assert.equal(
      description,
      "Set the queue budget of earth from 6,000 to 8,000 jobs.\n\nPlanned for the state of 2030-03-17T17:46:40Z.",
    );
    assert.equal(descriptionHash, keccak256(toUtf8Bytes(description)));
  });

  it("come with the account that is to send them, where that is known", () => {
    const account = contracts.SystemPause.address;
    const known = { ...setQueueBudget, account };
    assert.equal(governorOf(setQueueBudget).propose.to, null);
    assert.equal(governorOf(known).propose.to, account);
    assert.equal(timelockOf(known, 0).schedule.to, account);
    assert.equal(erc7821Of(known).execute.to, account);
    assert.equal(safeBatchOf(known).meta.createdFromSafeAddress, account);
  });
});
