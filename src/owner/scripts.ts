import { FabricError } from "../errors.ts";
import type { PauseScope } from "../fabric/parameters.ts";
import { type PlannedChange, planChange } from "./catalogue.ts";
import { type Change, wholeFabric } from "./changes.ts";
import { amountOf, counted } from "./entry.ts";
import { spell } from "./spelling.ts";
import { activeShards, type World } from "./world.ts";

/** What a person who knows no code reads before using a script. Sentences. */
export type ScriptCard = {
  readonly when: string;
  readonly happens: string;
  readonly undo: string;
  readonly checklist: readonly string[];
};

/** Something that owners do in a hurry, prepared for one state of one fabric. */
export type ReadyScript = {
  /** What it does, and to what: "pauseAll", "raiseQueue/earth", "reroute/mars/helios". */
  readonly id: string;
  readonly title: string;
  readonly card: ScriptCard;
  /** What to type instead in a practice fabric, in order. */
  readonly commands: readonly string[];
  /** In order, each a decision of its own; none where something is missing that nobody can prepare. */
  readonly changes: readonly PlannedChange[];
};

const mostQueue = 2 ** 24 - 1;
const unpaused: PauseScope = { ownerPaused: false, guardianUntil: 0 };

/**
 * The scripts for a fabric as it stands. What cannot be done there, such as draining a node that drains already, has none.
 * @param undoOfLast what takes the last change back, planned for this state; null when nothing does
 */
export function readyScripts(world: World, undoOfLast: readonly PlannedChange[] | null): ReadyScript[] {
  const shards = activeShards(world);
  return [
    ...prepared(pausedWorld(world, unpaused), "pauseAll", "Pause everything", pauseCard, {
      ...{ kind: "pause", scope: wholeFabric },
    }),
    ...prepared(pausedWorld(world, { ...unpaused, ownerPaused: true }), "resume", "Resume", resumeCard, {
      ...{ kind: "resume", scope: wholeFabric },
    }),
    ...shards.flatMap(({ name, queueBudget }) =>
      prepared(world, `raiseQueue/${name}`, `Twice the queue for ${name}`, raiseCard(name, queueBudget), {
        ...{ kind: "setQueueBudget", shard: name, value: Math.min(2 * queueBudget, mostQueue) },
      }),
    ),
    ...shards.flatMap(({ name, queueBudget, spillThreshold }) =>
      prepared(world, `lowerQueue/${name}`, `Half the queue for ${name}`, lowerCard(name, queueBudget), {
        // A threshold above the queue budget is refused by the contract.
        ...{ kind: "setQueueBudget", shard: name, value: Math.max(Math.ceil(queueBudget / 2), spillThreshold) },
      }),
    ),
    ...world.parameters.nodes.flatMap(({ name }) =>
      prepared(world, `drainNode/${name}`, `Drain ${name}`, drainCard(name), { kind: "drain", node: name }),
    ),
    ...shards.flatMap(({ name: from }) =>
      shards
        .filter(({ name }) => name !== from)
        .flatMap(({ name: to }) =>
          prepared(world, `reroute/${from}/${to}`, `Reroute ${from} to ${to}`, rerouteCard(from, to), {
            ...{ kind: "reroute", from, to: [to] },
          }),
        ),
    ),
    ...prepared(world, "checkpointNow", "Checkpoint now", checkpointCard, { kind: "checkpointNow" }),
    ...(undoOfLast === null ? [] : [scriptOf("undoLast", "Undo the last change", undoCard, undoOfLast)]),
    {
      ...scriptOf("rotateMember", "Rotate a member", rotateCard, []),
      commands: ["fabric owner constitute proposal.json"],
    },
  ];
}

/** No script where the change is not one for this world. */
function prepared(world: World, id: string, title: string, card: ScriptCard, change: Change): ReadyScript[] {
  try {
    return [scriptOf(id, title, card, [planChange(world, change)])];
  } catch (error) {
    if (error instanceof FabricError && error.code === "CHANGE_INVALID") return [];
    throw error;
  }
}

function scriptOf(id: string, title: string, card: ScriptCard, changes: readonly PlannedChange[]): ReadyScript {
  return { id, title, card, commands: changes.map(({ change }) => `fabric owner ${spell(change)}`), changes };
}

/** As it will be when the script is wanted: one pauses what runs, and resumes what is paused. */
function pausedWorld(world: World, pause: PauseScope): World {
  return { ...world, parameters: { ...world.parameters, pause } };
}

const signed = "Every owner who signs has read the sentence, and it says what you mean.";
const another = "If it is refused because a value has moved, somebody changed it meanwhile: prepare it anew.";

