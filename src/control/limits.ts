/** What a client can take up of the fabric's process at most, whatever it sends and whatever it leaves unread. */
export const controlLimits = {
  connections: 2048,
  streams: 1024,
  /** Requests that are read in or wait for their answer; among them node messages of one number; bytes of them all. */
  waiting: 1024,
  waitingOfNode: 64,
  heldBytes: 64 * 2 ** 20,
  /** A lease stream is dropped when there is more for it while this much waits to be read. */
  unreadLeaseBytes: 256 * 2 ** 10,
  /** For a request's head to come, for all of it to come, and for its answer to be read. */
  headMs: 5_000,
  requestMs: 15_000,
  answerMs: 15_000,
  /** How long an answer waits for a block to come into force. */
  inForceMs: 60_000,
} as const;

export type ControlLimits = { readonly [limit in keyof typeof controlLimits]: number };
