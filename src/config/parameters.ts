import type { KeyKind, Parameters } from "../fabric/index.ts";
import type { Manifest } from "./manifest.ts";

/** The key of a node or submitter, which no manifest holds. */
export type KeyOf = (role: "node" | "submitter", id: string) => { readonly keyKind: KeyKind; readonly key: Uint8Array };

/**
 * What the chain says right after a manifest was deployed: nothing paused, nobody draining, nobody revoked. For machines
 * that run without a chain.
 */
export function parametersOf(manifest: Manifest, keyOf: KeyOf): Parameters {
  const shardNumber = new Map(manifest.shards.map(({ id }, index) => [id, index + 1]));
  const numberOf = (id: string): number => {
    const number = shardNumber.get(id);
    if (number === undefined) throw new RangeError(`no shard ${id} in manifest ${manifest.name}`);
    return number;
  };
  const notPaused = { ownerPaused: false, guardianUntil: 0 };
  const { tickMs, checkpointIntervalTicks, heartbeatGrace, maxAttempts } = manifest.fabric;
  return {
    tickMs,
    checkpointIntervalTicks,
    heartbeatGrace,
    maxAttempts,
    retired: false,
    pause: notPaused,
    skills: manifest.skills,
    shards: manifest.shards.map(({ id, title: _title, routes, ...parameters }) => ({
      ...parameters,
      name: id,
      retired: false,
      routes: routes.map(numberOf),
      pause: notPaused,
    })),
    nodes: manifest.nodes.map(({ id, shard, capacity, maxConcurrency, heartbeatSeconds, skills }) => ({
      name: id,
      shard: numberOf(shard),
      capacity,
      maxConcurrency,
      heartbeatSeconds,
      skills: skillBits(manifest, skills),
      status: "admitted",
      ...keyOf("node", id),
    })),
    submitters: manifest.submitters.map(({ id, shards, jobsPerTick }) => ({
      name: id,
      shards: shards.reduce((bits, shard) => (bits | (1 << (numberOf(shard) - 1))) >>> 0, 0),
      jobsPerTick,
      expiry: 0,
      revoked: false,
      ...keyOf("submitter", id),
    })),
  };
}

/** The bit set of skills as the chain and the machine have it: bit i is the i-th skill of the manifest. */
export function skillBits(manifest: Pick<Manifest, "skills">, skills: readonly string[]): bigint {
  return skills.reduce((bits, skill) => bits | (1n << BigInt(manifest.skills.indexOf(skill))), 0n);
}
