import type { Mutant } from "./operators.ts";

/** A change that no test can notice, and why. */
export type Explanation = {
  readonly file: string;
  /** The lines that it changes, as {@link changeOf} has them. */
  readonly is: string;
  readonly becomes: string;
  /** What stays the same for whoever calls the contract. */
  readonly why: string;
};

export const explanations: readonly Explanation[] = [
  {
    file: "contracts/OwnerMultisig.sol",
    is: "if (announcement.since() != 0) _announcements[lane] = announcement.done();",
    becomes: "if (true) _announcements[lane] = announcement.done();",
    why: "Where nothing waits, what is written is what was there: only gas.",
  },
  {
    file: "contracts/OwnerMultisig.sol",
    is: "if (one > delay) delay = one;",
    becomes: "if (one >= delay) delay = one;",
    why: "It is set to what it is.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "uint256[] memory words = new uint256[](1 + members + rules + 2 * members);",
    becomes: "uint256[] memory words = new uint256[](1 + members + rules + 3 * members);",
    why: "Words that are not in use are cut off before they are kept: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "mstore(words, used)",
    becomes: "",
    why: "Words that are not in use are kept, too, and nobody reads them: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "code := mload(0x40)",
    becomes: "code := mload(0x41)",
    why: "The code is read to a place further up in memory, where nothing is either: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "mstore(0x40, and(add(add(code, length), 0x3f), not(0x1f)))",
    becomes: "mstore(0x40, and(add(add(code, length), 0x3f), not(0x1e)))",
    why: "What comes next in memory need not begin at a multiple of 32: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "return a.x != b.x ? a.x < b.x : a.y < b.y;",
    becomes: "return a.x != b.x ? a.x <= b.x : a.y < b.y;",
    why: "The two are compared only where they differ.",
  },
  {
    file: "contracts/libraries/OwnerTypedData.sol",
    is: "mstore(0x40, add(hashes, shl(5, calls.length)))",
    becomes: "mstore(0x40, add(hashes, shl(6, calls.length)))",
    why: "More memory is set apart than is used: only gas.",
  },
  {
    file: "contracts/libraries/ReceiptTree.sol",
    is: "while (place & 1 == 0 && place != 0) {",
    becomes: "while (place & 1 == 0 && place != 1) {",
    why: "`place` is `last` there, which is not 0, so it is odd before it could be 0.",
  },
  {
    file: "contracts/OwnerMultisig.sol",
    is: "if (constitution.longestDelayOf() == 0) return 0;",
    becomes: "if (false) return 0;",
    why: "The longest of no delays is none: only gas.",
  },
  {
    file: "contracts/OwnerMultisig.sol",
    is: "if (announcement.since() != 0) _announcements[lane] = announcement.done();",
    becomes: "if (announcement.since() != 1) _announcements[lane] = announcement.done();",
    why: "Where nothing waits, what is written is what was there: only gas. No block is of the second 1.",
  },
  {
    file: "contracts/SubmitterRegistry.sol",
    is: "submitters = new Submitter[](count < available ? count : available);",
    becomes: "submitters = new Submitter[](count <= available ? count : available);",
    why: "It takes the other of two numbers where they are the same.",
  },
  {
    file: "contracts/libraries/Announcement.sol",
    is: "return Announcement.wrap(Announcement.unwrap(announcement) >> SINCE_BITS << SINCE_BITS);",
    becomes: "{}",
    why: "Nobody reads the rest of what waits no longer: the next one finds an empty slot, which costs more gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "mstore(0x40, and(add(add(code, length), 0x3f), not(0x1f)))",
    becomes: "mstore(0x40, and(add(add(code, length), 0x40), not(0x1f)))",
    why: "At most a word of memory is left out: only gas.",
  },
  {
    file: "contracts/CheckpointLedger.sol",
    is: "if (value != address(0) && systemPause.isGuardian(value)) revert CheckpointLedger_GuardianCannotAnchor(value);",
    becomes:
      "if (value != address(1) && systemPause.isGuardian(value)) revert CheckpointLedger_GuardianCannotAnchor(value);",
    why: "Who becomes a guardian signs that it will be one, which address 1, a precompile, cannot.",
  },
  {
    file: "contracts/NodeRegistry.sol",
    is: "if (value != address(0) && systemPause.isGuardian(value)) {",
    becomes: "if (value != address(1) && systemPause.isGuardian(value)) {",
    why: "Who becomes a guardian signs that it will be one, which address 1, a precompile, cannot.",
  },
  {
    file: "contracts/libraries/OwnerTypedData.sol",
    is: "let words := mload(0x40)",
    becomes: "let words := mload(0x41)",
    why: "The hash is taken of the same words at a place further up in memory: only gas.",
  },
  {
    file: "contracts/libraries/Routes.sol",
    is: "return false;",
    becomes: "{}",
    why: "What a function does not say is false.",
  },
  {
    file: "contracts/libraries/OwnerTypedData.sol",
    is: "calldatacopy(add(words, 0x40), add(batch, 0x20), 0xa0)",
    becomes: "calldatacopy(add(words, 0x40), add(batch, 0x20), 0xa1)",
    why: "The byte too many lies behind what is hashed, and is not needed.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "if (word >> 32 < function_) low = middle + 1;",
    becomes: "if (word >> 32 <= function_) low = middle + 1;",
    why: "Where the two are the same, the search has ended a line above.",
  },
  {
    file: "contracts/ShardRegistry.sol",
    is: '_checkBounds("queueBudget", value, s.spillThreshold > 1 ? s.spillThreshold : 1, type(uint24).max);',
    becomes: '_checkBounds("queueBudget", value, s.spillThreshold > 0 ? s.spillThreshold : 1, type(uint24).max);',
    why: "A threshold of 1 and the number 1 are the same.",
  },
  {
    file: "contracts/libraries/ReceiptTree.sol",
    is: "uint256 internal constant MAX_STEPS = 40;",
    becomes: "uint256 internal constant MAX_STEPS = 41;",
    why: "The size of a tree is a number of 32 bits, so a proof of more than 32 steps is refused in any case.",
  },
  {
    file: "contracts/libraries/MemberSignatures.sol",
    is: "uint256 private constant GAS_TO_JUDGE = 400_000;",
    becomes: "uint256 private constant GAS_TO_JUDGE = 399999;",
    why: "One unit of gas less, of 400,000.",
  },
  {
    file: "contracts/CheckpointLedger.sol",
    is: "return passed < type(uint24).max ? passed : type(uint24).max;",
    becomes: "return passed <= type(uint24).max ? passed : type(uint24).max;",
    why: "It takes the other of two numbers where they are the same.",
  },
  {
    file: "contracts/CheckpointLedger.sol",
    is: "let words := mload(0x40)",
    becomes: "let words := mload(0x41)",
    why: "The hash is taken of the same words at a place further up in memory: only gas.",
  },
  {
    file: "contracts/NodeRegistry.sol",
    is: "uint256 private constant MAX_SHARDS = 32;",
    becomes: "uint256 private constant MAX_SHARDS = 33;",
    why: "The set of active shards is a number of 32 bits, so the thirty-third is never active, and has no nodes.",
  },
  {
    file: "contracts/ShardRegistry.sol",
    is: '_checkBounds("queueBudget", value, s.spillThreshold > 1 ? s.spillThreshold : 1, type(uint24).max);',
    becomes: '_checkBounds("queueBudget", value, s.spillThreshold >= 1 ? s.spillThreshold : 1, type(uint24).max);',
    why: "A threshold of 1 and the number 1 are the same.",
  },
  {
    file: "contracts/ShardRegistry.sol",
    is: "for (uint16 i = 1; i <= _names.length; ++i) {",
    becomes: "for (uint16 i = 0; i <= _names.length; ++i) {",
    why: "Place 0 is empty, and routes to no shard: only gas.",
  },
  {
    file: "contracts/SubmitterRegistry.sol",
    is: "if (value.jobsPerTick != found.jobsPerTick) _checkJobsPerTick(value.jobsPerTick);",
    becomes: "if (true) _checkJobsPerTick(value.jobsPerTick);",
    why: "What stays as it is was checked when it was set, and the check asks for nothing that could change since.",
  },
  {
    file: "contracts/libraries/Announcement.sol",
    is: "return Announcement.wrap(Announcement.unwrap(announcement) >> SINCE_BITS << SINCE_BITS);",
    becomes: "return Announcement.wrap(Announcement.unwrap(announcement) << SINCE_BITS << SINCE_BITS);",
    why: "`since` is 0 either way, and nobody reads the rest of what waits no longer.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "if (member.kind == ERC7913) {",
    becomes: "if (true) {",
    why: "The key of an address is kept, too, as two zeros that nobody reads: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "if (_delay(rule.delay) > longest) longest = rule.delay;",
    becomes: "if (_delay(rule.delay) >= longest) longest = rule.delay;",
    why: "It is set to what it is.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "mstore(code, length)",
    becomes: "",
    why: "Nobody asks how long the code is that was read: its words are found by its header.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "if (a.account != b.account) return a.account < b.account;",
    becomes: "if (a.account != b.account) return a.account <= b.account;",
    why: "The two are compared only where they differ.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "return false;",
    becomes: "{}",
    why: "What a function does not say is false.",
  },
  {
    file: "contracts/libraries/MemberSignatures.sol",
    is: "uint256 private constant GAS_TO_JUDGE = 400_000;",
    becomes: "uint256 private constant GAS_TO_JUDGE = 400001;",
    why: "One unit of gas more, of 400,000.",
  },
  {
    file: "contracts/libraries/MemberSignatures.sol",
    is: "good := staticcall(GAS_TO_JUDGE, judge, add(question, 0x20), mload(question), 0, 0x20)",
    becomes: "good := staticcall(GAS_TO_JUDGE, judge, add(question, 0x20), mload(question), 0, 0x21)",
    why: "The byte too many goes to the scratch space, where nobody reads it.",
  },
  {
    file: "contracts/libraries/OwnerTypedData.sol",
    is: "hashes := mload(0x40)",
    becomes: "hashes := mload(0x41)",
    why: "The hashes are gathered at a place further up in memory: only gas.",
  },
  {
    file: "contracts/libraries/ReceiptTree.sol",
    is: "uint256 internal constant MAX_STEPS = 40;",
    becomes: "uint256 internal constant MAX_STEPS = 39;",
    why: "The size of a tree is a number of 32 bits, so a proof of more than 32 steps is refused in any case.",
  },
  {
    file: "contracts/libraries/ReceiptTree.sol",
    is: "if (index >= size || proof.length > MAX_STEPS) return false;",
    becomes: "if (index >= size || proof.length >= MAX_STEPS) return false;",
    why: "The size of a tree is a number of 32 bits, so a proof of more than 32 steps is refused in any case.",
  },
  {
    file: "contracts/NodeRegistry.sol",
    is: "nodes = new Node[](count < available ? count : available);",
    becomes: "nodes = new Node[](count <= available ? count : available);",
    why: "It takes the other of two numbers where they are the same.",
  },
  {
    file: "contracts/OwnerMultisig.sol",
    is: "if (constitution.longestDelayOf() == 0) return 0;",
    becomes: "if (constitution.longestDelayOf() == 0) {}",
    why: "The longest of no delays is none: only gas.",
  },
  {
    file: "contracts/OwnerMultisig.sol",
    is: "if (readyAt < batch.validAfter) readyAt = batch.validAfter;",
    becomes: "if (readyAt <= batch.validAfter) readyAt = batch.validAfter;",
    why: "It is set to what it is.",
  },
  {
    file: "contracts/libraries/OwnerTypedData.sol",
    is: "mstore(0x40, add(hashes, shl(5, calls.length)))",
    becomes: "mstore(0x3f, add(hashes, shl(5, calls.length)))",
    why: "What is written one byte too low reads as 256 times the place: more memory is set apart than is used, so only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "uint256[] memory words = new uint256[](1 + members + rules + 2 * members);",
    becomes: "uint256[] memory words = new uint256[](2 + members + rules + 2 * members);",
    why: "Words that are not in use are cut off before they are kept: only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "mstore(0x40, and(add(add(code, length), 0x3f), not(0x1f)))",
    becomes: "mstore(0x3f, and(add(add(code, length), 0x3f), not(0x1f)))",
    why: "What is written one byte too low reads as 256 times the place: more memory is set apart than is used, so only gas.",
  },
  {
    file: "contracts/libraries/ConstitutionCode.sol",
    is: "for (uint256 i = 0; i < count; i++) {",
    becomes: "for (uint256 i = 0; i <= count; i++) {",
    why: "The place behind the keys that there are is empty, and no new key is.",
  },
];

/** The lines that a mutant changes, before and after, each as one line. */
export function changeOf(source: Buffer, { start, end, after }: Mutant): Pick<Explanation, "is" | "becomes"> {
  const from = source.lastIndexOf("\n", start - 1) + 1;
  const next = source.indexOf("\n", end);
  const to = next < 0 ? source.length : next;
  const [head, tail] = [source.toString("utf8", from, start), source.toString("utf8", end, to)];
  const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim();
  return { is: oneLine(source.toString("utf8", from, to)), becomes: oneLine(head + after + tail) };
}
