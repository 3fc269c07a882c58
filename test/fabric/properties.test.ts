import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { assertLaws, decodeInputs, encodeInputs, type Input, Machine } from "../../src/fabric/index.ts";
import { Bookkeeper } from "./bookkeeper.ts";
import { RandomWorld, worldGenesis } from "./randomWorld.ts";
import { type Outcome, outcomeOf } from "./world.ts";

const worlds = { seed: 20260102, numRuns: 60 } as const;
const anySeed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const someTicks = fc.integer({ min: 1, max: 220 });

/** Inputs and outcomes of each tick of a random world. */
function run(
  seed: number,
  ticks: number,
  each: (machine: Machine, inputs: Input[], outcome: Outcome) => void,
): Machine {
  const world = new RandomWorld(seed);
  const machine = new Machine(worldGenesis);
  for (let tick = 1; tick <= ticks; tick++) {
    const inputs = world.inputs();
    const effects = machine.step(inputs);
    assertLaws(machine, effects);
    world.take(effects);
    each(machine, inputs, outcomeOf(effects));
  }
  return machine;
}

describe("The machine in random worlds", () => {
  it("breaks no law, gives no job out twice, and lets no other result than the newest lease's count", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anySeed, someTicks, (seed, ticks) => {
        const books = new Bookkeeper();
        const machine = run(seed, ticks, (_, __, outcome) => {
          books.see(outcome);
          for (const { event } of outcome.events) seen.add(event);
        });
        const { submitted, completed, failed, expired, cancelled } = machine.counters;
        assert.equal(books.taken.size, submitted);
        assert.equal(books.receipts.size, completed + failed + expired + cancelled);
      }),
      worlds,
    );
    // What never happens in these worlds is not tested by them.
    assert.deepEqual(
      ["returned", "moved", "spilled", "parked", "unparked", "interrupted", "requeued", "resultRefused"].filter(
        (event) => !seen.has(event),
      ),
      [],
    );
  });

  it("ends in the same bytes when it is fed from the journal and restored from its snapshots, however often", () => {
    fc.assert(
      fc.property(anySeed, someTicks, fc.integer({ min: 1, max: 30 }), (seed, ticks, every) => {
        let twin = new Machine(worldGenesis);
        run(seed, ticks, (machine, inputs, outcome) => {
          const replayed = outcomeOf(twin.step(decodeInputs(encodeInputs(inputs))));
          assert.deepEqual(replayed, outcome);
          if (machine.tick % every !== 0) return;
          const snapshot = machine.snapshot();
          assert.deepEqual(twin.snapshot(), snapshot);
          twin = Machine.restore(snapshot);
          assert.deepEqual(twin.snapshot(), snapshot);
          assert.deepEqual(twin.counters, machine.counters);
        });
      }),
      worlds,
    );
  });

  it("does not depend on the order in which the messages of different nodes arrive in a tick", () => {
    fc.assert(
      fc.property(anySeed, someTicks, (seed, ticks) => {
        const twin = new Machine(worldGenesis);
        run(seed, ticks, (machine, inputs, { leases, receipts }) => {
          const effects = twin.step(turned(inputs));
          assert.deepEqual(twin.snapshot(), machine.snapshot());
          assert.deepEqual(effects.leases, leases);
          const inOrder = ({ submitter, number }: { submitter: number; number: number }) =>
            submitter * 2 ** 32 + number;
          assert.deepEqual(
            [...effects.receipts].sort((a, b) => inOrder(a) - inOrder(b)),
            [...receipts].sort((a, b) => inOrder(a) - inOrder(b)),
          );
        });
      }),
      worlds,
    );
  });
});

/** The same inputs with the nodes' messages in the reverse order of nodes, and each node's own in theirs. */
function turned(inputs: readonly Input[]): Input[] {
  const messages = inputs.filter((input) => input.kind === "nodeMessage");
  const others = inputs.filter(({ kind }) => kind !== "nodeMessage");
  const reversed = [...messages].sort((a, b) => b.node - a.node);
  return [...reversed, ...others];
}
