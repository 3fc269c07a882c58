import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import hre from "hardhat";
import Fabric from "../../deploy/modules/Fabric.ts";
import {
  checkCode,
  checkOwnership,
  contractAt,
  contractNames,
  type Deployment,
  deployFabric,
  openDeployment,
  practiceFees,
  predictAddresses,
  readDeployment,
  Sender,
  writeDeployment,
} from "../../src/governance/index.ts";
import { practiceKeys } from "../../src/owner/index.ts";
import { type LocalChain, startChain } from "./localChain.ts";

const example = new URL("../../deploy/parameters/example.json", import.meta.url).pathname;
const keys = practiceKeys(31337);

describe("deployment", () => {
  let local: LocalChain;
  let deployment: Deployment;
  before(async () => {
    local = await startChain();
    const sender = new Sender(local.chain, keys.deployer, { fees: practiceFees });
    deployment = await deployFabric(sender, { constitution: keys.constitution });
  });
  const folder = mkdtempSync(join(tmpdir(), "fabric-deployment-"));
  after(() => rmSync(folder, { recursive: true }));
  after(() => local.stop());

  it("leaves the deployer without power: the multisig of the owners owns every contract", async () => {
    await checkOwnership(local.chain, deployment);
    const { hash } = await local.chain.latest();
    const { address } = deployment.contracts.OwnerMultisig;
    const { constitution } = await contractAt("OwnerMultisig", address, local.chain.at(hash)).snapshot();
    const members = constitution.members.map(({ key }) => key);
    assert.deepEqual(members, keys.owners.map((owner) => owner.address.toLowerCase()).sort());
    assert.equal(constitution.threshold, 2n);
  });

  it("is refused when a contract belongs to somebody else", async () => {
    const elsewhere = deployment.contracts.SystemPause;
    const contracts = { ...deployment.contracts, OwnerMultisig: elsewhere };
    await assert.rejects(checkOwnership(local.chain, { ...deployment, contracts }), {
      code: "DEPLOYMENT_OWNED_OTHERWISE",
      exitCode: 6,
    });
  });

  it("is known again by its code, and not taken for another", async () => {
    await checkCode(local.chain, deployment);
    const { NodeRegistry, ShardRegistry } = deployment.contracts;
    const moved = { ...NodeRegistry, address: ShardRegistry.address };
    const other = { ...deployment, contracts: { ...deployment.contracts, NodeRegistry: moved } };
    await assert.rejects(checkCode(local.chain, other), { code: "CONTRACT_DIFFERS", message: /other code/ });
    const nowhere = { ...NodeRegistry, address: keys.guardian.address };
    const lost = { ...deployment, contracts: { ...deployment.contracts, NodeRegistry: nowhere } };
    await assert.rejects(checkCode(local.chain, lost), { code: "CONTRACT_DIFFERS", message: /stands nothing/ });
  });

  it("is not found on a chain that was started anew, which has the same id and the same first block", async () => {
    (await openDeployment(local.url, deployment)).close();
    const anew = await startChain();
    try {
      await assert.rejects(openDeployment(anew.url, deployment), { code: "CONTRACT_DIFFERS", exitCode: 6 });
    } finally {
      await anew.stop();
    }
  });

  it("sets the time of every block through the hook, so that a drill repeats", async () => {
    const other = await startChain();
    try {
      let time = 1_900_000_000;
      const beforeTransaction = async () => {
        await other.chain.rpc("evm_setNextBlockTimestamp", [time++]);
      };
      const sender = new Sender(other.chain, keys.deployer, { fees: practiceFees, beforeTransaction });
      const { blocks } = await deployFabric(sender, { constitution: keys.constitution });
      assert.deepEqual(blocks, { first: 1, last: 6 });
      assert.equal((await other.chain.latest()).time, 1_900_000_005);
    } finally {
      await other.stop();
    }
  });

  it("is the same with Ignition: same code, same owner, from the parameters that the example shows", async () => {
    const connection = await hre.network.create("drill");
    try {
      const parameters = JSON.parse(readFileSync(example, "utf8"));
      const at = predictAddresses(keys.deployer.address, 0);
      assert.equal(parameters.Fabric.systemPause, at.SystemPause);
      assert.deepEqual(parameters.Fabric.constitution, keys.constitution);
      const deployed = await connection.ignition.deploy(Fabric, { parameters });
      for (const name of contractNames) {
        assert.equal(await deployed[name].getAddress(), at[name]);
        const code = String(await connection.provider.request({ method: "eth_getCode", params: [at[name], "latest"] }));
        const ours = String(await local.chain.rpc("eth_getCode", [at[name], "latest"]));
        // The ledger's code holds the time of its deployment, which is the clock's here.
        const [theirTime, ourTime] = [await deployed.CheckpointLedger.createdAt(), await createdAt(local, deployment)];
        const expected = name === "CheckpointLedger" ? ours.replaceAll(word(ourTime), word(theirTime)) : ours;
        assert.equal(code, expected, `the code of ${name}`);
        if (name !== "OwnerMultisig") assert.equal(await deployed[name].owner(), at.OwnerMultisig);
      }
    } finally {
      await connection.close();
    }
  });

  it("is refused by Ignition when the address of the pause was foretold wrong", async () => {
    const connection = await hre.network.create("drill");
    try {
      const parameters = JSON.parse(readFileSync(example, "utf8"));
      parameters.Fabric.systemPause = keys.guardian.address;
      await assert.rejects(connection.ignition.deploy(Fabric, { parameters }), /SystemPause_WrongAddress/);
    } finally {
      await connection.close();
    }
  });

  it("is written down and read again", () => {
    const file = join(folder, "deployment.json");
    writeDeployment(file, deployment);
    assert.deepEqual(readDeployment(file), deployment);
  });

  it("says every place of its file that is wrong", () => {
    const file = join(folder, "deployment.json");
    const { NodeRegistry } = deployment.contracts;
    const contracts = { ...deployment.contracts, NodeRegistry: { ...NodeRegistry, address: "0x12" } };
    writeFileSync(file, JSON.stringify({ ...deployment, chainId: -1, contracts }));
    assert.throws(() => readDeployment(file), {
      code: "DOCUMENT_INVALID",
      message: /chainId: .*\n.*contracts\.NodeRegistry\.address: an address with its checksum/,
    });
    writeFileSync(file, "{");
    assert.throws(() => readDeployment(file), { code: "DOCUMENT_INVALID", message: /not JSON \((?!.*Error)/ });
    assert.throws(() => readDeployment(`${file}.not`), {
      code: "FILE_UNREADABLE",
      message: /cannot be read: there is no such file/,
    });
  });
});

async function createdAt({ chain }: LocalChain, { contracts }: Deployment): Promise<bigint> {
  const { hash } = await chain.latest();
  return contractAt("CheckpointLedger", contracts.CheckpointLedger.address, chain.at(hash)).createdAt();
}

const word = (value: bigint) => value.toString(16).padStart(64, "0");
