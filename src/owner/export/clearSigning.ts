import { TypedDataEncoder, type TypedDataField } from "ethers";
import { type ContractName, contractNames, type Deployment, keyKinds, orderKinds } from "../../governance/index.ts";
import { guardianDomainName, guardianTypes } from "../acceptance.ts";
import { cancellationTypes } from "../announcement.ts";
import { batchTypes } from "../batch.ts";
import { type ChangeKind, describeParameters } from "../changes.ts";
import { constitutionTypes, foundingDomainName, foundingTypes } from "../constitution/acceptances.ts";
import { ownersDomain } from "../office.ts";
import { registrationDomain, registrationTypes } from "../registration.ts";
import { type Intent, intents, messageIntents, usualLabels } from "./intents.ts";
import { type AbiInput, changingFunctions } from "./method.ts";

// Descriptors by which wallets show a transaction or a message in words before it is signed (ERC-7730, version 2).

export type Descriptor = {
  readonly $schema: string;
  readonly context: object;
  readonly metadata: object;
  readonly display: { readonly formats: Readonly<Record<string, Format>> };
};

type Format = {
  readonly $id: string;
  readonly intent: string;
  readonly interpolatedIntent?: string;
  readonly fields: readonly Field[];
};

type Field = {
  readonly path: string;
  readonly label: string;
  readonly format: string;
  readonly params?: object;
  readonly visible?: "never";
};

const $schema = "https://eips.ethereum.org/assets/eip-7730/erc7730-v2.schema.json";
const owner = "Planetary Fabric";

/**
 * The descriptors of the fabric's contracts and messages, by the names of their files.
 * @param deployment that they are for; without one they are for no address, and a wallet uses none of them but that of
 * what the first members sign: no contract is there then, and its domain names none
 */
export function clearSigningFiles(
  deployment?: Pick<Deployment, "chainId" | "contracts">,
): ReadonlyMap<string, Descriptor> {
  const placesOf = (name: ContractName) =>
    deployment === undefined ? [] : [{ chainId: deployment.chainId, address: deployment.contracts[name].address }];
  const functions = contractNames.map((name) => {
    const context = { $id: name, contract: { deployments: placesOf(name) } };
    return [`calldata-${name}.json`, descriptor(name, context, functionFormats(name))] as const;
  });
  const messages = signedMessages.map(({ contract, domainName, types }) => {
    const context = {
      $id: domainName,
      eip712: { domain: { name: domainName, version: "1" }, deployments: placesOf(contract) },
    };
    const formats = Object.entries(types).map(([name, fields]) => messageFormat(name, fields));
    return [`eip712-${contract}.json`, descriptor(contract, context, formats)] as const;
  });
  const context = { $id: foundingDomainName, eip712: { domain: { name: foundingDomainName, version: "1" } } };
  const founding = descriptor(null, context, [messageFormat("Founding", foundingTypes)]);
  return new Map([...functions, ...messages, ["eip712-Founding.json", founding]]);
}

type Types = Readonly<Record<string, TypedDataField[]>>;

/** What is signed, by the contract that checks it. */
const signedMessages: readonly {
  readonly contract: ContractName;
  readonly domainName: string;
  readonly types: Readonly<Record<string, Types>>;
}[] = [
  {
    contract: "OwnerMultisig",
    domainName: String(ownersDomain({ chainId: 0, multisig: "" }).name),
    types: { Batch: batchTypes, Cancellation: cancellationTypes, Acceptance: constitutionTypes },
  },
  {
    contract: "NodeRegistry",
    domainName: String(registrationDomain(0, "").name),
    types: { Registration: registrationTypes },
  },
  { contract: "SystemPause", domainName: guardianDomainName, types: { GuardianAcceptance: guardianTypes } },
];

/** @param contractName null for what no contract looks at */
function descriptor(
  contractName: ContractName | null,
  context: object,
  formats: readonly (readonly [string, Format])[],
): Descriptor {
  const metadata = { owner, ...(contractName === null ? {} : { contractName }), enums };
  return { $schema, context, metadata, display: { formats: Object.fromEntries(formats) } };
}

const enums = {
  order: Object.fromEntries(Object.entries(orderKinds).map(([name, kind]) => [kind, name])),
  keyKind: Object.fromEntries(keyKinds.map((name, index) => [index + 1, name])),
};

function functionFormats(contract: ContractName): (readonly [string, Format])[] {
  return changingFunctions(contract).map(({ name, inputs }) => {
    const intent: Intent | undefined = intents[contract][name];
    if (intent === undefined) throw new RangeError(`${contract}.${name} has no words for wallets`);
    return [`${name}(${inputs.map(declared).join(",")})`, formatOf(name, intent, inputs)];
  });
}

/** An input as keys of descriptors have it: "(address to,bytes data)[] calls". */
function declared({ type, name, components }: AbiInput): string {
  const tuple = components && `(${components.map(declared).join(",")})`;
  return `${tuple === undefined ? type : type.replace("tuple", tuple)} ${name}`;
}

