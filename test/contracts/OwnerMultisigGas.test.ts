import { expect } from "chai";
import { type ContractTransactionResponse, id, toBeHex } from "ethers";
import { network } from "hardhat";
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

// Whole transactions, relayed by an EOA, second use: the lane's counter and the target's slot are both set before.
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
  const gasOf = async (nonce: bigint, calls: Call[]): Promise<bigint> => {
    const batch = batchOf(nonce, calls);
    return gasUsed(await multisig.execute(batch, await sign(domain, batch, owners, signers)));
  };
  const announce = async (batch: Batch): Promise<bigint> =>
    gasUsed(await multisig.announce(batch, await sign(domain, batch, owners, signers)));
  const run = async (batch: Batch): Promise<bigint> => {
    await networkHelpers.time.increase(defaultDelay);
    return gasUsed(await multisig.run(batch));
  };
  const first = batchOf(0n, [set(4000)]);
  if (defaultDelay === 0) await gasOf(0n, first.calls);
  else {
    await announce(first);
    await run(first);
  }
  return { multisig, domain, owners, constitution, signers, set, batchOf, gasOf, announce, run };
}

async function gasUsed(sent: ContractTransactionResponse): Promise<bigint> {
  const receipt = await sent.wait();
  if (receipt === null) throw new Error("The transaction was not mined.");
  return receipt.gasUsed;
}

describe("OwnerMultisig's gas", () => {
  for (const [threshold, members, oneCall, threeCalls] of [
    [2, 3, 57_000n, 67_000n],
    [3, 5, 62_000n, 72_000n],
    [4, 7, 66_000n, 77_000n],
  ] as const) {
    it(`stays within what ${threshold}-of-${members} may cost`, async () => {
      const { set, gasOf } = await deploy(threshold, members);
      const one = await gasOf(1n, [set(8000)]);
      const three = await gasOf(2n, [set(1000), set(2000), set(3000)]);
      expect(one <= oneCall, `one call: ${one} > ${oneCall}`).to.equal(true);
      expect(three <= threeCalls, `batch of 3: ${three} > ${threeCalls}`).to.equal(true);
      snapshotGas("OwnerMultisig", `one call, ${threshold}-of-${members}`, one);
      snapshotGas("OwnerMultisig", `batch of 3, ${threshold}-of-${members}`, three);
    });
  }

  it("has room for 32 rules beside the members", async () => {
    const { set, gasOf } = await deploy(2, 3, { rules: 32 });
    const one = await gasOf(1n, [set(8000)]);
    expect(one <= 57_000n, `one call: ${one}`).to.equal(true);
    snapshotGas("OwnerMultisig", "one call, 2-of-3, 32 rules", one);
  });

  it("stays at what it costs to look through 32 delays", async () => {
    const { set, gasOf } = await deploy(2, 3, { rules: 32, ruleDelay: 3600 });
    snapshotGas("OwnerMultisig", "one call, 2-of-3, 32 delays", await gasOf(1n, [set(8000)]));
  });

  it("stays within what a batch that waits may cost", async () => {
    const { multisig, domain, owners, set, batchOf, announce, run } = await deploy(2, 3, { defaultDelay: 3600 });
    const batch = batchOf(1n, [set(8000)]);
    const [announced, ran] = [await announce(batch), await run(batch)];
    const both = announced + ran;
    expect(both <= 108_000n, `announce and run: ${both}`).to.equal(true);
    snapshotGas("OwnerMultisig", "announce, 2-of-3", announced);
    snapshotGas("OwnerMultisig", "run", ran);

    const unwanted = batchOf(2n, [set(9000)]);
    await announce(unwanted);
    const cancelled = await gasUsed(await multisig.cancel(unwanted, await cancel(domain, unwanted, owners, [0])));
    snapshotGas("OwnerMultisig", "cancel by one member", cancelled);
  });

  it("stays at what withdrawing and changing the owners cost", async () => {
    const { multisig, domain, owners, constitution, signers, gasOf } = await deploy(2, 3);
    snapshotGas("OwnerMultisig", "withdraw by an empty batch, 2-of-3", await gasOf(1n, []));

    const acceptances = await accept(domain, 2, constitution, owners, signers);
    const data = multisig.interface.encodeFunctionData("constitute", [constitution, acceptances]);
    const changed = await gasOf(1n << 64n, [{ to: await multisig.getAddress(), data }]);
    snapshotGas("OwnerMultisig", "constitute, 2-of-3 to 2-of-3", changed);
  });
});
