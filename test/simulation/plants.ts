import type { WorldKind } from "./play.ts";

/** A bug that is planted into the source text as it is loaded; the program itself carries no switch. */
export type Plant = {
  readonly name: string;
  /** What a program with it would do wrong. */
  readonly breaks: string;
  /** From the root on. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly world: WorldKind;
  /** It is found in one of so many worlds, from seed 1 on. */
  readonly seeds: number;
};

export const plants: readonly Plant[] = [
  {
    name: "effects before the record is synced",
    breaks: "Leases and answers leave although a loss of power would take the record that caused them.",
    file: "src/journal/journal.ts",
    find: "    this.#store.sync(file);\n",
    replace: "",
    world: "record",
    seeds: 1,
  },
  {
    name: "recovered records are not made durable",
    breaks: "What a killed process had written and not synced is obeyed, and can still be lost.",
    file: "src/journal/recovery.ts",
    find: "  makeDurable(store);\n",
    replace: "",
    world: "record",
    seeds: 10,
  },
  {
    name: "a torn tail is kept",
    breaks: "The next record is written behind half a record, and the journal can never be read again.",
    file: "src/journal/journal.ts",
    find: "    if (torn !== undefined) store.truncate(torn.file, torn.offset);\n",
    replace: "",
    world: "record",
    seeds: 10,
  },
  {
    name: "jobs are acknowledged before they are on record",
    breaks: "A submitter is told that its job is kept, and a crash loses it.",
    file: "src/orchestrator/reception.ts",
    find: "submissions: submissions.map(({ frame }) => frame)",
    replace: `submissions: submissions.map(({ frame, resolve }) => {
          const view = new DataView(frame.buffer, frame.byteOffset);
          const jobs = [];
          for (let at = 5; at + 64 < frame.length; at += 67)
            jobs.push({ number: Number(view.getBigUint64(at)), answer: "accepted" as const });
          resolve({ tick: 0, taken: true, jobs });
          return frame;
        })`,
    world: "whole",
    seeds: 40,
  },
  {
    name: "a repeated job number is accepted",
    breaks: "A job that is sent twice is done twice.",
    file: "src/fabric/submitterTable.ts",
    find: 'return same ? "same" : "different";',
    replace: 'return same ? "free" : "different";',
    world: "record",
    seeds: 5,
  },
  {
    name: "the snapshot misses a field",
    breaks: "After a crash jobs forget how long they have to wait before another attempt.",
    file: "src/fabric/snapshot.ts",
    find: "    jobs.releaseAt[slot] = reader.u64();\n",
    replace: "    reader.u64();\n    jobs.releaseAt[slot] = 0;\n",
    world: "record",
    seeds: 10,
  },
  {
    name: "an order that depends on memory",
    breaks: "Two computers with the same state have another root of it, since their lists in memory differ.",
    file: "src/fabric/snapshot.ts",
    find: "count > 0).sort(inOrder)",
    replace: "count > 0)",
    world: "record",
    seeds: 20,
  },
  {
    name: "a receipt is appended twice",
    breaks: "The tree of receipts proves more endings than there were jobs.",
    file: "src/journal/replay.ts",
    find: "    for (const receipt of effects.receipts) this.tree",
    replace:
      "    for (const receipt of effects.receipts.flatMap((one) => (one.number % 50 === 0 ? [one, one] : [one]))) this.tree",
    world: "record",
    seeds: 10,
  },
  {
    name: "a stale result is accepted",
    breaks: "A node that lost its lease long ago can still end the job.",
    file: "src/fabric/lifecycle.ts",
    find: "  state.slotOfLease.delete(jobs.lease[slot]);\n",
    replace: "",
    world: "record",
    seeds: 2,
  },
  {
    name: "an attempt is not spent",
    breaks: "A job that kills its node is given to one node after the other, for ever.",
    file: "src/fabric/tick/routing.ts",
    find: "  jobs.attempts[slot]++;\n",
    replace: "  jobs.attempts[slot] = Math.max(1, jobs.attempts[slot]);\n",
    world: "record",
    seeds: 5,
  },
  {
    name: "dispatch while paused",
    breaks: "The owners' pause stops nothing.",
    file: "src/fabric/tick/routing.ts",
    find: "    if (state.isPaused(shard)) continue;\n",
    replace: "",
    world: "record",
    seeds: 20,
  },
  {
    name: "dispatch out of touch with the chain",
    breaks: "Work is given by rules that the owners may have changed long ago.",
    file: "src/fabric/tick/routing.ts",
    find: "  if (state.outOfTouch) return;\n",
    replace: "",
    world: "record",
    seeds: 20,
  },
  {
    name: "heartbeat ages grow in a pause",
    breaks: "A pause makes nodes offline that did nothing wrong, and breaks off their work.",
    file: "src/fabric/tick/ownerChanges.ts",
    find: "if (!state.isPaused(shard)) state.shards[shard].clock++",
    replace: "state.shards[shard].clock++",
    world: "record",
    seeds: 40,
  },
  {
    name: "nodes are blamed for a downtime",
    breaks: "After a restart nodes are called offline that nobody could have heard.",
    file: "src/fabric/tick/resumption.ts",
    find: "      node.lastHeard = clock;\n",
    replace: "",
    world: "record",
    seeds: 40,
  },
  {
    name: "spill without room at the target",
    breaks: "A queue grows above the budget that the owners set.",
    file: "src/fabric/tick/spillover.ts",
    find: "for (; moved < most && target.room > 0 && oldest",
    replace: "for (; moved < most && oldest",
    world: "record",
    seeds: 20,
  },
  {
    name: "spill off a route",
    breaks: "Jobs go where the owners never let them go.",
    file: "src/fabric/tick/spillover.ts",
    find: "for (const to of parameters.routes) left -= spillExcess(",
    replace: "for (let to = 1; to < state.shards.length; to++) if (to !== from) left -= spillExcess(",
    world: "record",
    seeds: 20,
  },
  {
    name: "a lowered queue budget is passed over",
    breaks: "A queue stays above a budget that the owners lowered.",
    file: "src/fabric/tick/ownerChanges.ts",
    find: "    sendBackAboveBudget(state, shard, effects);\n",
    replace: "",
    world: "record",
    seeds: 80,
  },
  {
    name: "a node gets more than its limit",
    breaks: "A node has more work than its owner said it can do.",
    file: "src/fabric/candidates.ts",
    find: "node.load < node.parameters.maxConcurrency",
    replace: "node.load <= node.parameters.maxConcurrency",
    world: "record",
    seeds: 5,
  },
  {
    name: "draining breaks work off",
    breaks: "A node that is to run empty loses what it has begun.",
    file: "src/fabric/tick/ownerChanges.ts",
    find: 'if (node.parameters.status === "removed") {',
    replace: 'if (node.parameters.status !== "admitted") {',
    world: "record",
    seeds: 60,
  },
  {
    name: "a job that waits for another attempt is not cancelled",
    breaks: "The owners cancel a job, and it is done after all.",
    file: "src/fabric/tick/ownerChanges.ts",
    find: "if (jobs.submitter[slot] !== submitter || jobs.number[slot] !== number) continue;",
    replace:
      "if (jobs.submitter[slot] !== submitter || jobs.number[slot] !== number || jobs.attempts[slot] > 0) continue;",
    world: "record",
    seeds: 60,
  },
  {
    name: "a submitter's time is never over",
    breaks: "Whoever was allowed to bring jobs for a while brings them for ever.",
    file: "src/fabric/tick/ownerChanges.ts",
    find: "submitter.expired = expiry !== 0 && time >= expiry;",
    replace: "submitter.expired = expiry !== 0 && time < 0;",
    world: "record",
    seeds: 60,
  },
  {
    name: "a job is requeued before its lease ends",
    breaks: "A node believes that it has twice the time that it has: two nodes work on the same job.",
    file: "src/fabric/lifecycle.ts",
    find: "expiresInTicks: ends - clock,",
    replace: "expiresInTicks: 2 * (ends - clock),",
    world: "whole",
    seeds: 40,
  },
  {
    name: "a silent node works on",
    breaks: "A node that nobody hears goes on with work that was given to another.",
    file: "src/worker/duty.ts",
    find: "    return nowMs < this.silenceMs;\n",
    replace: "    return this.#contactMs > 0;\n",
    world: "whole",
    seeds: 80,
  },
  {
    name: "a node without a chain obeys",
    breaks: "A node obeys for ever what the owners may have stopped, or replaced, long ago.",
    file: "src/worker/duty.ts",
    find: '    if (nowMs - this.#viewMs > maxSilentTicks * this.tickMs) return { refused: "governance" };\n',
    replace: "",
    world: "whole",
    seeds: 80,
  },
  {
    name: "the epoch is ignored",
    breaks: "Nodes obey an orchestrator that another one has replaced.",
    file: "src/nodes/leaseCheck.ts",
    find: '  if (message.epoch !== view.epoch) return { refused: "epoch" };\n',
    replace: "",
    world: "whole",
    seeds: 40,
  },
  {
    name: "two epochs number their leases alike",
    breaks: "What a node signed for an orchestrator that was replaced ends another job at the one that took its place.",
    file: "src/fabric/tick/resumption.ts",
    find: "Math.max(state.leases, input.epoch * leasesOfEpoch)",
    replace: "state.leases",
    world: "whole",
    seeds: 160,
  },
  {
    name: "signatures are not looked at",
    breaks: "Anybody can say in a node's name that a job is done.",
    file: "src/nodes/gate.ts",
    find: "    if (isSigned(this.#domains, purpose, sender, frame)) return undefined;\n",
    replace: "    if (frame.length > 0) return undefined;\n",
    world: "whole",
    seeds: 40,
  },
  {
    name: "anchors that a reorganisation took back are forgotten",
    breaks: "The ledger lacks checkpoints, and what follows them has the wrong parent.",
    file: "src/governance/anchor.ts",
    find: "    this.#waiting.unshift(...lost);\n",
    replace: "",
    world: "whole",
    seeds: 80,
  },
  {
    name: "what is anchored is anchored again",
    breaks: "After a restart the ledger gets checkpoints a second time, behind newer ones.",
    file: "src/governance/anchor.ts",
    find: "    this.#waiting.push(...stored.slice(anchored));\n",
    replace: "    this.#waiting.push(...stored.slice(Math.max(0, anchored - 1)));\n",
    world: "whole",
    seeds: 40,
  },
  {
    name: "the ledger takes an anchor with any parent",
    breaks:
      "Two orchestrators anchor checkpoints that do not follow from each other. (Planted into the contract as it is played.)",
    file: "test/simulation/chain.ts",
    find: '  if (call.parent !== ledger.head) return "CheckpointLedger_WrongParent";\n',
    replace: "",
    world: "whole",
    seeds: 40,
  },
];