function messageFormat(name: string, types: Types): readonly [string, Format] {
  if (!isMessage(name)) throw new RangeError(`the message ${name} has no words for wallets`);
  const key = TypedDataEncoder.from({ ...types }).encodeType(name);
  return [key, formatOf(name, messageIntents[name], structInputs(types, name))];
}

function isMessage(name: string): name is keyof typeof messageIntents {
  return Object.hasOwn(messageIntents, name);
}

/** The fields of an EIP-712 struct as the ABI would describe them. */
function structInputs(types: Types, struct: string): AbiInput[] {
  return types[struct].map(({ name, type }) => {
    const [, base, list = ""] = /^(\w+)(\[\d*\])?$/.exec(type) ?? [];
    if (types[base] === undefined) return { internalType: type, name, type };
    return { components: structInputs(types, base), internalType: type, name, type: `tuple${list}` };
  });
}

function formatOf(
  $id: string,
  { changes, intent, sentence, labels = {} }: Intent,
  inputs: readonly AbiInput[],
): Format {
  const units = new Map(changes.flatMap(unitsOf));
  const fields = leavesOf(inputs).map(({ path, type }): Field & { readonly unit: string } => {
    const name = lastName(path);
    const label = labels[path] ?? usualLabels[name];
    if (label === undefined && !/^(signatures?|acceptances?)$/.test(name))
      throw new RangeError(`${$id}: ${path} has no label`);
    return { path, ...shown(path, type, label ?? "Signatures", units.get(unitKey(name)) ?? usualUnits[name] ?? "") };
  });
  const format = { $id, intent, fields: fields.map(({ unit: _, ...field }) => field) };
  if (sentence === undefined) return format;
  const named = [...sentence.matchAll(/\{([^{}]+)\}/g)].map(([, path]) => path);
  for (const { path, visible } of fields)
    if (named.includes(path) === (visible === "never")) throw new RangeError(`${$id}: the sentence leaves out ${path}`);
  const interpolatedIntent = sentence.replace(/\{([^{}]+)\}/g, (value, path: string) => {
    const field = fields.find((each) => each.path === path);
    if (field === undefined) throw new RangeError(`${$id}: there is no field ${path}`);
    return `${value}${field.unit}`;
  });
  return { $id, intent, interpolatedIntent, fields: format.fields };
}

/** Values without parts, by their paths. */
function leavesOf(inputs: readonly AbiInput[], above = ""): { readonly path: string; readonly type: string }[] {
  return inputs.flatMap(({ name, type, components }) => {
    const path = `${above}${name}${type.endsWith("]") ? ".[]" : ""}`;
    return components === undefined ? [{ path, type }] : leavesOf(components, `${path}.`);
  });
}

/** Units that no parameter of a change has. */
const usualUnits: Readonly<Record<string, string>> = {
  heartbeatSeconds: "seconds",
  defaultDelay: "seconds",
  delay: "seconds",
  durationSeconds: "seconds",
  deadline: "Unix seconds",
  validAfter: "Unix seconds",
  validUntil: "Unix seconds",
  expiry: "Unix seconds",
};

function unitsOf(change: ChangeKind): (readonly [string, string])[] {
  return describeParameters(change)
    .filter(({ unit }) => unit !== "")
    .map(({ name, unit }) => [name, unit]);
}

/** The parameter whose unit a value has: what is believed to be now has that of what it becomes. */
function unitKey(name: string): string {
  if (name === "expected") return "value";
  const [, believed] = /^expected([A-Z]\w*)$/.exec(name) ?? [];
  return believed === undefined ? name : `${believed[0].toLowerCase()}${believed.slice(1)}`;
}

/** How a value is shown, and what follows it in a sentence. */
function shown(
  path: string,
  type: string,
  label: string,
  unit: string,
): Omit<Field, "path"> & { readonly unit: string } {
  const name = lastName(path);
  if (/^(signatures?|acceptances?)$/.test(name)) return { label, format: "raw", visible: "never", unit: "" };
  if (name === "data")
    return { label, format: "calldata", params: { calleePath: path.replace(/data$/, "to") }, unit: "" };
  if (type === "address") return { label, format: "addressName", unit: "" };
  if (name === "keyKind") return { label, ...oneOf("keyKind") };
  if (path === "kind") return { label, ...oneOf("order") };
  if (unit === "Unix seconds") return { label, format: "date", params: { encoding: "timestamp" }, unit: "" };
  if (unit === "seconds") return { label, format: "duration", unit: "" };
  if (unit === "ms") return { label, format: "unit", params: { base: "ms" }, unit: "" };
  return unit === ""
    ? { label, format: "raw", unit }
    : { label: `${label} (${unit})`, format: "raw", unit: ` ${unit}` };
}

function oneOf(name: keyof typeof enums) {
  return { format: "enum", params: { $ref: `$.metadata.enums.${name}` }, unit: "" };
}

function lastName(path: string): string {
  return path.replace(/\.\[\]$/, "").replace(/^.*\./, "");
}
