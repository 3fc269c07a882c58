import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { ArgumentType, ContractFuture } from "@nomicfoundation/ignition-core";
import { ZeroAddress, ZeroHash } from "ethers";
import { type ContractName, constructorArguments, contractNames } from "../../src/governance/index.ts";

/**
 * Deploys a fabric's contracts on a network that lasts. Parameters, as in `deploy/parameters/example.json`:
 * - `constitution`: the owners, see `IOwnerMultisig`; members in rising order of their keys;
 * - `verifiers`: ERC-7913 verifiers whose keys may ever be members, if any;
 * - `systemPause`: the address that the account's sixth transaction from now on will create. The account sends nothing
 *   else meanwhile. A wrong one is refused by the last contract;
 * - `previousLedger`, `previousHead`: the ledger that this one goes on from, if any.
 */
export default buildModule("Fabric", (m) => {
  const founders = {
    constitution: m.getParameter("constitution"),
    verifiers: m.getParameter("verifiers", []),
    previousLedger: m.getParameter("previousLedger", ZeroAddress),
    previousHead: m.getParameter("previousHead", ZeroHash),
  };
  const systemPause = m.getParameter("systemPause");
  const deployed = new Map<ContractName, ContractFuture<string>>();
  const at = (name: ContractName): ArgumentType => deployed.get(name) ?? systemPause;
  const deploy = <Name extends ContractName>(name: Name) => {
    const args = constructorArguments<ArgumentType, ArgumentType>(name, at, founders);
    // One after the other: the predicted address depends on it.
    const contract = m.contract(name, args, { after: [...deployed.values()].slice(-1) });
    deployed.set(name, contract);
    return contract;
  };
  return Object.fromEntries(contractNames.map((name) => [name, deploy(name)]));
});
