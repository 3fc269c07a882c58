import { Command } from "commander";
import { FabricError } from "../../../errors.ts";
import {
  type Acceptable,
  acceptableText,
  acceptanceDigest,
  acceptanceTypedData,
  acceptedBy,
  acceptWith,
  type ConstitutionWishes,
  checkAcceptable,
  checkConstitution,
  checkMemberCode,
  draftConstitution,
  judgeAcceptable,
  membersOf,
  mergeAcceptances,
  phraseOf,
  readAcceptable,
  readOffice,
  readVerifiers,
  withAcceptance,
} from "../../../owner/index.ts";
import { nameNetwork, takeNetworkName } from "../../network.ts";
import { readText, refuseExisting, writeText } from "../../textFile.ts";
import { whole } from "../../whole.ts";
import {
  answerIn,
  answerNaming,
  memberKeyNaming,
  memberNumber,
  openMemberKey,
  practiceMemberKey,
  withKey,
} from "../memberKey.ts";
import { atSite, type Where, withPlace, withTrust } from "../plan/place.ts";
import { backgroundOf, type Looked, type Looking, lookedAt, trustAt } from "./background.ts";
import { acceptedWords, constitutionWords, digestWords, verifierWords } from "./text.ts";

/** `fabric owner constitution …`: who decides, drafted, shown, and accepted by those whom it names. */
export function constitutionCommand(): Command {
  const command = new Command("constitution").description("who decides for the owners: draft, show, accept, merge");
  for (const each of [draftCommand(), showCommand(), acceptCommand(), mergeCommand()]) command.addCommand(each);
  return command;
}

const chainId = whole(1, Number.MAX_SAFE_INTEGER);

type DraftFlags = Where &
  ConstitutionWishes & {
    readonly chainId?: number;
    readonly verifiers?: readonly string[];
    readonly out?: string;
    readonly json?: true;
  };

const memberHelp = "<address>, contract:<address> or key:<key, or its file>@<verifier>, each with :<weight> behind";

function draftCommand(): Command {
  const command = new Command("draft")
    .description("write a constitution for its members to accept: from the one in force, or a fabric's first")
    .option("--members <members...>", `all members: ${memberHelp} (default: those in force)`)
    .option("--add <members...>", "members more")
    .option("--remove <members...>", "who is none any more: by number, name, address or key")
    .option("--replace <pairs...>", "<who is one>=<member>, for one who lost a key, or leaves")
    .option("--weight <pairs...>", "<who is one>=<what the signature counts>")
    .option("--threshold <votes>", "sum of weights that decides", Number)
    .option("--default-delay <seconds>", "how long a call waits that no rule names", Number)
    .option(
      "--delay <pairs...>",
      "<function>=<seconds>, as ShardRegistry.setWeight=86400; =default takes the rule away",
    )
    .option("--chain-id <number>", "draft a first one, for a fabric that is not there yet, on this chain", chainId)
    .option("--verifiers <addresses...>", "of a first one: verifiers that P-256 members may ever name, beside its own")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--out <file>", "file to write (default: constitution-<its number>.json)")
    .option("--json", "print it as JSON");
  return withTrust(withPlace(command)).action(async (flags: DraftFlags) => {
    const wishes = {
      ...flags,
      members: flags.members?.map(withKey),
      add: flags.add?.map(withKey),
      replace: flags.replace?.map(withKey),
    };
    if (flags.chainId !== undefined)
      return keep(firstOf(flags.chainId, wishes, flags.verifiers ?? []), undefined, flags);
    const trust = trustAt(flags);
    await atSite(flags, trust?.deployment, async ({ chain, deployment }) => {
      const { chainId, multisig, epoch, constitution: inForce } = await readOffice(chain, deployment);
      const known = { contracts: deployment.contracts, names: trust?.owners };
      const constitution = draftConstitution(inForce, wishes, known);
      checkConstitution(constitution, { multisig, verifiers: await readVerifiers(chain, deployment) });
      await checkMemberCode(chain, constitution);
      const format = "planetary-fabric/constitution/v1";
      const proposal: Acceptable = {
        format,
        chainId,
        multisig,
        epoch: Number(epoch) + 1,
        constitution,
        acceptances: [],
      };
      keep(proposal, backgroundOf(deployment, inForce, trust), flags);
    });
  });
}

/** @throws CONSTITUTION_INVALID */
function firstOf(chainId: number, wishes: ConstitutionWishes, more: readonly string[]): Acceptable {
  const constitution = draftConstitution(null, wishes, {});
  const named = membersOf(constitution).flatMap(({ kind, address }) => (kind === "key" ? [address] : []));
  const verifiers = [...new Set([...named, ...more])].sort();
  const format = "planetary-fabric/first-constitution/v1";
  const first: Acceptable = { format, chainId, verifiers, constitution, acceptances: [] };
  checkAcceptable(first);
  return readAcceptable(acceptableText(first), "the draft");
}

function keep(document: Acceptable, background: ReturnType<typeof backgroundOf> | undefined, flags: DraftFlags): void {
  const number = document.format === "planetary-fabric/first-constitution/v1" ? 1 : document.epoch;
  const file = flags.out ?? `constitution-${number}.json`;
  refuseExisting(file);
  writeText(file, acceptableText(document));
  console.log(flags.json ? JSON.stringify(document) : constitutionWords(document, background).join("\n"));
  console.error([`Written to ${file}. Nothing is changed yet.`, ...acceptedWords(document, file)].join("\n"));
}

