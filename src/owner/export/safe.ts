import { keccak256, toUtf8Bytes } from "ethers";
import { checkNoConstitution, type Exportable } from "./exportable.ts";
import { type AbiInput, methodOf, type Value } from "./method.ts";

// The file that Safe's Transaction Builder imports, version 1.0.

/** A call. The builder encodes the method itself where `data` is null, and shows only bytes where it is not. */
export type SafeTransaction = {
  readonly to: string;
  /** Wei in decimal. */
  readonly value: string;
  readonly data: string | null;
  readonly contractMethod: {
    readonly inputs: readonly AbiInput[];
    readonly name: string;
    readonly payable: boolean;
  } | null;
  /** By the names of the inputs. Arrays and structs are JSON within the text. */
  readonly contractInputsValues: Readonly<Record<string, string>> | null;
};

export type SafeBatch = {
  readonly version: "1.0";
  readonly chainId: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly meta: {
    readonly name: string;
    readonly description: string;
    readonly txBuilderVersion: string;
    /** Empty where it is not known. */
    readonly createdFromSafeAddress: string;
    readonly createdFromOwnerAddress: string;
    /** keccak-256 of all the rest but the name. */
    readonly checksum: string;
  };
  readonly transactions: readonly SafeTransaction[];
};

/** The release of the builder whose files these are like. */
const txBuilderVersion = "1.18.2";
/** The builder shows names in one line. */
const longestName = 80;

type SafeSource = Pick<Exportable, "deployment" | "time" | "account"> & {
  readonly planned: Pick<Exportable["planned"], "sentence" | "calls"> & {
    readonly change: Exportable["planned"]["change"] | null;
  };
  readonly office: { readonly chainId: number };
};

/** A change as the builder takes it. @throws EXPORT_UNFIT */
export function safeBatchOf(source: SafeSource): SafeBatch {
  checkNoConstitution(source, "safe");
  const { planned, office, deployment, time, account } = source;
  const transactions = planned.calls.map((call): SafeTransaction => {
    const { to } = call;
    const method = methodOf(deployment, call);
    if (method === null) return { to, value: "0", data: call.data, contractMethod: null, contractInputsValues: null };
    const { inputs, fragment, values } = method;
    const named = inputs.map(({ name }, index) => [name, safeValue(values[index])] as const);
    return {
      ...{ to, value: "0", data: null },
      contractMethod: { inputs, name: fragment.name, payable: fragment.payable },
      contractInputsValues: named.length === 0 ? null : Object.fromEntries(named),
    };
  });
  return safeBatch({
    chainId: office.chainId,
    createdAt: time * 1000,
    ...{ name: nameOf(planned.sentence), description: planned.sentence, safe: account ?? "", transactions },
  });
}

/**
 * Any calls as the builder takes them.
 * @param createdAt Unix milliseconds
 * @param safe address of the Safe that they are for, or empty
 */
export function safeBatch({
  chainId,
  createdAt,
  name,
  description,
  safe,
  transactions,
}: {
  readonly chainId: number;
  readonly createdAt: number;
  readonly name: string;
  readonly description: string;
  readonly safe: string;
  readonly transactions: readonly SafeTransaction[];
}): SafeBatch {
  const meta = { name, description, txBuilderVersion, createdFromSafeAddress: safe, createdFromOwnerAddress: "" };
  const batch = { version: "1.0", chainId: String(chainId), createdAt, meta, transactions } as const;
  return { ...batch, meta: { ...meta, checksum: safeChecksum(batch) } };
}

/** The checksum that the builder expects, whatever the file's own says. */
export function safeChecksum(batch: Omit<SafeBatch, "meta"> & { readonly meta: object }): string {
  const { checksum: _, ...meta }: Record<string, unknown> = { ...batch.meta };
  return keccak256(toUtf8Bytes(serialised({ ...batch, meta: { ...meta, name: null } })));
}

/** Keys first, sorted, then their values in that order, each with a comma behind it. */
function serialised(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(serialised).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const keys = JSON.stringify(entries.map(([key]) => key));
  return `{${keys}${entries.map(([, each]) => `${serialised(each)},`).join("")}}`;
}

/** The file's text: what fits into a line of 80 characters is in one line. */
export function writeSafeBatch(batch: SafeBatch): string {
  return `${laidOut(batch, "", 0)}\n`;
}

/** @param taken characters of the line that are taken already */
function laidOut(value: unknown, indent: string, taken: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const line = inLine(value);
  if (taken + line.length < longestLine && indent !== "") return line;
  const deeper = `${indent}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const entries = Object.entries(value).map(([key, each]) => {
    const label = Array.isArray(value) ? "" : `${JSON.stringify(key)}: `;
    return `${deeper}${label}${laidOut(each, deeper, deeper.length + label.length)}`;
  });
  return `${open}\n${entries.join(",\n")}\n${indent}${close}`;
}

const longestLine = 80;

function inLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${inLine(each)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function safeValue(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The sentence, up to the last word that fits. */
function nameOf(sentence: string): string {
  if (sentence.length <= longestName) return sentence;
  return `${sentence.slice(0, longestName - 1).replace(/\s+\S*$/, "")}…`;
}
