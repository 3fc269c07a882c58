// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IOwnerMultisig
/// @notice Who decides: k-of-n owners, by signatures gathered anywhere and submitted by anyone.
///
/// The powers over this contract:
///
/// - The members whose weights reach the threshold may have it call any contract, and may replace the whole
///   constitution. Fewer may do nothing.
/// - Nobody enters office unasked: new members whose weights reach the new threshold have signed the constitution that
///   names them.
/// - Any one member may cancel what was announced and waits, but a change of the constitution only those who reach the
///   threshold.
/// - Anyone may submit what the members signed, and run what has waited long enough. They may not alter, reorder, split or
///   repeat it.
/// - The deployer has no power. There is no guardian, no pause, no upgrade, no delegatecall, and no ether passes through.
///
/// @dev Three decisions are signed, all as EIP-712 typed data in the domain
/// `{name: "Planetary Fabric Owners", version: "1", chainId, verifyingContract}`:
///
/// ```
/// Batch(Call[] calls,uint256 nonce,uint48 validAfter,uint48 validUntil,uint64 epoch,bytes32 memo)
/// Call(address to,bytes data)
///
/// Cancellation(Batch batch)
///
/// Acceptance(uint64 epoch,Constitution constitution)
/// Constitution(Member[] members,uint32 threshold,uint32 defaultDelay,Rule[] rules)
/// Member(uint8 kind,uint16 weight,bytes key)
/// Rule(address target,bytes4 selector,uint32 delay)
/// ```
///
/// A decision's identity is its EIP-712 digest, never the bytes of its signatures.
///
/// *Members* are of three kinds, and no address is used twice, whatever its kind:
///
/// - 1, EOA: an address without code, or with an EIP-7702 delegation; always checked by ECDSA. Its payload is 64 bytes,
///   `r` and `yParityAndS` of EIP-2098 with `s` in the lower half.
/// - 2, ERC-1271: a contract, no delegation, that is asked itself. Its payload is two bytes of length, then the bytes
///   that the contract takes.
/// - 3, ERC-7913: a P-256 key, for which one of {verifiers} is asked. Its payload is two bytes of length, then the bytes
///   that the verifier takes.
///
/// Whoever is asked may use 400,000 gas and change nothing: the call is static. It answers with the function's selector.
/// Anything else, be it to revert, to answer otherwise or to use more gas, is a bad signature; one word is read of the
/// answer, however long it is.
///
/// *Signatures* are packed: for each signer one byte with the member's index (1 is the first member of the
/// constitution) and the payload of its kind, nothing between and nothing after. Indices strictly rise, so that nobody
/// is counted twice.
/// Every signature that is handed in must be good, also one that was not needed.
///
/// *Lanes* are queues, not rights: the same threshold signs in each, and a batch waits for those before it in its own
/// lane only. 0 is for parameters, 1 for membership, 2 for emergencies. Calls to this contract belong to the membership
/// lane, one a batch, and nothing else does. Any other call may take lane 0 or 2: a list of what counts as an emergency
/// could lack the one call that is needed, and would protect nothing, for it is the threshold that protects.
/// By custom lane 2 is for pause, resume, anchorer and guardians, which must never wait behind a parameter.
///
/// *Delays* give those who watch the time to object. A call waits as long as the rule of its function says, or else the
/// default; a call without a selector always the default. The constitution's change, and `transferOwnership` and
/// `renounceOwnership` of any contract, wait the longest delay that the constitution has for anything. A batch waits for
/// the longest of its calls: a batch that has to wait is announced, which spends its nonce, and may be run when the
/// delay is over, from `validAfter` to `validUntil`. One that has not is executed, and cannot be announced. In each
/// lane one announcement waits at a time; batches that need not wait pass it by. A new constitution voids them all.
///
/// WARNING: Delays protect against haste and trickery, not against stolen keys: whoever has enough of them to decide needs
/// only patience. A member may cancel what they announce, but not the change of the constitution that removes this member.
///
/// WARNING: One member, honest or not, can cancel whatever waits in lanes 0 and 2. The others part with that member by a
/// new constitution, which one alone cannot cancel.
///
/// WARNING: The submitter chooses the gas. A call that fails for want of it undoes everything, but a target that catches
/// the failure of its own inner calls could be made to take that path. The contracts of the fabric catch nothing.
interface IOwnerMultisig {
    /*//////////////////////////////////////////////////////////////
                                  TYPES
    //////////////////////////////////////////////////////////////*/

