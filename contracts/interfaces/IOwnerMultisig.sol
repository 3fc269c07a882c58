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
/// - Anyone may submit what the members signed. The submitter may not alter, reorder, split or repeat it.
/// - The deployer has no power. There is no guardian, no pause, no upgrade, no delegatecall, and no ether passes through.
///
/// @dev Two decisions are signed, both as EIP-712 typed data in the domain
/// `{name: "Planetary Fabric Owners", version: "1", chainId, verifyingContract}`:
///
/// ```
/// Batch(Call[] calls,uint256 nonce,uint48 validAfter,uint48 validUntil,uint64 epoch,bytes32 memo)
/// Call(address to,bytes data)
///
/// Acceptance(uint64 epoch,Constitution constitution)
/// Constitution(Member[] members,uint32 threshold,uint32 defaultDelay,Rule[] rules)
/// Member(uint8 kind,uint16 weight,bytes key)
/// Rule(address target,bytes4 selector,uint32 delay)
/// ```
///
/// A decision's identity is its EIP-712 digest, never the bytes of its signatures.
///
/// *Signatures* are packed: for each signer one byte with the member's index (1 is the first member of the
/// constitution) and the payload of its kind, nothing between and nothing after. Indices strictly rise, so that nobody
/// is counted twice. The payload of an EOA is 64 bytes, `r` and `yParityAndS` of EIP-2098 with `s` in the lower half.
/// Every signature that is handed in must be good, also one that was not needed.
///
/// *Lanes* are queues, not rights: the same threshold signs in each, and a batch waits for those before it in its own
/// lane only. 0 is for parameters, 1 for membership, 2 for emergencies. Calls to this contract belong to the membership
/// lane, one a batch, and nothing else does. Any other call may take lane 0 or 2: a list of what counts as an emergency
/// could lack the one call that is needed, and would protect nothing, for it is the threshold that protects.
/// By custom lane 2 is for pause, resume, anchorer and guardians, which must never wait behind a parameter.
///
/// NOTE: Members are EOAs, and every call takes effect at once. Members of other kinds and delays have their place in the
/// constitution, but this contract refuses them by name, so that nobody relies on what is not there.
///
/// WARNING: The submitter chooses the gas. A call that fails for want of it undoes everything, but a target that catches
/// the failure of its own inner calls could be made to take that path. The contracts of the fabric catch nothing.
interface IOwnerMultisig {
    /*//////////////////////////////////////////////////////////////
                                  TYPES
    //////////////////////////////////////////////////////////////*/

    /// @notice One who may sign.
    struct Member {
        /// 1 = EOA: an address without code, or with an EIP-7702 delegation; always checked by ECDSA.
        /// 2 = ERC-1271 and 3 = ERC-7913 are reserved and refused.
        uint8 kind;
        /// What the member's signature counts, at least 1.
        uint16 weight;
        /// EOA: the 20 bytes of the address.
        bytes key;
    }

    /// @notice How long a batch with a certain call has to wait.
    struct Rule {
        /// The contract called.
        address target;
        /// The function called.
        bytes4 selector;
        /// Seconds. Reserved: must be 0.
        uint32 delay;
    }

    /// @notice Who decides, and how. Kept and changed whole.
    struct Constitution {
        /// 1 to 16 members, strictly rising by key bytes.
        Member[] members;
        /// The sum of weights that decides: at least 1, at most the sum of all weights.
        uint32 threshold;
        /// Seconds that a call waits which no rule names. Reserved: must be 0.
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
        /// `lane << 64 | seq`: the lane, and the number of batches executed in it before this one.
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

    /*//////////////////////////////////////////////////////////////
                                  EVENTS
    //////////////////////////////////////////////////////////////*/

    /// @notice A batch was executed. Emitted before its calls, so that their events follow it.
    /// @param digest The EIP-712 digest that the owners signed.
    /// @param nonce `lane << 64 | seq`, now spent.
    /// @param signers Who signed: bit `i - 1` is set for the member with index `i`.
    /// @param memo As it was signed.
    event Executed(bytes32 indexed digest, uint256 indexed nonce, uint16 signers, bytes32 memo);

    /// @notice A constitution came into force; everything signed under an earlier epoch is void.
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

    /// @notice The signers do not weigh enough.
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

    /// @notice This kind of member is not supported; 1 (EOA) is.
    error OwnerMultisig_KindNotSupported(uint256 index, uint8 kind);

    /// @notice A member without weight could sign, but would decide nothing.
    error OwnerMultisig_NoWeight(uint256 index);

    /// @notice The key does not have the length of its kind, in bytes.
    error OwnerMultisig_KeyLength(uint256 index, uint256 expected, uint256 found);

    /// @notice Keys must strictly rise; one is out of order or appears twice.
    error OwnerMultisig_KeyNotRising(uint256 index, bytes key);

    /// @notice The member cannot sign: the zero address, a precompile's (up to 0xffff, EIP-1352), or this contract.
    error OwnerMultisig_ReservedAddress(uint256 index, address member);

    /// @notice The member is a contract. An EOA has no code but an EIP-7702 delegation.
    error OwnerMultisig_NotEoa(uint256 index, address member);

    /// @notice Rules must strictly rise by target, then selector. `rule` counts from 0.
    error OwnerMultisig_RuleNotRising(uint256 rule);

    /// @notice Delays are not supported: every one must be 0.
    error OwnerMultisig_DelayNotSupported(uint32 delay);

    /*//////////////////////////////////////////////////////////////
                                 FUNCTIONS
    //////////////////////////////////////////////////////////////*/

    /// @notice Executes what the owners signed. Anyone may submit it.
    /// @dev All or nothing: if a call fails, everything is undone, the nonce is not spent, and the reason is passed on
    /// in {OwnerMultisig_CallFailed}. A batch cannot execute another one from within.
    /// @param batch The batch, field for field as it was signed.
    /// @param signatures Packed as described above, over {digestOf} the batch, reaching the threshold.
    function execute(Batch calldata batch, bytes calldata signatures) external;

    /// @notice Puts a new constitution in force. For this contract itself, by a batch of the membership lane.
    /// @dev The epoch rises by one, so everything signed before is void; the lanes' counters go on. The present
    /// constitution once more is legal: it voids what was signed, and changes nothing else.
    ///
    /// WARNING: Delegations under EIP-7702 come and go. A member stays bound by its key, not by what its code says.
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

    /// @notice What the owners sign to have the batch executed.
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
