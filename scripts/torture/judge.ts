import { checkStore, FolderReader, JournalReader, replay } from "../../src/journal/index.ts";
import type { JobName } from "./submitters.ts";

export type Judgement = {
  readonly receipts: number;
  readonly checkpoints: number;
  readonly completed: number;
  /** Attempts that the kills and the nodes' silence cost. */
  readonly interrupted: number;
};

/**
 * Holds what was acknowledged, and what was on record at each end, against a machine that is made anew from the journal.
 * @param ends heads that the journal had, by how many records led to them
 * @throws when something was lost, done twice, or is not what undisturbed replay makes
 */
export function judge(store: string, acknowledged: readonly JobName[], ends: ReadonlyMap<number, string>): Judgement {
  const reader = new FolderReader(store);
  try {
    const endings = new Map<string, number>();
    let counters: Readonly<Record<string, number>> = {};
    let metAgain = 0;
    for (const { effects, record, replay: made } of replay(new JournalReader(reader).records())) {
      for (const { submitter, number } of effects.receipts) {
        const ref = `${submitter}/${number}`;
        endings.set(ref, 1 + (endings.get(ref) ?? 0));
      }
      const head = ends.get(record.end.records);
      if (head === Buffer.from(record.end.head).toString("hex")) metAgain++;
      counters = made.machine.counters;
    }
    if (metAgain !== ends.size)
      throw new Error(`${ends.size - metAgain} of ${ends.size} ends of the record were undone`);
    for (const { submitter, number } of acknowledged) {
      const count = endings.get(`${submitter}/${number}`) ?? 0;
      if (count !== 1) throw new Error(`job ${submitter}/${number} was acknowledged, and has ${count} receipts`);
    }
    if (endings.size !== acknowledged.length)
      throw new Error(`${endings.size} jobs ended, and ${acknowledged.length} were brought`);
    const { completed, interrupted } = counters;
    if (completed !== endings.size) throw new Error(`${completed} of ${endings.size} jobs were completed`);
    const { receipts, checkpoints } = checkStore(reader);
    return { receipts, checkpoints, completed, interrupted };
  } finally {
    reader.close();
  }
}
