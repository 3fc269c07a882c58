import type { IntakeRefusal, Refusal } from "../../fabric/index.ts";

type Sentence = { readonly says: string; readonly right: string };

/** Why the fabric did not take a job in, as it stands after "refused:", and what would be right. */
export const intakeSentences: Readonly<Record<IntakeRefusal, Sentence>> = {
  unknownSubmitter: {
    says: "the fabric has no such submitter",
    right: "Have the owners admit it, or wait until its admission is in force.",
  },
  submitterRevoked: {
    says: "the owners have revoked its submitter",
    right: "Submit as another one, or ask the owners.",
  },
  submitterExpired: {
    says: "the time for which its submitter was admitted is over",
    right: "Have the owners extend it, or submit as another one.",
  },
  overQuota: {
    says: "its submitter has brought all the jobs that it may in one tick",
    right: "Submit it again, with --first and its number, in a later tick; the owners may raise the quota.",
  },
  shardNotAllowed: {
    says: "its submitter may not bring jobs to that shard, or the shard is retired",
    right: "Submit to a shard of that submitter's, or as a submitter who may.",
  },
  unknownSkill: {
    says: "it asks for a skill that the fabric does not have",
    right: "Ask for those that `fabric status --json` lists, or have the owners add the skill.",
  },
  badClass: { says: "its class is none", right: "Use interactive, background or maintenance." },
  badBudget: {
    says: "its budget is 0 ticks, or its value is too large",
    right: "Give an attempt at least one tick, and a value up to 9007199254740991.",
  },
  alreadyDecided: {
    says: "its number is 4,096 or more below the highest one that its submitter has used",
    right: "Look whether it is there already (`fabric job why`); a new job takes a new number.",
  },
  tooFarAhead: {
    says: "its number is more than 4,096 above the highest one that its submitter has used",
    right: "Take the numbers in their order: without --first that is so.",
  },
  differentContent: {
    says: "its number is taken by another job",
    right: "Take the next free numbers: without --first that is so.",
  },
  badNumber: { says: "it has no number from 1 to 9007199254740991", right: "Give it one with --first." },
  fabricRetired: { says: "the owners have retired this fabric", right: "Bring it to the one that succeeds it." },
};

/** Why the fabric did not look into a submission at all. */
export const refusalSentences: Readonly<Record<Refusal, Sentence>> = {
  signature: {
    says: "they are not signed by the key that the submitter is admitted with",
    right: "Give that key with --key; if the owners have just changed it, wait until the new one is in force.",
  },
  replay: { says: "the fabric has heard this before", right: "Submit again." },
  unknownSender: {
    says: "the fabric has no such submitter, or the owners have revoked it",
    right: "Submit as another one, or ask the owners.",
  },
  malformed: {
    says: "the fabric could not read them",
    right: "Use the release of the program that runs the fabric.",
  },
  tooMany: {
    says: "their submitter has brought all the jobs that it may in one tick",
    right: "Somebody else submits with the same key: wait until they are done, and submit again.",
  },
};

/** Of a number that was free when it was chosen. */
export const takenMeanwhile: Sentence = {
  says: "somebody else has submitted with the same key at the same time, and taken its number",
  right: "Submit it again: the next free number will be taken.",
};
