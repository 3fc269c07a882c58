import { type Chain, type Deployment, openDeployment, practiceFees, Sender } from "../../governance/index.ts";
import type { SigningKey } from "../../nodes/index.ts";
import {
  drainNode,
  type NodeAct,
  type PracticeKeys,
  practiceKeys,
  registerNode,
  rotateNodeKey,
} from "../../owner/index.ts";
import { whenInForce } from "../owner/decision.ts";
import { publicKeyText } from "./options.ts";
import { nodePlace } from "./place.ts";

/** What was done on the chain, and since when the fabric obeys it. */
export type Acted = NodeAct & Awaited<ReturnType<typeof whenInForce>>;

export type RegisterFlags = {
  readonly name: string;
  readonly shard: string;
  readonly skills?: readonly string[];
  readonly slots?: number;
  readonly capacity?: number;
  readonly heartbeat?: number;
  readonly key: string;
  readonly world?: string;
};

/** Accounts of a practice chain that have funds and no other part: operators can pay with them. */
const operatorAccounts = 13;
const defaultHeartbeatSeconds = 5;

/** @throws CHANGE_INVALID, PRACTICE_ONLY, REVERTED and its kin, errors of the chain */
export function register(flags: RegisterFlags, key: SigningKey): Promise<Acted> {
  const { name: node, shard, skills = [], slots = 1, capacity = slots, heartbeat = defaultHeartbeatSeconds } = flags;
  return acting(flags.world, ({ chain, deployment, keys }) => {
    const operatorOf = (number: number) => keys.operatorOf(1 + ((number - 1) % operatorAccounts));
    return registerNode(senderOf(chain, keys.marketplace), deployment, operatorOf, {
      ...{ node, shard, skills, capacity, maxConcurrency: slots, heartbeatSeconds: heartbeat },
      ...{ keyKind: key.publicKey.kind, key: publicKeyText(key) },
    });
  });
}

/** @throws CHANGE_INVALID, OPERATOR_ABSENT, PRACTICE_ONLY, REVERTED and its kin, errors of the chain */
export function rotateKey({ node, world }: { node: string; world?: string }, { publicKey }: SigningKey) {
  return acting(world, ({ chain, deployment, keys }) => {
    const operators = Array.from({ length: operatorAccounts }, (_, index) =>
      senderOf(chain, keys.operatorOf(index + 1)),
    );
    return rotateNodeKey(chain, deployment, operators, node, { keyKind: publicKey.kind, key: publicKey.bytes });
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
