/** What the process ends with; the meaning of each number never changes. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  signaturesMissing: 3,
  harmful: 4,
  unreachable: 5,
  integrity: 6,
  drift: 7,
} as const;

type Entry = { readonly exit: number; readonly says: string; readonly remedy: string };

/**
 * The one catalogue of errors: a stable code, the exit code, a sentence with {slots}, and what to do. A code is never
 * used again for something else. Entries are sorted by room, then by name.
 */
export const catalogue = {
  USAGE: { exit: exitCodes.usage, says: "{problem}", remedy: "Run `fabric --help`." },
  DOCUMENT_INVALID: {
    exit: exitCodes.usage,
    says: "{problems}",
    remedy: "Mend the places named; `fabric config check` looks again.",
  },
  DISK_FULL: {
    exit: exitCodes.failed,
    says: "There is no room left for {file}: {reason}.",
    remedy: "Make room on that disk, or name a place on another one.",
  },
  FILE_UNREADABLE: { exit: exitCodes.usage, says: "{file} cannot be read: {reason}.", remedy: "Check the path." },
  // cli
  DEPLOYMENT_OTHER: {
    exit: exitCodes.usage,
    says: "{file} is of a deployment that was begun {problem}.",
    remedy:
      "Go on with that one as it was begun, name another file with --out, or remove {file} to give it up: nothing of value is lost.",
  },
  ENV_HOLDS_OTHER: {
    exit: exitCodes.usage,
    says: "{file} has in line {line} something else than the name of a node with its address.",
    remedy:
      "Have lines there as FABRIC_RPC_SEPOLIA=https://…, comments, and nothing else; passwords are asked for, or come " +
      "from the environment of a command.",
  },
  ENV_HOLDS_SECRET: {
    exit: exitCodes.harmful,
    says: "{file} holds in line {line} what looks like a private key, or like the words that one is made of.",
    remedy:
      "Take it out; if anybody may have read the file, use that key no more. Keys are kept in encrypted files, or with " +
      "`npx hardhat keystore set`; {file} is for addresses of nodes.",
  },
  JOB_ENDED: {
    exit: exitCodes.usage,
    says: "{job} has ended, {outcome} in tick {tick}: nothing was sent, and nothing is taken back.",
    remedy: "`fabric job why {job}` tells how.",
  },
  JOB_UNKNOWN: {
    exit: exitCodes.usage,
    says: "There is no job {job}; the highest number that {submitter} has used is {highest}.",
    remedy: "Check the number; `fabric job list` names the jobs that live.",
  },
  NETWORK_MISNAMED: {
    exit: exitCodes.harmful,
    says: "Chain {chainId} at {url} is not the network {name}: {problem}.",
    remedy: "Nothing was signed or sent. Name the node of the chain that you mean; {advice}.",
  },
  NETWORK_UNNAMED: {
    exit: exitCodes.usage,
    says:
      "Chain {chainId} at {url} is not for practice, and nobody has said here which network it is: what is done there " +
      "costs money and is for everybody to see.",
    remedy: "Give the network's name once, with --network-name, or run this on a terminal, where it is asked for.",
  },
  OUTPUT_LOST: {
    exit: exitCodes.failed,
    says: "Standard output could not be written, and some of it is lost: {reason}.",
    remedy: "Make room, or send it elsewhere; what the command has done besides is done.",
  },
  PAYER_POOR: {
    exit: exitCodes.usage,
    says: "{payer}, who pays, has {has}, and it may take {needs}.",
    remedy: "Send it more, or name another payer with --payer. Nothing was sent.",
  },
  PAYLOAD_TOO_LARGE: {
    exit: exitCodes.usage,
    says: "The payload of {what} has {bytes} bytes, and {most} are the most.",
    remedy: "Give the nodes a smaller one, or the place and digest of what is kept elsewhere.",
  },
  RECEIPT_UNPROVED: {
    exit: exitCodes.integrity,
    says: "What the fabric says of {job} does not prove it: {problem}.",
    remedy:
      "Do not rely on it, and show it to the owners: the fabric, or what stands between it and you, tells an untruth.",
  },
  SUBMISSION_UNSURE: {
    exit: exitCodes.unreachable,
    says: "The fabric has not answered for {seconds} s. It is not known whether it took in {jobs}; what was to follow was not sent.",
    remedy: "When it runs again, give the same command with {first}: what it has already, it does not take in twice.",
  },
  SUBMITTER_KEY_DIFFERS: {
    exit: exitCodes.usage,
    says: "{key} is not the key of submitter {submitter}.",
    remedy: "Give the key that the owners admitted, or name the submitter that it belongs to.",
  },
  SUBMITTER_MISSING: {
    exit: exitCodes.usage,
    says: "{problem}.",
    remedy: "Name a submitter with --submitter, and its key with --key; these are admitted: {known}.",
  },
  MISSION_TAKEN: {
    exit: exitCodes.usage,
    says: "{folder} is not replaced: {problem}.",
    remedy: "Name a folder that is not there yet, or one that this command made.",
  },
  // config
  SCENARIO_UNKNOWN: {
    exit: exitCodes.usage,
    says: "There is no scenario {name}; {known} ship.",
    remedy: "Name one of them, or the path of a file.",
  },
  // control
  CONTROL_BROKEN: {
    exit: exitCodes.unreachable,
    says: "The fabric gave no answer: {reason}. It is not known whether it took what was sent.",
    remedy: "Send the same again when the fabric runs: what it took already, it does not take twice.",
  },
  CONTROL_BUSY: {
    exit: exitCodes.unreachable,
    says: "The fabric took nothing, since {what}.",
    remedy: "Try again in a moment.",
  },
  CONTROL_FAILED: {
    exit: exitCodes.failed,
    says: "The fabric could not answer: {reason}.",
    remedy: "Look into operator.log of its world.",
  },
  CONTROL_FOLDER_UNSAFE: {
    exit: exitCodes.harmful,
    says: "{folder} cannot hold the control socket: {problem}.",
    remedy:
      "Whoever opens the socket commands the fabric. Have the folder belong to you alone (`chmod 700`), or remove it.",
  },
  CONTROL_FOREIGN: {
    exit: exitCodes.unreachable,
    says: "What answers at {socket} does not speak as this program's fabric does: {problem}.",
    remedy: "Use the release of the program that runs the fabric.",
  },
  CONTROL_IN_USE: {
    exit: exitCodes.failed,
    says: "Somebody answers at the control socket {socket} already.",
    remedy: "Stop the fabric that runs in this world first.",
  },
  CONTROL_NOT_FOUND: {
    exit: exitCodes.usage,
    says: "There is no {what}.",
    remedy: "Check how it is written; names are told apart by their case.",
  },
  CONTROL_PATH_TOO_LONG: {
    exit: exitCodes.usage,
    says: "The control socket's path, {socket}, has more than {most} bytes, which is all that the system takes.",
    remedy: "Set XDG_RUNTIME_DIR to a folder with a short path.",
  },
  CONTROL_REFUSED: { exit: exitCodes.failed, says: "{code}: {message}", remedy: "{advice}" },
  CONTROL_REQUEST_INVALID: { exit: exitCodes.usage, says: "{problem}.", remedy: "{right}." },
  CONTROL_TOO_EARLY: {
    exit: exitCodes.unreachable,
    says: "Block {block} is not in force after {seconds} s.",
    remedy: "Ask again; `fabric status` tells how far the fabric is behind the chain.",
  },
  FABRIC_NOT_RUNNING: {
    exit: exitCodes.unreachable,
    says: "No fabric runs here: {reason}.",
    remedy: "{advice}.",
  },
  FABRIC_RUNS_HERE: {
    exit: exitCodes.failed,
    says: "{file} names a fabric that runs: process {process}, world {world}.",
    remedy: "Stop it first, or start the other one in another folder.",
  },
  RUN_FILE_BROKEN: {
    exit: exitCodes.usage,
    says: "{problems}",
    remedy:
      "Remove {file}: nobody but `fabric up` and `fabric resume` writes it, and the next of them writes a new one.",
  },
  RUN_FILE_UNSAFE: {
    exit: exitCodes.harmful,
    says: "{file} is not believed: {problem}.",
    remedy: "Find out who put it there, then remove it. Your own is written by `fabric up`, for you alone.",
  },
  // governance
  ANCHOR_FENCED: {
    exit: exitCodes.failed,
    says: "This orchestrator holds epoch {own} of the ledger, and the ledger is at epoch {current}: {reason}.",
    remedy: "It stops here. Start it again only if no other orchestrator is meant to run.",
  },
  ANCHORER_NOT_APPOINTED: {
    exit: exitCodes.failed,
    says: "{account} may not anchor: the ledger's anchorer is {anchorer}.",
    remedy: "Have the owners appoint it, or start with the key of the one they appointed.",
  },
  CHAIN_ANSWER_MALFORMED: {
    exit: exitCodes.unreachable,
    says: "The node's answer to {method} is not what that asks for: {problem}.",
    remedy: "Name another node of this chain, and rely on nothing that this one says.",
  },
  CHAIN_BEHIND: {
    exit: exitCodes.integrity,
    says: "The chain at {url} ends with block {newest}, and this fabric has obeyed block {obeyed}: the chain is behind the store.",
    remedy:
      "Wait until that node has caught up, or name another one. A practice chain has lost its newest blocks: bring back " +
      "the newest chain.ndjson. Never go on without what the owners decided since.",
  },
  CHAIN_ID_WRONG: {
    exit: exitCodes.integrity,
    says: "The chain at {url} has the id {found}, and {expected} is expected.",
    remedy: "Name the network that the deployment was made on.",
  },
  CHAIN_REFUSED: {
    exit: exitCodes.failed,
    says: "The chain at {url} refused {method}: {reason}.",
    remedy: "Read the reason; if it is the node's own trouble, try again or name another node.",
  },
  CHAIN_UNREACHABLE: {
    exit: exitCodes.unreachable,
    says: "No chain answers at {url}: {reason}.",
    remedy: "Start the chain, or name one that runs with `--network`.",
  },
  CONTRACT_DIFFERS: {
    exit: exitCodes.integrity,
    says: "At {address} stands {found}, and not the {contract} that was deployed ({expected}).",
    remedy: "Use the deployment file that belongs to this chain.",
  },
  CONTRACTS_NOT_COMPILED: {
    exit: exitCodes.failed,
    says: "{file} is missing: the contracts are not compiled.",
    remedy: "Run `npm run setup`.",
  },
  DEPLOYMENT_DISTURBED: {
    exit: exitCodes.failed,
    says: "{contract} cannot come to stand at {address}: {payer}, who pays, has sent other transactions between those of this deployment.",
    remedy:
      "What was deployed so far belongs to nobody but the owners, and is of no use: nothing of value is lost. Deploy anew, " +
      "with an account that does nothing else meanwhile.",
  },
  DEPLOYMENT_OWNED_OTHERWISE: {
    exit: exitCodes.integrity,
    says: "{contract} belongs to {found}, and not to the owners' multisig at {expected}.",
    remedy: "Do not use this deployment; deploy again.",
  },
  DEPLOYMENT_PENDING: {
    exit: exitCodes.unreachable,
    says: "The deployment of {contract} by {payer} was sent before, and is in no block after {seconds} s.",
    remedy: "Give the same command again: it goes on when the network has taken it.",
  },
  EVIDENCE_BLOCK: {
    exit: exitCodes.integrity,
    says: "What chain.json has of block {block} is not proved: {problem}.",
    remedy: "Do not trust this bundle; ask who gave it for another one, or take the evidence from the chain anew.",
  },
  EVIDENCE_FOREIGN_CODE: {
    exit: exitCodes.integrity,
    says:
      "The {contract} of this fabric is not the one that this program was compiled with, or was not set up for this " +
      "fabric's owners: transaction {transaction} created something else.",
    remedy:
      "If the bundle was made by another release, verify it with that release. If it was not, it shows other contracts " +
      "than it says: do not trust it.",
  },
  EVIDENCE_HEADER: {
    exit: exitCodes.integrity,
    says: "The header of block {block} in chain.json is not proved: {problem}.",
    remedy: "Do not trust this bundle; ask who gave it for another one, or take the evidence from the chain anew.",
  },
  EVIDENCE_HEADS: {
    exit: exitCodes.integrity,
    says: "The heads in chain.json do not follow from its anchors; {where}: {problem}.",
    remedy: "Do not trust this bundle; ask who gave it for another one, or take the evidence from the chain anew.",
  },
  EVIDENCE_HISTORY: {
    exit: exitCodes.integrity,
    says: "The history of the {contract} in chain.json has a gap or a fold: {problem}.",
    remedy: "Do not trust this bundle; ask who gave it for another one, or take the evidence from the chain anew.",
  },
  EVIDENCE_INCOMPLETE: {
    exit: exitCodes.integrity,
    says: "chain.json does not show all that happened to the contract at {address}: {problem}.",
    remedy: "Take the evidence from the chain anew, from the block of the first deployment on.",
  },
  EVIDENCE_LEDGER: {
    exit: exitCodes.integrity,
    says: "The state of the ledger {ledger} at block {block} is not proved by chain.json: {problem}.",
    remedy: "Do not trust this bundle; ask who gave it for another one, or take the evidence from the chain anew.",
  },
  EVIDENCE_MALFORMED: {
    exit: exitCodes.integrity,
    says: "chain.json is not what it should be; {place}: {problem}.",
    remedy: "Do not trust this bundle; ask who gave it for another one, or take the evidence from the chain anew.",
  },
  EVIDENCE_OFF_CHAIN: {
    exit: exitCodes.integrity,
    says: "Block {block}, which chain.json rests on, is not confirmed: {problem}; chain.json has {hash}.",
    remedy:
      "Make sure that the right chain was asked. If it was, this evidence is of something that did not happen on it.",
  },
  EVIDENCE_TRANSACTION: {
    exit: exitCodes.integrity,
    says: "Transaction {transaction} in chain.json (block {block}, index {index}) is not proved: {problem}.",
    remedy: "Do not trust this bundle; ask who gave it for another one, or take the evidence from the chain anew.",
  },
  EVIDENCE_TRANSACTION_UNKNOWN: {
    exit: exitCodes.failed,
    says: "No block from {first} to {last} has transaction {transaction}.",
    remedy: "Wait until it is mined, or name the blocks that it is in.",
  },
  EVIDENCE_UNCOLLECTABLE: {
    exit: exitCodes.unreachable,
    says: "The node at hand gives no evidence of block {block}: {problem}.",
    remedy: "Ask again, the chain may have moved meanwhile; if it stays so, ask another node of this chain.",
  },
  FEE_TOO_HIGH: {
    exit: exitCodes.harmful,
    says:
      "The node asks for {asked} gwei for each unit of gas{part}, and {most} are the most that is paid: {gas} gas would cost " +
      "up to {cost}.",
    remedy:
      "Nothing was sent. Ask another node; if this network is as dear as that, say the most that you pay with --max-fee <gwei>.",
  },
  GENESIS_WRONG: {
    exit: exitCodes.integrity,
    says: "The chain at {url} began with block {found}, and {expected} is expected: it is another chain.",
    remedy: "Name the chain that the fabric was founded on. A practice chain that was started anew has lost its past.",
  },
  KEY_FILE_LOCKED: {
    exit: exitCodes.usage,
    says: "{file} cannot be opened: {problem}.",
    remedy:
      "Give the password of the file in FABRIC_PASSWORD, or when you are asked; `fabric owner keygen` makes such files.",
  },
  KEY_FILE_TAKEN: {
    exit: exitCodes.usage,
    says: "There is something at {file} already, and a key is never written over another.",
    remedy: "Name another file, or move that one away.",
  },
  KEYSTORE_LOCKED: {
    exit: exitCodes.usage,
    says: "Hardhat's keystore does not give the key {name}: {problem}.",
    remedy:
      "`npx hardhat keystore list` names the keys that it has, and `npx hardhat keystore set {name}` puts one there.",
  },
  LEDGER_AHEAD: {
    exit: exitCodes.integrity,
    says: "The ledger holds checkpoint {digest} as its number {seq}, which this store does not know.",
    remedy: "The store is older than the ledger: bring back the newest store. Never go on with this one.",
  },
  ADMISSIONS_DIVERGED: {
    exit: exitCodes.integrity,
    says: "{what} {number} is {expected} to this fabric, and the chain has {found} under that number.",
    remedy:
      "A reorganisation took back what the fabric obeyed. Go on when the chain has it again; until then show the owners both.",
  },
  ORDERS_DIVERGED: {
    exit: exitCodes.integrity,
    says: "Order {index} of the owners is not the one that was obeyed: the chain has {found}, and {expected} was followed.",
    remedy: "The chain lost an order that the fabric carried out. Stop, and show the owners both.",
  },
  PASSWORD_SHORT: {
    exit: exitCodes.usage,
    says: "The password has {length} characters, and {least} are the fewest.",
    remedy:
      "Whoever gets hold of the file may guess for as long as they like: take several words that nobody connects with you.",
  },
  PREVIOUS_LEDGER_UNFIT: {
    exit: exitCodes.usage,
    says: "This fabric cannot go on from the ledger {ledger}: {problem}.",
    remedy:
      "Give the address of CheckpointLedger in the deployment.json of the fabric before, after its orchestrator has been " +
      "stopped for good. Nothing was sent.",
  },
  RECEIPT_UNCONFIRMED: {
    exit: exitCodes.integrity,
    says: "The chain does not confirm the receipt of job {number}: {problem}.",
    remedy: "{advice}",
  },
  REVERTED: { exit: exitCodes.failed, says: "{action} was refused: {reason}", remedy: "{advice}" },
  REVERTED_UNSIGNED: { exit: exitCodes.signaturesMissing, says: "{action} was refused: {reason}", remedy: "{advice}" },
  REVERTED_MOVED: { exit: exitCodes.drift, says: "{action} was refused: {reason}", remedy: "{advice}" },
  TRANSACTION_PENDING: {
    exit: exitCodes.unreachable,
    says: "Transaction {hash} ({action}) was sent and is in no block after {seconds} s.",
    remedy: "Wait and try again: the same transaction is sent, and cannot count twice.",
  },
  // journal
  CHECKPOINT_DIFFERS: {
    exit: exitCodes.integrity,
    says: "Checkpoint {seq} at tick {tick} comes out of the journal with another {field} than {file} holds.",
    remedy: "Restore the store from a copy, or use the version of the program that wrote it.",
  },
  CHECKPOINTS_ALTERED: {
    exit: exitCodes.integrity,
    says: "{file} holds at byte {offset} no checkpoint that follows from the one before it.",
    remedy: "Restore the file from a copy, or remove it: it is made again from the journal.",
  },
  EVENTS_ALTERED: {
    exit: exitCodes.integrity,
    says: "{file} is not what was written: {problem}.",
    remedy: "Stop the fabric, remove the file, and start it: it is made again from the journal.",
  },
  JOURNAL_ALTERED: {
    exit: exitCodes.integrity,
    says: "{file} is not what was written: record {record} at byte {offset}: {problem}.",
    remedy: "Restore the file from a copy.",
  },
  JOURNAL_BEHIND: {
    exit: exitCodes.integrity,
    says: "The journal ends too early: {evidence}.",
    remedy: "Restore the newest files of the journal from a copy: going on without them would undo what was promised.",
  },
  JOURNAL_FOREIGN: {
    exit: exitCodes.integrity,
    says: "The journal belongs to another fabric: its {field} is {found}, and {expected} is expected.",
    remedy: "Name the folder that belongs to this deployment, or start in an empty one.",
  },
  JOURNAL_SEGMENT_MISSING: {
    exit: exitCodes.integrity,
    says: "{file} is missing from the journal.",
    remedy: "Bring it back from where it was archived or copied.",
  },
  JOURNAL_UNREADABLE: {
    exit: exitCodes.integrity,
    says: "{file}: record {record} at byte {offset} cannot be read by this version: {reason}.",
    remedy: "Use the version of the program that wrote it.",
  },
  PAYLOAD_ALTERED: {
    exit: exitCodes.integrity,
    says: "The payload {digest} is not what was put.",
    remedy: "Put it again: its submitter has it, and what the disk has of it is replaced.",
  },
  RECEIPT_DAMAGED: {
    exit: exitCodes.integrity,
    says: "{file} does not hold at byte {offset} the receipt that was written there.",
    remedy: "Stop the fabric, remove the file, and start it: it is made again from the journal.",
  },
  RECEIPTS_ALTERED: {
    exit: exitCodes.integrity,
    says: "{file} does not lead to the root of the {size} receipts.",
    remedy: "Stop the fabric, remove the file, and start it: it is made again from the journal.",
  },
  STORE_ALTERED: {
    exit: exitCodes.integrity,
    says: "{file} is not what the journal makes: byte {offset} is another.",
    remedy: "Stop the fabric, remove the file, and start it: it is made again from the journal.",
  },
  STORE_FAILED: {
    exit: exitCodes.failed,
    says: "{file} could not be {what}: {reason}.",
    remedy: "Mend the disk, then start the fabric again. What was acknowledged is in the journal.",
  },
  STORE_FULL: {
    exit: exitCodes.failed,
    says: "There is no room left for {file}.",
    remedy: "Make room on the disk, then start the fabric again. What was acknowledged is in the journal.",
  },
  STORE_LOCKED: {
    exit: exitCodes.failed,
    says: "{folder} is in use by process {process}.",
    remedy: "Stop that process first; two orchestrators cannot share a folder.",
  },
  // nodes
  ADDRESS_INVALID: {
    exit: exitCodes.usage,
    says: "{address} is no address of a ledger.",
    remedy: "Give 0x and 40 lower-case hexadecimal digits.",
  },
  KEY_INVALID: {
    exit: exitCodes.usage,
    says: "{what} is no {kind} key: {reason}.",
    remedy:
      "ed25519 keys are 32 bytes; P-256 and secp256k1 keys are points of their curve, 33 bytes in compressed form.",
  },
  NODE_NOT_SIMULATED: {
    exit: exitCodes.usage,
    says: "Node {node} is not among the simulated nodes.",
    remedy: "Name one of them: {known}.",
  },
  TICK_GONE: {
    exit: exitCodes.integrity,
    says: "The messages of tick {asked} are gone; those of tick {newest} are the newest.",
    remedy: "Ask for each tick's messages in order; only the newest tick's can be had again.",
  },
  TOO_MANY_ENTRIES: {
    exit: exitCodes.usage,
    says: "One message has room for {limit} {what}, and these are {count}.",
    remedy: "Send several messages.",
  },
  VALUE_INVALID: { exit: exitCodes.usage, says: "{what}: {problem}.", remedy: "{right}." },
  // orchestrator
  NAME_UNKNOWN: {
    exit: exitCodes.usage,
    says: "This fabric has no {what} {name}.",
    remedy: "Name one of these: {known}.",
  },
  FABRIC_BUSY: {
    exit: exitCodes.unreachable,
    says: "The fabric has more waiting for its next tick than it holds.",
    remedy: "Send the same again after a moment; what was not acknowledged was not taken.",
  },
  FABRIC_STOPPING: {
    exit: exitCodes.unreachable,
    says: "The fabric stops before it has answered.",
    remedy: "Send the same again when it runs: what it has taken already it knows by its number.",
  },
  // owner
  ACCEPTANCE_DOUBLED: {
    exit: exitCodes.harmful,
    says: "{file} has two acceptances of {member}.",
    remedy: "Take one of them out, or ask for another copy of the file.",
  },
  ACCEPTANCE_FOREIGN: {
    exit: exitCodes.harmful,
    says: "{file} holds acceptances of another constitution: {problem}.",
    remedy: "Leave it out, and have its members accept this one.",
  },
  ACCEPTANCE_FORGED: {
    exit: exitCodes.harmful,
    says: "{file} holds no acceptance of {member}: {problem}.",
    remedy: "Do not go by it. Ask that member to accept with `fabric owner constitution accept`.",
  },
  ACCEPTANCES_MISSING: {
    exit: exitCodes.signaturesMissing,
    says: "The constitution is accepted by {have}, and it takes {needed}. Missing: {missing}.",
    remedy: "Have them accept it with `fabric owner constitution accept`, and merge what they send back.",
  },
  CALL_UNREADABLE: {
    exit: exitCodes.harmful,
    says: "What call {call} does cannot be said: {problem}.",
    remedy: "Do not sign it. Ask who made it for a plan that `fabric owner plan` has made.",
  },
  CHANGE_INVALID: { exit: exitCodes.usage, says: "{change}: {problem}.", remedy: "{right}." },
  CONSTITUTION_FOREIGN: {
    exit: exitCodes.harmful,
    says: "{file} is for other owners: {problem}.",
    remedy: "Do not accept it. Ask whoever gave it to you which fabric is meant.",
  },
  CONSTITUTION_INVALID: {
    exit: exitCodes.usage,
    says: "The constitution cannot be: {problem}.",
    remedy: "{right}.",
  },
  CONSTITUTION_OUTDATED: {
    exit: exitCodes.drift,
    says: "{file} is to be constitution {epoch}, and constitution {found} is in force: it can follow no more.",
    remedy: "Draft it anew with `fabric owner constitution draft`, and have its members accept that one.",
  },
  EXPORT_UNFIT: {
    exit: exitCodes.usage,
    says: "{change} cannot be exported as {format}: {problem}.",
    remedy: "{right}.",
  },
  NAMES_UNPINNED: {
    exit: exitCodes.drift,
    says: "The plan names what is newer than what you have pinned: {names}.",
    remedy:
      "Pin anew with `fabric owner trust`, compare with the other owners the names that it shows, and look at the plan " +
      "once more.",
  },
  NOTHING_ANNOUNCED: {
    exit: exitCodes.usage,
    says: "No decision of the lane {lane} was announced in this world, or none waits any more.",
    remedy: "Lanes with one that waits: {known}.",
  },
  NOT_A_MEMBER: {
    exit: exitCodes.signaturesMissing,
    says: "{address} is no member of the owners' constitution; its members are {members}.",
    remedy: "Sign with the key of a member.",
  },
  OPERATOR_ABSENT: {
    exit: exitCodes.signaturesMissing,
    says: "The operator of node {name} is {operator}, and its key is not at hand.",
    remedy: "Name its key with --operator, or have that account call NodeRegistry.rotateKey with its own wallet.",
  },
  OWNER_FILE_ALTERED: {
    exit: exitCodes.harmful,
    says: "{file} is not as it was written: {problem}.",
    remedy: "Do not go by it. Ask whoever gave it to you for another copy, and compare the six words by voice.",
  },
  OWNER_LOG_BROKEN: {
    exit: exitCodes.integrity,
    says: "{file}, line {line}: {problem}.",
    remedy:
      "Restore the log from a copy. The decisions themselves are on the chain, and `fabric owner center` reads them from " +
      "there.",
  },
  PLAN_FALSE: {
    exit: exitCodes.harmful,
    says: "The plan does not do what it says: {problem}.",
    remedy: "Do not sign it, and show it to the other owners.",
  },
  PLAN_FOREIGN: {
    exit: exitCodes.harmful,
    says: "The plan is not for the fabric that you trust: {problem}.",
    remedy:
      "Do not sign it. If the fabric has moved, hear it from the other owners, and pin it with `fabric owner trust`.",
  },
  PLAN_MADE: {
    exit: exitCodes.drift,
    says: "This very plan is made already: in block {block}, transaction {transaction}.",
    remedy: "There is nothing left to sign or to send. `fabric owner undo` plans what takes it back.",
  },
  PLAN_OUTDATED: {
    exit: exitCodes.drift,
    says: "The plan does not fit the world as it is: {problem}.",
    remedy: "Plan the change anew, and have that signed.",
  },
  PLAN_UNMADE: {
    exit: exitCodes.usage,
    says: "The plan was never made: {problem}. There is nothing to take back.",
    remedy:
      "`fabric owner withdraw` sees to it that a plan which waits for signatures never is, and `recall` one that was announced.",
  },
  PLAN_WAITS: {
    exit: exitCodes.failed,
    says: "By the owners' constitution the change waits {seconds} s after it was announced.",
    remedy: "Announce it with `fabric owner announce`, and make it with `fabric owner run` when it has waited.",
  },
  PRACTICE_ONLY: {
    exit: exitCodes.harmful,
    says: "The practice keys are public, and this is chain {chainId}: whoever reads the documents could sign for you.",
    remedy: "Use keys of your own; practice keys sign on chain 31337 only.",
  },
  RECALL_FORGED: {
    exit: exitCodes.harmful,
    says: "{signer} has not signed that this plan is to be recalled: {problem}.",
    remedy:
      "Have {signer} sign what `fabric owner recall` prints with --external; a signature of the plan itself is none.",
  },
  REASON_UNFIT: {
    exit: exitCodes.usage,
    says: "The reason has {length} characters.",
    remedy: "Say in {minimum} to {maximum} characters why it is decided.",
  },
  SIGNATURES_MISSING: {
    exit: exitCodes.signaturesMissing,
    says: "{have} of the {threshold} votes that it takes are there; these have not signed: {missing}.",
    remedy: "Have them sign with `fabric owner sign`, and put their files beside the plan or `add-signature` them.",
  },
  SIGNATURE_FOREIGN: {
    exit: exitCodes.harmful,
    says: "{file} holds a signature over something else: {problem}.",
    remedy: "Leave it out, and ask its signer for one over this plan.",
  },
  SIGNATURE_FORGED: {
    exit: exitCodes.harmful,
    says: "{file} holds no signature of {signer} over this plan: {problem}.",
    remedy: "Leave it out, and ask {signer} to sign with `fabric owner sign`.",
  },
  SIGNER_UNEXPECTED: {
    exit: exitCodes.harmful,
    says: "This is the key of {signer}, and {trust} is that of {own}.",
    remedy: "Sign with your own key, or by the trust file of whose key it is.",
  },
  TRUST_CONTRADICTED: {
    exit: exitCodes.integrity,
    says: "The chain does not say what you have pinned: {problem}.",
    remedy: "Ask another node of this chain. What is pinned there never changes: one of the two tells an untruth.",
  },
  TRUST_MISSING: {
    exit: exitCodes.usage,
    says: "There is no trust file {file}: nothing says which fabric you mean.",
    remedy:
      "Pin it once with `fabric owner trust`, and compare the six words with the other owners; or name yours with --trust.",
  },
  TRUST_OUTDATED: {
    exit: exitCodes.drift,
    says: "{file} has constitution {pinned}, and {found} is in force.",
    remedy:
      "Hear from the other owners that they changed it, pin it anew with `fabric owner trust`, and compare the six words.",
  },
  UNDO_NONE: {
    exit: exitCodes.usage,
    says: "Nothing takes this change back: {problem}.",
    remedy: "Plan another change that does what you want now.",
  },
  UNDO_OVERTAKEN: {
    exit: exitCodes.drift,
    says: "The change cannot be taken back by itself any more: {problem}.",
    remedy: "A later decision built on it. Plan what you want now with `fabric owner plan`.",
  },
  // practice
  CHAIN_RECORD_ALTERED: {
    exit: exitCodes.integrity,
    says: "The record of the practice chain is not what was written, {file}, line {line}: {problem}.",
    remedy:
      "Restore the file from a copy, or use the version of the program that wrote it. Without its chain a practice " +
      "fabric cannot go on: `fabric up` founds a new one.",
  },
  CHAIN_RECORD_MISSING: {
    exit: exitCodes.integrity,
    says: "The record of the world's practice chain is missing or empty: {file}.",
    remedy:
      "Restore the file from a copy. Without its chain a practice fabric cannot go on: `fabric up` founds a new one.",
  },
  PORT_TAKEN: {
    exit: exitCodes.failed,
    says: "Port {port} of 127.0.0.1 is in use by another program.",
    remedy: "End that program, or name another port with --port.",
  },
  WORLD_MISSING: {
    exit: exitCodes.usage,
    says: "There is no world in {folder}.",
    remedy:
      "Name the folder that `fabric up` said it keeps the world in; they are in .fabric/worlds unless you named one.",
  },
  WORLD_RUNS: {
    exit: exitCodes.failed,
    says: "{folder} runs already: its orchestrator is process {process}.",
    remedy: "`fabric status --world {named}` shows it; Ctrl-C where it was started stops it.",
  },
  WORLD_STOPPING: {
    exit: exitCodes.failed,
    says: "Process {process} is just starting or stopping the fabric of {folder}.",
    remedy: "`fabric resume {named}` goes on with it when that process has ended.",
  },
  WORLD_TAKEN: {
    exit: exitCodes.usage,
    says: "{folder} is not empty, and a new world needs a folder of its own.",
    remedy: "Name another folder with --world. If there is a world in it, `fabric resume` goes on with that.",
  },
  WORLD_UNFOUNDED: {
    exit: exitCodes.failed,
    says: "The founding of the world in {folder} was interrupted: nothing ever ran in it.",
    remedy: "Remove the folder, and start anew with `fabric up`.",
  },
  WORLD_UNWRITABLE: {
    exit: exitCodes.usage,
    says: "No world can be kept in {folder}: {reason}.",
    remedy: "Name a folder that you may write to with --world.",
  },
  NOBODY_SUBMITS: {
    exit: exitCodes.usage,
    says: "The scenario has jobs for shard {shard}, and no submitter of the manifest may bring any there.",
    remedy: "Add the shard to a submitter of the manifest.",
  },
  ORCHESTRATOR_FAILED: {
    exit: exitCodes.failed,
    says: "The orchestrator's process cannot go on: {reason}",
    remedy: "Mend what it names, and run the drill again.",
  },
  TICK_CROWDED: {
    exit: exitCodes.usage,
    says: "The scenario has more than {most} changes of the owners at tick {tick}.",
    remedy:
      "Spread them over several ticks, or make the manifest's ticks longer: each is a block, a second from the next.",
  },
  TICK_TOO_SHORT: {
    exit: exitCodes.usage,
    says: "A drill needs ticks of whole seconds, 5 or more; the manifest has {tickMs} ms.",
    remedy: "Set fabric.tickMs to 5000 or more: several blocks, a second apart, must fit into a tick.",
  },
  BUNDLE_MISSING: {
    exit: exitCodes.usage,
    says: "There is no bundle at {folder}: {problem}.",
    remedy: "Name the folder that a drill wrote, for example reports/latest.",
  },
  BUNDLE_UNREADABLE: {
    exit: exitCodes.integrity,
    says: "The bundle holds something that cannot be made sense of: {reason}",
    remedy: "Ask whoever made the bundle for it again; this one was damaged or altered.",
  },
  BUNDLE_MALFORMED: {
    exit: exitCodes.integrity,
    says: "{file} is not what a bundle has there: {problem}.",
    remedy: "Ask whoever made the bundle for it again; this one was damaged or altered.",
  },
  LABEL_INVALID: {
    exit: exitCodes.usage,
    says: '"{label}" cannot name a bundle.',
    remedy:
      'Take 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit; not "latest".',
  },
  LABEL_TAKEN: {
    exit: exitCodes.usage,
    says: "{folder} is there and is no bundle, so it is not replaced by one.",
    remedy: "Take another label, or another folder with --reports; or move what is there away.",
  },
  NETWORK_UNKNOWN: {
    exit: exitCodes.usage,
    says: "hardhat.config.ts has no network {name} that a drill can play on.",
    remedy: "Name one of these, or give a URL: {known}.",
  },
  BUNDLE_ALTERED: {
    exit: exitCodes.integrity,
    says: "{file} {problem}.",
    remedy: "The bundle was damaged or altered; ask for it again, or run the drill with the same seed.",
  },
  BUNDLE_DIFFERS: {
    exit: exitCodes.integrity,
    says: "{file} does not follow from the journal: line {line}, byte {byte} has {found}, and {made} comes out.",
    remedy: "The bundle was altered, or made by another version of this program.",
  },
  CHECKPOINT_NOT_ANCHORED: {
    exit: exitCodes.integrity,
    says: "Checkpoint {seq} is not what is on the chain: {problem}.",
    remedy: "The bundle does not show the run that the chain has a proof of.",
  },
  GOVERNANCE_UNTRACED: {
    exit: exitCodes.integrity,
    says: "Tick {tick} was governed by what no proven transaction made: {problem}.",
    remedy: "The journal does not obey the owners of this chain, or was altered.",
  },
  MESSAGE_UNSIGNED: {
    exit: exitCodes.integrity,
    says: "In tick {tick} the journal has a message of {sender} that its key did not sign.",
    remedy: "The journal was altered, or its orchestrator took what nobody signed.",
  },
  OWNER_LOG_DIFFERS: {
    exit: exitCodes.integrity,
    says: "Entry {entry} of owner-log.json is not what is on the chain: {problem}.",
    remedy: "The log was altered; the chain's transactions are in chain.json.",
  },
  RECEIPTS_FORKED: {
    exit: exitCodes.integrity,
    says:
      "Checkpoint {seq} has {size} receipts, and checkpoint {before} before it had {sizeBefore}: with its root, they " +
      "are not the same ones and more.",
    remedy: "Receipts were rewritten after they were on the chain: show both checkpoints to the owners.",
  },
  REHEARSAL_DIFFERS: {
    exit: exitCodes.integrity,
    says: "The scenario and seed of the bundle bring other inputs in tick {tick} than its journal has.",
    remedy: "The journal is not that of this scenario, seed or manifest, or was altered.",
  },
  REPORTS_UNWRITABLE: {
    exit: exitCodes.usage,
    says: "Bundles cannot be written to {reports}: {reason}.",
    remedy: "Name a folder that you may write to with --reports; nothing was played yet.",
  },
  // worker
  FILE_UNWRITABLE: {
    exit: exitCodes.usage,
    says: "{file} cannot be written: {reason}.",
    remedy: "Name a place where you may write.",
  },
  KEY_FILE_OPEN: {
    exit: exitCodes.usage,
    says: "{file} may be read by others (mode {mode}), so it is no secret.",
    remedy: "Run `chmod 600 {file}`; if others may have read it, have a new key take this one's place.",
  },
  NODE_AT_WORK: {
    exit: exitCodes.usage,
    says: "A process works as node {name} already: two would do each of its jobs twice.",
    remedy: "Stop the other one first; nodes that `fabric up` simulates are named with --simulate.",
  },
  NODE_KEY_DIFFERS: {
    exit: exitCodes.usage,
    says: "On the chain the key of node {name} is {registered}, and this one is {found}.",
    remedy: "Name the file of its key, or have its operator put this one on the chain with `fabric node rotate-key`.",
  },
  NODE_NOT_ADMITTED: {
    exit: exitCodes.failed,
    says: "The chain has no node {node} that may work.",
    remedy: "Register it with `fabric node register`; a node that was removed never comes back under its name.",
  },
  NODE_REFUSED: {
    exit: exitCodes.failed,
    says: "The fabric refuses what node {name} says: {reason}.",
    remedy: "Look with `fabric status` whether it follows the chain, and whether this node works for this fabric.",
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof catalogue;

type SlotsOf<Text extends string> = Text extends `${string}{${infer Slot}}${infer Rest}` ? Slot | SlotsOf<Rest> : never;
export type ErrorSlots<Code extends ErrorCode> = Readonly<
  Record<SlotsOf<(typeof catalogue)[Code]["says"] | (typeof catalogue)[Code]["remedy"]>, string | number>
>;

/** Thrown once, where it is known what went wrong; `cli/` prints the sentence and the remedy and ends with `exitCode`. */
export class FabricError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "FabricError";
  readonly code: Code;
  readonly exitCode: number;
  readonly remedy: string;
  readonly slots: ErrorSlots<Code>;

  constructor(code: Code, slots: ErrorSlots<Code>, options?: ErrorOptions) {
    const entry: Entry = catalogue[code];
    super(fill(entry.says, slots), options);
    this.code = code;
    this.exitCode = entry.exit;
    this.remedy = fill(entry.remedy, slots);
    this.slots = slots;
  }
}

/** What kept a file from being read or written, in plain words and without a full stop. */
export function fileReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  return fileReasons[code] ?? cause.message;
}

