import { type EventLine, shardsOf } from "./eventText.ts";

/**
 * Which shards an event is about, also where it names none: an event of a job is about the shard that the job is in, as
 * the events before it tell. It keeps a number for each job that has not ended, of those it was shown.
 */
export class JobPlaces {
  readonly #shards = new Map<string, number>();

  /** @param event each in the order of the record */
  shardsOf(event: EventLine): readonly number[] {
    const named = shardsOf(event);
    if (event.job === undefined) return named;
    const job = `${event.submitter}/${event.job}`;
    const known = this.#shards.get(job);
    const place = event.to ?? event.shard;
    if (event.event === "ended") this.#shards.delete(job);
    else if (place !== undefined) this.#shards.set(job, place);
    return named.length > 0 || known === undefined ? named : [known];
  }
}
