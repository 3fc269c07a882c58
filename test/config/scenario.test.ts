import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  edited,
  type Mistake,
  manifestFrom,
  manifestText,
  mistaken,
  problemsOf,
  scenarioFrom,
  scenarioText,
} from "./documents.ts";

const mistakes: readonly Mistake[] = [
  {
    title: "work for an unknown shard",
    from: '"name": "Render", "shard": "mars"',
    to: '"name": "Render", "shard": ⟦"marss"',
    says: ['shard names "marss", which is no shard of the manifest; did you mean "mars"?'],
  },
  {
    title: "an unknown skill",
    from: '["gpu"]',
    to: '[⟦"gqu"]',
    says: ['skills[0] names "gqu", which is no skill of the manifest; did you mean "gpu"?'],
  },
  {
    title: "an unknown class",
    from: '"background"',
    to: '⟦"batch"',
    says: ['class is "batch"; "interactive", "background" or "maintenance" would be right.'],
  },
  {
    title: "durations that end before they begin",
    from: '{ "min": 1, "max": 3 }',
    to: '{ "min": ⟦4, "max": 3 }',
    says: ["min is 4, above max; at most 3 would be right."],
  },
  {
    title: "attempts that would be cut off before they can end",
    from: '"max": 3 }, "budgetTicks": 5',
    to: '"max": 3 }, "budgetTicks": ⟦2',
    says: ["budgetTicks is 2, less than the longest duration of 3; at least 3 would be right."],
  },
  {
    title: "a deadline that no job can keep",
    from: '"deadlineTicks": 100',
    to: '"deadlineTicks": ⟦2',
    says: ["deadlineTicks is 2, less than the longest duration of 3; at least 3 would be right."],
  },
  {
    title: "two templates of one name",
    from: '"name": "Render"',
    to: '"name": ⟦"Ledger"',
    says: ['name is "Ledger", which number 1 of the list is already; give it a name of its own.'],
  },
  {
    title: "a demand for an unknown shard",
    from: '"templates": [',
    to: '"demand": [{ "shard": "mars", "share": 0, "phasePercent": 0 }, { "shard": ⟦"marz", "share": 1, "phasePercent": 0 }],\n  "templates": [',
    says: ['shard names "marz", which is no shard of the manifest; did you mean "mars"?'],
  },
  {
    title: "a fault of an unknown node",
    from: '"node": "mars.gpu"',
    to: '"node": ⟦"mars.cpu"',
    says: ['node names "mars.cpu", which is no node of the manifest; did you mean "mars.gpu"?'],
  },
  {
    title: "an unknown kind of fault",
    from: '"kind": "silence"',
    to: '"kind": ⟦"silent"',
    says: ['kind is "silent"; "silence", "lateResult", "duplicate", "forge", "replay" or "kill" would be right.'],
  },
  {
    title: "an unknown kind of arrival",
    from: '"kind": "waves"',
    to: '"kind": ⟦"flood"',
    says: ['kind is "flood"; "waves", "steady" or "atOnce" would be right.'],
  },
  {
    title: "a kill that ends before it begins",
    from: '"fromTick": 24, "toTick": 26',
    to: '"fromTick": 24, "toTick": ⟦23',
    says: ["toTick is 23, before fromTick; at least 24 would be right."],
  },
  {
    title: "a second kill",
    from: '"toTick": 26 }',
    to: '"toTick": 26 }, ⟦{ "kind": "kill", "fromTick": 30, "toTick": 31 }',
    says: ["faults[2] is a second kill; keep one."],
  },
  {
    title: "a change of an unknown shard",
    from: '"setQueueBudget", "shard": "earth"',
    to: '"setQueueBudget", "shard": ⟦"erth"',
    says: ['shard names "erth", which is no shard of the manifest; did you mean "earth"?'],
  },
  {
    title: "a move to where the jobs are",
    from: '"to": "mars", "count"',
    to: '"to": ⟦"earth", "count"',
    says: ["to is the shard that the jobs come from; name another."],
  },
  {
    title: "a shard rerouted to itself",
    from: '{ "kind": "move", "from": "earth", "to": "mars", "count": 5 }',
    to: '{ "kind": "reroute", "from": "earth", "to": ["mars", ⟦"earth"] }',
    says: ["to[1] is the shard that the jobs come from; name another."],
  },
  {
    title: "a guardian's pause that is longer than the owners allow",
    from: '{ "kind": "move", "from": "earth", "to": "mars", "count": 5 }',
    to: '{ "kind": "guardianPause", "scope": "fabric", "seconds": ⟦3601 }',
    says: ["seconds is 3601; a whole number from 1 to 3600 (seconds) would be right."],
  },
  {
    title: "a pause of an unknown scope",
    from: '{ "kind": "move", "from": "earth", "to": "mars", "count": 5 }',
    to: '{ "kind": "resume", "scope": ⟦"fabrik" }',
    says: ['scope names "fabrik", which is no pause scope of the manifest; did you mean "fabric"?'],
  },
  {
    title: "a failure rate that is no share",
    from: '"failureRateMax": 0.02',
    to: '"failureRateMax": ⟦2',
    says: ["failureRateMax is 2; a number from 0 to 1 would be right."],
  },
  {
    title: "queues allowed above their budgets",
    from: '"noQueueAboveBudget": true',
    to: '"noQueueAboveBudget": ⟦false',
    says: ["noQueueAboveBudget is false; true would be right."],
  },
];

describe("a scenario with a mistake", () => {
  for (const mistake of mistakes) {
    it(`says where and what is wrong, and what would be right: ${mistake.title}`, () => {
      const { text, messages } = mistaken("s.json", scenarioText, mistake);
      assert.deepEqual(
        problemsOf(() => scenarioFrom(text)),
        messages,
      );
    });
  }

  it("is told that no node offers a skill which the manifest has: such jobs would wait for ever", () => {
    const manifest = manifestFrom(edited(manifestText, '["gpu", "finance"]', '["gpu", "finance", "vision"]'));
    assert.deepEqual(
      problemsOf(() => scenarioFrom(edited(scenarioText, '["gpu"]', '["gpu", "vision"]'), manifest)),
      [
        's.json:6:60: skills[1] is "vision", a skill that no node offers; give it to a node of the manifest or take it out.',
      ],
    );
  });

  it("is told of a shard that gets jobs and has no template to make them from", () => {
    const text = edited(scenarioText, '"name": "Render", "shard": "mars"', '"name": "Render", "shard": "earth"');
    assert.deepEqual(
      problemsOf(() => scenarioFrom(text)),
      ['s.json:3:16: templates hold no job for shard "mars"; add one, or give the shard a demand with share 0.'],
    );
    const without = '"demand": [{ "shard": "mars", "share": 0, "phasePercent": 0 }], "arrival"';
    assert.deepEqual(
      problemsOf(() => scenarioFrom(edited(text, '"arrival"', without))),
      [],
    );
  });
});
