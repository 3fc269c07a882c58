import { type Chain, type Deployment, openDeployment, practiceFees, Sender, walletOf } from "../../governance/index.ts";
import type { SigningKey } from "../../nodes/index.ts";
import {
  drainNode,
  type NodeAct,
  type PracticeKeys,
  practiceKeys,
  registerNode,
  rotateNodeKey,
} from "../../owner/index.ts";
import { openKey } from "../key.ts";
import { nameNetwork } from "../network.ts";
import { whenInForce } from "../owner/decision.ts";
import { atSite } from "../owner/plan/place.ts";
import { payingOn } from "../payer.ts";
import { nodePlace } from "./place.ts";
import { type OfferFlags, offerOf } from "./registration.ts";

/** What was done on the chain, and since when the fabric obeys it. */
export type Acted = NodeAct & Awaited<ReturnType<typeof whenInForce>>;

export type RegisterFlags = OfferFlags & { readonly key: string; readonly world?: string };

/** Accounts of a practice chain that have funds and no other part: operators can pay with them. */
const operatorAccounts = 13;

/** @throws CHANGE_INVALID, PRACTICE_ONLY, REVERTED and its kin, errors of the chain */
export function register(flags: RegisterFlags, key: SigningKey): Promise<Acted> {
  const offer = offerOf(flags, key);
  return acting(flags.world, ({ chain, deployment, keys }) => {
    const operatorOf = (number: number) => keys.operatorOf(1 + ((number - 1) % operatorAccounts));
    return registerNode(senderOf(chain, keys.marketplace), deployment, operatorOf, offer);
  });
}

export type RotateFlags = {
  readonly node: string;
  readonly world?: string;
  readonly operator?: string;
  readonly rpc?: string;
  readonly deployment?: string;
  readonly networkName?: string;
  readonly maxFee?: bigint;
};

/** @throws CHANGE_INVALID, OPERATOR_ABSENT, PRACTICE_ONLY, REVERTED and its kin, errors of the chain */
export function rotateKey(flags: RotateFlags, { publicKey }: SigningKey): Promise<Acted> {
  const key = { keyKind: publicKey.kind, key: publicKey.bytes };
  if (flags.operator !== undefined) return rotateAs(flags.operator, flags, key);
  return acting(flags.world, ({ chain, deployment, keys }) => {
    const operators = Array.from({ length: operatorAccounts }, (_, index) =>
      senderOf(chain, keys.operatorOf(index + 1)),
    );
    return rotateNodeKey(chain, deployment, operators, flags.node, key);
  });
}

/** The operator sends it, and pays. */
function rotateAs(operator: string, flags: RotateFlags, key: Parameters<typeof rotateNodeKey>[4]): Promise<Acted> {
  return atSite(flags, undefined, async ({ chain, deployment, running }) => {
    await nameNetwork(chain, flags.networkName);
    const sender = new Sender(chain, walletOf(await openKey(operator)), payingOn(chain, flags.maxFee));
    const done = await rotateNodeKey(chain, deployment, [sender], flags.node, key);
    if (running !== undefined) return { ...done, ...(await whenInForce(running.control, done.block)) };
    return {
      ...done,
      inForceTick: null,
      waits: "whether a fabric obeys it is not known here: none that runs was named",
    };
  });
}

/** @throws CHANGE_INVALID, PRACTICE_ONLY, REVERTED and its kin, errors of the chain */
export function drain({ node, world }: { node: string; world?: string }): Promise<Acted> {
  return acting(world, ({ chain, deployment, keys }) => {
    return drainNode(senderOf(chain, keys.marketplace), deployment, node);
  });
}

type Stage = { readonly chain: Chain; readonly deployment: Deployment; readonly keys: PracticeKeys };

async function acting(folder: string | undefined, act: (stage: Stage) => Promise<NodeAct>): Promise<Acted> {
  const { url, deployment, control } = await nodePlace(folder);
  try {
    const keys = practiceKeys(deployment.chainId);
    const chain = await openDeployment(url, deployment);
    try {
      const done = await act({ chain, deployment, keys });
      return { ...done, ...(await whenInForce(control, done.block)) };
    } finally {
      chain.close();
    }
  } finally {
    control.close();
  }
}

function senderOf(chain: Chain, key: PracticeKeys["marketplace"]): Sender {
  return new Sender(chain, key, { fees: practiceFees });
}
