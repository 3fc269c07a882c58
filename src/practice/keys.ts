import { practiceKey, type SigningKey } from "../nodes/index.ts";

// The keys of everyone who plays a part in a drill, made from its seed: anyone can make them again, so they guard nothing.

export function nodeKey(seed: number, id: string): SigningKey {
  return practiceKey(seed, `node ${id}`);
}

export function submitterKey(seed: number, id: string): SigningKey {
  return practiceKey(seed, `submitter ${id}`);
}

/** The orchestrator's session key after its n-th start, counted from 1. */
export function sessionKey(seed: number, start: number): SigningKey {
  return practiceKey(seed, `session ${start}`);
}
