import { dataLength, dataSlice, getAddress } from "ethers";
import { FabricError } from "../../errors.ts";
import { type Chain, type Constitution, memberKinds } from "../../governance/index.ts";
import { counted } from "../entry.ts";
import { isOnCurve, pointOf } from "../members/p256.ts";
import { delaySecondsMax, membersMax, rulesMax } from "./forms.ts";

// What `ConstitutionCode` refuses, refused before anybody signs.

/** What is known beside the constitution; what is left out is not looked at. */
export type Surroundings = {
  /** Address of the multisig, which is no member of itself. */
  readonly multisig?: string | undefined;
  /** Those that keys may name. */
  readonly verifiers?: readonly string[] | undefined;
};

/** Addresses up to this one are kept for precompiles (EIP-1352). */
const lastPrecompile = 0xffffn;

/** @throws CONSTITUTION_INVALID for what the multisig would refuse, as far as can be told without a chain */
export function checkConstitution(constitution: Constitution, around: Surroundings = {}): void {
  const { members, threshold, defaultDelay, rules } = constitution;
  if (members.length === 0 || members.length > membersMax)
    throw invalid(`it has ${members.length} members`, `It takes 1 to ${membersMax}`);
  if (rules.length > rulesMax) throw invalid(`it has ${rules.length} rules`, `It takes at most ${rulesMax}`);
  for (const [index, member] of members.entries()) {
    checkMember(member, index + 1, around);
    checkOrder(members, index);
  }
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > total)
    throw invalid(
      `${counted(threshold)} votes are to decide, and all its members together have ${counted(total)}`,
      `The threshold is 1 to ${counted(total)}`,
    );
  for (const delay of [defaultDelay, ...rules.map((rule) => rule.delay)])
    if (!Number.isInteger(delay) || delay < 0 || delay > delaySecondsMax)
      throw invalid(
        `a delay of ${counted(delay)} s`,
        `A delay is 0 to ${counted(delaySecondsMax)} s, which are 30 days`,
      );
  for (const [index, rule] of rules.entries())
    if (index > 0 && functionOf(rules[index - 1]) >= functionOf(rule))
      throw invalid(
        `its rule ${index + 1} is out of order, or names the same function as the one before`,
        "Rules rise by contract, then function; `fabric owner constitution draft` sorts them",
      );
}

type Members = Constitution["members"];

function checkMember(
  { kind, weight, key }: Members[number],
  number: number,
  { multisig, verifiers }: Surroundings,
): void {
  const refuse = (problem: string, right: string) => invalid(`its member ${number}, ${key}, ${problem}`, right);
  if (!Object.values<number>(memberKinds).includes(kind))
    throw refuse(`is of kind ${kind}`, "Kinds are 1, an account; 2, a contract; 3, a P-256 key");
  if (!Number.isInteger(weight) || weight < 1 || weight > 65_535)
    throw refuse(`has the weight ${weight}`, "A weight is 1 to 65,535");
  const length = kind === memberKinds.key ? 84 : 20;
  if (dataLength(key) !== length)
    throw refuse(
      `has a key of ${dataLength(key)} bytes`,
      "An account or contract has the 20 bytes of its address; a P-256 key 84: its verifier's address, x and y",
    );
  const address = getAddress(dataSlice(key, 0, 20));
  const isVerifier = verifiers?.includes(address);
  if (kind === memberKinds.key) {
    if (isVerifier === false)
      throw refuse(
        `names the verifier ${address}, which is none of the multisig's`,
        `Name one of: ${verifiers?.join(", ") || "none, so this fabric takes no P-256 keys"}`,
      );
    if (!isOnCurve(pointOf(dataSlice(key, 20)))) throw refuse("is no point of P-256", "Give the x and y of its key");
    return;
  }
  const cannotSign = "Name the account or contract of a person or body that can sign";
  if (BigInt(address) === 0n) throw refuse("is nobody's address", cannotSign);
  if (BigInt(address) <= lastPrecompile) throw refuse("is the address of a precompile", cannotSign);
  if (address === multisig) throw refuse("is the multisig itself", cannotSign);
  if (isVerifier) throw refuse("is a verifier, which judges for others", cannotSign);
}

function checkOrder(members: Members, index: number): void {
  const { key } = members[index];
  const before = members.slice(0, index);
  const last = before.at(-1)?.key.toLowerCase() ?? "";
  const own = key.toLowerCase();
  const twice = (other: number) => invalid(`its members ${other} and ${index + 1} are the same`, "Name each once");
  if (own === last) throw twice(index);
  if (own < last)
    throw invalid(
      `its member ${index + 1}, ${key}, is out of order`,
      "Members rise by their keys; `fabric owner constitution draft` sorts them",
    );
  if (members[index].kind !== memberKinds.key) return;
  const other = before.findIndex((each) => each.kind === memberKinds.key && xOf(each.key) === xOf(key));
  if (other >= 0)
    throw invalid(
      `whoever has the key of its member ${other + 1} has that of member ${index + 1}, too`,
      "Give each member a key of its own",
    );
}

function xOf(key: string): string {
  return dataSlice(key, 20, 52).toLowerCase();
}

function functionOf({ target, selector }: Constitution["rules"][number]): bigint {
  return (BigInt(target) << 32n) | BigInt(selector);
}

/**
 * Looks whether accounts are accounts, and contracts contracts.
 * @throws CONSTITUTION_INVALID
 */
export async function checkMemberCode(chain: Chain, { members }: Constitution): Promise<void> {
  for (const [index, { kind, key }] of members.entries()) {
    const address = getAddress(dataSlice(key, 0, 20));
    const hasCode = await hasOwnCode(chain, address);
    if ((kind !== memberKinds.account) === hasCode) continue;
    const named = kind === memberKinds.key ? "the verifier of a key" : "a contract";
    throw hasCode
      ? invalid(`its member ${index + 1}, ${address}, is a contract`, `Name it as one: contract:${address}`)
      : invalid(`its member ${index + 1} has ${address} for ${named}, and there is no contract`, "Check the address");
  }
}

/** @throws CONSTITUTION_INVALID for a verifier that is no contract */
export async function checkVerifiers(chain: Chain, verifiers: readonly string[]): Promise<void> {
  for (const verifier of verifiers)
    if (!(await hasOwnCode(chain, verifier)))
      throw invalid(
        `there is no contract at its verifier ${verifier}`,
        "Deploy the verifier first, or check the address",
      );
}

/** Code that no key can change: none of EIP-7702. */
async function hasOwnCode(chain: Chain, address: string): Promise<boolean> {
  const code = String(await chain.rpc("eth_getCode", [address, "latest"]));
  return code !== "0x" && !(code.startsWith("0xef0100") && dataLength(code) === 23);
}

/** @param problem after "The constitution cannot be: " @param right without a full stop */
export function invalid(problem: string, right: string): FabricError {
  return new FabricError("CONSTITUTION_INVALID", { problem, right });
}
