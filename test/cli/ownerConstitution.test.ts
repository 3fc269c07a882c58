import assert from "node:assert/strict";
import { createPublicKey, ECDH } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encryptKeystoreJsonSync, TypedDataEncoder } from "ethers";
import { z } from "zod";
import { verifierWords } from "../../src/cli/owner/constitution/text.ts";
import { type Deployment, deployFabric, interfaceOf, writeDeployment } from "../../src/governance/index.ts";
import {
  type Acceptable,
  acceptanceDigest,
  foundingConstitution,
  planDigest,
  practiceKeys,
  publicPointOf,
  readAcceptable,
  readOffice,
  readPlan,
  readWorld,
} from "../../src/owner/index.ts";
import { senderOf } from "../governance/localChain.ts";
import { type MixedMembers, type MixedName, startMixedMembers } from "../owner/mixedMembers.ts";
import { fabric } from "./commandLines.ts";
import type { Ended } from "./program.ts";

const keys = practiceKeys(31337);
const joining = keys.operatorOf(5);

/** An account, a Safe, a P-256 key in a file and a passkey; the account loses its key later. */
describe("owners who change their constitution by commands", () => {
  let mixed: MixedMembers;
  let folder: string;
  let deployment: Deployment;
  before(async () => {
    mixed = await startMixedMembers();
    folder = mkdtempSync(join(tmpdir(), "fabric-constitution-"));
    writeFileSync(at("chip.pem"), mixed.chip.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
    const compressed = ECDH.convertKey(chipPoint(), "prime256v1", "hex", "hex", "compressed");
    writeFileSync(at("chip.pub"), `p256 0x${compressed}\n`);
    const passkey = createPublicKey(mixed.passkey.key).export({ format: "pem", type: "spki" });
    writeFileSync(at("passkey.pem"), passkey);
    const { address, privateKey } = joining;
    const cheap = { scrypt: { N: 2, r: 8, p: 1 } };
    writeFileSync(at("joining.json"), encryptKeystoreJsonSync({ address, privateKey }, "sesame", cheap));
  });
  after(async () => {
    await mixed.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const chipPoint = () => `04${publicPointOf(mixed.chip)?.slice(2)}`;
  const at = (file: string) => join(folder, file);
  const owner = (line: string): Promise<Ended> =>
    fabric(["owner", ...line.split(" ")], { FABRIC_PASSWORD: "sesame" }, folder);
  async function done(line: string): Promise<Ended> {
    const ended = await owner(line);
    assert.equal(ended.code, 0, `${line}\n${ended.err}`);
    return ended;
  }
  async function refused(line: string, code: number, message: RegExp): Promise<void> {
    const ended = await owner(line);
    assert.equal(ended.code, code, `${line}\n${ended.err}`);
    assert.match(ended.err, message);
  }
  const there = () => `--rpc ${mixed.url}`;
  const constitutionIn = (file: string): Acceptable => readAcceptable(readFileSync(at(file), "utf8"), file);
  const numberOf = (name: MixedName, document: Pick<Acceptable, "constitution">) =>
    document.constitution.members.findIndex(({ key }) => key === mixed.members[name].key) + 1;
  /** What the passkey answers, in a file. */
  const answer = (digest: string) => {
    writeFileSync(at("answer.json"), mixed.passkey.answer(digest));
    return "answer.json";
  };

  it("draft the first one, accept it each in their own way on their own copy, and put the copies together", async () => {
    const { account, safe, verifiers } = mixed;
    const members = `${account.address} contract:${safe} key:chip.pub@${verifiers.p256} key:passkey.pem@${verifiers.webAuthn}`;
    for (const none of ["0", "1e3"])
      await refused(`constitution draft --chain-id ${none} --members ${members}`, 2, /A whole number from 1 to /);
    const drafted = await done(
      `constitution draft --chain-id 31337 --members ${members} --threshold 3 --out first.json`,
    );
    assert.match(drafted.out, /^3 of 4 votes decide\.$/m);
    const document = constitutionIn("first.json");
    const digest = acceptanceDigest(document);
    const number = (name: MixedName) => numberOf(name, document);
    copyFileSync(at("first.json"), at("copy.json"));
    await done(`constitution accept first.json --practice ${number("account")}`);
    await done("constitution accept first.json --key chip.pem");
    const accepted = await done(
      `constitution accept copy.json ${answer(digest)} --member ${number("passkey")} ${there()}`,
    );
    // Whoever accepts is told whose word counts for the keys: a verifier may say what it likes.
    assert.ok(accepted.err.includes(`${verifiers.webAuthn}: OpenZeppelin's ERC7913WebAuthnVerifier, for passkeys`));
    assert.match((await verifierWords(mixed.chain, [safe])).join(), /: none that this program compiles; /);
    const alone = mixed.signBySafe(digest, [0]);
    await refused(
      `constitution accept copy.json ${alone} --member ${number("safe")} ${there()}`,
      4,
      /^ACCEPTANCE_FORGED/m,
    );
    await done(`constitution accept copy.json ${mixed.signBySafe(digest)} --member ${number("safe")} ${there()}`);
    const merged = await done("constitution merge first.json copy.json");
    assert.match(merged.out, /^Accepted by all\.\nNext: npx fabric deploy first\.json$/m);
    const text = readFileSync(at("first.json"), "utf8");
    const founders = await foundingConstitution(mixed.chain, text, "first.json");
    deployment = await deployFabric(senderOf(mixed.chain, keys.deployer), founders);
    writeDeployment(at("deployment.json"), deployment);
  });

  it("see what is different before they accept the next one, which replaces a key that is lost", async () => {
    const names = constitutionIn("first.json").constitution.members.map(({ key }) =>
      key === mixed.members.account.key ? "Ada" : `member${key.slice(-4)}`,
    );
    await done(`trust ${there()} --deployment deployment.json --names ${names.join(",")}`);
    const lost = `--replace Ada=${joining.address}`;
    const drafted = await done(`constitution draft ${lost} --threshold 2 --default-delay 60 ${there()}`);
    const was = mixed.account.address.toLowerCase();
    assert.match(drafted.out, new RegExp(`^  the account ${was} is no member any more$`, "m"));
    assert.match(drafted.out, /^ {2}2 of 4 decide \(before: 3 of 4\)$/m);
    assert.match(drafted.out, /^ {2}what no rule names waits 60 s \(before: 0 s\)$/m);
    assert.equal(constitutionIn("constitution-2.json").acceptances.length, 0);
    await refused(`plan constitute constitution-2.json ${there()}`, 3, /^ACCEPTANCES_MISSING/m);
    await refused(`constitution accept constitution-2.json --practice 1 ${there()}`, 2, /none is a member here/);
    await done(`constitution accept constitution-2.json --key joining.json ${there()}`);
    const external = await done(`constitution accept constitution-2.json --external ${there()}`);
    const digest = acceptanceDigest(constitutionIn("constitution-2.json"));
    assert.match(external.err, new RegExp(`^Digest +${digest}$`, "m"));
    const { domain, primaryType } = JSON.parse(external.out);
    assert.deepEqual([domain.verifyingContract.toLowerCase(), primaryType], [multisig().toLowerCase(), "Acceptance"]);
    const enough = await done("constitution accept constitution-2.json --key chip.pem --offline");
    assert.match(enough.out, /^Accepted by .* That is enough: 2 of the 2 votes that it takes\.$/m);
    assert.match(enough.out, /^Next: npx fabric owner plan constitute constitution-2\.json$/m);
    const shown = await done(`constitution show constitution-2.json ${there()} --json`);
    const { accepted, missing, asked } = JSON.parse(shown.out);
    assert.deepEqual([accepted.length, missing.length, asked], [2, 2, true]);
  });

  const multisig = () => deployment.contracts.OwnerMultisig.address;

  it("decide it as those of the one in force: by a key in a file, a passkey and a Safe", async () => {
    await done(`plan constitute constitution-2.json --out change.json ${there()}`);
    const first = constitutionIn("first.json");
    const digest = planDigest(readPlan(readFileSync(at("change.json"), "utf8"), "change.json"));
    const number = (name: MixedName) => numberOf(name, first);
    await done(`sign change.json --key chip.pem ${there()}`);
    const alone = `add-signature change.json ${mixed.signBySafe(digest, [1])} --member ${number("safe")}`;
    await refused(`${alone} ${there()}`, 4, /^SIGNATURE_FORGED: .* does not know it as its own\.$/m);
    await done(`add-signature change.json ${answer(digest)} --member ${number("passkey")} ${there()}`);
    const by = mixed.signBySafe(digest, [1, 2]);
    const signed = await done(`add-signature change.json ${by} --member ${number("safe")} ${there()}`);
    assert.match(signed.out, /3 of the 3 votes that it takes\.$/m);
    await done(`execute change.json ${there()}`);
    const office = await readOffice(mixed.chain, deployment);
    assert.deepEqual([office.epoch, office.threshold, office.constitution.defaultDelay], [2n, 2, 60]);
    assert.ok(office.members.some(({ address }) => address === joining.address));
    const again = `constitution accept constitution-2.json --key joining.json ${there()}`;
    await refused(again, 7, /^CONSTITUTION_OUTDATED: .* is to be constitution 2, and constitution 2 is in force/m);
  });

  it("hold what waits under the new one, and cancel it by what a Safe, a passkey and a key elsewhere signed", async () => {
    await done(`trust ${there()} --deployment deployment.json`);
    await done(`plan set fabric.anchorer ${keys.anchorer.address} --out anchorer.json ${there()}`);
    await done("sign anchorer.json --key chip.pem --offline");
    await done("sign anchorer.json --key joining.json --offline");
    const announced = await done(`announce anchorer.json --reason an-anchorer-is-needed ${there()}`);
    // No world runs here, so there is no log either that a reason could be in.
    assert.match(announced.err, /^Your reason is written down nowhere: /m);

    const external = await done("recall anchorer.json --external");
    const plan = readPlan(readFileSync(at("anchorer.json"), "utf8"), "anchorer.json");
    const { types, domain, message } = JSON.parse(external.out);
    const { EIP712Domain: _, ...own } = types;
    const digest = TypedDataEncoder.hash(domain, own, message);
    assert.match(external.err, new RegExp(`^Digest +${digest}$`, "m"));
    const number = (name: MixedName) => numberOf(name, constitutionIn("constitution-2.json"));
    // Who signed the plan has not signed that it be cancelled, and one holder of the Safe does not speak for it.
    const [ofPlan, ofOne] = [mixed.signBySafe(planDigest(plan)), mixed.signBySafe(digest, [1])];
    for (const no of [ofPlan, ofOne])
      await refused(
        `recall anchorer.json ${number("safe")}=${no} ${there()}`,
        4,
        /^RECALL_FORGED: .* does not know it/m,
      );
    await refused(`recall anchorer.json ${number("safe")} ${there()}`, 2, /^USAGE: .* is no member's answer/m);
    const waits = async () => (await readOffice(mixed.chain, deployment)).waiting.emergency;
    assert.notEqual(await waits(), null);

    const { out: handedOn } = await done("recall anchorer.json --key chip.pem --hand-on");
    const answers = [
      handedOn.trim(),
      `${number("passkey")}=${answer(digest)}`,
      `${number("safe")}=${mixed.signBySafe(digest)}`,
    ];
    const recalled = await done(`recall anchorer.json ${answers.join(" ")} --key joining.json ${there()} --json`);
    const { transactionHash } = JSON.parse(recalled.out);
    const receipt = z
      .object({ logs: z.array(z.object({ topics: z.array(z.string()), data: z.string() })) })
      .parse(await mixed.chain.rpc("eth_getTransactionReceipt", [transactionHash]));
    const cancelled = receipt.logs.map((log) => interfaceOf("OwnerMultisig").parseLog(log));
    assert.deepEqual(
      cancelled.map((event) => [event?.name, Number(event?.args.signers)]),
      [["Cancelled", 0b1111]],
    );
    assert.equal(await waits(), null);
    assert.equal((await readWorld(mixed.chain, deployment)).offices?.anchorer, "none");
  });

  it("are refused what is for others, or was touched", async () => {
    const text = readFileSync(at("constitution-2.json"), "utf8");
    const altered = (change: (text: string) => string) => writeFileSync(at("altered.json"), change(text));
    const show = "constitution show altered.json --offline";
    altered((all) => all.replace('"threshold": 2', '"threshold": 1'));
    await refused(show, 4, /^ACCEPTANCE_FORGED: altered\.json holds no acceptance of member/m);
    altered((all) => all.replace(multisig(), keys.deployer.address));
    await refused(show, 4, /^ACCEPTANCE_FORGED/m);
    altered((all) => JSON.stringify({ ...JSON.parse(all), multisig: keys.deployer.address, acceptances: [] }, null, 2));
    await refused(show, 4, /^CONSTITUTION_FOREIGN: altered\.json is for other owners: they are 0x/m);
    await refused("constitution accept constitution-2.json", 2, /^USAGE: Accept with one of/m);
  });
});
