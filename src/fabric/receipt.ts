/** How a job ended; the numbers are those of the receipt's leaf. */
export const outcomes = { completed: 1, failed: 2, expired: 3, cancelled: 4 } as const;
export type Outcome = keyof typeof outcomes;

/** Why a job ended without a result; the numbers are those of the receipt's leaf. */
export const reasons = { none: 0, attemptsSpent: 1, deadlinePassed: 2, reportedByNode: 3, ownersOrder: 4 } as const;
export type Reason = keyof typeof reasons;

/** The final word on one job. */
export type Receipt = {
  readonly submitter: number;
  readonly number: number;
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** Shard where it ended. */
  readonly shard: number;
  /** Node that ran it last; 0 = none. */
  readonly node: number;
  readonly attempts: number;
  readonly submittedTick: number;
  readonly endedTick: number;
  readonly value: number;
  /** 32 bytes; all zero unless completed. A view of the message that brought it. */
  readonly resultDigest: Uint8Array;
};
