import { expect } from "chai";
import { AbiCoder, dataSlice, id, TypedDataEncoder } from "ethers";
import { network } from "hardhat";
import { Random } from "../simulation/random.ts";
import { type Candidate, candidates, constitute, show } from "./chanceSignatures.ts";
import { ERC7913 } from "./OwnerMultisigMembers.ts";
import { type Batch, batchTypes, domainOf } from "./OwnerMultisigSigning.ts";
import { encoded, packed, type Signers, verdictOf } from "./signatureModel.ts";

/** How many sets of signatures; a hundred thousand are for a run by hand. */
const byHand = process.env.SETS !== undefined;
const sets = Number(process.env.SETS ?? 600);
const seed = Number(process.env.SETS_SEED ?? 1);
/** Sets of one constitution, and those of them that are shown in one call: what a call traces grows with it. */
const [mostOfOne, inOneCall] = [500, 10];
/** Of a run by hand, after so many sets it is told how far it is. */
const toldEvery = 5000;

// A call shows more sets than a transaction could.
const { ethers, networkHelpers, provider } = await network.create({
  network: "drill",
  override: { blockGasLimit: 10_000_000_000, transactionGasCap: false },
});
const { interface: errors } = await ethers.getContractFactory("OwnerMultisig");
const coder = AbiCoder.defaultAbiCoder();
const everybody = await candidates(ethers);
const judge = await ethers.deployContract("SignatureSets");
const judgement = judge.judge.fragment;

/** A multisig of members at chance, OpenZeppelin's of the same, and a batch that all have signed. */
async function deploy(random: Random, number: number) {
  const { members, threshold } = constitute(random, everybody);
  const keys = members.map(({ key }) => key);
  const used = members.filter(({ kind }) => kind === ERC7913).map(({ key }) => dataSlice(key, 0, 20));
  const multisig = await ethers.deployContract("OwnerMultisig", [
    { members: members.map(({ kind, weight, key }) => ({ kind, weight, key })), threshold, defaultDelay: 0, rules: [] },
    [...new Set(used)],
  ]);
  const weights = members.map(({ weight }) => weight);
  const weighted = await ethers.deployContract("WeightedSigners", [keys, weights, threshold]);
  const validAfter = await networkHelpers.time.latest();
  const time = { validAfter, validUntil: validAfter + 86_400 };
  const batch: Batch = { calls: [], nonce: 0n, ...time, epoch: 1n, memo: id(`${seed} ${number}`) };
  const digest = TypedDataEncoder.hash(await domainOf(multisig), batchTypes, batch);
  const made = new Map(members.map(({ sign }, i): [number, Buffer] => [i + 1, sign(digest)]));
  const signers = { members, threshold, made };
  return { multisig: await multisig.getAddress(), weighted: await weighted.getAddress(), batch, signers };
}

/** Sets at chance: each as it is given to both, and in order and whole for the OwnerMultisig. */
function draw(random: Random, signers: Signers & { members: readonly Candidate[] }, count: number) {
  return Array.from({ length: count }, () => {
    const { signatures, more, less } = show(random, signers);
    const bytes = packed(signers, signatures);
    const { keys, payloads } = encoded(signers, signatures);
    return {
      asGiven: Buffer.concat([bytes.subarray(0, bytes.length - less), more]),
      inOrder: packed(
        signers,
        signatures.toSorted((a, b) => a.index - b.index),
      ),
      theirs: bytesOf(coder.encode(["bytes[]", "bytes[]"], [keys, payloads])),
    };
  });
}

/**
 * What both say of sets. Encoded and sent without a contract's object, which parses the same digits several times.
 *
 * @returns of each set what ours says of it as it is given and in order, and theirs
 */
async function judged(to: string, batch: Batch, weighted: string, sets: ReturnType<typeof draw>) {
  const shown = sets.flatMap(({ asGiven, inOrder }) => (asGiven.equals(inOrder) ? [inOrder] : [inOrder, asGiven]));
  const question = [to, batch, shown, weighted, sets.map(({ theirs }) => theirs)];
  const data = judgement.selector + coder.encode(judgement.inputs, question).slice(2);
  const call = { to: await judge.getAddress(), data };
  const answer = String(await provider.request({ method: "eth_call", params: [call, "latest"] }));
  const [ours, theirs] = judge.interface.decodeFunctionResult(judgement, answer);
  let at = 0;
  return sets.map(({ asGiven, inOrder }, i) => {
    const ordered = named(ours[at++]);
    return { ordered, given: asGiven.equals(inOrder) ? ordered : named(ours[at++]), theirs: theirs[i] };
  });
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex.slice(2), "hex");

/** The name and the arguments of what a call reverted with. */
function named(data: string): string {
  const found = errors.parseError(data) ?? judge.interface.parseError(data);
  return found === null ? data : `${found.name.replace("OwnerMultisig_", "")}(${found.args.join(",")})`;
}

describe("OwnerMultisig, beside OpenZeppelin's weighted signers and a model", function () {
  this.timeout(0);

  it(`decides ${sets} sets of signatures as they do`, async () => {
    const random = new Random(seed);
    const tally: Record<string, number> = {};
    const cpuSeconds = () => Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1e6);
    const count = (what: string) => {
      tally[what] = (tally[what] ?? 0) + 1;
    };
    const ofOne = Math.min(mostOfOne, Math.ceil(sets / 12));
    for (let done = 0; done < sets; ) {
      const { multisig, weighted, batch, signers } = await deploy(random, done);
      for (const end = Math.min(sets, done + ofOne); done < end; ) {
        const drawn = draw(random, signers, Math.min(inOneCall, end - done));
        const verdicts = await judged(multisig, batch, weighted, drawn);
        drawn.forEach(({ asGiven, inOrder }, i) => {
          const where = `set ${done + i} of seed ${seed}`;
          const { given, ordered, theirs } = verdicts[i];
          expect(given, where).to.equal(verdictOf(signers, asGiven));
          expect(ordered, `${where}, in order`).to.equal(verdictOf(signers, inOrder));
          // In order and whole, the same verdict; in any other shape, none at all.
          expect(ordered === "Decided()", where).to.equal(theirs);
          expect(given === "Decided()", where).to.equal(theirs && asGiven.equals(inOrder));
          count(given.replace(/\(.*/, ""));
          if (theirs && given !== "Decided()") count("refused for its shape alone");
        });
        done += drawn.length;
        if (byHand && done % toldEvery === 0) console.error(`${done} sets of ${sets}, ${cpuSeconds()} CPU-s`);
      }
    }
    if (byHand) console.log({ sets, ...tally, cpuSeconds: cpuSeconds() });
    // Were all of them refused, all would agree.
    for (const each of [
      "Decided",
      "BelowThreshold",
      "BadSignature",
      "IndexNotRising",
      "UnknownMember",
      "BytesLeftOver",
    ])
      expect(tally[each] ?? 0, each).to.be.above(sets / 100);
  });
});