/** Where the steps stand, one by one, with what each shows. */
function stepsIn(runbook: string): string {
  return `\`docs/runbooks/${runbook}\` has the steps, with what each of them shows.`;
}

const pauseCard: ScriptCard = {
  when: "Something is wrong, and it is not yet known what: wrong results, a stolen key, one who floods the others.",
  happens:
    "From the next tick on nothing is routed, spilled or given to nodes anywhere. What runs may finish; new jobs are taken in and wait. Checkpoints go on.",
  undo: "Resume. Shards that were paused by themselves stay paused.",
  checklist: [
    "`fabric status` says that the fabric is paused.",
    "Say to the submitters that their jobs wait.",
    signed,
    stepsIn("pause.md"),
  ],
};

const resumeCard: ScriptCard = {
  when: "The reason for a pause of the whole fabric is gone.",
  happens:
    "From the next tick on jobs are routed again, the oldest first. It ends a guardian's pause of the fabric, too.",
  undo: "Pause everything. A guardian's pause is not brought back by that: the pause is the owners' own then.",
  checklist: [
    "The cause was found, and it is written down.",
    "Keys that were lost are revoked.",
    "`fabric status` says that the fabric runs, and its queues become shorter.",
    signed,
  ],
};

function raiseCard(shard: string, now: number): ScriptCard {
  return {
    when: `Jobs wait in the registry of ${shard} although its nodes could soon take them, or too many of them spill.`,
    happens: `The queue of ${shard} holds up to twice the ${amountOf(now, "jobs")} that it holds now; the rest of them goes on as before.`,
    undo: `Set the queue budget of ${shard} back to ${amountOf(now, "jobs")}. What is in the queue stays there.`,
    checklist: [
      `The nodes of ${shard} are healthy: a longer queue helps nobody whose nodes are silent.`,
      another,
      signed,
    ],
  };
}

function lowerCard(shard: string, now: number): ScriptCard {
  return {
    when: `Jobs wait too long in the queue of ${shard}, and others have room for them.`,
    happens: `The queue of ${shard} takes no job as long as it holds more than half of ${counted(now)}, or than its spill threshold; nothing is lost, new jobs wait in its registry.`,
    undo: `Set the queue budget of ${shard} back to ${amountOf(now, "jobs")}.`,
    checklist: ["The shards that it spills to have room.", another, signed],
  };
}

function drainCard(node: string): ScriptCard {
  return {
    when: `The node ${node} has to be serviced, or gives wrong results.`,
    happens: `The node ${node} finishes what it has and is given nothing new.`,
    undo: `Give ${node} work again: \`undrain\`.`,
    checklist: [
      "The other nodes of its shard can take its share.",
      `\`fabric status\` says that ${node} drains, and at last that it runs nothing.`,
      signed,
    ],
  };
}

function rerouteCard(from: string, to: string): ScriptCard {
  return {
    when: `The shard ${from} cannot keep up, or is to be emptied, and ${to} has room and nodes with the skills that its jobs ask for.`,
    happens: `Jobs of ${from} spill to ${to} and nowhere else. At once as many of those that wait are moved as ${to} can serve, up to its queue budget.`,
    undo: `Set the routes of ${from} back as they were. What was moved stays where it is.`,
    checklist: [
      `The shard ${to} is not paused, and its queue has room.`,
      `Its nodes have the skills, and a latency that it allows.`,
      another,
      signed,
      stepsIn("reroute.md"),
    ],
  };
}

const checkpointCard: ScriptCard = {
  when: "Before work on the machines, or when somebody wants a proof of what was done until now.",
  happens: "The fabric writes a checkpoint in the next tick and anchors it on the chain. Nothing else changes.",
  undo: "There is nothing to undo.",
  checklist: ["`fabric status` shows the new checkpoint as anchored."],
};

const undoCard: ScriptCard = {
  when: "The last change was a mistake, or has done what it was for.",
  happens: "What the owners govern is again as it was before that change, by new decisions that need new signatures.",
  undo: "Make the change again.",
  checklist: ["Nobody has changed anything since: otherwise it is refused, and nothing is lost.", signed],
};

const rotateCard: ScriptCard = {
  when: "A member has lost a key, or leaves, or another one comes.",
  happens:
    "The constitution is replaced whole. Whatever was signed or announced under the old one is void. It waits the longest delay that there is.",
  undo: "Rotate again: those who were members before take office only by accepting it anew.",
  checklist: [
    "Write the new constitution: members, weights, threshold, delays.",
    "Its members sign that they accept it, as many as its threshold takes: a key that was typed wrong cannot sign. This is why nothing is prepared here.",
    "The members of the old one sign the change, as many as its threshold takes.",
    "Read aloud with the others who joins and who leaves before you sign.",
    stepsIn("lost-key.md"),
  ],
};
