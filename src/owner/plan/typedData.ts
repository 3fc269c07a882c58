import { batchTypedData, type TypedData } from "../export/typedData.ts";
import { batchOfPlan, type Plan } from "./planFile.ts";

/** A plan as the owners' wallets sign it (`eth_signTypedData_v4`). */
export function planTypedData(plan: Plan): TypedData {
  const office = { chainId: plan.chainId, multisig: plan.contracts.OwnerMultisig };
  return batchTypedData({ office, batch: batchOfPlan(plan) });
}
