import { z } from "zod";
import { FabricError } from "../../errors.ts";
import type { Chain } from "../chain.ts";

/** A chain to take evidence from. */
export type Source = Pick<Chain, "rpc">;

/** Bytes as JSON-RPC gives them, brought to lower case. */
export const bytes = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/)
  .toLowerCase();

/** A number as JSON-RPC gives it. */
export const quantity = z.string().regex(/^0x[0-9a-fA-F]+$/);

/** An answer of the form that is wanted, asked for the sake of block `number`. @throws EVIDENCE_UNCOLLECTABLE */
export async function ask<T>(
  source: Source,
  number: number,
  form: z.ZodType<T>,
  method: string,
  params: readonly unknown[],
): Promise<T> {
  const answer = form.safeParse(await source.rpc(method, params));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  throw unfit(number, `${method} gives no ${issue?.path.join(".") || "answer"} of the form that it should have`);
}

/** What a node says of block `number` proves nothing. */
export function unfit(number: number, problem: string, cause?: unknown): FabricError {
  return new FabricError("EVIDENCE_UNCOLLECTABLE", { block: number, problem }, { cause });
}