    /// @notice One who may sign.
    struct Member {
        /// 1 = EOA, 2 = ERC-1271, 3 = ERC-7913.
        uint8 kind;
        /// What the member's signature counts, at least 1.
        uint16 weight;
        /// The 20 bytes of an address; for ERC-7913 the verifier's, then `x` and `y` of a point of P-256, 32 bytes each.
        bytes key;
    }

    /// @notice How long a batch with a certain call has to wait.
    struct Rule {
        /// The contract called.
        address target;
        /// The function called.
        bytes4 selector;
        /// Seconds, at most 30 days. 0 lets the call take effect at once.
        uint32 delay;
    }

    /// @notice Who decides, and how. Kept and changed whole.
    struct Constitution {
        /// 1 to 16 members, strictly rising by key bytes.
        Member[] members;
        /// The sum of weights that decides: at least 1, at most the sum of all weights.
        uint32 threshold;
        /// Seconds that a call waits which no rule names, at most 30 days.
        uint32 defaultDelay;
        /// At most 32 rules, strictly rising by target, then selector.
        Rule[] rules;
    }

    /// @notice One call of a batch. It carries no ether.
    struct Call {
        /// A contract. An address without code is refused.
        address to;
        /// Selector and arguments.
        bytes data;
    }

    /// @notice What the owners sign.
    struct Batch {
        /// Executed in this order, all or none. None at all is legal: it spends the nonce, and so withdraws whatever else
        /// was signed for it.
        Call[] calls;
        /// `lane << 64 | seq`: the lane, and the number of batches executed or announced in it before this one.
        uint256 nonce;
        /// First block time at which the batch may be executed, in Unix seconds.
        uint48 validAfter;
        /// Last block time at which it may be, in Unix seconds; at most 14 days after `validAfter`.
        uint48 validUntil;
        /// The epoch of the constitution whose members sign.
        uint64 epoch;
        /// SHA-256 of the sentence that the owners read, and of their plan. Not interpreted here.
        bytes32 memo;
    }

    /// @notice What waits in a lane. All zero if nothing does.
    struct Waiting {
        /// The first 25 bytes of the batch's EIP-712 digest, all that is kept of it.
        bytes25 digest;
        /// Who signed it: bit `i - 1` is set for the member with index `i`.
        uint16 signers;
        /// When it was announced, in Unix seconds.
        uint40 since;
    }

    /*//////////////////////////////////////////////////////////////
                                  EVENTS
    //////////////////////////////////////////////////////////////*/

    /// @notice A batch was executed. Emitted before its calls, so that their events follow it.
    /// @param digest The EIP-712 digest that the owners signed.
    /// @param nonce `lane << 64 | seq`, now spent.
    /// @param signers Who signed: bit `i - 1` is set for the member with index `i`.
    /// @param memo As it was signed.
    event Executed(bytes32 indexed digest, uint256 indexed nonce, uint16 signers, bytes32 memo);

    /// @notice A batch was announced: its nonce is spent, and it waits.
    /// @param digest The EIP-712 digest that the owners signed.
    /// @param nonce `lane << 64 | seq`, now spent.
    /// @param signers Who signed, as in {Executed}, which has them again when the batch is run.
    /// @param memo As it was signed.
    /// @param readyAt First block time at which it may be run, in Unix seconds.
    event Announced(bytes32 indexed digest, uint256 indexed nonce, uint16 signers, bytes32 memo, uint256 readyAt);

