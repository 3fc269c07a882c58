import type { LogDescription } from "ethers";
import { type ContractName, interfaceOf } from "../contracts.ts";
import type { Log } from "../sender.ts";
import type { Refuse } from "./refuse.ts";

/** `values` by the names of the event's parameters, as ethers decodes them. */
export type DecodedEvent = { readonly name: string; readonly values: Readonly<Record<string, unknown>> };

/** The event of a contract of this kind that a log holds; null when the contract declares no such event. */
export function readEvent(contract: ContractName, log: Log, refuse: Refuse): DecodedEvent | null {
  let event: LogDescription | null;
  try {
    event = interfaceOf(contract).parseLog(log);
  } catch {
    return refuse(`a log of the ${contract} at ${log.address} is none of its events`);
  }
  return event === null ? null : { name: event.name, values: event.args.toObject() };
}
