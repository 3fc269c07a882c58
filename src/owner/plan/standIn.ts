import {
  concat,
  dataSlice,
  getBytes,
  getCreate2Address,
  hexlify,
  id,
  keccak256,
  toBeHex,
  type Wallet,
  ZeroHash,
  zeroPadValue,
} from "ethers";
import { type Chain, type Constitution, memberKinds, walletOf } from "../../governance/index.ts";
import { type Member, membersOf, type Office } from "../office.ts";

// On a fork, where nobody's keys are at hand, others stand in for the members: same weights, same threshold, same delays.

/** The office as it is on a fork where others stand in for the members, with their keys in the members' order. */
export type StandIns = { readonly office: Office; readonly keys: readonly Wallet[] };

/**
 * Puts other accounts in the members' places, on a fork.
 * @throws RangeError when the constitution is not kept where the contract keeps it
 */
export async function standIn(fork: Chain, office: Office): Promise<StandIns> {
  const { constitution, epoch, multisig } = office;
  const kept = packed(constitution, epoch);
  const where = pointerTo(multisig, kept);
  if ((await fork.rpc("eth_getCode", [where, "latest"])) !== kept)
    throw new RangeError(`the constitution is not kept at ${where} as this program knows it`);
  const keys = constitution.members.map((_, index) => walletOf(id(`stands in for member ${index + 1} on a fork`)));
  const members = constitution.members.map(({ weight }, index) => {
    return { kind: memberKinds.account, weight, key: keys[index].address.toLowerCase() };
  });
  await fork.rpc("hardhat_setCode", [where, packed({ ...constitution, members }, epoch)]);
  const standing: readonly Member[] = membersOf({ members });
  return { office: { ...office, members: standing }, keys };
}

/** A constitution in the bytes in which the contract keeps it, see `ConstitutionCode`. */
function packed({ members, threshold, defaultDelay, rules }: Constitution, epoch: bigint): string {
  const keyMembers = members.filter(({ kind }) => kind === memberKinds.key);
  let place = 1 + members.length + rules.length;
  const memberWords = members.map(({ kind, weight, key }) => {
    const word = BigInt(dataSlice(key, 0, 20)) | (BigInt(weight) << 160n) | (BigInt(kind) << 176n);
    if (kind !== memberKinds.key) return word;
    place += 2;
    return word | (BigInt(place - 2) << 184n);
  });
  const ruleWords = rules.map(
    ({ target, selector, delay }) => (BigInt(target) << 64n) | (BigInt(selector) << 32n) | BigInt(delay),
  );
  const longest = Math.max(defaultDelay, ...rules.map(({ delay }) => delay));
  const header =
    epoch |
    (BigInt(threshold) << 64n) |
    (BigInt(defaultDelay) << 96n) |
    (BigInt(members.length) << 128n) |
    (BigInt(rules.length) << 136n) |
    (BigInt(longest) << 144n);
  const keyBytes = keyMembers.map(({ key }) => dataSlice(key, 20));
  return concat(["0x00", ...[header, ...memberWords, ...ruleWords].map((word) => toBeHex(word, 32)), ...keyBytes]);
}

/** Where the multisig keeps it: the account whose creation returns these bytes. */
function pointerTo(multisig: string, code: string): string {
  const length = zeroPadValue(hexlify(toBeHex(getBytes(code).length)), 2);
  return getCreate2Address(multisig, ZeroHash, keccak256(concat(["0x61", length, "0x80600a3d393df3", code])));
}