/** Why a file was not written. A full disk is no fault of the command. */
export function unwritable(file: string, cause: unknown): FabricError<"DISK_FULL" | "FILE_UNWRITABLE"> {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const isFull = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  return new FabricError(isFull ? "DISK_FULL" : "FILE_UNWRITABLE", { file, reason: fileReason(cause) }, { cause });
}

const fileReasons: Readonly<Record<string, string>> = {
  EACCES: "permission was denied",
  EDQUOT: "your share of the disk is used up",
  EEXIST: "there is something of that name already",
  EFBIG: "it would be larger than files may be there",
  EISDIR: "it is a folder",
  ELOOP: "its links go round in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "there is no such file or folder",
  ENOSPC: "the disk is full",
  ENOTDIR: "what it is said to be in is no folder",
  EPERM: "it is not permitted",
  EROFS: "it is on a disk that can only be read",
};

/** What a process says before it ends because it cannot go on; `code` is one of the catalogue's, or "UNFORESEEN". */
export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: number;
};

/** What the catalogue says; of an error that nobody foresaw, where it happened. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FabricError) {
    const { code, message, remedy, exitCode } = error;
    return { code, message, remedy, exitCode };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const remedy = "This is a fault of the program: keep the world's folder, and report it.";
  return { code: "UNFORESEEN", message, remedy, exitCode: exitCodes.failed };
}

/** What others wrote is text in an error: it moves no cursor, and begins no line. Of `problems` there is one a line. */
function fill(text: string, slots: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, slot: string) => {
    const value = String(slots[slot] ?? whole);
    return slot === "problems" ? value.split("\n").map(plainText).join("\n") : plainText(value);
  });
}

/** On one line, and without what would move a terminal's cursor or change its colours. */
export function plainText(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
