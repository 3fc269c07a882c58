import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  type BlueprintNames,
  blueprintsOf,
  decodeWork,
  encodeWork,
  JsonDocument,
  jobName,
  readBlueprints,
  readManifest,
  type Work,
} from "../../src/config/index.ts";
import { type Mistake, mistaken, problemsOf } from "./documents.ts";

const names: BlueprintNames = { shards: new Set(["earth", "luna"]), skills: new Set(["finance", "observation"]) };

const one = `{
  "idPrefix": "survey-", "count": 3, "shard": "luna", "skills": ["observation"], "class": "background",
  "durationTicks": 4, "budgetTicks": 6, "deadlineTicks": 90, "value": 7, "payload": { "at": [1, 2] }
}`;
const few = `[
  ${one},
  { "idPrefix": "audit-", "shard": "earth", "skills": [], "durationTicks": 2 }
]`;

const blueprintsFrom = (text: string) => blueprintsOf(new JsonDocument("b.json", text), names);

const mistakes: readonly Mistake[] = [
  {
    title: "a shard that the fabric does not have",
    from: '"shard": "luna"',
    to: '"shard": ⟦"lunar"',
    says: ['shard names "lunar", which is no shard of the fabric; did you mean "luna"?'],
  },
  {
    title: "a skill that the fabric does not have",
    from: '["observation"]',
    to: '["observation", ⟦"vision"]',
    says: ['skills[1] names "vision", which is no skill of the fabric; "finance" or "observation" would be right.'],
  },
  {
    title: "a class that there is not",
    from: '"background"',
    to: '⟦"urgent"',
    says: ['class is "urgent"; "interactive", "background" or "maintenance" would be right.'],
  },
  {
    title: "no jobs at all",
    from: '"count": 3',
    to: '"count": ⟦0',
    says: ["count is 0; a whole number from 1 to 1000000 (jobs) would be right."],
  },
  {
    title: "attempts that end before the work does",
    from: '"budgetTicks": 6',
    to: '"budgetTicks": ⟦3',
    says: ["budgetTicks is 3, less than the duration of 4; at least 4 would be right."],
  },
  {
    title: "a deadline that no job can keep",
    from: '"deadlineTicks": 90',
    to: '"deadlineTicks": ⟦3',
    says: ["deadlineTicks is 3, less than the duration of 4; at least 4 would be right, or 0 for no deadline."],
  },
  {
    title: "a key that means nothing",
    from: '"value": 7',
    to: '⟦"worth": 7',
    says: [
      'there is no key "worth" here; "$schema", "idPrefix", "count", "shard", "skills", "class", "durationTicks", "budgetTicks", "deadlineTicks", "value" or "payload" would be right.',
    ],
  },
  {
    title: "an id that would break a line",
    from: '"survey-"',
    to: '⟦"a\\nb"',
    says: ['idPrefix is "a\\nb"; a text of 1 to 60 characters in one line would be right.'],
  },
];

describe("a blueprint", () => {
  for (const mistake of mistakes) {
    for (const [kind, whole] of [
      ["alone", one],
      ["in a list", few],
    ] as const)
      it(`${kind} that has ${mistake.title} is refused at the place`, () => {
        const { text, messages } = mistaken("b.json", whole, mistake);
        assert.deepEqual(
          problemsOf(() => blueprintsFrom(text)),
          messages,
        );
      });
  }

  it("is one kind of jobs or several, in their order", () => {
    const [survey] = blueprintsFrom(one);
    assert.deepEqual(JSON.parse(JSON.stringify(survey)), {
      ...{ idPrefix: "survey-", count: 3, shard: "luna", skills: ["observation"], class: "background" },
      ...{ durationTicks: 4, budgetTicks: 6, deadlineTicks: 90, value: 7, payload: { at: [1, 2] } },
    });
    assert.deepEqual(
      blueprintsFrom(few).map(({ idPrefix }) => idPrefix),
      ["survey-", "audit-"],
    );
  });

  it("may leave out what has an obvious value", () => {
    const [, audit] = blueprintsFrom(few);
    assert.deepEqual(audit, {
      ...{ idPrefix: "audit-", count: 1, shard: "earth", skills: [], class: "interactive" },
      ...{ durationTicks: 2, budgetTicks: 9, deadlineTicks: 0, value: 0, payload: null },
    });
  });

  it("that ships fits the manifest that ships", () => {
    const { shards, skills } = readManifest("config/fabric.json");
    const shipped = { shards: new Set(shards.map(({ id }) => id)), skills: new Set(skills) };
    for (const file of readdirSync("config/blueprints"))
      assert.ok(readBlueprints(join("config/blueprints", file), shipped).length > 0);
  });
});

describe("the payload that nodes get of a blueprint", () => {
  const work: Work = {
    ...{ format: "planetary-fabric/work/v1", idPrefix: "survey-", submitter: "earth.exchange" },
    ...{ first: 17, count: 3, durationTicks: 4, data: { b: [1, 2], a: "é" } },
  };

  it("is the same bytes for the same work, so that a repeated submission is the same jobs", () => {
    const text =
      '{"count":3,"data":{"a":"é","b":[1,2]},"durationTicks":4,"first":17,"format":"planetary-fabric/work/v1",' +
      '"idPrefix":"survey-","submitter":"earth.exchange"}';
    assert.equal(new TextDecoder().decode(encodeWork(work)), text);
    assert.deepEqual(encodeWork({ ...work, data: { a: "é", b: [1, 2] } }), encodeWork(work));
  });

  it("is read back, and anything else is nobody's work", () => {
    assert.deepEqual(decodeWork(encodeWork(work)), work);
    const bytes = (text: string) => new TextEncoder().encode(text);
    const { first: _, ...partial } = work;
    for (const other of [bytes(""), bytes("{}"), bytes(JSON.stringify(partial)), Uint8Array.of(0xff, 0xfe)])
      assert.equal(decodeWork(other), undefined);
  });

  it("names each job by its place among those of the blueprint", () => {
    assert.deepEqual(
      [17, 18, 19].map((number) => jobName(work, number)),
      ["survey-1", "survey-2", "survey-3"],
    );
  });
});
