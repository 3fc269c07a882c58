import type { Interface, TransactionDescription } from "ethers";
import { FabricError } from "../errors.ts";
import { type ContractName, contractNames, interfaceOf } from "../governance/index.ts";
import type { Call } from "./batch.ts";
import { type CallWords, type Vocabulary, Wordless, type Words } from "./words/callWords.ts";
import { constitutionWords } from "./words/constitution.ts";
import { ledgerWords } from "./words/ledger.ts";
import { nodeWords } from "./words/nodes.ts";
import { pauseWords } from "./words/pauses.ts";
import { shardWords } from "./words/shards.ts";
import { submitterWords } from "./words/submitters.ts";
import type { World } from "./world.ts";

/** For each contract the functions that an owner may be asked to sign a call of. */
const wordsByContract: Readonly<Record<ContractName, Readonly<Record<string, CallWords>>>> = {
  OwnerMultisig: constitutionWords,
  ShardRegistry: shardWords,
  NodeRegistry: nodeWords,
  SubmitterRegistry: submitterWords,
  CheckpointLedger: ledgerWords,
  SystemPause: pauseWords,
};

/** What is signed to spend a place in a lane on nothing. */
export const withdrawalSentence =
  "Change nothing. Whatever else was signed for this place in its lane can be executed no more.";

/**
 * What calls do, in words, from nothing but their bytes: an owner reads this before signing. Each call is decoded, and what
 * is not covered by its words is refused, so no two different calls that a contract would take read the same.
 * @throws CALL_UNREADABLE for a call of which that cannot be said
 */
export function describeCalls(calls: readonly Call[], vocabulary: Vocabulary): string {
  if (calls.length === 0) return withdrawalSentence;
  let known = vocabulary;
  const said = calls.map((call, index) => {
    const { says, teaches } = describeCall(call, index, known);
    known = { ...known, ...teaches };
    return says;
  });
  return `${said.join(". ")}.`;
}

function describeCall({ to, data }: Call, index: number, vocabulary: Vocabulary): Words {
  const unreadable = (problem: string, cause?: unknown) =>
    new FabricError("CALL_UNREADABLE", { call: index + 1, problem }, { cause });
  const contract = contractNames.find((name) => vocabulary.contracts[name].address === to);
  if (contract === undefined) throw unreadable(`it calls ${to}, which is no contract of this fabric`);
  const decoded = decode(contract, data);
  if (decoded === null) throw unreadable(`${contract} has no function that it is a plain call of`);
  const { name, args } = decoded;
  const words = Object.hasOwn(wordsByContract[contract], name) ? wordsByContract[contract][name] : undefined;
  if (words === undefined) throw unreadable(`${contract}.${name} is none of the changes that owners make`);
  try {
    return words(args, vocabulary);
  } catch (cause) {
    if (cause instanceof Wordless) throw unreadable(cause.message, cause);
    throw cause;
  }
}

/** Null for what is no call of one of the contract's functions, or has bytes that mean nothing to it. */
function decode(contract: ContractName, data: string): TransactionDescription | null {
  const abi: Interface = interfaceOf(contract);
  try {
    const found = abi.parseTransaction({ data });
    return found !== null && abi.encodeFunctionData(found.fragment, found.args) === data ? found : null;
  } catch {
    return null;
  }
}

/** What an owner's words for a world are. */
export function vocabularyOf({ deployment, parameters, offices }: World): Vocabulary {
  const names = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name);
  const { shards, nodes, submitters, skills } = parameters;
  return {
    contracts: deployment.contracts,
    ...{ shards: names(shards), nodes: names(nodes), submitters: names(submitters), skills },
    ...(offices && {
      ...{ constitution: offices.office.constitution },
      ...{ anchorer: offices.anchorer, marketplace: offices.marketplace },
    }),
  };
}
