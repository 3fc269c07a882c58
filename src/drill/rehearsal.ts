import { type Effects, type Genesis, type Input, Machine, type Parameters } from "../fabric/index.ts";
import { domainsOf } from "../nodes/index.ts";
import { Edge } from "../orchestrator/index.ts";
import { sessionKey } from "../practice/index.ts";
import type { Play } from "./play.ts";
import { signersMark } from "./signersMark.ts";
import { World } from "./world.ts";

/** What a tick of a rehearsal was: to be read before the next one, which uses the same objects. */
export type RehearsedTick = {
  readonly machine: Machine;
  readonly inputs: readonly Input[];
  readonly effects: Effects;
  /** Faults whose time has come and which have found nothing to work on. */
  readonly faultsLeft: number;
};

/** What the chain said at each tick of the run that is rehearsed. */
export type Timeline = {
  /** Governance, orders and silences of a tick; the first tick has the first parameters. */
  at(tick: number): readonly Input[];
  /** The run stopped in good order at this tick. */
  readonly lastTick: number;
};

/**
 * Plays a scenario again without chain, disk or second process: the same work, nodes, faults and gate, and the word of
 * the chain as it was written down. Marks stand in the place of signatures, so that inputs are those of the run but for
 * these. It shows that a journal is what its scenario and seed bring about, and what would
 * have happened under other parameters.
 */
export async function* rehearse(play: Play, genesis: Genesis, timeline: Timeline): AsyncGenerator<RehearsedTick> {
  const session = { epoch: 1, key: sessionKey(genesis.seed, 1) };
  const machine = new Machine(genesis);
  const domains = domainsOf(genesis, signersMark);
  const edge = new Edge(domains);
  let world: World | undefined;
  let parameters: Parameters | undefined;
  for (let tick = 1; tick <= timeline.lastTick; tick++) {
    const governance = timeline.at(tick);
    for (const input of governance) {
      if (input.kind !== "governance") continue;
      parameters = input.values ?? parameters;
      if (parameters === undefined) throw new RangeError(`tick ${tick}: governance before there are parameters`);
      const { block, time } = input;
      const view = { epoch: session.epoch, sessionKey: session.key.publicKey.bytes, block, time, parameters };
      if (world === undefined) world = new World(play, genesis, view, domains);
      else world.fleet.observe(view);
    }
    if (world === undefined) throw new RangeError("a timeline whose first tick has no parameters");
    const { inputs } = edge.gather(machine, tick, governance, await world.arrivals(tick), tick === timeline.lastTick);
    const effects = machine.step(inputs);
    await world.deliver(edge.dispatch(machine, effects.leases, session, { tick, expiryTick: tick }));
    yield { machine, inputs, effects, faultsLeft: world.faultsLeft };
  }
}