    /// @notice A batch that was announced will not be run.
    /// @param digest The EIP-712 digest of the batch.
    /// @param nonce `lane << 64 | seq`, spent when it was announced.
    /// @param signers Who cancelled, as in {Executed}; 0 if its time was over.
    event Cancelled(bytes32 indexed digest, uint256 indexed nonce, uint16 signers);

    /// @notice A constitution came into force; everything signed under an earlier epoch is void, and so is what
    /// waits.
    /// @param epoch 1 for the first constitution, one more for each after.
    /// @param constitution The whole of it.
    event Constituted(uint64 indexed epoch, Constitution constitution);

    /*//////////////////////////////////////////////////////////////
                             ERRORS: BATCHES
    //////////////////////////////////////////////////////////////*/

    /// @notice The nonce names a lane that does not exist. Lanes are 0, 1 and 2.
    error OwnerMultisig_UnknownLane(uint256 lane);

    /// @notice The batch is not the next of its lane: already executed, withdrawn, or too early.
    error OwnerMultisig_WrongNonce(uint256 expected, uint256 found);

    /// @notice The lane has executed 2^32 - 1 batches and takes no more.
    error OwnerMultisig_LaneExhausted(uint256 lane);

    /// @notice The batch was signed under another constitution.
    error OwnerMultisig_WrongEpoch(uint64 expected, uint64 found);

    /// @notice The batch may not be executed yet.
    error OwnerMultisig_NotYetValid(uint48 validAfter, uint256 blockTime);

    /// @notice The batch may not be executed any more.
    error OwnerMultisig_Expired(uint48 validUntil, uint256 blockTime);

    /// @notice `validUntil - validAfter` exceeds 14 days. Both in seconds.
    error OwnerMultisig_WindowTooLong(uint256 window, uint256 longest);

    /// @notice A call to this contract stands outside the membership lane. `call` counts from 0.
    error OwnerMultisig_MembershipLaneOnly(uint256 call);

    /// @notice A batch of the membership lane calls another contract.
    error OwnerMultisig_NotMembership(address to);

    /// @notice A batch of the membership lane has more than one call.
    error OwnerMultisig_MembershipNotAlone(uint256 calls);

    /// @notice A call goes to an address without code, where it would succeed and do nothing. `call` counts from 0.
    error OwnerMultisig_NoCode(uint256 call, address to);

    /// @notice A call failed, and everything is undone. `call` counts from 0; `reason` is what the call reverted with.
    error OwnerMultisig_CallFailed(uint256 call, address to, bytes reason);

    /// @notice The function is for this contract itself, by a batch of the membership lane.
    error OwnerMultisig_OnlySelf(address caller);

    /*//////////////////////////////////////////////////////////////
                              ERRORS: DELAYS
    //////////////////////////////////////////////////////////////*/

    /// @notice The batch cannot be executed at once: it is to be announced, and waits so many seconds.
    error OwnerMultisig_MustWait(uint256 delay);

    /// @notice The batch has no delay: it is to be executed.
    error OwnerMultisig_NothingToWaitFor();

    /// @notice Announced now, the batch could not be run before its time is over.
    error OwnerMultisig_OverBeforeReady(uint256 readyAt, uint48 validUntil);

    /// @notice Another batch waits in the lane, announced at `since`. It is to be run or cancelled first.
    error OwnerMultisig_LaneTaken(uint256 lane, uint40 since);

    /// @notice This batch does not wait: never announced, run or cancelled already, or void by a new constitution.
    error OwnerMultisig_NotAnnounced(bytes32 digest);

    /// @notice The batch has to wait longer.
    error OwnerMultisig_NotReady(uint256 readyAt, uint256 blockTime);

    /*//////////////////////////////////////////////////////////////
                            ERRORS: SIGNATURES
    //////////////////////////////////////////////////////////////*/

