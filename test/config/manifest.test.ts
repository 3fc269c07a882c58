import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { edited, type Mistake, manifestFrom, manifestText, mistaken, problemsOf } from "./documents.ts";

const name = 'a name of 1 to 31 letters, digits, ".", "-" and "_" that begins with a letter or digit';
const shardKeys =
  '"id", "title", "queueBudget", "latencyBudgetMs", "spillThreshold", "spillBatch", "weight" or "routes"';

const mistakes: readonly Mistake[] = [
  {
    title: "an unknown shard in a route",
    from: '["mars"] }',
    to: '[⟦"marz"] }',
    says: ['routes[0] names "marz", which is no shard; did you mean "mars"?'],
  },
  {
    title: "a route that is near to no shard",
    from: '["mars"] }',
    to: '["mars", ⟦"venus"] }',
    says: ['routes[1] names "venus", which is no shard; "earth" or "mars" would be right.'],
  },
  {
    title: "a route to itself",
    from: '["mars"] }',
    to: '["mars", ⟦"earth"] }',
    says: ['routes[1] is "earth", the shard itself; name another shard or take it out.'],
  },
  {
    title: "a route that stands twice",
    from: '["mars"] }',
    to: '["mars", ⟦"mars"] }',
    says: ['routes[1] is "mars" a second time; keep one.'],
  },
  {
    title: "a spill threshold above the queue budget",
    from: '"queueBudget": 600, "latencyBudgetMs": 120, "spillThreshold": 100',
    to: '"queueBudget": 60, "latencyBudgetMs": 120, "spillThreshold": ⟦100',
    says: ["spillThreshold is 100, above the queue budget of 60; at most 60 would be right."],
  },
  {
    title: "a node id that another node has",
    from: '"id": "mars.gpu"',
    to: '"id": ⟦"earth.core"',
    says: ['id is "earth.core", which number 1 of the list is already; give it a name of its own.'],
  },
  {
    title: "a submitter id that another submitter has",
    from: '"id": "works"',
    to: '"id": ⟦"bank"',
    says: ['id is "bank", which number 1 of the list is already; give it a name of its own.'],
  },
  {
    title: "a node in an unknown shard",
    from: '"shard": "mars"',
    to: '"shard": ⟦"moon"',
    says: ['shard names "moon", which is no shard; "earth" or "mars" would be right.'],
  },
  {
    title: "a skill that is not in the list",
    from: '"skills": ["gpu"], "latency',
    to: '"skills": [⟦"gpus"], "latency',
    says: ['skills[0] names "gpus", which is no skill of this manifest; did you mean "gpu"?'],
  },
  {
    title: "more slots than capacity",
    from: '"maxConcurrency": 20',
    to: '"maxConcurrency": ⟦25',
    says: ["maxConcurrency is 25, above the capacity of 24; at most 24 would be right."],
  },
  {
    title: "a heartbeat shorter than a tick",
    from: '"heartbeatSeconds": 10',
    to: '"heartbeatSeconds": ⟦4',
    says: ["heartbeatSeconds is 4, less than a tick of 5000 ms; at least 5 would be right."],
  },
  {
    title: "a submitter without a shard",
    from: '["earth"], "jobs',
    to: '⟦[], "jobs',
    says: ["shards is a list of 0; at least 1 entry would be right."],
  },
  {
    title: "a negative number",
    from: '"queueBudget": 400',
    to: '"queueBudget": ⟦-400',
    says: ["queueBudget is -400; a whole number from 1 to 16777215 (jobs) would be right."],
  },
  {
    title: "a fractional number",
    from: '"weight": 2',
    to: '"weight": ⟦2.5',
    says: ["weight is 2.5; a whole number from 1 to 10000 would be right."],
  },
  {
    title: "a number that is a text",
    from: '"tickMs": 5000',
    to: '"tickMs": ⟦"5000"',
    says: ['tickMs is "5000"; a whole number from 100 to 4294967295 (milliseconds) would be right.'],
  },
  {
    title: "a number past all bounds",
    from: '"maxAttempts": 5',
    to: '"maxAttempts": ⟦1e999',
    says: ["maxAttempts is 1e999; a whole number from 1 to 255 (attempts) would be right."],
  },
  {
    title: "a list that is none",
    from: '"shards": ["earth"], "jobsPerTick"',
    to: '"shards": ⟦"earth", "jobsPerTick"',
    says: ['shards is "earth"; a list would be right.'],
  },
  {
    title: "an object that is none",
    from: '{ "confirmations": 0, "maxLagBlocks": 64, "maxSilentTicks": 60 }',
    to: "⟦null",
    says: ["chain is null; an object would be right."],
  },
  {
    title: "a name that the chain has no room for",
    from: '"id": "bank"',
    to: '"id": ⟦"a-name-of-thirty-two-characters-"',
    says: [`id is "a-name-of-thirty-two-characters-"; ${name} would be right.`],
  },
  {
    title: "a name with a space",
    from: '"id": "bank"',
    to: '"id": ⟦"the bank"',
    says: [`id is "the bank"; ${name} would be right.`],
  },
  {
    title: "a title of two lines",
    from: '"title": "Mars"',
    to: '"title": ⟦"Mars\\n"',
    says: ['title is "Mars\\n"; a text of 1 to 200 characters in one line would be right.'],
  },
  {
    title: "an unknown key that is near a missing one",
    from: '{ "id": "mars", "title": "Mars", "queueBudget": 400',
    to: '⟦{ "id": "mars", "title": "Mars", ⟦"queueBuget": 400',
    says: [
      "queueBudget is missing; add a whole number from 1 to 16777215 (jobs).",
      'there is no key "queueBuget" here; did you mean "queueBudget"?',
    ],
  },
  {
    title: "an unknown key that is near none",
    from: '"weight": 2',
    to: '"weight": 2, ⟦"__proto__": {}',
    says: [`there is no key "__proto__" here; ${shardKeys} would be right.`],
  },
  {
    title: "a key that stands twice",
    from: '"weight": 2',
    to: '"weight": 2, ⟦"weight": 3',
    says: ['the key "weight" stands here a second time; keep one.'],
  },
  {
    title: "a comma too few",
    from: '"test",\n  "fabric"',
    to: '"test"\n  ⟦"fabric"',
    says: ['`"fabric"` stands where a comma should be; write "," between two entries.'],
  },
  {
    title: "a comma too many in an object",
    from: '"mars"], "jobsPerTick": 500 }',
    to: '"mars"], "jobsPerTick": 500, ⟦}',
    says: ["`}` stands where a key should be; write a key in double quotes, or take out the comma before."],
  },
  {
    title: "a comma too many in a list",
    from: '["gpu", "finance"]',
    to: '["gpu", "finance",⟦]',
    says: ["`]` stands where a value should be; write one, or take out the comma before."],
  },
  {
    title: "a colon too few",
    from: '"name": "test"',
    to: '"name" ⟦"test"',
    says: ['`"test"` stands where a colon should be; write ":" between key and value.'],
  },
  {
    title: "comments",
    from: '"test",\n  "fabric": {',
    to: '"test", ⟦// ours\n  "fabric": { ⟦/* theirs */',
    says: ["comments are not JSON; take it out.", "comments are not JSON; take it out."],
  },
  {
    title: "a text without its end",
    from: '"name": "test",',
    to: '"name": ⟦"test,',
    says: [
      'the text that begins here does not end in its line; close it with a double quote, and write \\" inside it.',
    ],
  },
  {
    title: "a word that JSON does not have",
    from: '"weight": 2',
    to: '"weight": ⟦two',
    says: ["`two` is not JSON; a number, true, false, null, or a text in double quotes would be right."],
  },
  {
    title: "an object without its end",
    from: '"mars"], "jobsPerTick": 500 }\n  ]\n}\n',
    to: '"mars"], "jobsPerTick": 500 }\n  ]\n⟦',
    says: ['the file ends where an object is still open; close it with "}".'],
  },
  {
    title: "something after the end",
    from: '"mars"], "jobsPerTick": 500 }\n  ]\n}\n',
    to: '"mars"], "jobsPerTick": 500 }\n  ]\n}\n⟦{}',
    says: ["`{` stands after the end of the document; take it out."],
  },
];

