import { getAddress } from "ethers";
import { FabricError } from "../../errors.ts";
import { type Chain, contractAt, contractNames, type Deployment } from "../../governance/index.ts";
import { readDelay } from "../announcement.ts";
import { batchOf } from "../batch.ts";
import { planChange } from "../catalogue.ts";
import type { Change } from "../changes.ts";
import { officesOf, readWorld } from "../world.ts";
import type { Exportable } from "./exportable.ts";

/**
 * Plans a change for the newest block, ready to be exported.
 * @param account address of what is to send it; null where that is not known
 * @throws CHANGE_INVALID, USAGE when that is no address
 */
export async function readExportable(
  chain: Chain,
  deployment: Deployment,
  change: Change,
  account: string | null,
): Promise<Exportable> {
  const checked = account === null ? null : addressIn(account);
  const world = await readWorld(chain, deployment, change);
  const planned = planChange(world, change);
  const { by, lane, calls, sentence } = planned;
  const { office } = officesOf(world, change.kind);
  const delay = by === "owners" ? await readDelay(chain, deployment, calls) : 0;
  const batch = batchOf(office, lane, calls, sentence, world.time + delay);
  return { planned, batch, delay, signatures: [], office, deployment, time: world.time, account: checked };
}

/** Who may make the calls: the owners of the contracts that they go to, or the guardians. Addresses. */
export async function readSenders(chain: Chain, deployment: Deployment, { planned }: Exportable): Promise<string[]> {
  const at = chain.at((await chain.latest()).hash);
  const { OwnerMultisig, SystemPause } = deployment.contracts;
  if (planned.by === "guardian")
    return (await contractAt("SystemPause", SystemPause.address, at).guardians()).map(({ account }) => account);
  const called = contractNames.filter((name) =>
    planned.calls.some(({ to }) => to === deployment.contracts[name].address),
  );
  const owners = called.map((name) => {
    return name === "OwnerMultisig"
      ? OwnerMultisig.address
      : contractAt(name, deployment.contracts[name].address, at).owner();
  });
  return [...new Set(await Promise.all(owners))];
}

function addressIn(text: string): string {
  try {
    return getAddress(text);
  } catch (cause) {
    throw new FabricError("USAGE", { problem: `${text} is no address with its checksum (EIP-55).` }, { cause });
  }
}
