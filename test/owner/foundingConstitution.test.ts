import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ZeroAddress } from "ethers";
import { constitutionOf, memberKinds } from "../../src/governance/index.ts";
import {
  type Acceptable,
  acceptableText,
  acceptanceDigest,
  acceptWith,
  accountKey,
  type Founding,
  foundingConstitution,
  practiceKeys,
  signConstitution,
} from "../../src/owner/index.ts";
import { type LocalChain, startChain } from "../governance/localChain.ts";

const keys = practiceKeys(31337);
const [ada, bo, cy] = keys.owners;

const founding = (given: Partial<Founding> = {}): Founding => ({
  format: "planetary-fabric/first-constitution/v1",
  ...{ chainId: 31337, verifiers: [], constitution: keys.constitution, acceptances: [], ...given },
});

function acceptedBy(signers: readonly (typeof ada)[], document = founding()): Founding {
  return signers.reduce((accepted, { privateKey }) => acceptWith(accountKey(privateKey), accepted), document);
}

describe("the constitution that a fabric begins with", () => {
  let local: LocalChain;
  before(async () => {
    local = await startChain();
  });
  after(() => local.stop());

  const taken = (document: Acceptable, text = acceptableText(document)) =>
    foundingConstitution(local.chain, text, "constitution.json");
  const refused = (document: Acceptable, code: string, message: RegExp, text?: string) =>
    assert.rejects(taken(document, text), { code, message });

  it("is taken when all its members have accepted it, in whatever order they did", async () => {
    const one = acceptedBy([ada, bo, cy]);
    const other = acceptedBy([cy, ada, bo]);
    assert.equal(acceptableText(other), acceptableText(one));
    assert.deepEqual(await taken(one), { constitution: keys.constitution, verifiers: [] });
  });

  it("is refused while somebody is missing, who is named", async () => {
    const missing = keys.constitution.members.findIndex(({ key }) => key === bo.address.toLowerCase()) + 1;
    const message = new RegExp(
      `accepted by 2 members, and it takes all 3\\. Missing: member ${missing}, the account ${bo.address}`,
    );
    await refused(acceptedBy([ada, cy]), "ACCEPTANCES_MISSING", message);
  });

  it("is refused with an acceptance of another constitution, chain, verifier or moment, or of somebody else", async () => {
    const good = acceptedBy([ada, bo, cy]);
    const forged = (document: Founding) => refused(document, "ACCEPTANCE_FORGED", /signed it/);
    await forged({ ...good, constitution: { ...good.constitution, threshold: 1 } });
    await forged({ ...good, verifiers: [keys.deployer.address] });
    await forged({ ...good, chainId: 1 });
    const [first, second, third] = good.acceptances;
    await forged({ ...good, acceptances: [{ ...first, payload: second.payload }, second, third] });
    await refused(
      { ...good, acceptances: [first, second, first] },
      "ACCEPTANCE_DOUBLED",
      /two acceptances of member 1/,
    );
    await refused(
      { ...good, acceptances: [first, { ...second, index: 4 }] },
      "ACCEPTANCE_FORGED",
      /there are 3 members/,
    );
    const elsewhere = acceptedBy([ada, bo, cy], founding({ chainId: 5 }));
    await refused(elsewhere, "ACCEPTANCE_FOREIGN", /for chain 5, and this is chain 31337/);
    await refused(good, "OWNER_FILE_ALTERED", /not written as/, acceptableText(good).replace("{", '{ "chainId": 1,'));
  });

  it("is no constitution that follows another, and what is signed for one is worth nothing for the other", async () => {
    const multisig = keys.deployer.address;
    const office = { chainId: 31337, multisig, epoch: 1n };
    const acceptances = await Promise.all(
      keys.owners.map((owner) => signConstitution(owner, office, keys.constitution)),
    );
    const format = "planetary-fabric/constitution/v1";
    const next = { format, chainId: 31337, multisig, epoch: 2, constitution: keys.constitution, acceptances } as const;
    await refused(next, "ACCEPTANCE_FOREIGN", /to follow another constitution/);
    await refused(founding({ acceptances }), "ACCEPTANCE_FORGED", /signed it/);
    assert.notEqual(acceptanceDigest(next), acceptanceDigest(founding()));
  });

  it("is refused where its members are not what they are called on the chain", async () => {
    const contract = { kind: memberKinds.contract, weight: 1, key: ada.address.toLowerCase() };
    const lonely = founding({ constitution: { ...keys.constitution, members: [contract], threshold: 1 } });
    await refused(lonely, "CONSTITUTION_INVALID", /member 1 has 0x\w+ for a contract, and there is no contract/);
    const nobody = acceptedBy([ada, bo, cy], founding({ verifiers: [keys.deployer.address] }));
    await refused(nobody, "CONSTITUTION_INVALID", /no contract at its verifier/);
    const reserved = founding({ constitution: constitutionOf([{ address: ZeroAddress, weight: 1 }], 1) });
    await refused(reserved, "CONSTITUTION_INVALID", /nobody's address/);
  });
});
