import type { Call } from "../owner/index.ts";
import type { Decision } from "./decisions.ts";
import type { OwnerScript } from "./forms.ts";
import type { Primary } from "./primary.ts";
import type { Proof } from "./proof.ts";

/**
 * `owner-script.json`: what was decided in this run, and what would take it back, as payloads that any wallet or multisig
 * can send; each in the form that Safe's transaction builder takes.
 */
export function ownerScriptOf(
  { drill: { contracts } }: Primary,
  { chain }: Proof,
  decisions: readonly Decision[],
): OwnerScript {
  const safe = (sentence: string, calls: readonly Call[]) => ({
    version: "1.0" as const,
    chainId: String(chain.chainId),
    // No time of day, so that the same run gives the same file.
    createdAt: 0 as const,
    meta: { name: sentence.slice(0, 80), description: sentence },
    transactions: calls.map(({ to, data }) => ({ to, value: "0" as const, data })),
  });
  return {
    format: "planetary-fabric/owner-script/v1",
    chainId: chain.chainId,
    multisig: contracts.OwnerMultisig,
    scripts: decisions.map(({ entry: { change, sentence, calls, batch, signers }, undo }) => ({
      ...{ change, sentence, by: batch === null ? "guardian" : "owners", signers: [...signers] },
      safe: safe(sentence, calls),
      undo:
        undo?.map((back) => ({
          ...{ change: back.change, sentence: back.sentence, by: back.by, safe: safe(back.sentence, back.calls) },
        })) ?? null,
    })),
  };
}
