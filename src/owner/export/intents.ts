import type { ContractName } from "../../governance/index.ts";
import type { ChangeKind } from "../changes.ts";

// What wallets say before a function is called or a message is signed, in the words of ERC-7730. `{path}` in a sentence
// stands for a field's value, with its unit. Units are the catalogue's: those of the parameter of the same name.

/** How one function, or one message, is shown. */
export type Intent = {
  /** The changes that it is a step of; none of what only operators, or new owners, send. */
  readonly changes: readonly ChangeKind[];
  /** In two or three words. */
  readonly intent: string;
  /** In one sentence without a full stop, where one can name every field: a wallet may show it alone. */
  readonly sentence?: string;
  /** What stands before the values, by the path of each where it is another than the usual. */
  readonly labels?: Readonly<Record<string, string>>;
};

/** What usually stands before a value, by the last name of its path. */
export const usualLabels: Readonly<Record<string, string>> = {
  scope: "Scope (0: the whole fabric, else a shard's number)",
  shard: "Shard (its number)",
  expected: "Believed to be now",
  value: "New value",
  index: "Number",
  name: "Name (ASCII)",
  queueBudget: "Queue budget",
  latencyBudgetMs: "Latency budget",
  spillThreshold: "Spill threshold",
  spillBatch: "Spill batch",
  weight: "Weight",
  status: "Status (the contract sets it)",
  routes: "Routes (numbers of shards, 0: none)",
  capacity: "Capacity",
  maxConcurrency: "Jobs at once",
  expectedCapacity: "Capacity believed to be now",
  expectedMaxConcurrency: "Jobs at once, believed to be now",
  heartbeatSeconds: "Heartbeat every",
  skills: "Skills (bits)",
  keyKind: "Kind of key",
  key: "Key",
  operator: "Operator",
  nodeId: "Node (ASCII)",
  submitterId: "Submitter (ASCII)",
  shards: "Shards (bits)",
  jobsPerTick: "Jobs a tick",
  expiry: "Until (1970: for ever)",
  revoked: "Revoked already",
  guardian: "Guardian",
  successor: "What follows it (0x0: nothing)",
  newOwner: "New owner",
  nonce: "Number of the decision (lane and place)",
  validAfter: "Good from",
  validUntil: "Good until",
  deadline: "Good until",
  epoch: "Number of the constitution",
  memo: "SHA-256 of what the owners read",
  to: "Contract",
  data: "Call",
  threshold: "Weight that decides",
  defaultDelay: "Delay of what no rule names",
  target: "Rule for the contract",
  selector: "Rule for the function",
  delay: "Delay by that rule",
};

const ownership: Readonly<Record<"acceptOwnership" | "transferOwnership", Intent>> = {
  acceptOwnership: { changes: [], intent: "Take ownership", sentence: "Become the owner of this contract" },
  transferOwnership: {
    changes: [],
    intent: "Offer ownership",
    sentence: "Let {newOwner} become the owner of this contract, once it accepts",
  },
};

