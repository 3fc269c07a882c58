import { type Manifest, readManifest } from "../../config/index.ts";
import { FabricError } from "../../errors.ts";
import { walletOf } from "../../governance/index.ts";
import type { SigningKey } from "../../nodes/index.ts";
import { foreseen, type NodeOffer, type Registration, readWorld, registrationBy } from "../../owner/index.ts";
import { openKey } from "../key.ts";
import { nameNetwork } from "../network.ts";
import { atSite } from "../owner/plan/place.ts";
import { refuseExisting, writeText } from "../textFile.ts";
import { publicKeyText } from "./options.ts";

/** What an operator says of a node; the manifest says what is left out. */
export type OfferFlags = {
  readonly name: string;
  readonly manifest?: string;
  readonly shard?: string;
  readonly skills?: readonly string[];
  readonly slots?: number;
  readonly capacity?: number;
  readonly heartbeat?: number;
};

export type SignFlags = OfferFlags & {
  readonly operator: string;
  readonly rpc?: string;
  readonly deployment?: string;
  readonly world?: string;
  readonly nonce?: number;
  readonly days?: number;
  readonly out?: string;
  readonly networkName?: string;
};

/** A registration that was signed, and the file that it is in. */
export type Signed = { readonly registration: Registration; readonly file: string };

const defaultHeartbeatSeconds = 5;
const defaultDays = 14;

/** What is offered, of a manifest's node or by the options alone. @throws USAGE, NAME_UNKNOWN, DOCUMENT_INVALID */
export function offerOf(flags: OfferFlags, key: SigningKey): NodeOffer {
  const node = flags.manifest === undefined ? undefined : nodeIn(readManifest(flags.manifest), flags.name);
  const shard = flags.shard ?? node?.shard;
  if (shard === undefined)
    throw new FabricError("USAGE", {
      problem: "Tell where the node is to work: --shard, or a --manifest that names it.",
    });
  const maxConcurrency = flags.slots ?? node?.maxConcurrency ?? 1;
  return {
    ...{ node: flags.name, shard, maxConcurrency },
    skills: flags.skills ?? node?.skills ?? [],
    capacity: flags.capacity ?? node?.capacity ?? maxConcurrency,
    heartbeatSeconds: flags.heartbeat ?? node?.heartbeatSeconds ?? defaultHeartbeatSeconds,
    ...{ keyKind: key.publicKey.kind, key: publicKeyText(key) },
  };
}

function nodeIn({ nodes }: Manifest, name: string) {
  const node = nodes.find(({ id }) => id === name);
  if (node !== undefined) return node;
  throw new FabricError("NAME_UNKNOWN", { what: "node", name, known: nodes.map(({ id }) => id).join(", ") });
}

/**
 * An operator signs a registration into a file, for the owners or their marketplace. Nothing is sent.
 * @throws CHANGE_INVALID, USAGE; FILE_UNWRITABLE; as `openKey`; errors of `atSite`
 */
export function signedRegistration(flags: SignFlags, key: SigningKey): Promise<Signed> {
  const { name, nonce, days = defaultDays, out: file = `${name}.registration.json` } = flags;
  refuseExisting(file);
  const offer = offerOf(flags, key);
  return atSite(flags, undefined, async ({ chain, deployment }) => {
    await nameNetwork(chain, flags.networkName);
    const now = await readWorld(chain, deployment);
    // Shards and skills get their numbers in the order of the manifest, so it can be signed before they are there.
    const world = flags.manifest === undefined ? now : foreseen(now, readManifest(flags.manifest));
    const operator = walletOf(await openKey(flags.operator));
    const terms = { lastsSeconds: days * 86_400, nonce };
    const registration = await registrationBy(operator, chain, deployment, world, offer, terms);
    writeText(file, `${JSON.stringify(registration, null, 2)}\n`);
    return { registration, file };
  });
}
