// The control socket of a running fabric: what can be asked and told there, from either side, and where it is found.
export * from "./api.ts";
export { type Desk, payloadLengthMax } from "./desk.ts";
