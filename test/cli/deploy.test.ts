import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encryptKeystoreJsonSync, keccak256 } from "ethers";
import {
  constitutionOf,
  contractNames,
  readDeployment,
  readKeptHead,
  readStanding,
  verifierAt,
  walletOf,
} from "../../src/governance/index.ts";
import { acceptableText, acceptWith, accountKey, type Founding, readOffice } from "../../src/owner/index.ts";
import { type LocalChain, startChain } from "../governance/localChain.ts";
import { fabric } from "./commandLines.ts";
import { type Ended, root, startProgram } from "./program.ts";
import { until } from "./until.ts";

const owners = [1, 2, 3].map((digit) => walletOf(`0x${String(digit).repeat(64)}`));
const payer = walletOf(`0x${"4".repeat(64)}`);
const password = "open sesame";

/** On a chain that is not for practice: its id is none of practice keys. */
describe("fabric deploy", () => {
  let local: LocalChain;
  let folder: string;
  before(async () => {
    local = await startChain({ chainId: 31338 });
    folder = mkdtempSync(join(tmpdir(), "fabric-deploy-"));
    const cheap = { scrypt: { N: 2, r: 8, p: 1 } };
    for (const [name, account] of Object.entries({ payer, other: owners[0] }))
      writeFileSync(join(folder, `${name}.json`), encryptKeystoreJsonSync(account, password, cheap));
    writeFileSync(join(folder, "constitution.json"), acceptableText(accepted(owners)));
    writeFileSync(join(folder, "two.json"), acceptableText(accepted(owners.slice(1))));
  });
  after(async () => {
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function accepted(by: typeof owners): Founding {
    const members = owners.map(({ address }) => ({ address, weight: 1 }));
    const document: Founding = {
      format: "planetary-fabric/first-constitution/v1",
      ...{ chainId: 31338, verifiers: [], constitution: constitutionOf(members, 2), acceptances: [] },
    };
    return by.reduce((all, { privateKey }) => acceptWith(accountKey(privateKey), all), document);
  }
  const deploy = (line: string): Promise<Ended> =>
    fabric(
      ["deploy", ...line.split(" "), "--rpc", local.url, "--network-name", "ours"],
      { FABRIC_PASSWORD: password },
      folder,
    );
  const fund = (wei: bigint) => local.chain.rpc("hardhat_setBalance", [payer.address, `0x${wei.toString(16)}`]);
  const refused = async (line: string, code: string) => {
    const { number } = await local.chain.latest();
    const ended = await deploy(line);
    assert.equal(ended.err.match(/^([A-Z_]+): /m)?.[1], code, ended.err);
    assert.equal((await local.chain.latest()).number, number, "something was sent");
    assert.ok(!existsSync(join(folder, "deployment.json.unfinished")));
    return ended;
  };

  it("sends nothing while an owner's acceptance is missing: a mistyped key would be a member for ever", async () => {
    const { code, err } = await refused("two.json --payer payer.json", "ACCEPTANCES_MISSING");
    assert.equal(code, 3);
    assert.ok(err.includes(owners[0].address), err);
  });

  it("sends nothing for a payer who has too little, and says how much it takes", async () => {
    await fund(10n ** 15n);
    const { err } = await refused("constitution.json --payer payer.json", "PAYER_POOR");
    assert.match(err, /0x\w{40}, who pays, has 0\.001 ether, and it may take 0\.\d+ ether/);
  });

  it("puts OpenZeppelin's verifiers there for members with P-256 keys, when the payer has enough for both", async () => {
    const { chain, url } = local;
    const verifiers = () =>
      fabric(
        ["deploy-verifiers", "--rpc", url, "--network-name", "ours", "--payer", "payer.json", "--json"],
        { FABRIC_PASSWORD: password },
        folder,
      );
    await fund(10n ** 15n);
    const { number } = await chain.latest();
    const poor = await verifiers();
    assert.deepEqual([poor.code, poor.out], [2, ""], poor.err);
    assert.match(poor.err, /^PAYER_POOR: /m);
    assert.equal((await chain.latest()).number, number, "something was sent");
    await fund(10n ** 18n);
    const { code, out, err } = await verifiers();
    assert.equal(code, 0, err);
    const deployed: { name: string; address: string; codeHash: string }[] = JSON.parse(out).verifiers;
    assert.deepEqual(
      deployed.map(({ name }) => name),
      ["ERC7913P256Verifier", "ERC7913WebAuthnVerifier"],
    );
    for (const { name, address, codeHash } of deployed) {
      assert.equal(await verifierAt(chain, address), name);
      assert.equal(codeHash, keccak256(String(await chain.rpc("eth_getCode", [address, "latest"]))));
      assert.ok(err.includes(`key:<file>@${address}`), err);
    }
    assert.equal(await verifierAt(chain, payer.address), null);
  });

  it("goes on where it was killed, and deploys nothing twice", async () => {
    const { chain, url } = local;
    const sentBy = async (block: string) => Number(await chain.rpc("eth_getTransactionCount", [payer.address, block]));
    await fund(10n ** 18n);
    const sentBefore = await sentBy("latest");
    await chain.rpc("evm_setAutomine", [false]);
    const words = ["deploy", "constitution.json", "--payer", "payer.json", "--out", "killed.json", "--rpc", url];
    const killed = startProgram(join(root, "node_modules/.bin/fabric"), words, { FABRIC_PASSWORD: password }, folder);
    await until(async () => {
      assert.equal(killed.child.exitCode, null, killed.written.err);
      return (await sentBy("pending")) === sentBefore + 1;
    });
    killed.child.kill("SIGKILL");
    await killed.ended;
    await chain.rpc("evm_setAutomine", [true]);
    await chain.rpc("evm_mine", []);
    const other = await deploy("constitution.json --payer other.json --out killed.json");
    assert.match(other.err, /^DEPLOYMENT_OTHER: killed\.json\.unfinished is .* with 0x\w{40} as its payer/m);
    const { code, err } = await deploy("constitution.json --payer payer.json --out killed.json");
    assert.equal(code, 0, err);
    assert.match(err, /OwnerMultisig +0x\w{40} is there already\n +ShardRegistry +0x\w{40} in block/);
    assert.equal(await sentBy("latest"), sentBefore + contractNames.length);
    assert.equal((await readOffice(chain, readDeployment(join(folder, "killed.json")))).members.length, owners.length);
  });

  const ledgerBefore = () => readDeployment(join(folder, "killed.json")).contracts.CheckpointLedger.address;

  it("sends nothing to go on from a ledger that there is not, or that has another head than is meant", async () => {
    const from = "constitution.json --payer payer.json --previous-ledger";
    await refused(`${from} ${payer.address}`, "PREVIOUS_LEDGER_UNFIT");
    const { err } = await refused(
      `${from} ${ledgerBefore()} --previous-head 0x${"0".repeat(64)}`,
      "PREVIOUS_LEDGER_UNFIT",
    );
    assert.match(err, /its head is 0x\w{64} now, and not 0x0{64}/);
  });

  it("shows for whom it is, belongs to these owners from its first moment, and goes on from the ledger before", async () => {
    const { chain } = local;
    const { code, out, err } = await deploy(`constitution.json --payer payer.json --previous-ledger ${ledgerBefore()}`);
    assert.equal(code, 0, err);
    for (const { address } of owners) assert.ok(err.includes(`account ${address}, weight 1`), err);
    assert.match(err, /2 of 3 votes decide; a decision takes effect at once\./);
    const deployment = readDeployment(join(folder, "deployment.json"));
    for (const name of contractNames) assert.ok(out.includes(deployment.contracts[name].address), out);
    const { members, threshold } = await readOffice(chain, deployment);
    assert.deepEqual(members.map(({ address }) => address).sort(), owners.map(({ address }) => address).sort());
    assert.equal(threshold, 2);
    const { hash } = await chain.latest();
    const before = await readStanding(chain, readDeployment(join(folder, "killed.json")), hash);
    assert.equal((await readKeptHead(chain, deployment, 0, hash))?.parent, before.head);
    assert.ok(!existsSync(join(folder, "deployment.json.unfinished")));
  });

  it("does not write over a deployment", async () => {
    const before = readFileSync(join(folder, "deployment.json"));
    const { code, err } = await deploy("constitution.json --payer payer.json");
    assert.deepEqual([code, err.split(":")[0]], [2, "FILE_UNWRITABLE"]);
    assert.deepEqual(readFileSync(join(folder, "deployment.json")), before);
  });

  it("is run with confirmations only, and nothing is left of a world that would never start", async () => {
    const line = `up --network ${local.url} --deployment deployment.json --anchorer payer.json --world world`;
    const { code, err } = await fabric(line.split(" "), { FABRIC_PASSWORD: password }, folder);
    assert.deepEqual([code, /^VALUE_INVALID: Confirmations: 0 on chain 31338/m.test(err)], [2, true], err);
    assert.ok(!existsSync(join(folder, "world")));
  });
});
