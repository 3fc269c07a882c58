import { interfaceOf } from "../../governance/index.ts";
import { packSignatures, plain } from "../batch.ts";
import type { Exportable, Payload } from "./exportable.ts";
import { methodOf, type Value } from "./method.ts";

/** One call, as it is sent and as it is read. */
export type DescribedCall = Payload & {
  /** "ShardRegistry.setQueueBudget(uint16 shard, uint24 expected, uint24 value)"; null of a contract of others. */
  readonly function: string | null;
  /** By the names of its inputs. */
  readonly arguments: Readonly<Record<string, Value>> | null;
};

/** A change as plain transactions. */
export type CalldataDocument = {
  readonly format: "planetary-fabric/calldata/v1";
  readonly chainId: number;
  readonly sentence: string;
  /** In order: they take effect when the owner of the contracts sends them, or the guardian. */
  readonly calls: readonly DescribedCall[];
  /**
   * What anyone sends to the owners' multisig once enough signatures are there: to execute the batch, or to announce it
   * and to run it after its delay. Null as long as there are none, and of what a guardian decides.
   */
  readonly multisig: { readonly execute: Payload } | { readonly announce: Payload; readonly run: Payload } | null;
};

/** What has to be known of a change, or of several in one batch, to write down its transactions. */
type Sendable = Pick<Exportable, "batch" | "delay" | "signatures" | "office" | "deployment"> & {
  readonly planned: Pick<Exportable["planned"], "sentence" | "by" | "calls">;
};

export function calldataOf(source: Sendable): CalldataDocument {
  const { planned, office } = source;
  return {
    format: "planetary-fabric/calldata/v1",
    chainId: office.chainId,
    sentence: planned.sentence,
    calls: planned.calls.map((call) => described(source, call)),
    multisig: planned.by === "guardian" || source.signatures.length === 0 ? null : submitted(source),
  };
}

function described({ deployment }: Sendable, { to, data }: Exportable["planned"]["calls"][number]): DescribedCall {
  const method = methodOf(deployment, { to, data });
  const payload = { to, value: "0", data } as const;
  if (method === null) return { ...payload, function: null, arguments: null };
  const { contract, fragment, inputs, values } = method;
  const parameters = inputs.map(({ type, name }) => `${type} ${name}`);
  return {
    ...payload,
    function: `${contract}.${fragment.name}(${parameters.join(", ")})`,
    arguments: Object.fromEntries(inputs.map(({ name }, index) => [name, values[index]])),
  };
}

function submitted({ batch, signatures, delay, office }: Sendable): NonNullable<CalldataDocument["multisig"]> {
  const abi = interfaceOf("OwnerMultisig");
  const signed = [plain(batch), packSignatures(signatures)] as const;
  const payload = (data: string): Payload => ({ to: office.multisig, value: "0", data });
  if (delay === 0) return { execute: payload(abi.encodeFunctionData("execute", [...signed])) };
  return {
    announce: payload(abi.encodeFunctionData("announce", [...signed])),
    run: payload(abi.encodeFunctionData("run", [plain(batch)])),
  };
}
