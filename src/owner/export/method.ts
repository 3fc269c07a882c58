import { type FunctionFragment, Result } from "ethers";
import { z } from "zod";
import { artifactOf, type ContractName, contractNames, interfaceOf } from "../../governance/index.ts";
import type { Call } from "../batch.ts";
import type { World } from "../world.ts";

/** An input of a function as the compiler describes it; `components` of a struct. */
export type AbiInput = {
  readonly components?: readonly AbiInput[];
  readonly internalType: string;
  readonly name: string;
  readonly type: string;
};

/** What a call does, read from its bytes. */
export type Method = {
  readonly contract: ContractName;
  readonly fragment: FunctionFragment;
  readonly inputs: readonly AbiInput[];
  /** In the order of the inputs. Numbers in decimal, bytes and addresses in hex. */
  readonly values: readonly Value[];
};

/** A value of the ABI as JSON has it, without a number that JSON would round. */
export type Value = string | boolean | readonly Value[];

/** What a call to one of the fabric's contracts does; null of any other call. */
export function methodOf({ contracts }: World["deployment"], { to, data }: Call): Method | null {
  const contract = contractNames.find((name) => contracts[name].address.toLowerCase() === to.toLowerCase());
  if (contract === undefined) return null;
  const parsed = interfaceOf(contract).parseTransaction({ data });
  if (parsed === null) return null;
  const { fragment, args } = parsed;
  return { contract, fragment, inputs: inputsOf(contract, fragment.name), values: plainValues(args) };
}

/** The inputs of a function, which no other one of its contract shares the name with. */
export function inputsOf(contract: ContractName, name: string): readonly AbiInput[] {
  const found = abiForm.parse(artifactOf(contract).abi).find((each) => each.type === "function" && each.name === name);
  if (found === undefined) throw new RangeError(`${contract} has no function ${name}`);
  return found.inputs;
}

/** The functions of a contract that change something. */
export function changingFunctions(
  contract: ContractName,
): { readonly name: string; readonly inputs: readonly AbiInput[] }[] {
  return abiForm
    .parse(artifactOf(contract).abi)
    .filter(({ type, stateMutability }) => type === "function" && !/^(view|pure)$/.test(stateMutability));
}

function plainValues(values: Result): Value[] {
  return values.toArray().map(plainValue);
}

function plainValue(value: unknown): Value {
  if (value instanceof Result) return plainValues(value);
  return typeof value === "boolean" ? value : String(value);
}

const inputForm: z.ZodType<AbiInput> = z.lazy(() =>
  z
    .object({
      components: z.array(inputForm).optional(),
      internalType: z.string(),
      name: z.string(),
      type: z.string(),
    })
    .transform(({ components, ...input }) => (components === undefined ? input : { components, ...input })),
);
const abiForm = z.array(
  z.object({
    type: z.string(),
    name: z.string().default(""),
    stateMutability: z.string().default(""),
    inputs: z.array(inputForm).default([]),
  }),
);
