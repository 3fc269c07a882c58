import type { LeaseRefusal } from "../../nodes/index.ts";
import type { Task, WorkerEvent } from "../../worker/index.ts";
import { count } from "../table.ts";
import { span } from "../wording.ts";

/** Tells a node's operator in plain lines what the node does. */
export class Narrator {
  readonly say: (line: string) => void;
  #completed = 0;
  #failed = 0;
  #lastRefusal = "";

  constructor(say: (line: string) => void) {
    this.say = say;
  }

  tell(event: WorkerEvent): void {
    switch (event.kind) {
      case "contact":
        this.#lastRefusal = "";
        this.say(`The fabric answers in tick ${event.tick}.`);
        break;
      case "contactLost":
        this.say(`The fabric does not answer, and is asked again: ${event.reason}`);
        break;
      case "silenced":
        this.say(`The fabric was not heard for too long: ${jobs(event.jobs)} stopped, before others do them.`);
        break;
      case "leaseRefused":
        if (event.reason !== "known") this.say(`Leases were refused: ${leaseRefusals[event.reason]}.`);
        break;
      case "messageRefused":
        if (event.reason !== this.#lastRefusal)
          this.say(`The fabric refused a message, which is sent again: ${event.reason}.`);
        this.#lastRefusal = event.reason;
        break;
      case "chainSilent":
        this.say(`The chain does not answer; what it said before counts: ${event.reason}`);
        break;
      case "chainBack":
        this.say("The chain answers again.");
        break;
      case "leaving":
        this.say(
          `The node leaves${event.jobs === 0 ? "" : `; ${jobs(event.jobs)} may still end`}. Ctrl-C again ends it at once.`,
        );
        break;
      case "started":
        this.say(`${named(event.task)}: begun, attempt ${event.task.attempt}, lease ${event.task.lease}.`);
        break;
      case "ended": {
        const { ended, task } = event;
        const took = event.tookMs < 10_000 ? `${event.tookMs} ms` : span(event.tookMs);
        if (ended.outcome === "completed") this.say(`${named(task)}: completed in ${took}.`);
        else this.say(`${named(task)}: failed after ${took}: ${ended.reason}.`);
        break;
      }
      case "reported":
        if (!event.counted)
          this.say(`What came of lease ${event.lease} did not count: it was not the node's any more.`);
        else if (event.outcome === "completed") this.#completed++;
        else this.#failed++;
        break;
    }
  }

  conclude(): void {
    this.say(`The node has left: ${count(this.#completed)} completed, ${count(this.#failed)} failed.`);
  }
}

/** A line of JSON for whatever happens to a job. */
export class JobLines {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  tell(event: WorkerEvent): void {
    if (event.kind === "started") this.#line({ kind: event.kind, ...facts(event.task) });
    else if (event.kind === "reported") {
      const { lease, outcome, counted, tick } = event;
      this.#line({ kind: event.kind, lease, outcome, counted, tick });
    } else if (event.kind === "ended") {
      const { ended, task, tookMs } = event;
      const came =
        ended.outcome === "completed"
          ? { resultDigest: `0x${Buffer.from(ended.digest).toString("hex")}` }
          : { reason: ended.reason };
      this.#line({ kind: event.kind, ...facts(task), outcome: ended.outcome, ...came, tookMs });
    }
  }

  #line(value: object): void {
    this.#write(JSON.stringify(value));
  }
}

function facts(task: Task): object {
  return { job: named(task), lease: task.lease, attempt: task.attempt };
}

/** As everywhere on the command line: `earth.exchange/17`. */
function named({ submitter, job }: Task): string {
  return `${submitter}/${job.split("/")[1]}`;
}

function jobs(number: number): string {
  return number === 1 ? "one job" : `${count(number)} jobs`;
}

const leaseRefusals: Readonly<Record<LeaseRefusal, string>> = {
  malformed: "they are no lease message",
  addressee: "they are for another node",
  notAdmitted: "the node is not admitted",
  epoch: "they are of another epoch than the chain says",
  expired: "they came too late",
  governance: "the orchestrator, or this node, does not know what the chain says now",
  paused: "the owners or a guardian have paused the shard",
  signature: "they are not signed by the orchestrator that the chain names",
  known: "they are known",
  outOfContact: "the fabric does not hear this node",
};
