import type { ErrorCode } from "../errors.ts";

/** `{slots}` are the error's parameters by their names in Solidity. */
export type Explanation = {
  readonly says: string;
  readonly remedy: string;
  readonly code?: Extract<ErrorCode, `REVERTED${string}`>;
};

const lookAgain = "Look at what is in force now, and plan the change anew.";
const report = "This is a fault in the program that built the call: report it.";
const redeploy = "Deploy the whole family again, in its order.";
const names = "Use 1 to 32 visible ASCII characters without spaces.";
const sessionKeys = "Give 32 raw bytes for ed25519 (1), or 33 compressed bytes for P-256 (2) and secp256k1 (3).";

/** Every custom error of every contract of the fabric: what happened, and what to do. */
export const explanations: Readonly<Record<string, Explanation>> = {
  // Governed
  Moved: {
    says: "The {field} is {found}, and the change was made for {expected}.",
    remedy: lookAgain,
    code: "REVERTED_MOVED",
  },
  Unchanged: { says: "The {field} is {value} already.", remedy: "There is nothing to do." },
  Governed_OwnershipIsKept: {
    says: "Ownership can be handed over, never given up.",
    remedy: "Name the new owner, who then accepts.",
  },
  OwnableUnauthorizedAccount: {
    says: "{account} is not the owner.",
    remedy: "Put the call into a batch that the owners sign.",
  },
  OwnableInvalidOwner: { says: "{owner} cannot be an owner.", remedy: "Name the multisig of the owners." },

  // OwnerMultisig: batches
  OwnerMultisig_UnknownLane: {
    says: "There is no lane {lane}.",
    remedy: "Lanes are 0 for parameters, 1 for membership, 2 for emergencies.",
  },
  OwnerMultisig_WrongNonce: {
    says: "The batch carries the nonce {found}, and its lane takes {expected} next: it was executed or withdrawn already, or another one comes first.",
    remedy: "Execute the one before it; if it was executed already, there is nothing to do.",
    code: "REVERTED_MOVED",
  },
  OwnerMultisig_LaneExhausted: { says: "Lane {lane} takes no more batches.", remedy: "Use another lane." },
  OwnerMultisig_WrongEpoch: {
    says: "The batch was signed under constitution {found}, and {expected} is in force.",
    remedy: "Have the present members sign it anew.",
    code: "REVERTED_MOVED",
  },
  OwnerMultisig_NotYetValid: {
    says: "The batch is good from {validAfter} on, and the block's time is {blockTime}.",
    remedy: "Wait until then.",
  },
  OwnerMultisig_Expired: {
    says: "The batch was good until {validUntil}, and the block's time is {blockTime}.",
    remedy: "Plan it anew and have it signed again.",
  },
  OwnerMultisig_WindowTooLong: {
    says: "The batch would be good for {window} s, and at most {longest} s are allowed.",
    remedy: "Plan it with a shorter time.",
  },
  OwnerMultisig_MembershipLaneOnly: {
    says: "Call {call} (counted from 0) changes the constitution outside the membership lane.",
    remedy: "Put it alone into a batch of lane 1.",
  },
  OwnerMultisig_NotMembership: {
    says: "A batch of the membership lane calls {to}, which is not the multisig.",
    remedy: "Use lane 0, or lane 2 in an emergency.",
  },
  OwnerMultisig_MembershipNotAlone: {
    says: "A batch of the membership lane has {calls} calls, and one is allowed.",
    remedy: "Split it.",
  },
  OwnerMultisig_NoCode: {
    says: "Call {call} (counted from 0) goes to {to}, where there is no contract.",
    remedy: "Check the address and the network.",
  },
  OwnerMultisig_CallFailed: {
    says: "Call {call} (counted from 0) to {to} failed with {reason}.",
    remedy: "Mend that call; nothing was changed.",
  },
  OwnerMultisig_OnlySelf: {
    says: "{caller} may not do this: only the multisig itself, by a signed batch.",
    remedy: "Put the call alone into a batch of lane 1.",
  },

  // OwnerMultisig: delays
  OwnerMultisig_MustWait: {
    says: "The batch has to wait {delay} s before it takes effect.",
    remedy: "Announce it, and run it when it has waited.",
  },
  OwnerMultisig_NothingToWaitFor: { says: "The batch has nothing to wait for.", remedy: "Execute it at once." },
  OwnerMultisig_OverBeforeReady: {
    says: "Announced now, the batch could be run from {readyAt} on, and it is good until {validUntil}.",
    remedy: "Plan it with a later time and have it signed again.",
  },
  OwnerMultisig_LaneTaken: {
    says: "Another batch waits in lane {lane}, announced at {since}.",
    remedy: "Run it or cancel it first.",
  },
  OwnerMultisig_NotAnnounced: {
    says: "The batch {digest} does not wait: it was never announced, was run or cancelled, or a new constitution voided it.",
    remedy: "If it is still wanted, plan it anew and have it signed again.",
    code: "REVERTED_MOVED",
  },
  OwnerMultisig_NotReady: {
    says: "The batch may be run from {readyAt} on, and the block's time is {blockTime}.",
    remedy: "Wait until then.",
  },

  // OwnerMultisig: signatures
  OwnerMultisig_BytesLeftOver: { says: "The signatures end in the middle of one ({count} bytes).", remedy: report },
  OwnerMultisig_IndexNotRising: {
    says: "Member {index} signed after member {previous}: each signs once, in rising order.",
    remedy: "Put the signatures in order and leave out repeats.",
  },
  OwnerMultisig_UnknownMember: {
    says: "There is no member {index}; the constitution has {members}.",
    remedy: "Leave that signature out.",
  },
  OwnerMultisig_BadSignature: {
    says: "The signature of member {index} is not theirs over this decision.",
    remedy: "Have member {index} sign exactly this batch, on this chain.",
    code: "REVERTED_UNSIGNED",
  },
  OwnerMultisig_BelowThreshold: {
    says: "The signers weigh {weight}, and {threshold} is needed.",
    remedy: "Gather more signatures.",
    code: "REVERTED_UNSIGNED",
  },

  // OwnerMultisig: constitution
  OwnerMultisig_MemberCount: {
    says: "A constitution has 1 to {most} members, and this one has {count}.",
    remedy: "Name fewer, or at least one.",
  },
  OwnerMultisig_RuleCount: { says: "A constitution has at most {most} rules, not {count}.", remedy: "Drop some." },
  OwnerMultisig_ThresholdOutOfReach: {
    says: "The threshold {threshold} is not within 1 and {totalWeight}, the weight of all members.",
    remedy: "Choose one that the members can reach.",
  },
  OwnerMultisig_KindNotSupported: {
    says: "Member {index} is of the kind {kind}, which does not exist.",
    remedy: "Kinds are 1, an account with a key of its own; 2, a contract; 3, a P-256 key.",
  },
  OwnerMultisig_NoWeight: { says: "Member {index} has no weight.", remedy: "Give it at least 1, or leave it out." },
  OwnerMultisig_KeyLength: {
    says: "The key of member {index} has {found} bytes, and {expected} are right.",
    remedy: "Give the member's address; for a P-256 key the verifier's, then x and y, 32 bytes each.",
  },
  OwnerMultisig_KeyNotRising: {
    says: "Member {index} ({key}) is out of order or named twice.",
    remedy: "Sort the members by their keys, each once.",
  },
  OwnerMultisig_ReservedAddress: {
    says: "Member {index} ({member}) is an address that cannot sign.",
    remedy: "Name the address of a person's key, or of a contract that signs.",
  },
  OwnerMultisig_NotEoa: {
    says: "Member {index} ({member}) is a contract.",
    remedy: "Name an account with a key of its own, or make it a member of kind 2.",
  },
  OwnerMultisig_NotContract: {
    says: "Member {index} ({member}) is no contract.",
    remedy: "Deploy it first, or make it a member of kind 1.",
  },
  OwnerMultisig_UnknownVerifier: {
    says: "The verifier {verifier} of member {index} is none that the multisig was deployed with.",
    remedy: "Use one of those, or deploy a new family of contracts with it.",
  },
  OwnerMultisig_NotOnCurve: {
    says: "The key of member {index} ({x}, {y}) is no point of P-256.",
    remedy: "Copy the public key again.",
  },
  OwnerMultisig_SameKey: {
    says: "Whoever has the key of member {other} has that of member {index}, too.",
    remedy: "Name each person's key once.",
  },
  OwnerMultisig_NotVerifier: {
    says: "The verifier {verifier} is no contract.",
    remedy: "Deploy it first; check the address and the network.",
  },
  OwnerMultisig_RuleNotRising: {
    says: "Rule {rule} (counted from 0) is out of order or there twice.",
    remedy: "Sort the rules by target, then selector.",
  },
  OwnerMultisig_DelayTooLong: {
    says: "A delay of {delay} s exceeds the longest there is, {longest} s.",
    remedy: "Set a shorter one.",
  },
  ReentrancyGuardReentrantCall: {
    says: "A batch tried to execute another one from within.",
    remedy: "Execute one after the other.",
  },
  Create2EmptyBytecode: { says: "There is nothing to keep as a constitution.", remedy: report },
  FailedDeployment: { says: "The constitution could not be kept.", remedy: "Try again with more gas." },
  InsufficientBalance: { says: "{needed} wei are needed, and there are {balance}.", remedy: report },
  InvalidShortString: { says: "The name of a signing domain cannot be read.", remedy: redeploy },
  StringTooLong: { says: "The name of a signing domain, {str}, is too long.", remedy: redeploy },

  // SystemPause
  SystemPause_NoSuchScope: {
    says: "There is no scope {scope}.",
    remedy: "0 is the whole fabric, 1 to {maximum} are the shards.",
  },
  SystemPause_AlreadyPaused: {
    says: "The owners have paused scope {scope} already.",
    remedy: "There is nothing to do.",
  },
  SystemPause_NotPaused: { says: "Scope {scope} is not paused.", remedy: "There is nothing to resume." },
  SystemPause_DurationOutOfBounds: {
    says: "A guardian may pause for 1 to {limit} s, not {durationSeconds}.",
    remedy: "Choose a shorter time, or have the owners pause.",
  },
  SystemPause_NotLonger: {
    says: "Scope {scope} is paused until {inForceUntil} already; this pause would end at {until}.",
    remedy: "Choose a longer time, or leave it as it is.",
  },
  SystemPause_LimitOutOfBounds: {
    says: "A guardian's pause may be limited to {minimum} to {maximum} s, not {value}.",
    remedy: "Choose a limit within these bounds.",
  },
  SystemPause_NotGuardian: { says: "{account} is no guardian.", remedy: "Use the key of a guardian." },
  SystemPause_GuardianIsSpent: {
    says: "The guardian {guardian} has acted once and may do no more.",
    remedy: "Have the owners re-arm it, or act themselves.",
  },
  SystemPause_GuardianIsArmed: { says: "The guardian {guardian} is armed already.", remedy: "There is nothing to do." },
  SystemPause_AlreadyGuardian: { says: "{account} is a guardian already.", remedy: "There is nothing to do." },
  SystemPause_TooManyGuardians: { says: "There are {maximum} guardians already.", remedy: "Dismiss one first." },
  SystemPause_CannotBeGuardian: {
    says: "{account} cannot be a guardian: it is an owner, the anchorer, the marketplace, or no account.",
    remedy: "Name an account that has no other power.",
  },
  SystemPause_GuardianCannotOwn: {
    says: "The guardian {guardian} cannot own the contract that binds it.",
    remedy: "Dismiss it as a guardian first.",
  },
  SystemPause_AcceptanceExpired: {
    says: "The guardian's acceptance was good until {deadline}, and the block's time is {time}.",
    remedy: "Have the guardian sign a new one.",
  },
  SystemPause_BadAcceptance: {
    says: "The acceptance is not {guardian}'s signature with the nonce {nonce}.",
    remedy: "Have the guardian sign it on this chain, for this contract and nonce.",
    code: "REVERTED_UNSIGNED",
  },
  SystemPause_IsRetired: {
    says: "The fabric is retired for good; its successor is {successor}.",
    remedy: "Turn to the successor.",
  },
  SystemPause_SuccessorIsItself: { says: "A fabric cannot follow itself.", remedy: "Name another contract, or none." },
  SystemPause_SuccessorWithoutCode: {
    says: "There is no contract at {successor}.",
    remedy: "Check the address and the network.",
  },
  SystemPause_WrongAddress: { says: "{referrer} was deployed for a pause at {told}.", remedy: redeploy },

  // ShardRegistry
  ShardRegistry_BadName: { says: "The name {name} is not one that a shard may have.", remedy: names },
  ShardRegistry_NameTaken: { says: "Shard {shard} is called {name} already.", remedy: "Choose another name." },
  ShardRegistry_TooManyShards: { says: "There are {maximum} shards, and no more fit.", remedy: "Use those there are." },
  ShardRegistry_NoSuchShard: { says: "There is no shard {shard}.", remedy: "Shards are counted from 1." },
  ShardRegistry_ShardIsRetired: { says: "Shard {shard} is retired.", remedy: "Choose one that is active." },
  ShardRegistry_NotRegisteredActive: { says: "A shard is registered as active, not as {status}.", remedy: report },
  ShardRegistry_OutOfBounds: {
    says: "The {field} cannot be {value}.",
    remedy: "Choose a value from {minimum} to {maximum}.",
  },
  ShardRegistry_RouteToItself: { says: "Shard {shard} cannot spill to itself.", remedy: "Leave that route out." },
  ShardRegistry_RouteTwice: { says: "A route to shard {shard} is there twice.", remedy: "Leave one out." },
  ShardRegistry_RouteAfterGap: {
    says: "Route {position} follows an empty place.",
    remedy: "List the routes without gaps.",
  },
  ShardRegistry_RouteToNoActiveShard: {
    says: "A route leads to shard {to}, which is no active shard.",
    remedy: "Choose an active one.",
  },
  ShardRegistry_ShardIsRouted: {
    says: "Shard {by} still has a route to shard {shard}.",
    remedy: "Take that route away first.",
  },
  ShardRegistry_ShardHasNodes: {
    says: "{nodes} nodes are still admitted to shard {shard}.",
    remedy: "Remove them first.",
  },
  ShardRegistry_UnknownOrder: {
    says: "There is no order of the kind {kind}.",
    remedy: "Kinds are 1, checkpoint now; 2, cancel a job; 3, move backlog.",
  },
  ShardRegistry_BadPayload: { says: "An order of the kind {kind} cannot carry {payload}.", remedy: report },

  // NodeRegistry
  NodeRegistry_NotOwnerOrMarketplace: {
    says: "{caller} is neither the owner nor the marketplace.",
    remedy: "Have the owners or their marketplace do it.",
  },
  NodeRegistry_NotOperator: {
    says: "{caller} is not the operator of node {index}; {operator} is.",
    remedy: "Use the operator's key.",
  },
  NodeRegistry_NotSystemPause: {
    says: "{caller} may not revoke the marketplace here; {systemPause} may, for a guardian.",
    remedy: "Have a guardian call the pause contract.",
  },
  NodeRegistry_OnlyOwnerRaises: {
    says: "The marketplace may lower {field} from {current}, not set it to {value}.",
    remedy: "Have the owners raise it.",
  },
  NodeRegistry_BadName: { says: "The name {name} is not one that a node or a skill may have.", remedy: names },
  NodeRegistry_NodeIdTaken: { says: "Node {index} is called {nodeId} already.", remedy: "Choose another name." },
  NodeRegistry_SkillTaken: { says: "The skill {name} is number {bit} already.", remedy: "There is nothing to do." },
  NodeRegistry_TooManySkills: { says: "There are {maximum} skills, and no more fit.", remedy: "Use those there are." },
  NodeRegistry_UnknownSkills: {
    says: "The registration claims skills that have no name (bits {unknown}).",
    remedy: "Name the skills first.",
  },
  NodeRegistry_NoActiveShard: { says: "Shard {shard} is not active.", remedy: "Choose an active one." },
  NodeRegistry_OutOfBounds: {
    says: "The {field} cannot be {value}.",
    remedy: "Choose a value from {minimum} to {maximum}.",
  },
  NodeRegistry_BadKey: { says: "{key} is no key of the kind {keyKind}.", remedy: sessionKeys },
  NodeRegistry_KeyTaken: { says: "Node {index} has that key.", remedy: "Make a key for this node alone." },
  NodeRegistry_RegistrationExpired: {
    says: "The registration was good until {deadline}, and the block's time is {time}.",
    remedy: "Have the operator sign a new one.",
  },
  NodeRegistry_WrongNonce: {
    says: "The registration carries the nonce {given}, and {operator} is at {next}.",
    remedy: "Have the operator sign one with that nonce.",
    code: "REVERTED_MOVED",
  },
  NodeRegistry_BadSignature: {
    says: "The registration is not signed by its operator, {operator}.",
    remedy: "Have the operator sign it on this chain, for this contract.",
    code: "REVERTED_UNSIGNED",
  },
  NodeRegistry_NoSuchNode: { says: "There is no node {index}.", remedy: "Nodes are counted from 1." },
  NodeRegistry_WrongStatus: {
    says: "Node {index} has the status {found} (1 admitted, 2 draining, 3 removed), which does not allow this.",
    remedy: lookAgain,
    code: "REVERTED_MOVED",
  },
  NodeRegistry_SameLimits: { says: "Node {index} has these limits already.", remedy: "There is nothing to do." },
  NodeRegistry_GuardianCannotBeMarketplace: {
    says: "{account} is a guardian and cannot be the marketplace.",
    remedy: "Name an account that has no other power.",
  },
  InvalidAccountNonce: {
    says: "The signature carries a nonce that is not {currentNonce}, the next of {account}.",
    remedy: "Have it signed again with that nonce.",
    code: "REVERTED_MOVED",
  },

  // SubmitterRegistry
  SubmitterRegistry_BadName: { says: "The name {name} is not one that a submitter may have.", remedy: names },
  SubmitterRegistry_SubmitterIdTaken: {
    says: "Submitter {index} is called {submitterId} already.",
    remedy: "Choose another name.",
  },
  SubmitterRegistry_BadKey: { says: "{key} is no key of the kind {keyKind}.", remedy: sessionKeys },
  SubmitterRegistry_KeyTaken: { says: "Submitter {index} has that key.", remedy: "Make a key for this one alone." },
  SubmitterRegistry_NoShards: { says: "A submitter needs at least one shard.", remedy: "Name one." },
  SubmitterRegistry_InactiveShards: {
    says: "Some of the submitter's shards are not active (bits {inactive}).",
    remedy: "Name active ones only.",
  },
  SubmitterRegistry_OutOfBounds: {
    says: "The {field} cannot be {value}.",
    remedy: "Choose a value from {minimum} to {maximum}.",
  },
  SubmitterRegistry_AlreadyExpired: {
    says: "The expiry {expiry} lies before the block's time, {time}.",
    remedy: "Choose a later one, or 0 for never.",
  },
  SubmitterRegistry_NoSuchSubmitter: { says: "There is no submitter {index}.", remedy: "Submitters count from 1." },
  SubmitterRegistry_IsRevoked: {
    says: "Submitter {index} was revoked, for good.",
    remedy: "Admit a new one with a new key.",
  },
  SubmitterRegistry_AdmittedRevoked: { says: "A submitter cannot be admitted as revoked.", remedy: report },
  SubmitterRegistry_SameLimits: {
    says: "Submitter {index} has these limits already.",
    remedy: "There is nothing to do.",
  },

  // CheckpointLedger
  CheckpointLedger_NotAnchorer: {
    says: "{caller} is not the anchorer; {anchorer} is.",
    remedy: "Have the owners appoint it, or use the key of the one they appointed.",
  },
  CheckpointLedger_WrongEpoch: {
    says: "The anchor is of epoch {given}, and the ledger is at {current}: another orchestrator was started, or the owners stepped in.",
    remedy: "Stop this orchestrator.",
  },
  CheckpointLedger_WrongParent: {
    says: "The anchor follows {given}, and the ledger's head is {head}.",
    remedy: "Compare the store with the ledger before anything else is anchored.",
    code: "REVERTED_MOVED",
  },
  CheckpointLedger_SizeOutOfBounds: {
    says: "There would be {size} receipts, and only {minimum} to {maximum} can follow.",
    remedy:
      "If they fell, the store is older than the ledger: bring back the newest. If they leapt, set a shorter checkpoint interval.",
  },
  CheckpointLedger_BadSessionKey: {
    says: "{sessionKey} is no session key.",
    remedy: "Give the 32 raw bytes of an ed25519 public key.",
  },
  CheckpointLedger_Exhausted: { says: "The ledger has no number left.", remedy: "Migrate to a new ledger." },
  CheckpointLedger_NotKept: {
    says: "The head {head} (number {seq}) is not among the last 64, or was voided.",
    remedy: "Choose a head that is kept.",
  },
  CheckpointLedger_NotSystemPause: {
    says: "{caller} may not revoke the anchorer here; {systemPause} may, for a guardian.",
    remedy: "Have a guardian call the pause contract.",
  },
  CheckpointLedger_GuardianCannotAnchor: {
    says: "{account} is a guardian and cannot be the anchorer.",
    remedy: "Name an account that has no other power.",
  },
  CheckpointLedger_NotPreviousHead: {
    says: "The previous ledger's head is {found}, not {given}.",
    remedy: "Read the previous ledger's head again, and deploy anew.",
  },
};