    /// @notice The signatures end in the middle of one.
    /// @param count The number of bytes that are left and make no signature.
    error OwnerMultisig_BytesLeftOver(uint256 count);

    /// @notice Members must sign in the order of their indices, each once.
    error OwnerMultisig_IndexNotRising(uint256 previous, uint256 index);

    /// @notice No member has this index. Indices are 1 to `members`.
    error OwnerMultisig_UnknownMember(uint256 index, uint256 members);

    /// @notice The signature of the member with this index is not theirs over this decision, or not canonical.
    error OwnerMultisig_BadSignature(uint256 index);

    /// @notice The signers do not weigh enough. To cancel what waits in lanes 0 and 2, 1 is needed.
    error OwnerMultisig_BelowThreshold(uint256 weight, uint256 threshold);

    /*//////////////////////////////////////////////////////////////
                           ERRORS: CONSTITUTION
    //////////////////////////////////////////////////////////////*/

    /// @notice A constitution has 1 to `most` members.
    error OwnerMultisig_MemberCount(uint256 count, uint256 most);

    /// @notice A constitution has at most `most` rules.
    error OwnerMultisig_RuleCount(uint256 count, uint256 most);

    /// @notice The threshold must be at least 1 and at most the sum of all weights.
    error OwnerMultisig_ThresholdOutOfReach(uint256 threshold, uint256 totalWeight);

    /// @notice There is no such kind of member. Kinds are 1 (EOA), 2 (ERC-1271) and 3 (ERC-7913).
    error OwnerMultisig_KindNotSupported(uint256 index, uint8 kind);

    /// @notice A member without weight could sign, but would decide nothing.
    error OwnerMultisig_NoWeight(uint256 index);

    /// @notice The key does not have the length of its kind, in bytes.
    error OwnerMultisig_KeyLength(uint256 index, uint256 expected, uint256 found);

    /// @notice Keys must strictly rise; one is out of order or appears twice.
    error OwnerMultisig_KeyNotRising(uint256 index, bytes key);

    /// @notice The member cannot sign: the zero address, a precompile's (up to 0xffff, EIP-1352), this contract, or a
    /// verifier, which judges for others.
    error OwnerMultisig_ReservedAddress(uint256 index, address member);

    /// @notice The member is a contract. An EOA has no code but an EIP-7702 delegation.
    error OwnerMultisig_NotEoa(uint256 index, address member);

    /// @notice The member is no contract: no code, or an EIP-7702 delegation, which its key can change.
    error OwnerMultisig_NotContract(uint256 index, address member);

    /// @notice The member's verifier is not among {verifiers}.
    error OwnerMultisig_UnknownVerifier(uint256 index, address verifier);

    /// @notice `x` and `y` are no point of the curve P-256.
    error OwnerMultisig_NotOnCurve(uint256 index, uint256 x, uint256 y);

    /// @notice Whoever has the key of the member `other` has this one's, too: the same point, or its mirror image.
    error OwnerMultisig_SameKey(uint256 index, uint256 other);

    /// @notice A verifier has to be a contract: it has no code, or an EIP-7702 delegation, which its key can change.
    error OwnerMultisig_NotVerifier(address verifier);

    /// @notice Rules must strictly rise by target, then selector. `rule` counts from 0.
    error OwnerMultisig_RuleNotRising(uint256 rule);

    /// @notice A delay exceeds 30 days. Both in seconds.
    error OwnerMultisig_DelayTooLong(uint256 delay, uint256 longest);

    /*//////////////////////////////////////////////////////////////
                                 FUNCTIONS
    //////////////////////////////////////////////////////////////*/

