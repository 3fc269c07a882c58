import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ZeroAddress } from "ethers";
import {
  beginningOf,
  type ContractName,
  checkCode,
  contractNames,
  deployFabric,
  predictAddresses,
  Sender,
  walletOf,
} from "../../src/governance/index.ts";
import { practiceKeys, readOffice } from "../../src/owner/index.ts";
import { type LocalChain, startChain } from "./localChain.ts";

const { constitution } = practiceKeys(31337);
const ether = 10n ** 18n;
/** What it offers it pays. */
const allOfIt = { maxFeePerGas: 100_000_000_000n, maxPriorityFeePerGas: 100_000_000_000n };

describe("a deployment that is interrupted", () => {
  let local: LocalChain;
  before(async () => {
    local = await startChain();
  });
  after(() => local.stop());

  /** An account that nobody used before, with so much money. */
  let accounts = 0;
  const payerWith = async (wei: bigint): Promise<Sender> => {
    const payer = new Sender(local.chain, walletOf(`0x${String(++accounts).padStart(64, "7")}`), {
      fees: allOfIt,
    });
    await fund(payer, wei);
    return payer;
  };
  const fund = ({ address }: Sender, wei: bigint) =>
    local.chain.rpc("hardhat_setBalance", [address, `0x${wei.toString(16)}`]);

  it("is gone on with when the payer has money again: no contract is deployed twice", async () => {
    const payer = await payerWith(ether);
    const beginning = await beginningOf(payer);
    const there: ContractName[] = [];
    const onDeployed = (name: ContractName) => there.push(name);
    await assert.rejects(deployFabric(payer, { constitution }, { beginning, onDeployed }), { code: "CHAIN_REFUSED" });
    assert(there.length > 0 && there.length < contractNames.length, there.join(", "));

    await fund(payer, 3n * ether);
    const sent: ContractName[] = [];
    const deployment = await deployFabric(
      payer,
      { constitution },
      { beginning, onDeployed: (name, _, mined) => mined !== null && sent.push(name) },
    );
    assert.deepEqual([...there, ...sent], contractNames);
    await checkCode(local.chain, deployment);
    const predicted = predictAddresses(payer.address, 0);
    for (const name of contractNames) assert.equal(deployment.contracts[name].address, predicted[name]);
    assert.equal(deployment.blocks.last - deployment.blocks.first + 1, contractNames.length);
    assert.equal((await readOffice(local.chain, deployment)).threshold, constitution.threshold);
  });

  it("is refused when the payer has sent something else between: nothing would stand where the others were told", async () => {
    const payer = await payerWith(3n * ether);
    const beginning = await beginningOf(payer);
    const [first] = contractNames;
    const onDeployed = (name: ContractName) => {
      if (name !== first) throw new Error("interrupted");
    };
    await assert.rejects(deployFabric(payer, { constitution }, { beginning, onDeployed }), /interrupted/);
    await payer.send({ action: "Something else", to: ZeroAddress, data: "0x" });
    await assert.rejects(deployFabric(payer, { constitution }, { beginning }), {
      code: "DEPLOYMENT_DISTURBED",
      message: /^NodeRegistry cannot come to stand at 0x/,
    });
  });

  it("is refused when the chain has forgotten what the payer had sent before it: all addresses would be others", async () => {
    const payer = await payerWith(3n * ether);
    const { nonce, ...begun } = await beginningOf(payer);
    await assert.rejects(deployFabric(payer, { constitution }, { beginning: { ...begun, nonce: nonce + 1 } }), {
      code: "DEPLOYMENT_DISTURBED",
      message: /^OwnerMultisig cannot come to stand/,
    });
    assert.equal(await payer.nextNonce(), nonce);
  });

  it("takes nothing else for a contract of the fabric", async () => {
    const payer = await payerWith(3n * ether);
    const beginning = await beginningOf(payer);
    // Creation code that leaves one byte of code.
    await payer.send({ action: "Another contract", to: null, data: "0x60005f5360015ff3" });
    await assert.rejects(deployFabric(payer, { constitution }, { beginning }), { code: "DEPLOYMENT_DISTURBED" });
  });
});
