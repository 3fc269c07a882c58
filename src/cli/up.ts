import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { JsonDocument, type Manifest, manifestOf, readManifest } from "../config/index.ts";
import { running } from "../control/index.ts";
import { FabricError } from "../errors.ts";
import { Chain, readDeployment } from "../governance/index.ts";
import { type AnchorerKey, type UpSetup, up, type Voice } from "../practice/index.ts";
import { FabricView } from "./fabricView.ts";
import { keyNaming, openKey } from "./key.ts";
import { nameNetwork, takeNetworkName } from "./network.ts";
import { nodeOfNetwork } from "./nodeUrl.ts";
import { takeMaxFee } from "./payer.ts";
import { whole } from "./whole.ts";

type UpFlags = {
  readonly manifest?: string;
  readonly world?: string;
  readonly seed?: number;
  readonly tickMs?: number;
  readonly simulate?: string;
  readonly network?: string;
  readonly deployment?: string;
  readonly anchorer?: string;
  readonly port?: number;
  readonly json?: boolean;
  readonly networkName?: string;
  readonly maxFee?: bigint;
};

const shippedManifest = fileURLToPath(new URL("../../config/fabric.json", import.meta.url));
const defaultTickMs = 1000;

export function upCommand(): Command {
  const command = new Command("up")
    .description("found a practice fabric on a chain of its own, and run it with simulated nodes until Ctrl-C")
    .option("--manifest <file>", "the fabric to be founded (default: config/fabric.json)")
    .option("--world <folder>", "where it is kept (default: a new folder in .fabric/worlds)")
    .option("--seed <number>", "practice keys are made from it (default: a random one)", whole(0, 2 ** 32 - 1))
    .option("--tick-ms <ms>", `length of a tick (default: ${defaultTickMs})`, whole(100, 2 ** 32 - 1))
    .option("--simulate <names>", "nodes to be simulated: all, none, or names with commas (default: all)")
    .option("--network <name|url>", "a chain that is there, instead of one of its own")
    .option("--deployment <file>", "a fabric that was founded on that chain already")
    .option("--anchorer <key>", `key of the account that anchors there: ${keyNaming}`)
    .option("--port <port>", "port of 127.0.0.1 for the chain of its own (default: a free one)", whole(1, 65_535))
    .option("--json", "print one line of JSON when it runs");
  return takeMaxFee(takeNetworkName(command)).action(async (flags: UpFlags) => {
    const setup = await setupOf(flags);
    process.exitCode = await shown(flags.json === true, (voice) => up(setup, voice));
  });
}

/** Runs a fabric, and shows it with the words of it. Words go to stderr; stdout is for data. */
export async function shown(json: boolean, run: (voice: Voice) => Promise<number>): Promise<number> {
  const view = new FabricView(process.stderr);
  try {
    return await run({
      say: (line) => view.say(line),
      ready: (fabric) => {
        if (json) process.stdout.write(`${JSON.stringify(fabric)}\n`);
        view.begin(async () => (await running({ world: fabric.world })).client);
      },
    });
  } finally {
    await view.end();
  }
}

/** @throws as `openKey` */
export async function anchorerKey(
  named: string | undefined,
  feeMax: bigint | undefined,
): Promise<AnchorerKey | undefined> {
  return named === undefined ? undefined : { named, key: await openKey(named), feeMax };
}

async function setupOf(flags: UpFlags): Promise<UpSetup> {
  const { manifest: file = shippedManifest, world, network, deployment, anchorer, seed = randomInt(2 ** 32) } = flags;
  refuse(flags);
  const written = readManifest(file);
  // A fabric that was founded has the tick that its owners set.
  const manifest = deployment === undefined ? withTickMs(written, file, flags.tickMs) : written;
  const url = network === undefined ? undefined : await nodeOfNetwork(network);
  // What is founded there is founded by practice keys, which are for no chain that has to be named.
  if (url !== undefined && deployment !== undefined) await nameNetworkAt(url, flags.networkName);
  return {
    ...{ manifest, seed, folder: world, anchorer: await anchorerKey(anchorer, flags.maxFee) },
    simulated: simulatedOf(manifest, flags.simulate ?? (deployment === undefined ? "all" : "none")),
    chain:
      url === undefined
        ? { kind: "practice", port: flags.port ?? 0 }
        : { kind: "network", url, deployment: deployment === undefined ? undefined : readDeployment(deployment) },
  };
}

/** Checkpoints are to be anchored there. @throws as `nameNetwork`, and errors of the chain */
async function nameNetworkAt(url: string, name: string | undefined): Promise<void> {
  const chain = await Chain.open(url);
  try {
    await nameNetwork(chain, name);
  } finally {
    chain.close();
  }
}

/** @throws USAGE for options that say nothing together */
function refuse({ network, deployment, anchorer, port, tickMs, maxFee }: UpFlags): void {
  const usage = (problem: string) => new FabricError("USAGE", { problem });
  if (deployment !== undefined && network === undefined)
    throw usage("--deployment is of a chain that is there: name it with --network.");
  if (anchorer !== undefined && deployment === undefined)
    throw usage("--anchorer is for a fabric that was founded already: name it with --deployment.");
  if (maxFee !== undefined && anchorer === undefined)
    throw usage("--max-fee is for an account that pays: name it with --anchorer.");
  if (port !== undefined && network !== undefined) throw usage("--port is for a chain of its own, without --network.");
  if (tickMs !== undefined && deployment !== undefined)
    throw usage("--tick-ms is for a fabric to be founded; the owners of that one have set its tick.");
}

/** What does not go with such ticks is refused as if it stood in the file. */
function withTickMs(manifest: Manifest, file: string, tickMs: number = defaultTickMs): Manifest {
  const changed = { ...manifest, fabric: { ...manifest.fabric, tickMs } };
  return manifestOf(new JsonDocument(`${file} with --tick-ms ${tickMs}`, JSON.stringify(changed, null, 2)));
}

/** @throws VALUE_INVALID */
function simulatedOf(manifest: Manifest, names: string): readonly string[] {
  const all = manifest.nodes.map(({ id }) => id);
  if (names === "all") return all;
  if (names === "none") return [];
  const chosen = names.split(",");
  const unknown = chosen.find((name) => !all.includes(name));
  if (unknown === undefined) return [...new Set(chosen)];
  const right = `Give all, none, or names of these, with commas: ${all.join(", ")}`;
  throw new FabricError("VALUE_INVALID", { what: "--simulate", problem: `there is no node "${unknown}"`, right });
}
