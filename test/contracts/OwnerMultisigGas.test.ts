import { expect } from "chai";
import { id, toBeHex } from "ethers";
import { network } from "hardhat";
import { limitOf } from "./gas/limits.ts";
import { gasOf } from "./gas/use.ts";
import { snapshotGas } from "./gasSnapshot.ts";
import {
  accept,
  type Batch,
  type Call,
  cancel,
  constitutionOf,
  domainOf,
  ownersOf,
  sign,
} from "./OwnerMultisigSigning.ts";

// What Gas.test.ts does not measure. Whole transactions, relayed by an EOA, second use: the lane's counter and the target's slot are both set before.
// Each on a chain of its own, which begins at a fixed time: addresses, signatures and calldata are the same in every run.
const START = 1_893_456_000;

async function deploy(threshold: number, members: number, { rules = 0, ruleDelay = 0, defaultDelay = 0 } = {}) {
  const { ethers, networkHelpers } = await network.create("drill");
  const owners = ownersOf(members);
  const constitution = {
    ...constitutionOf(owners, threshold),
    defaultDelay,
    rules: Array.from({ length: rules }, (_, i) => ({
      target: toBeHex(i, 20),
      selector: "0x00000000",
      delay: ruleDelay,
    })),
  };
  const multisig = await ethers.deployContract("OwnerMultisig", [constitution, []]);
  const probe = await ethers.deployContract("Probe");
  const domain = await domainOf(multisig);
  const signers = owners.slice(0, threshold).map((_, i) => i);
  const target = await probe.getAddress();
  const set = (value: number): Call => ({ to: target, data: probe.interface.encodeFunctionData("set", [value]) });

  const batchOf = (nonce: bigint, calls: Call[]): Batch => {
    const validity = { validAfter: START, validUntil: START + 14 * 86_400 };
    return { calls, nonce, ...validity, epoch: 1n, memo: id("a memo") };
  };
  const execute = async (nonce: bigint, calls: Call[]): Promise<number> => {
    const batch = batchOf(nonce, calls);
    return gasOf(multisig.execute(batch, await sign(domain, batch, owners, signers)));
  };
  const announce = async (batch: Batch): Promise<number> =>
    gasOf(multisig.announce(batch, await sign(domain, batch, owners, signers)));
  const run = async (batch: Batch): Promise<number> => {
    await networkHelpers.time.increase(defaultDelay);
    return gasOf(multisig.run(batch));
  };
  const first = batchOf(0n, [set(4000)]);
  if (defaultDelay === 0) await execute(0n, first.calls);
  else {
    await announce(first);
    await run(first);
  }
  return { multisig, domain, owners, constitution, signers, set, batchOf, execute, announce };
}

describe("OwnerMultisig's gas", () => {
  it("has room for 32 rules beside the members", async () => {
    const { set, execute } = await deploy(2, 3, { rules: 32 });
    const one = await execute(1n, [set(8000)]);
    expect(one <= (limitOf("OwnerMultisig", "one call, 2-of-3") ?? 0), `one call: ${one}`).to.equal(true);
    snapshotGas("OwnerMultisig", "one call, 2-of-3, 32 rules", one);
  });

  it("stays at what it costs to look through 32 delays", async () => {
    const { set, execute } = await deploy(2, 3, { rules: 32, ruleDelay: 3600 });
    snapshotGas("OwnerMultisig", "one call, 2-of-3, 32 delays", await execute(1n, [set(8000)]));
  });

  it("stays at what taking a decision back costs", async () => {
    const { multisig, domain, owners, set, batchOf, announce } = await deploy(2, 3, { defaultDelay: 3600 });
    const unwanted = batchOf(1n, [set(9000)]);
    await announce(unwanted);
    const cancelled = await gasOf(multisig.cancel(unwanted, await cancel(domain, unwanted, owners, [0])));
    snapshotGas("OwnerMultisig", "cancel by one member", cancelled);
  });

  it("stays at what withdrawing and changing the owners cost", async () => {
    const { multisig, domain, owners, constitution, signers, execute } = await deploy(2, 3);
    snapshotGas("OwnerMultisig", "withdraw by an empty batch, 2-of-3", await execute(1n, []));

    const acceptances = await accept(domain, 2, constitution, owners, signers);
    const data = multisig.interface.encodeFunctionData("constitute", [constitution, acceptances]);
    const changed = await execute(1n << 64n, [{ to: await multisig.getAddress(), data }]);
    snapshotGas("OwnerMultisig", "constitute, 2-of-3 to 2-of-3", changed);
  });
});
