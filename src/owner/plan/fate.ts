import { toBeHex } from "ethers";
import { z } from "zod";
import { FabricError } from "../../errors.ts";
import { type Chain, ChainRefusal, type Deployment, interfaceOf, readLogs } from "../../governance/index.ts";
import { type Office, readOffice } from "../office.ts";
import { nonceOf, type Plan, planDigest, seqOf } from "./planFile.ts";

/** Where the chain has it. */
type Place = { readonly block: number; readonly transaction: string };

/** What has become of a plan, as the chain has it. */
export type Fate =
  /** Nothing: its place in its lane is free, or others come before it. */
  | { readonly is: "open" }
  /** By members with these numbers, of the constitution that it is signed under. */
  | ({ readonly is: "made"; readonly signers: readonly number[] } & Place)
  /** It waits, and may be run from `readyAt` on, Unix seconds. */
  | ({
      readonly is: "announced";
      readonly signers: readonly number[];
      readonly since: number;
      readonly readyAt: number;
    } & Place)
  | ({ readonly is: "recalled" } & Place)
  /** It was announced, and then there was another constitution. */
  | ({ readonly is: "void" } & Place)
  /** Another plan was decided in its place, or it was withdrawn. */
  | ({ readonly is: "overtaken" } & Place)
  /** Its place is spent, and the node keeps no history that tells by what. */
  | { readonly is: "unknown" };

/**
 * What has become of a plan: by its digest, which is of that very plan and no other.
 * @throws CHAIN_UNREACHABLE
 */
export async function readFate(chain: Chain, deployment: Deployment, plan: Plan): Promise<Fate> {
  return fateUnder(await readOffice(chain, deployment), chain, deployment, plan);
}

/** As `readFate`, where the office was read already. */
export async function fateUnder(
  { nonces, waiting }: Pick<Office, "nonces" | "waiting">,
  chain: Chain,
  deployment: Deployment,
  plan: Plan,
): Promise<Fate> {
  if (plan.seq >= seqOf(nonces[plan.lane])) return { is: "open" };
  const acts = await actsAt(chain, deployment, nonceOf(plan.lane, plan.seq));
  const last = acts?.at(-1);
  if (last === undefined) return { is: "unknown" };
  const digest = planDigest(plan);
  const { block, transaction } = last;
  if (last.digest !== digest) return { is: "overtaken", block, transaction };
  const signers = membersIn(last.signers);
  switch (last.name) {
    case "Executed":
      return { is: "made", block, transaction, signers };
    case "Cancelled":
      return { is: "recalled", block, transaction };
    case "Announced": {
      const now = waiting[plan.lane];
      if (now === null || !digest.startsWith(now.digest)) return { is: "void", block, transaction };
      const readyAt = Math.max(last.readyAt ?? 0, plan.validAfter);
      return { is: "announced", block, transaction, signers, since: now.since, readyAt };
    }
  }
}

/** The error of whoever would decide a plan whose place is spent; null where it is not, or it waits. */
export function spentError(plan: Pick<Plan, "lane" | "seq">, fate: Fate): FabricError | null {
  const outdated = (problem: string) => new FabricError("PLAN_OUTDATED", { problem });
  switch (fate.is) {
    case "open":
    case "announced":
      return null;
    case "made":
      return new FabricError("PLAN_MADE", { block: fate.block, transaction: fate.transaction });
    case "recalled":
      return outdated(`it was announced, and recalled in ${placeWords(fate)}`);
    case "void":
      return outdated(`it was announced in ${placeWords(fate)}, and a new constitution has made that void`);
    case "overtaken":
      return outdated(`another decision took its place in its lane, in ${placeWords(fate)}`);
    case "unknown":
      return outdated(`decision ${plan.seq} of the lane ${plan.lane} is made or withdrawn already`);
  }
}

function placeWords({ block, transaction }: Place): string {
  return `block ${block}, transaction ${transaction}`;
}

type Act = z.output<typeof actForm> & Place & { readonly name: "Executed" | "Announced" | "Cancelled" };

/** What was done in a place of a lane, in the chain's order; null where the node does not tell. */
async function actsAt(chain: Chain, deployment: Deployment, nonce: bigint): Promise<Act[] | null> {
  const multisig = interfaceOf("OwnerMultisig");
  const names = ["Executed", "Announced", "Cancelled"] as const;
  const topics = names.map((name) => multisig.getEvent(name).topicHash);
  const filter = {
    address: deployment.contracts.OwnerMultisig.address,
    topics: [topics, null, toBeHex(nonce, 32)],
  };
  const { number } = await chain.latest();
  try {
    const logs = logsForm.parse(await readLogs(chain, filter, deployment.blocks.first, number));
    return logs.flatMap((log): Act[] => {
      const event = multisig.parseLog(log);
      const name = names.find((each) => each === event?.name);
      if (event === null || name === undefined) return [];
      const values = actForm.parse(event.args.toObject());
      return [{ ...values, name, block: log.blockNumber, transaction: log.transactionHash }];
    });
  } catch (error) {
    if (error instanceof ChainRefusal) return null;
    throw error;
  }
}

/** The members of a bit set: bit i - 1 is member i. */
function membersIn(set: number): number[] {
  return [...set.toString(2)].reverse().flatMap((bit, at) => (bit === "1" ? [at + 1] : []));
}

const number = z.bigint().transform(Number);
const actForm = z.object({ digest: z.string(), signers: number, readyAt: number.optional() });
const logsForm = z.array(
  z.object({
    topics: z.array(z.string()),
    data: z.string(),
    blockNumber: z.string().transform(Number),
    transactionHash: z.string(),
  }),
);
