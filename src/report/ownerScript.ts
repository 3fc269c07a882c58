import type { Primary } from "./primary.ts";

/** `owner-script.json`: what the owners decided in this run, as payloads that any wallet or multisig can send. */
export function ownerScriptOf({ drill, ownerLog }: Primary) {
  const { chainId, contracts } = drill.deployment;
  return {
    format: "planetary-fabric/owner-script/v1",
    chainId,
    multisig: contracts.OwnerMultisig.address,
    scripts: ownerLog.map(({ change, sentence, calls, batch, signers }) => ({
      change,
      sentence,
      by: batch === null ? "guardian" : "owners",
      signers,
      transactions: calls.map(({ to, data }) => ({ to, value: "0", data })),
    })),
  };
}