function showCommand(): Command {
  const command = new Command("show")
    .description("say what a constitution is, what is different from the one in force, and who has accepted it")
    .argument("<file>", "file with the constitution")
    .option("--offline", "ask no chain")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--json", "print it as JSON");
  return withTrust(withPlace(command)).action(async (file: string, flags: Looking & { readonly json?: true }) => {
    const document = readAcceptable(readText(file), file);
    await lookedAt(document, file, flags, async ({ background, chain }) => {
      const { by, missing, votes } = acceptedBy(document);
      const phrase = phraseOf(acceptanceDigest(document));
      const asked = chain !== undefined;
      if (flags.json) console.log(JSON.stringify({ ...document, accepted: by, missing, votes, phrase, asked }));
      else {
        const words = [...(await shownWords(document, { background, chain })), "", ...acceptedWords(document, file)];
        console.log([...words, ...(asked ? [] : notAsked)].join("\n"));
      }
    });
  });
}

/** What members read before they accept. @param chain undefined where none is asked */
async function shownWords(document: Acceptable, { background, chain }: Looked): Promise<string[]> {
  const asked = chain !== undefined && document.format === "planetary-fabric/first-constitution/v1";
  return constitutionWords(document, background, asked ? await verifierWords(chain, document.verifiers) : []);
}

const notAsked = [
  "No chain was asked: whether contracts and verifiers know the acceptances as their own, and whether it still can follow.",
];

type AcceptFlags = Looking & {
  readonly key?: string;
  readonly practice?: number;
  readonly external?: true;
  readonly member?: number;
  readonly networkName?: string;
  readonly json?: true;
};

function acceptCommand(): Command {
  const command = new Command("accept")
    .description("accept a constitution that names you; the acceptance is written into its file")
    .argument("<file>", "file with the constitution")
    .argument("[answer]", answerNaming)
    .option("--key <key>", `your key: ${memberKeyNaming}`)
    .option("--practice <member>", "number of a practice owner, on chain 31337", Number)
    .option("--external", "print what your wallet signs (eth_signTypedData_v4), to give its answer back here")
    .option("--member <number>", "number of the member whose answer it is", Number)
    .option("--offline", "ask no chain")
    .option("--deployment <file>", "deployment.json of a fabric elsewhere, together with --rpc")
    .option("--json", "print who has accepted as JSON");
  return takeNetworkName(withTrust(withPlace(command))).action(
    async (file: string, answer: string | undefined, flags: AcceptFlags) => {
      const ways = [flags.key, flags.practice, flags.external, answer].filter((way) => way !== undefined);
      if (ways.length !== 1)
        throw new FabricError("USAGE", {
          problem: "Accept with one of --key, --practice and --external, or with what a wallet answered.",
        });
      const document = readAcceptable(readText(file), file);
      await lookedAt(document, file, flags, async ({ background, chain }) => {
        if (chain !== undefined) await nameNetwork(chain, flags.networkName);
        const words = (await shownWords(document, { background, chain })).join("\n");
        if (flags.external) {
          console.log(JSON.stringify(acceptanceTypedData(document), null, 2));
          console.error([words, ...digestWords(acceptanceDigest(document))].join("\n"));
          console.error(`Next: npx fabric owner constitution accept ${file} <answer> --member <number>`);
          return;
        }
        const accepted = await acceptedWith(document, answer, flags);
        if (chain !== undefined) await judgeAcceptable(chain, accepted, "the new acceptance");
        writeText(file, acceptableText(accepted));
        console.error(`${words}\nThe acceptance is written into ${file}.`);
        tell(accepted, file, flags.json);
      });
    },
  );
}

async function acceptedWith(
  document: Acceptable,
  answer: string | undefined,
  { key, practice, member }: AcceptFlags,
): Promise<Acceptable> {
  const members = membersOf(document.constitution);
  if (answer === undefined)
    return acceptWith(
      key === undefined ? practiceMemberKey(document.chainId, members, practice ?? 0) : await openMemberKey(key),
      document,
    );
  const index = memberNumber(answerIn(answer) === undefined ? undefined : member, members);
  return withAcceptance(document, index, answerIn(answer) ?? "");
}

function mergeCommand(): Command {
  return new Command("merge")
    .description("put the acceptances of other copies of a constitution into its file")
    .argument("<file>", "file with the constitution")
    .argument("<copies...>", "files that its members sent back")
    .option("--json", "print who has accepted as JSON")
    .action((file: string, copies: readonly string[], { json }: { readonly json?: true }) => {
      const document = readAcceptable(readText(file), file);
      const others = copies.map((copy) => ({ file: copy, document: readAcceptable(readText(copy), copy) }));
      const merged = mergeAcceptances(document, others);
      writeText(file, acceptableText(merged));
      tell(merged, file, json);
    });
}

function tell(document: Acceptable, file: string, json: true | undefined): void {
  const { by, missing, votes } = acceptedBy(document);
  const { threshold } = document.constitution;
  if (json) console.log(JSON.stringify({ accepted: by, missing, votes, threshold }));
  else console.log(acceptedWords(document, file).join("\n"));
}