/** Of each contract, every function that changes something. */
export const intents: { readonly [Name in ContractName]: Readonly<Record<string, Intent>> } = {
  OwnerMultisig: {
    execute: {
      changes: [],
      intent: "Execute decision",
    },
    announce: {
      changes: [],
      intent: "Announce decision",
    },
    run: { changes: [], intent: "Run decision" },
    cancel: { changes: [], intent: "Cancel decision" },
    constitute: {
      changes: ["constitute"],
      intent: "Change owners",
      labels: {
        "constitution.members.[].kind": "Member (1: account, 2: contract, 3: key)",
        "constitution.members.[].weight": "Weight of the member",
        "constitution.members.[].key": "Key of the member",
      },
    },
  },
  ShardRegistry: {
    ...ownership,
    register: {
      changes: ["registerShard"],
      intent: "Register shard",
    },
    setQueueBudget: {
      changes: ["setQueueBudget"],
      intent: "Set queue budget",
      sentence: "Set the queue budget of shard {shard} from {expected} to {value}",
    },
    setLatencyBudget: {
      changes: ["setLatencyBudget"],
      intent: "Set latency budget",
      sentence: "Set the latency budget of shard {shard} from {expected} to {value}",
    },
    setSpillThreshold: {
      changes: ["setSpillThreshold"],
      intent: "Set spill threshold",
      sentence: "Set the spill threshold of shard {shard} from {expected} to {value}",
    },
    setSpillBatch: {
      changes: ["setSpillBatch"],
      intent: "Set spill batch",
      sentence: "Set the spill batch of shard {shard} from {expected} to {value}",
    },
    setWeight: {
      changes: ["setWeight"],
      intent: "Set weight",
      sentence: "Set the weight of shard {shard} from {expected} to {value}",
    },
    setRoutes: {
      changes: ["setRoutes", "reroute", "retireShard"],
      intent: "Set routes",
      sentence: "Let the jobs of shard {shard} spill to {value.[]}, before: {expected.[]}",
      labels: {
        "expected.[]": "Routes believed to be now (numbers of shards, 0: none)",
        "value.[]": "New routes (numbers of shards, 0: none)",
      },
    },
    setTickLength: {
      changes: ["setTickLength"],
      intent: "Set tick length",
      sentence: "Set the tick length from {expected} to {value}",
    },
    setCheckpointInterval: {
      changes: ["setCheckpointInterval"],
      intent: "Set checkpoint interval",
      sentence: "Set the checkpoint interval from {expected} to {value}",
    },
    setHeartbeatGrace: {
      changes: ["setHeartbeatGrace"],
      intent: "Set heartbeat grace",
      sentence: "Set the heartbeat grace from {expected} to {value}",
    },
    setMaxAttempts: {
      changes: ["setMaxAttempts"],
      intent: "Set attempts",
      sentence: "Let a job have {value}, before: {expected}",
    },
    retire: {
      changes: ["retireShard"],
      intent: "Retire shard",
      sentence: "Retire shard {shard} for good",
    },
    order: {
      changes: ["checkpointNow", "cancel", "move", "reroute"],
      intent: "Give order",
      sentence: "Give the order: {kind}, {payload}",
      labels: { kind: "Order", payload: "What it is about" },
    },
  },
  NodeRegistry: {
    ...ownership,
    admit: {
      changes: ["admitNode"],
      intent: "Admit node",
      labels: { "registration.nonce": "Number of the registration" },
    },
    limit: {
      changes: ["limit"],
      intent: "Limit node",
      sentence:
        "Set the limits of node {index} from {expectedCapacity} and {expectedMaxConcurrency} at once to {capacity} and " +
        "{maxConcurrency} at once",
    },
    drain: { changes: ["drain"], intent: "Drain node", sentence: "Give node {index} nothing new" },
    undrain: { changes: ["undrain"], intent: "Undrain node", sentence: "Give the draining node {index} work again" },
    remove: { changes: ["removeNode"], intent: "Remove node", sentence: "Remove node {index} for good" },
    addSkill: { changes: ["addSkill"], intent: "Add skill", sentence: "Name the skill {name}" },
    rotateKey: { changes: [], intent: "Rotate key", sentence: "Give node {index} the {keyKind} key {key}" },
    setMarketplace: {
      changes: ["setMarketplace"],
      intent: "Set marketplace",
      sentence: "Let {value} be the marketplace, before: {expected}",
    },
    revokeMarketplace: { changes: [], intent: "Revoke marketplace", sentence: "Take the role from the marketplace" },
  },
  SubmitterRegistry: {
    ...ownership,
    admit: {
      changes: ["admitSubmitter"],
      intent: "Admit submitter",
    },
    limit: {
      changes: ["limitSubmitter"],
      intent: "Limit submitter",
      labels: {
        "expected.shards": "Shards believed to be now (bits)",
        "expected.jobsPerTick": "Jobs a tick, believed to be now",
        "expected.expiry": "Until, believed to be now (1970: for ever)",
      },
    },
    revoke: { changes: ["revokeSubmitter"], intent: "Revoke submitter", sentence: "Revoke submitter {index} for good" },
  },
  CheckpointLedger: {
    ...ownership,
    anchor: {
      changes: [],
      intent: "Anchor checkpoint",
      labels: {
        epoch: "Epoch of the ledger",
        parent: "Head before",
        size: "Receipts",
        root: "Root of the receipts",
        digest: "SHA-256 of the checkpoint",
      },
    },
    claim: {
      changes: [],
      intent: "Claim epoch",
      sentence: "Start a new epoch with the session key {sessionKey}",
      labels: { sessionKey: "Session key" },
    },
    rebase: {
      changes: ["rebase"],
      intent: "Rebase ledger",
      labels: {
        "target.epoch": "Epoch of the ledger",
        "target.seq": "Number of the checkpoint",
        "target.parent": "Head before",
        "target.size": "Receipts",
        "target.root": "Root of the receipts",
        "target.digest": "SHA-256 of the checkpoint",
      },
    },
    setAnchorer: {
      changes: ["setAnchorer", "rebase"],
      intent: "Set anchorer",
      sentence: "Let {value} be the anchorer, before: {expected}",
    },
    revokeAnchorer: { changes: [], intent: "Revoke anchorer", sentence: "Take the role from the anchorer" },
  },
  SystemPause: {
    ...ownership,
    pause: { changes: ["pause"], intent: "Pause", sentence: "Pause scope {scope} until the owners resume" },
    resume: { changes: ["resume"], intent: "Resume", sentence: "End every pause of scope {scope}" },
    guardianPause: {
      changes: ["guardianPause"],
      intent: "Pause for a while",
      sentence: "Pause scope {scope} for at most {durationSeconds}",
      labels: { durationSeconds: "For at most" },
    },
    setGuardianPauseLimit: {
      changes: ["setGuardianPauseLimit"],
      intent: "Limit guardians",
      sentence: "Set the longest pause of a guardian from {expected} to {value}",
    },
    appointGuardian: {
      changes: ["appointGuardian"],
      intent: "Appoint guardian",
      sentence: "Appoint the guardian {guardian}, whose acceptance is good until {deadline}",
    },
    dismissGuardian: {
      changes: ["dismissGuardian"],
      intent: "Dismiss guardian",
      sentence: "Dismiss the guardian {guardian}",
    },
    armGuardian: {
      changes: ["rearmGuardian"],
      intent: "Re-arm guardian",
      sentence: "Let the guardian {guardian} act once more",
    },
    revokeAnchorer: {
      changes: ["revokeAnchorer"],
      intent: "Revoke anchorer",
      sentence: "Take the role from the anchorer, as a guardian",
    },
    revokeMarketplace: {
      changes: ["revokeMarketplace"],
      intent: "Revoke marketplace",
      sentence: "Take the role from the marketplace, as a guardian",
    },
    retire: {
      changes: ["retireFabric"],
      intent: "Retire fabric",
      sentence: "Stop the whole fabric for good; {successor} follows it",
    },
  },
};

/** What a constitution's members are called, where it is accepted. */
const memberLabels: Intent["labels"] = {
  "constitution.members.[].kind": "Member (1: account, 2: contract, 3: key)",
  "constitution.members.[].weight": "Weight of the member",
  "constitution.members.[].key": "Key of the member",
};

/** Of each message that owners, operators and guardians sign. */
export const messageIntents: Readonly<
  Record<"Batch" | "Cancellation" | "Acceptance" | "Founding" | "Registration" | "GuardianAcceptance", Intent>
> = {
  Batch: { changes: [], intent: "Sign decision" },
  Cancellation: {
    changes: [],
    intent: "Cancel decision",
  },
  Acceptance: {
    changes: ["constitute"],
    intent: "Accept membership",
    labels: memberLabels,
  },
  Founding: {
    changes: [],
    intent: "Found a fabric",
    labels: { ...memberLabels, "verifiers.[]": "Verifier that keys may name" },
  },
  Registration: {
    changes: ["admitNode"],
    intent: "Register node",
    labels: { nonce: "Number of the registration" },
  },
  GuardianAcceptance: {
    changes: ["appointGuardian"],
    intent: "Accept guardianship",
    labels: { nonce: "Number of the acceptance" },
  },
};
