// The marketplace's edge: keys and messages of nodes and submitters, signed leases, and where nodes run.
export { type Dispatch, dispatch } from "./dispatch.ts";
export { type Admission, forgeriesMax, Gate, type GateView, type Refused } from "./gate.ts";
export {
  generateSigningKey,
  type PublicKey,
  practiceKey,
  publicKey,
  type SigningKey,
  sign,
  signatureLength,
  signingKey,
  verify,
} from "./keys.ts";
export {
  checkLeases,
  type LeaseRefusal,
  leaseRefusals,
  type NodeIdentity,
  type NodeView,
} from "./leaseCheck.ts";
export {
  type Domains,
  decodeLeaseFrame,
  decodeNodeFrame,
  decodeSubmissionFrame,
  domainsOf,
  entriesMax,
  frameLengthMax,
  isSignedInput,
  type LeaseMessage,
  type LeaseOffer,
  peekNodeFrame,
  signNodeMessage,
  signSubmission,
} from "./messages.ts";
export type { NodeProvider } from "./provider.ts";
export { type Scheme, type Signer, signatures } from "./scheme.ts";
export { type FleetSetup, type NodeRefusals, SimulatedFleet } from "./simulatedFleet.ts";
export { type DurationOf, type Fault, faults, heartbeatTicks, type SimulatedNodeSetup } from "./simulatedNode.ts";