    /// @notice Executes what the owners signed and what need not wait. Anyone may submit it.
    /// @dev All or nothing: if a call fails, everything is undone, the nonce is not spent, and the reason is passed on
    /// in {OwnerMultisig_CallFailed}. No batch can execute, announce, run or cancel another one from within.
    /// @param batch The batch, field for field as it was signed.
    /// @param signatures Packed as described above, over {digestOf} the batch, reaching the threshold.
    function execute(Batch calldata batch, bytes calldata signatures) external;

    /// @notice Announces what the owners signed and what has to wait. Anyone may submit it. The batch's nonce is spent.
    /// @dev It may be announced before `validAfter`, and has to be early enough to be run before `validUntil` is over.
    /// @param batch The batch, field for field as it was signed.
    /// @param signatures Packed as described above, over {digestOf} the batch, reaching the threshold.
    function announce(Batch calldata batch, bytes calldata signatures) external;

    /// @notice Executes what was announced, once its delay is over. Anyone may do so, from `validAfter` to `validUntil`.
    /// @dev All or nothing, as in {execute}: if a call fails, the batch still waits.
    /// @param batch The batch, field for field as it was announced.
    function run(Batch calldata batch) external;

    /// @notice Cancels what was announced and still waits. Anyone may submit it. The batch's nonce stays spent.
    /// @param batch The batch, field for field as it was announced.
    /// @param signatures Packed as described above, over {cancellationDigestOf} the batch: of one member, but for a batch
    /// of the membership lane reaching the threshold. None are needed once `validUntil` is over.
    function cancel(Batch calldata batch, bytes calldata signatures) external;

    /// @notice Puts a new constitution in force. For this contract itself, by a batch of the membership lane.
    /// @dev The epoch rises by one, so everything signed before is void, and what waits is dropped; the lanes' counters go
    /// on. The present constitution once more is legal: it voids what was signed, and changes nothing else.
    ///
    /// WARNING: Delegations under EIP-7702 come and go. An EOA stays bound by its key, not by what its code says. A
    /// contract that is a member may change its own rules at any time, and whether it signed is asked anew each time.
    /// @param constitution The new one, whole.
    /// @param acceptances Signatures of its members over {acceptanceDigestOf} it under the epoch to come, packed as
    /// described above with the indices of the new constitution, reaching its threshold. So a mistyped key cannot lock
    /// the owners out.
    function constitute(Constitution calldata constitution, bytes calldata acceptances) external;

    /// @notice Everything that off-chain code needs to know, in one call.
    /// @return epoch The epoch in force, 1 or more.
    /// @return nonces For each lane the only nonce that it takes next, `lane << 64 | seq`.
    /// @return constitution The constitution in force.
    function snapshot()
        external
        view
        returns (uint64 epoch, uint256[3] memory nonces, Constitution memory constitution);

    /// @notice What waits in each lane.
    function waiting() external view returns (Waiting[3] memory lanes);

    /// @notice The ERC-7913 verifiers that members may name, since the deployment and for good.
    function verifiers() external view returns (address[] memory list);

    /// @notice How long the batch would have to wait under the constitution in force, in seconds: 0 means that it is to be
    /// executed, anything else that it is to be announced and run.
    function delayOf(Batch calldata batch) external view returns (uint256 delay);

    /// @notice What a member signs to have the batch cancelled.
    /// @return digest The EIP-712 digest of `Cancellation{batch}` in this contract's domain.
    function cancellationDigestOf(Batch calldata batch) external view returns (bytes32 digest);

    /// @notice What the owners sign to have the batch executed, or announced and run.
    /// @return digest The EIP-712 digest of the batch in this contract's domain.
    function digestOf(Batch calldata batch) external view returns (bytes32 digest);

    /// @notice What a member of a new constitution signs to accept it.
    /// @param epoch The epoch that it is to have: the one in force plus 1.
    /// @return digest The EIP-712 digest of `Acceptance{epoch, constitution}` in this contract's domain.
    function acceptanceDigestOf(uint64 epoch, Constitution calldata constitution)
        external
        view
        returns (bytes32 digest);
}
