import type {
  Desk,
  EventQuery,
  InForceView,
  JobQuery,
  JobRef,
  JobView,
  LiveJobView,
  MessageAnswer,
  ReceiptView,
  StatusView,
  SubmissionAnswer,
  SubmitterView,
  WhyView,
} from "../control/index.ts";
import type { DurableMachine, Hex, PayloadStore } from "../journal/index.ts";
import type { RealTime } from "./realTime.ts";
import type { EventFeed } from "./views/eventFeed.ts";
import { endedJob, liveJob, liveJobs, receiptView } from "./views/job.ts";
import { statusView } from "./views/status.ts";
import { submitterView } from "./views/submitter.ts";
import { whyEnded, whyLive } from "./views/why.ts";

export type FabricDeskSetup = {
  readonly orchestrator: RealTime;
  readonly record: DurableMachine;
  readonly events: EventFeed;
  readonly payloads: PayloadStore;
};

/** What the control socket asks of a running orchestrator. */
export class FabricDesk implements Desk {
  readonly #setup: FabricDeskSetup;

  constructor(setup: FabricDeskSetup) {
    this.#setup = setup;
  }

  get tick(): number {
    return this.#machine.tick;
  }

  status(): StatusView {
    return statusView(this.#machine, this.#setup.orchestrator.facts);
  }

  submit(frame: Uint8Array): Promise<SubmissionAnswer> {
    return this.#setup.orchestrator.reception.submit(frame);
  }

  message(frame: Uint8Array): Promise<MessageAnswer> {
    return this.#setup.orchestrator.reception.message(frame);
  }

  listen(node: number, listener: (frame: Uint8Array) => void): () => void {
    return this.#setup.orchestrator.leases.listen(node, listener);
  }

  jobs(query: JobQuery): readonly LiveJobView[] {
    return liveJobs(this.#machine, query);
  }

  async job(ref: JobRef): Promise<JobView | undefined> {
    return liveJob(this.#machine, ref) ?? (await endedJob(this.#setup.record, ref));
  }

  async why(ref: JobRef): Promise<WhyView | undefined> {
    const live = liveJob(this.#machine, ref);
    if (live !== undefined) return whyLive(this.#machine, live);
    const ended = await endedJob(this.#setup.record, ref);
    return ended && whyEnded(this.#machine, ended);
  }

  receipt(ref: JobRef): Promise<ReceiptView | undefined> {
    return receiptView(this.#setup.record, ref);
  }

  submitter(name: string): SubmitterView | undefined {
    return submitterView(this.#machine, name);
  }

  events(query: EventQuery, signal: AbortSignal): AsyncIterable<string> {
    return this.#setup.events.read(query, signal);
  }

  inForce(block: number, signal: AbortSignal): Promise<InForceView> {
    return this.#setup.orchestrator.inForce(block, signal);
  }

  async putPayload(bytes: Uint8Array): Promise<Hex> {
    return this.#setup.payloads.put(bytes);
  }

  async payload(digest: Hex): Promise<Uint8Array | undefined> {
    return this.#setup.payloads.get(digest);
  }

  get #machine() {
    return this.#setup.record.machine;
  }
}
