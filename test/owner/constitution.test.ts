import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { concat, dataSlice, getAddress, getCreateAddress, id, toBeHex, ZeroAddress } from "ethers";
import fc from "fast-check";
import { FabricError } from "../../src/errors.ts";
import {
  artifactOf,
  ChainRefusal,
  type Constitution,
  constitutionOf,
  type Deployment,
  deployFabric,
  interfaceOf,
  memberKinds,
} from "../../src/governance/index.ts";
import {
  type Acceptable,
  acceptableText,
  acceptWith,
  accountKey,
  type ConstitutionWishes,
  checkConstitution,
  checkMemberCode,
  draftConstitution,
  mergeAcceptances,
  practiceKeys,
  readAcceptable,
} from "../../src/owner/index.ts";
import { senderOf } from "../governance/localChain.ts";
import { type MixedMembers, startMixedMembers } from "./mixedMembers.ts";

type Member = Constitution["members"][number];

const keys = practiceKeys(31337);
const [ada, bo, cy] = keys.owners;
const sorted = (...members: readonly Member[]) => [...members].sort((a, b) => (a.key < b.key ? -1 : 1));
const account = (key: string, weight = 1): Member => ({ kind: memberKinds.account, weight, key: key.toLowerCase() });
const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

describe("a constitution", () => {
  let mixed: MixedMembers;
  let deployment: Deployment;
  /** Where the next contract of the account that asks would stand. */
  let multisig: string;
  before(async () => {
    mixed = await startMixedMembers();
    deployment = await deployFabric(senderOf(mixed.chain, keys.deployer), { constitution: keys.constitution });
    multisig = getCreateAddress({ from: keys.guardian.address, nonce: 0 });
  });
  after(() => mixed.stop());

  const verifiers = () => Object.values(mixed.verifiers);

  /** What this program says of it; null when it has nothing against it. */
  async function refusal(constitution: Constitution): Promise<string | null> {
    try {
      checkConstitution(constitution, { multisig, verifiers: verifiers() });
      await checkMemberCode(mixed.chain, constitution);
      return null;
    } catch (error) {
      assert.ok(error instanceof FabricError && error.code === "CONSTITUTION_INVALID", String(error));
      assert.match(error.message, /^The constitution cannot be: .+\.$/);
      return error.message;
    }
  }

  /** Whether the contract takes it as its first one. */
  async function isTaken(constitution: Constitution): Promise<boolean> {
    const { members, rules } = constitution;
    const plain = { ...constitution, members: [...members], rules: [...rules] };
    const data = artifactOf("OwnerMultisig").bytecode;
    const args = interfaceOf("OwnerMultisig").encodeDeploy([plain, verifiers()]);
    try {
      await mixed.chain.rpc("eth_call", [{ from: keys.guardian.address, data: concat([data, args]) }, "latest"]);
      return true;
    } catch (error) {
      if (error instanceof ChainRefusal) return false;
      throw error;
    }
  }

  /** Both say the same of it. */
  async function agreed(constitution: Constitution): Promise<string | null> {
    const said = await refusal(constitution);
    assert.equal(said === null, await isTaken(constitution), said ?? "only the contract refuses it");
    return said;
  }

  const only = (members: readonly Member[], other: Partial<Constitution> = {}): Constitution => ({
    ...{ members, threshold: 1, defaultDelay: 0, rules: [], ...other },
  });
  const rule = (target: string, delay = 5, selector = "0x12345678") => ({ target, selector, delay });
  const precompile = toBeHex(0x100, 20);

  const refused: readonly (readonly [string, (its: MixedMembers["members"]) => Constitution, RegExp])[] = [
    ["nobody", () => only([]), /it has 0 members/],
    [
      "more than 16 members",
      () => only(sorted(...Array.from({ length: 17 }, (_, at) => account(dataSlice(id(String(at)), 12))))),
      /it has 17 members/,
    ],
    ["a threshold that nobody reaches", () => only([account(ada.address, 2)], { threshold: 3 }), /3 votes .* have 2/],
    ["no threshold", () => only([account(ada.address)], { threshold: 0 }), /0 votes are to decide/],
    ["a member without weight", () => only([account(ada.address, 0)]), /has the weight 0/],
    ["a kind that there is not", () => only([{ ...account(ada.address), kind: 4 }]), /is of kind 4/],
    [
      "members out of order",
      ({ safe, account }) => only(sorted(safe, account).reverse()),
      /member 2, .* is out of order/,
    ],
    ["a member twice", ({ account }) => only([account, account]), /members 1 and 2 are the same/],
    ["the zero address", () => only([account(ZeroAddress)]), /is nobody's address/],
    ["a precompile", () => only([account(precompile)]), /is the address of a precompile/],
    ["the multisig itself", () => only([account(multisig)]), /is the multisig itself/],
    ["a verifier as an account", ({ chip }) => only([account(dataSlice(chip.key, 0, 20))]), /is a verifier/],
    ["a contract as an account", ({ safe }) => only([account(safe.key)]), /is a contract/],
    ["an account as a contract", ({ account }) => only([{ ...account, kind: 2 }]), /there is no contract/],
    ["a key of the wrong length", ({ chip }) => only([{ ...chip, key: dataSlice(chip.key, 0, 83) }]), /of 83 bytes/],
    [
      "a verifier that is none",
      ({ chip, safe }) => only([{ ...chip, key: concat([safe.key, dataSlice(chip.key, 20)]) }]),
      /which is none of the multisig's/,
    ],
    [
      "a point beside the curve",
      ({ chip }) => only([{ ...chip, key: concat([dataSlice(chip.key, 0, 83), "0x00"]) }]),
      /is no point of P-256/,
    ],
    [
      "a key twice, once as its mirror image",
      ({ chip }) => {
        const [head, y] = [dataSlice(chip.key, 0, 52), BigInt(dataSlice(chip.key, 52))];
        return only(sorted(chip, { ...chip, key: concat([head, toBeHex(prime - y, 32)]) }));
      },
      /whoever has the key of its member 1 has that of member 2/,
    ],
    ["too long a delay", () => only([account(ada.address)], { defaultDelay: 2_592_001 }), /a delay of 2,592,001 s/],
    [
      "too long a rule",
      () => only([account(ada.address)], { rules: [rule(bo.address, 2_592_001)] }),
      /a delay of 2,592/,
    ],
    [
      "rules out of order",
      () => only([account(ada.address)], { rules: [rule(bo.address), rule(bo.address)] }),
      /its rule 2 is out of order/,
    ],
    [
      "more than 32 rules",
      () => {
        const rules = Array.from({ length: 33 }, (_, at) => rule(bo.address, 5, toBeHex(at + 1, 4)));
        return only([account(ada.address)], { rules });
      },
      /it has 33 rules/,
    ],
  ];
  for (const [what, make, message] of refused)
    it(`of or with ${what} is refused in words, as the contract would refuse it`, async () => {
      assert.match((await agreed(make(mixed.members))) ?? "", message);
    });

  it("is taken where the contract takes it, and refused where it does not", async () => {
    const { members } = mixed;
    const good = [...Object.values(members), account(bo.address)];
    const bad = [account(precompile), { ...members.safe, kind: 1 }, { ...account(cy.address), kind: 2 }];
    const anything = fc.record({
      members: fc.oneof(
        fc.subarray(good, { minLength: 1 }).map((some) => sorted(...some)),
        fc.array(fc.constantFrom(...good, ...bad), { maxLength: 4 }),
      ),
      threshold: fc.integer({ min: 0, max: 3 }),
      defaultDelay: fc.constantFrom(0, 60, 2_592_000),
      rules: fc.array(fc.constantFrom(rule(ada.address), rule(bo.address), rule(cy.address, 0)), { maxLength: 3 }),
    });
    let taken = 0;
    const judged = fc.asyncProperty(anything, async (constitution) => {
      if ((await agreed(constitution)) === null) taken++;
    });
    await fc.assert(judged, { seed: 4, numRuns: 40 });
    assert.ok(taken > 5, `only ${taken} were good`);
    assert.equal(await agreed(only(sorted(...Object.values(members)), { threshold: 4, defaultDelay: 60 })), null);
  });

  describe("is drafted from another one", () => {
    const names = ["Ada", "Bo", "Cy"];
    const drafted = (wishes: ConstitutionWishes, base: Constitution | null = before) =>
      draftConstitution(base, wishes, { contracts: deployment.contracts, names });
    const before = constitutionOf(
      [
        { address: ada.address, weight: 1 },
        { address: bo.address, weight: 2 },
        { address: cy.address, weight: 3 },
      ],
      4,
    );
    const joining = keys.operatorOf(3);
    /** Ada is the first of the constitution in force, whoever that is. */
    const [first, second, third] = before.members;
    const cannotBe = (wishes: ConstitutionWishes, message: RegExp, base?: Constitution | null) =>
      assert.throws(() => drafted(wishes, base), { code: "CONSTITUTION_INVALID", exitCode: 2, message });

    it("by what is to be different: who loses a key is replaced by name, number, address or key", () => {
      assert.deepEqual(drafted({}), before);
      const replaced = sorted({ ...account(joining.address), weight: first.weight }, second, third);
      for (const who of ["Ada", "1", getAddress(first.key), first.key])
        assert.deepEqual(drafted({ replace: [`${who}=${joining.address}`] }).members, replaced);
      const heavier = drafted({ replace: [`Ada=${joining.address}:9`], threshold: 12 });
      assert.deepEqual(heavier.members.find(({ key }) => key === joining.address.toLowerCase())?.weight, 9);
      assert.equal(heavier.threshold, 12);
      assert.deepEqual(drafted({ remove: ["Cy"] }).members, [first, second]);
      assert.deepEqual(drafted({ add: [`contract:${joining.address}:7`], remove: ["1", "2"] }).members, [
        ...sorted(third, { kind: memberKinds.contract, weight: 7, key: joining.address.toLowerCase() }),
      ]);
      assert.deepEqual(drafted({ weight: ["Bo=5"] }).members, [first, { ...second, weight: 5 }, third]);
      const { key } = mixed.members.chip;
      assert.deepEqual(drafted({ members: [`key:${key}:2`], threshold: 2 }).members, [
        { ...mixed.members.chip, weight: 2 },
      ]);
    });

    it("by delays that name functions, in the order that the contract takes", () => {
      const delay = ["transferOwnership", "ShardRegistry.setWeight=60", "setQueueBudget=30", "SystemPause.resume=5"];
      const { rules, defaultDelay } = drafted({ delay: delay.slice(1), defaultDelay: 7 });
      assert.equal(rules.length, 3);
      assert.deepEqual(
        rules,
        [...rules].sort((a, b) =>
          `${a.target}${a.selector}`.toLowerCase() < `${b.target}${b.selector}`.toLowerCase() ? -1 : 1,
        ),
      );
      const { selector } = interfaceOf("ShardRegistry").getFunction("setWeight");
      const target = deployment.contracts.ShardRegistry.address;
      assert.ok(rules.some((each) => each.target === target && each.selector === selector && each.delay === 60));
      assert.equal(defaultDelay, 7);
      const again = { ...before, rules };
      assert.equal(
        drafted({ delay: [`${target}.${selector}=default`, "SystemPause.resume=6"] }, again).rules.length,
        2,
      );
      cannotBe({ delay: ["transferOwnership=5"] }, /several contracts have transferOwnership/);
      cannotBe({ delay: ["fly=5"] }, /no contract of a fabric has a function fly/);
      cannotBe({ delay: ["ShardRegistry.setWeight"] }, /lacks an equals sign/);
      cannotBe({ delay: ["ShardRegistry.setWeight=soon"] }, /is no whole number/);
    });

    it("and never by a slip of the keyboard", () => {
      cannotBe({ remove: ["Dee"] }, /Dee is no member/);
      cannotBe({ add: ["Dee"] }, /“Dee” is no member/);
      cannotBe({ add: [`${joining.address}:heavy`] }, /“heavy” in “.*” is no whole number/);
      cannotBe({ add: [joining.address.slice(0, -1)] }, /is no address/);
      const lower = joining.address.toLowerCase();
      const flipped = `0x${lower.slice(2, 12).toUpperCase()}${lower.slice(12)}`;
      cannotBe({ add: [flipped] }, /is no address/);
      cannotBe({ add: [`key:${mixed.members.chip.key.slice(0, -2)}`] }, /is no member/);
      assert.throws(() => draftConstitution(null, { members: [lower], delay: ["setWeight=5"] }, {}), {
        code: "CONSTITUTION_INVALID",
        message: /a first constitution has no rules/,
      });
    });
  });

  describe("is accepted in copies", () => {
    const proposal = (given: Partial<Extract<Acceptable, { readonly epoch: number }>> = {}): Acceptable => ({
      ...{ format: "planetary-fabric/constitution/v1", chainId: 31337, multisig: keys.deployer.address, epoch: 2 },
      ...{ constitution: keys.constitution, acceptances: [], ...given },
    });
    const by = (owner: typeof ada, document = proposal()) => acceptWith(accountKey(owner.privateKey), document);
    const copy = (document: Acceptable, file = "copy.json") => ({ file, document });

    it("that are put together in any order, and say the same then", () => {
      const one = mergeAcceptances(by(ada), [copy(by(cy)), copy(by(bo))]);
      const other = mergeAcceptances(by(bo), [copy(by(cy, by(ada)))]);
      assert.equal(acceptableText(other), acceptableText(one));
      assert.deepEqual(readAcceptable(acceptableText(one), "constitution.json"), one);
    });

    it("and none of another constitution, epoch, chain or fabric gets among them", () => {
      const foreign = (document: Acceptable, problem: RegExp) =>
        assert.throws(() => mergeAcceptances(by(ada), [copy(by(bo, document))]), {
          code: "ACCEPTANCE_FOREIGN",
          exitCode: 4,
          message: problem,
        });
      foreign(proposal({ chainId: 5 }), /copy\.json .*: it is for chain 5, and this one for 31337/);
      foreign(proposal({ epoch: 3 }), /it is for constitution 3 of 0x\w+, and this one for constitution 2/);
      foreign(proposal({ multisig: bo.address }), /it is for constitution 2 of 0x/);
      foreign(proposal({ constitution: { ...keys.constitution, threshold: 1 } }), /its members, votes/);
    });

    it("and a forged or doubled one is refused with its file", () => {
      const [first, second] = by(bo, by(ada)).acceptances;
      const read = (acceptances: readonly { readonly index: number; readonly payload: string }[]) =>
        readAcceptable(acceptableText(proposal({ acceptances })), "copy.json");
      const crossed = { index: first.index, payload: second.payload };
      assert.throws(() => read([crossed]), {
        code: "ACCEPTANCE_FORGED",
        message: /^copy\.json holds no acceptance of/,
      });
      assert.throws(() => read([first, first]), { code: "ACCEPTANCE_DOUBLED", message: /^copy\.json has two/ });
      const other = by(bo, proposal({ epoch: 9 })).acceptances;
      assert.throws(() => read(other), { code: "ACCEPTANCE_FORGED" });
      assert.throws(() => by(keys.operatorOf(3)), { code: "NOT_A_MEMBER", exitCode: 3 });
    });
  });
});
