import { existsSync } from "node:fs";
import { FabricError } from "../../../errors.ts";
import { Chain, type Constitution, type Deployment } from "../../../governance/index.ts";
import {
  type Acceptable,
  checkConstitution,
  judgeAcceptable,
  type Office,
  readOffice,
  readVerifiers,
  type Trust,
} from "../../../owner/index.ts";
import { trustIn, trustName } from "../plan/files.ts";
import { atSite, type Where } from "../plan/place.ts";

/** What a constitution is held against: the one in force, and what an owner knows of it. */
export type Background = {
  readonly contracts: Deployment["contracts"];
  readonly inForce: Constitution;
  /** What the one with that key is called; undefined for somebody new. */
  readonly nameOf: (key: string) => string | undefined;
};

export type Looking = Where & { readonly offline?: true };

/** What an owner has pinned, if it is there. @throws TRUST_MISSING for one that is named and is not */
export function trustAt({ trust }: Where): Trust | undefined {
  const file = trust ?? trustName;
  return trust !== undefined || existsSync(file) ? trustIn(file) : undefined;
}

export function backgroundOf(
  { contracts }: Pick<Deployment, "contracts">,
  inForce: Constitution,
  trust: Trust | undefined,
): Background {
  const keys = trust?.constitution.members.map(({ key }) => key) ?? [];
  return { contracts, inForce, nameOf: (key) => trust?.owners[keys.indexOf(key)] };
}

/** What became of looking. */
export type Looked = { readonly background: Background | undefined; readonly chain: Chain | undefined };

/**
 * Holds a constitution against the chain and what is pinned, and acts while the chain can be asked. Nothing is asked when
 * that is wished, or of a first constitution without an address of a chain.
 * @param file what the constitution is called
 * @throws CONSTITUTION_FOREIGN, CONSTITUTION_OUTDATED, CONSTITUTION_INVALID, ACCEPTANCE_FORGED; errors of `atSite`
 */
export async function lookedAt<Result>(
  document: Acceptable,
  file: string,
  flags: Looking,
  act: (looked: Looked) => Promise<Result>,
): Promise<Result> {
  if (document.format === "planetary-fabric/first-constitution/v1") {
    if (flags.offline || flags.rpc === undefined) return act({ background: undefined, chain: undefined });
    const chain = await Chain.open(flags.rpc, { chainId: document.chainId });
    try {
      await judgeAcceptable(chain, document, file);
      return await act({ background: undefined, chain });
    } finally {
      chain.close();
    }
  }
  const trust = trustAt(flags);
  if (trust !== undefined) checkOwners(document, trust.deployment, file);
  if (flags.offline) {
    const background = trust && backgroundOf(trust.deployment, trust.constitution, trust);
    return act({ background, chain: undefined });
  }
  return atSite(flags, trust?.deployment, async ({ chain, deployment }) => {
    checkOwners(document, deployment, file);
    const office = await readOffice(chain, deployment);
    checkEpoch(document, office, file);
    const verifiers = await readVerifiers(chain, deployment);
    checkConstitution(document.constitution, { multisig: office.multisig, verifiers });
    await judgeAcceptable(chain, document, file);
    return act({ background: backgroundOf(deployment, office.constitution, trust), chain });
  });
}

type Proposed = Extract<Acceptable, { readonly multisig: string }>;

function checkOwners({ chainId, multisig }: Proposed, { chainId: own, contracts }: Deployment, file: string): void {
  const foreign = (problem: string) => new FabricError("CONSTITUTION_FOREIGN", { file, problem });
  if (chainId !== own) throw foreign(`they are on chain ${chainId}, and yours on ${own}`);
  const { address } = contracts.OwnerMultisig;
  if (multisig !== address) throw foreign(`they are ${multisig}, and yours ${address}`);
}

function checkEpoch({ epoch }: Proposed, office: Office, file: string): void {
  if (BigInt(epoch) === office.epoch + 1n) return;
  throw new FabricError("CONSTITUTION_OUTDATED", { file, epoch, found: Number(office.epoch) });
}
