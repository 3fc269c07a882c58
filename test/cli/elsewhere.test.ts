import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encryptKeystoreJsonSync, toQuantity } from "ethers";
import {
  constitutionOf,
  type Deployment,
  deployFabric,
  readParameters,
  walletOf,
  writeDeployment,
} from "../../src/governance/index.ts";
import { readTrust } from "../../src/owner/index.ts";
import { type LocalChain, senderOf, startChain } from "../governance/localChain.ts";
import { fabric } from "./commandLines.ts";
import { keepInKeystore } from "./hardhatKeystore.ts";
import { type Ended, root } from "./program.ts";
import { onTerminal, type Typed } from "./pseudoTerminal.ts";

const chainId = 31338;
const password = "open sesame";
const wallets = ["1", "2", "3"].map((digit) => walletOf(`0x${digit.repeat(64)}`));
/** Members are numbered by their addresses. */
const [ada, bo] = wallets.slice(0, 2).sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
const [, , payer] = wallets;

/** Two owners of a fabric on a chain that is not for practice; Ada's key is in Hardhat's keystore, Bo's in a file. */
describe("owners on a network that is not for practice", () => {
  let local: LocalChain;
  let deployment: Deployment;
  let folder: string;
  const outside = { HOME: process.env.HOME, XDG_CONFIG_HOME: process.env.XDG_CONFIG_HOME, CI: process.env.CI };
  before(async () => {
    local = await startChain({ chainId });
    const { chain } = local;
    await chain.rpc("hardhat_setBalance", [payer.address, toQuantity(10n ** 21n)]);
    const members = [ada, bo].map(({ address }) => ({ address, weight: 1 }));
    deployment = await deployFabric(senderOf(chain, payer), { constitution: constitutionOf(members, 2) });
    folder = mkdtempSync(join(tmpdir(), "fabric-elsewhere-"));
    for (const name of ["ada", "bo", "home"]) mkdirSync(join(folder, name));
    Object.assign(process.env, { HOME: join(folder, "home"), XDG_CONFIG_HOME: join(folder, "home", ".config") });
    delete process.env.CI;
    writeDeployment(join(folder, "deployment.json"), deployment);
    writeFileSync(join(folder, "ada", ".env"), `FABRIC_RPC_OURS=${local.url}\n`);
    const cheap = { scrypt: { N: 2, r: 8, p: 1 } };
    for (const [name, { address, privateKey }] of Object.entries({ bo, payer }))
      writeFileSync(
        join(folder, "bo", `${name}.json`),
        encryptKeystoreJsonSync({ address, privateKey }, password, cheap),
      );
    await keepInKeystore("ADA", ada.privateKey, password);
  });
  after(async () => {
    for (const [name, value] of Object.entries(outside)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const owner = (who: "ada" | "bo", line: string): Promise<Ended> =>
    fabric(["owner", ...line.split(" "), "--rpc", local.url], { FABRIC_PASSWORD: password }, join(folder, who));
  /** As a person sits there: nothing is said in advance. */
  const atTerminal = (who: "ada" | "bo", line: string, answers: readonly Typed[]) => {
    const words = [join(root, "node_modules", ".bin", "fabric"), "owner", ...line.split(" "), "--rpc", "ours"];
    return onTerminal(words, answers, { FABRIC_PASSWORD: undefined }, join(folder, who));
  };
  const trusted = (who: string) => readTrust(readFileSync(join(folder, who, "trust.json"), "utf8"), "trust.json");
  const isPaused = async () => {
    const { chain } = local;
    return (await readParameters(chain, deployment, (await chain.latest()).hash)).parameters.pause.ownerPaused;
  };

  it("say which one it is before they trust it: unnamed, or by another's name, nothing is pinned", async () => {
    const pin = "trust --deployment ../deployment.json --names Ada,Bo --own 2";
    for (const [line, code, name] of [
      [pin, 2, "NETWORK_UNNAMED"],
      [`${pin} --network-name mainnet`, 4, "NETWORK_MISNAMED"],
    ] as const) {
      const { code: found, err } = await owner("bo", line);
      assert.deepEqual([found, err.split(":")[0]], [code, name], err);
    }
    assert.equal(existsSync(join(folder, "bo", "trust.json")), false);
    const named = await owner("bo", `${pin} --network-name ours`);
    assert.equal(named.code, 0, named.err);
    assert.match(named.out, /^Network: ours \(chain 31338\), which began with block 0x/m);
    assert.equal(trusted("bo").network, "ours");
  });

  it("are asked for its name on a terminal, once, and told what that means", async () => {
    const pin = "trust --deployment ../deployment.json --names Ada,Bo --own 1";
    const question = /Type the name of the network that you mean: /;
    const wrong = await atTerminal("ada", pin, [[question, "sepolia"]]);
    assert.match(wrong.screen, /costs money and is for everybody to see/);
    assert.match(
      wrong.screen,
      /NETWORK_MISNAMED: Chain 31338 at .* is not the network sepolia: that is chain 11155111\./,
    );
    assert.deepEqual([wrong.code, existsSync(join(folder, "ada", "trust.json"))], [4, false]);
    const { code, screen } = await atTerminal("ada", pin, [[question, "ours"]]);
    assert.equal(code, 0, screen);
    const again = await atTerminal("ada", pin, []);
    assert.equal(again.code, 0, again.screen);
    assert.doesNotMatch(again.screen, question);
    assert.equal(trusted("ada").network, "ours");
  });

  it("decide with keys from Hardhat's keystore and from files, and see on which network", async () => {
    const planned = await owner("bo", "plan pause --out pause.json");
    assert.equal(planned.code, 0, planned.err);
    assert.match(planned.out, /^Network: ours \(chain 31338\)\.$/m);
    writeFileSync(join(folder, "ada", "pause.json"), readFileSync(join(folder, "bo", "pause.json")));
    const asked = /Password of Hardhat's keystore: /;
    const signed = await atTerminal("ada", "sign pause.json --key keystore:ADA", [[asked, password]]);
    assert.equal(signed.code, 0, signed.screen);
    assert.match(signed.screen, /Network: ours \(chain 31338\)\. Pause the whole fabric/);
    assert.match(signed.screen, /Signed by Ada: 1 of the 2 votes that it takes\./);
    assert.ok(!signed.screen.includes(password), "the password is shown");
    const locked = await atTerminal("ada", "sign pause.json --key keystore:ADA", [[asked, "close sesame"]]);
    assert.match(locked.screen, /KEYSTORE_LOCKED: .* ADA: the password is not the right one/);

    const both = await owner("bo", "sign pause.json --key bo.json");
    assert.equal(both.code, 0, both.err);
    const handed = await owner("bo", "add-signature pause.json ../ada/pause.member-1.json");
    assert.equal(handed.code, 0, handed.err);
    assert.match(handed.out, /Next: npx fabric owner execute pause\.json/);
  });

  it("sign and pay with keys that everybody knows nowhere", async () => {
    const before = (await local.chain.latest()).number;
    for (const line of [
      "sign pause.json --practice 1",
      "execute pause.json",
      "run pause.json",
      "recall pause.json --practice 1",
    ]) {
      const { code, err } = await owner("bo", line);
      assert.deepEqual([code, /^PRACTICE_ONLY: .*this is chain 31338/m.test(err)], [4, true], `${line}\n${err}`);
    }
    for (const words of [
      ["drill", "--reports", folder],
      ["up", "--world", join(folder, "world")],
    ]) {
      const { code, err } = await fabric([...words, "--network", local.url], {}, folder);
      assert.deepEqual([code, /^PRACTICE_ONLY: /m.test(err)], [4, true], err);
    }
    assert.equal((await local.chain.latest()).number, before);
  });

  it("make the change with an account that pays, at what the chain asks for", async () => {
    const dear = await owner("bo", "execute pause.json --payer payer.json --max-fee 1");
    assert.deepEqual([dear.code, /^FEE_TOO_HIGH: .* and 1 are the most/m.test(dear.err)], [4, true], dear.err);
    assert.equal(await isPaused(), false);
    const { code, out, err } = await owner("bo", "execute pause.json --payer payer.json");
    assert.equal(code, 0, err);
    assert.match(err, /^Sending costs at most 0\.\d+ ether\.\n(?:.*\n)*It cost 0\.\d+ ether\.$/m);
    assert.match(out, /^Network: ours \(chain 31338\)\.\nMade in block \d+, transaction 0x[0-9a-f]{64}\.$/m);
    assert.equal(await isPaused(), true);
  });

  it("anchor there only when the network was named", async () => {
    const words = ["up", "--network", local.url, "--deployment", "deployment.json", "--anchorer", "bo/payer.json"];
    const env = { FABRIC_PASSWORD: password };
    const unnamed = await fabric(words, env, folder);
    assert.deepEqual([unnamed.code, unnamed.err.split(":")[0]], [2, "NETWORK_UNNAMED"], unnamed.err);
    const misnamed = await fabric([...words, "--network-name", "sepolia"], env, folder);
    assert.deepEqual([misnamed.code, misnamed.err.split(":")[0]], [4, "NETWORK_MISNAMED"], misnamed.err);
  });
});