describe("a manifest with a mistake", () => {
  for (const mistake of mistakes) {
    it(`says where and what is wrong, and what would be right: ${mistake.title}`, () => {
      const { text, messages } = mistaken("m.json", manifestText, mistake);
      assert.deepEqual(
        problemsOf(() => manifestFrom(text)),
        messages,
      );
    });
  }

  it("names all mistakes at once, in the order of the file", () => {
    let text = edited(manifestText, '"tickMs": 5000', '"tickMs": 50');
    text = edited(text, '"id": "mars",', '"id": "earth",');
    text = edited(text, '"latencyMs": 240', '"latencyMs": -240');
    assert.deepEqual(
      problemsOf(() => manifestFrom(text)),
      [
        "m.json:3:25: tickMs is 50; a whole number from 100 to 4294967295 (milliseconds) would be right.",
        'm.json:9:49: routes[0] names "mars", which is no shard; "earth" would be right.',
        'm.json:10:13: id is "earth", which number 1 of the list is already; give it a name of its own.',
        'm.json:11:49: routes[0] is "earth", the shard itself; name another shard or take it out.',
        'm.json:16:34: shard names "mars", which is no shard; "earth" would be right.',
        "m.json:17:39: latencyMs is -240; a whole number from 0 to 16777215 (milliseconds) would be right.",
        'm.json:21:42: shards[1] names "mars", which is no shard; "earth" would be right.',
      ],
    );
  });

  it("names what stands twice also in a list where other things are wrong", () => {
    let text = edited(
      manifestText,
      '"id": "works", "shards": ["earth", "mars"]',
      '"id": "bank", "shards": ["mars", 5, "mars"]',
    );
    text = edited(text, '"jobsPerTick": 500 },', '"jobsPerTick": "500" },');
    assert.deepEqual(
      problemsOf(() => manifestFrom(text)),
      [
        'm.json:20:57: jobsPerTick is "500"; a whole number from 1 to 4294967295 (jobs) would be right.',
        'm.json:21:13: id is "bank", which number 1 of the list is already; give it a name of its own.',
        "m.json:21:40: shards[1] is 5; the name of a shard would be right.",
        'm.json:21:43: shards[2] is "mars" a second time; keep one.',
      ],
    );
  });

  it("is told that there is nothing to choose from where the list of names is wrong itself", () => {
    const text = edited(manifestText, '"skills": ["gpu", "finance"]', '"skills": "gpu"');
    assert.deepEqual(
      problemsOf(() => manifestFrom(text)),
      [
        'm.json:6:13: skills is "gpu"; a list would be right.',
        'm.json:15:18: skills[0] names "finance", which is no skill of this manifest; there is none.',
        'm.json:17:18: skills[0] names "gpu", which is no skill of this manifest; there is none.',
      ],
    );
  });

  it("is refused where a contract's storage would refuse it", () => {
    const bounds: readonly (readonly [from: string, key: string, minimum: number, maximum: number])[] = [
      ['"tickMs": 5000', "tickMs", 100, 2 ** 32 - 1],
      ['"checkpointIntervalTicks": 40', "checkpointIntervalTicks", 1, 2 ** 32 - 1],
      ['"heartbeatGrace": 3', "heartbeatGrace", 1, 255],
      ['"maxAttempts": 5', "maxAttempts", 1, 255],
      ['"guardianPauseSecondsMax": 3600', "guardianPauseSecondsMax", 60, 30 * 86_400],
      ['"queueBudget": 600', "queueBudget", 1, 2 ** 24 - 1],
      ['"latencyBudgetMs": 120', "latencyBudgetMs", 1, 2 ** 24 - 1],
      ['"weight": 2', "weight", 1, 10_000],
      ['"capacity": 24', "capacity", 1, 1_000_000],
      ['"heartbeatSeconds": 12', "heartbeatSeconds", 1, 2 ** 16 - 1],
    ];
    for (const [from, key, minimum, maximum] of bounds) {
      const withValue = (value: number) =>
        problemsOf(() => manifestFrom(edited(manifestText, from, `"${key}": ${value}`)));
      const outOfBounds = (value: number) =>
        withValue(value).filter((line) =>
          line.includes(`${key} is ${value}; a whole number from ${minimum} to ${maximum}`),
        );
      for (const value of [minimum - 1, maximum + 1]) assert.equal(outOfBounds(value).length, 1, `${key} ${value}`);
      for (const value of [minimum, maximum]) assert.equal(outOfBounds(value).length, 0, `${key} ${value}`);
    }
  });

  it("is refused with a ninth route: a shard has eight places for them on the chain", () => {
    const ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    const shards = ids.map(
      (id) =>
        `{ "id": "${id}", "title": "T", "queueBudget": 9, "latencyBudgetMs": 9, "spillThreshold": 9, "spillBatch": 9,
           "weight": 1, "routes": [] },`,
    );
    const many = edited(manifestText, '"shards": [\n', `"shards": [\n${shards.join("\n")}\n`);
    const routed = (routes: readonly string[]) => () =>
      manifestFrom(edited(many, '["mars"] }', `${JSON.stringify(routes)} }`));
    assert.deepEqual(problemsOf(routed(ids.slice(1))), []);
    assert.deepEqual(problemsOf(routed(ids)), [
      "m.json:27:48: routes is a list of 9; at most 8 entries would be right.",
    ]);
  });

  it("is refused with a shard whose name means something else to an owner's command", () => {
    const text = manifestText.replaceAll('"mars"', '"fabric"');
    assert.deepEqual(
      problemsOf(() => manifestFrom(text)),
      ['m.json:10:13: id is "fabric", which means something else to `fabric owner`; choose another name.'],
    );
  });
});
