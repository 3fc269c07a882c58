import { type ErrorFragment, Interface, type ParamType, type Result } from "ethers";
import { type ErrorCode, FabricError } from "../errors.ts";
import { contractNames, interfaceOf } from "./contracts.ts";
import { nameOf } from "./names.ts";
import { type Explanation, explanations } from "./revertSentences.ts";

/** Why a call reverted, for a person. */
export type Revert = {
  /** Name of the Solidity error; empty when the chain gave none that is known. */
  readonly error: string;
  /** A sentence that ends with a full stop. */
  readonly reason: string;
  /** What to do, likewise. */
  readonly advice: string;
  readonly code: Extract<ErrorCode, `REVERTED${string}`>;
};

/** Every error that a contract of the fabric may revert with, each once, by its signature. */
export function contractErrors(): ErrorFragment[] {
  const errors = new Map<string, ErrorFragment>();
  for (const name of contractNames) interfaceOf(name).forEachError((error) => errors.set(error.format(), error));
  return [...errors.values()];
}

/**
 * Turns revert data into words.
 * @param data what the call reverted with; null or empty when the chain gave nothing
 */
export function explainRevert(data: string | null): Revert {
  if (data === null || data === "0x")
    return unknown("the chain gave no reason", "Look whether the gas was enough and the address is right");
  const described = all().parseError(data);
  if (described === null)
    return unknown(`a contract that is none of the fabric's reverted with ${data}`, "Ask who wrote that contract");
  const { name, args, fragment } = described;
  if (name === "Error") return unknown(String(args[0]), "Read the reason; it is the called contract's own");
  if (name === "Panic")
    return unknown(`a contract failed within itself (panic ${args[0]})`, "Report it: it is a fault");
  if (name === "OwnerMultisig_CallFailed") {
    const [call, to, reason]: unknown[] = [...args];
    const inner = explainRevert(String(reason));
    return { ...inner, reason: `Call ${Number(call) + 1} of the batch (to ${to}) failed: ${inner.reason}` };
  }
  const explanation = explanations[name];
  if (explanation === undefined)
    return unknown(`${name}(${[...args].join(", ")})`, "Look the error up in the interface");
  return inWords(name, explanation, fragment, args);
}

/** @param action what was tried, with which the sentence begins: "The batch", "The claim" … */
export function revertError(action: string, data: string | null, options?: ErrorOptions): FabricError {
  const { code, reason, advice } = explainRevert(data);
  return new FabricError(code, { action, reason, advice }, options);
}

let combined: Interface | undefined;
function all(): Interface {
  combined ??= new Interface(contractErrors());
  return combined;
}

function unknown(reason: string, advice: string): Revert {
  return { error: "", reason: `${reason}.`, advice: `${advice}.`, code: "REVERTED" };
}

function inWords(error: string, explanation: Explanation, fragment: ErrorFragment, args: Result): Revert {
  const words = new Map(fragment.inputs.map((input, index) => [input.name, wordOf(input, args[index])]));
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (slot, name: string) => words.get(name) ?? slot);
  const { says, remedy, code = "REVERTED" } = explanation;
  return { error, reason: fill(says), advice: fill(remedy), code };
}

const times = new Set([
  "validAfter",
  "validUntil",
  "blockTime",
  "readyAt",
  "since",
  "deadline",
  "time",
  "until",
  "inForceUntil",
  "expiry",
]);

/** Fields of the contracts whose names are not what a person calls them. */
const fieldWords: Readonly<Record<string, string>> = {
  tickMs: "tick length",
  latencyBudgetMs: "latency budget",
  checkpointIntervalTicks: "checkpoint interval",
  heartbeatSeconds: "heartbeat interval",
  maxAttempts: "number of attempts",
  maxConcurrency: "concurrency",
  jobsPerTick: "quota of jobs per tick",
};

function wordOf({ name, type }: ParamType, value: unknown): string {
  if (type === "string" && name === "field")
    return fieldWords[String(value)] ?? String(value).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (type === "bytes32" && /name|id$/i.test(name)) return nameOf(String(value));
  if (type.startsWith("uint") && times.has(name)) {
    const date = new Date(Number(value) * 1000);
    return Number.isNaN(date.getTime()) ? `${value} s` : date.toISOString().replace(".000Z", "Z");
  }
  return String(value);
}
