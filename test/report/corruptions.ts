import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Play } from "../../src/drill/index.ts";
import { FabricError } from "../../src/errors.ts";
import { type ChainEvidence, readEvidence } from "../../src/governance/evidence/index.ts";
import { MemoryStore } from "../../src/journal/index.ts";
import { memoOf } from "../../src/owner/index.ts";
import { readDecisions } from "../../src/report/decisions.ts";
import { type OwnerLogEntry, ownerLogForm } from "../../src/report/ownerLog.ts";
import { type DrillDocument, type Primary, playOf } from "../../src/report/primary.ts";
import { type Proof, proofOf } from "../../src/report/proof.ts";
import { Copy, refusalOf } from "./quietBundle.ts";

type Scenario = { readonly owners: Owners };
type Owners = { atTick: number; change: { kind: string; value?: number } }[];

const path = "owner-log.json";
const hash = `0x${"33".repeat(32)}`;

/** Tests that what was altered is found and named, though manifest.json is rewritten to match. */
export function corruptions(bundle: () => string): void {
  describe("when it was altered", () => {
    let copy: Copy;
    before(() => {
      copy = new Copy(bundle());
    });
    after(() => copy.remove());

    describe("and manifest.json was not rewritten", () => {
      const refused = async (act: () => void, problem: RegExp) => {
        try {
          act();
          const { code, message, exitCode } = await refusalOf(copy.folder);
          assert.deepEqual({ code, exitCode }, { code: "BUNDLE_ALTERED", exitCode: 6 });
          assert.match(message, problem);
        } finally {
          copy.restore();
        }
      };

      it("is refused for a byte that is another", () =>
        refused(() => {
          const bytes = Buffer.from(copy.bytes("summary.json"));
          bytes[100] ^= 1;
          copy.put("summary.json", bytes);
        }, /^summary\.json has the SHA-256/));

      it("is refused for a byte too many", () =>
        refused(
          () => copy.put("topology.mmd", `${copy.bytes("topology.mmd")}\n`),
          /^topology\.mmd has \d+ bytes, and \d+ are listed/,
        ));

      it("is refused for a file that is gone", () =>
        refused(() => rmSync(join(copy.folder, "checkpoints.json")), /^checkpoints\.json is listed and not there/));

      it("is refused for a file that came by", () =>
        refused(() => copy.put("notes.txt", "mine"), /^notes\.txt is there and not listed/));
    });

    it("is refused for a file that no bundle has, or bytes could ride along that nobody looks at", async () => {
      const names = ["notes.txt", "inputs/notes.json", "journal/notes.txt"];
      // Segments are counted from 1, and each number has one name.
      names.push("journal/journal-00000000.segment", "journal/journal-000000001.segment");
      for (const extra of names) {
        const { code, message } = await copy.refusal(extra, "mine");
        assert.equal(code, "BUNDLE_ALTERED");
        assert.match(message, /is no part of a bundle/);
      }
    });

    for (const derived of [
      "summary.json",
      "events.ndjson",
      "receipts.ndjson",
      "checkpoints.json",
      "topology.mmd",
      "index.html",
      "plots/queues.svg",
      "owner-script.json",
      "inputs/keys.json",
    ])
      it(`names ${derived}, the line and the byte, when that is what does not follow`, async () => {
        const bytes = copy.bytes(derived);
        const at = bytes.lastIndexOf("0");
        const altered = Buffer.from(bytes).fill("1", at, at + 1);
        const { code, slots } = await copy.refusal(derived, altered);
        assert.equal(code, "BUNDLE_DIFFERS");
        const line = bytes.toString("latin1", 0, at).split("\n").length;
        assert.deepEqual({ ...slots, found: "", made: "" }, { file: derived, line, byte: at, found: "", made: "" });
      });

    it("names a derived file that ends too early or goes on too long", async () => {
      const text = copy.bytes("events.ndjson").toString();
      for (const altered of [text.slice(0, -1), `${text}{}\n`]) {
        const { code, message } = await copy.refusal("events.ndjson", altered);
        assert.equal(code, "BUNDLE_DIFFERS");
        assert.match(message, /its end/);
      }
    });

    describe("in what the drill was", () => {
      const altered = (change: (drill: DrillDocument) => void) => {
        const drill = copy.json<DrillDocument>("inputs/drill.json");
        change(drill);
        return copy.refusalOfJson("inputs/drill.json", drill);
      };

      it("is refused for another label", async () => {
        const { code } = await altered((drill) => {
          drill.label = "another";
        });
        assert.equal(code, "BUNDLE_DIFFERS");
      });

      it("is refused for another seed", async () => {
        const { code, message } = await altered((drill) => {
          drill.seed++;
        });
        assert.equal(code, "OWNER_LOG_DIFFERS", "the owners signed the seed with the founding");
        assert.match(message, /the founding says/);
      });

      it("is refused for other jobs", async () => {
        const { code, message } = await altered((drill) => {
          drill.jobsPerShard++;
        });
        assert.equal(code, "OWNER_LOG_DIFFERS");
        assert.match(message, /the founding says/);
      });

      it("is refused at once for more jobs than a journal has room for", async () => {
        const { code, message } = await altered((drill) => {
          drill.jobsPerShard = 10_000_000;
        });
        assert.equal(code, "BUNDLE_MALFORMED");
        assert.match(message, /jobsPerShard makes 40000000 jobs/);
      });

      it("is refused for other contracts", async () => {
        const { code } = await altered(({ contracts }) => {
          [contracts.ShardRegistry, contracts.NodeRegistry] = [contracts.NodeRegistry, contracts.ShardRegistry];
        });
        assert.equal(code, "EVIDENCE_FOREIGN_CODE");
      });

      it("is refused for another ledger", async () => {
        const { code } = await altered(({ contracts }) => {
          contracts.CheckpointLedger = contracts.SystemPause;
        });
        assert.equal(code, "EVIDENCE_LEDGER");
      });

      it("is refused for faults that are said to be left", async () => {
        const { code, message } = await altered((drill) => {
          drill.faultsLeft = 0.5;
        });
        assert.equal(code, "BUNDLE_MALFORMED");
        assert.match(message, /faultsLeft/);
      });
    });

    it("is refused for a manifest or a scenario that says anything else: the owners signed both with the founding", async () => {
      const cases = [
        ["inputs/manifest.json", '"latencyMs": 45', '"latencyMs": 46'],
        ["inputs/manifest.json", "schema.json", "schema.jsom"],
        ["inputs/scenario.json", "schema.json", "schema.jsom"],
        ["inputs/scenario.json", '"failureRateMax":0.02', '"failureRateMax":0.99'],
        ["inputs/scenario.json", "owned", "certified"],
      ] as const;
      for (const [file, from, to] of cases) {
        const text = copy.bytes(file).toString();
        const other = text.replace(from, to);
        assert.notEqual(other, text);
        assert.equal((await copy.refusal(file, other)).code, "OWNER_LOG_DIFFERS", `${file}: ${to}`);
      }
    });

    it("is refused for evidence of the chain that is altered or has a gap", async () => {
      const altered = (change: (evidence: ChainEvidence) => void) => {
        const evidence = copy.json<ChainEvidence>("chain.json");
        change(evidence);
        return copy.refusalOfJson("chain.json", evidence);
      };
      const cases: [string, (evidence: ChainEvidence) => unknown][] = [
        ["EVIDENCE_HEADER", (evidence) => Object.assign(evidence.block, { hash })],
        ["EVIDENCE_HEADER", (evidence) => evidence.headers.splice(3, 1)],
        ["EVIDENCE_INCOMPLETE", (evidence) => evidence.transactions.splice(8, 1)],
        [
          "EVIDENCE_TRANSACTION",
          (evidence) => Object.assign(evidence.transactions[8], { raw: evidence.transactions[9].raw }),
        ],
        ["EVIDENCE_LEDGER", (evidence) => Object.assign(evidence.ledgerProof, { head: evidence.ledgerProof.state })],
        ["EVIDENCE_MALFORMED", (evidence) => Object.assign(evidence, { more: 1 })],
      ];
      for (const [code, change] of cases) assert.equal((await altered(change)).code, code);
    });

    describe("in the owners' log", () => {
      let primary: Primary;
      let play: Play;
      let proof: Proof;
      before(() => {
        const drill = copy.json<DrillDocument>("inputs/drill.json");
        const evidence = readEvidence(copy.bytes("chain.json").toString());
        const manifestText = copy.bytes("inputs/manifest.json").toString();
        const scenarioText = copy.bytes("inputs/scenario.json").toString();
        primary = { drill, evidence, manifestText, scenarioText, ownerLog: [], journal: new MemoryStore() };
        play = playOf(primary);
        proof = proofOf(evidence, drill);
      });
      const refusalOfLog = (log: unknown, played = play): FabricError => {
        try {
          readDecisions({ ...primary, ownerLog: ownerLogForm.parse(log) }, played, proof);
        } catch (error) {
          if (error instanceof FabricError) return error;
          throw error;
        }
        throw new Error("it was believed");
      };

      it("is refused by `verify` as a whole", async () => {
        const log = copy.json<OwnerLogEntry[]>(path);
        log[budget].sentence += " ";
        assert.equal((await copy.refusalOfJson(path, log)).code, "OWNER_LOG_DIFFERS");
        assert.throws(() => refusalOfLog(copy.json(path)), /it was believed/);
      });

      const founding = 0;
      const budget = 1;
      const pause = 2;
      const resume = 3;
      const altered = (entry: number, change: (entry: OwnerLogEntry) => unknown): string => {
        const log = copy.json<OwnerLogEntry[]>(path);
        change(log[entry]);
        const { code, slots, message } = refusalOfLog(log);
        assert.equal(code, "OWNER_LOG_DIFFERS", message);
        assert.equal(Object.entries(slots).find(([slot]) => slot === "entry")?.[1], entry + 1, message);
        return message;
      };

      const fields: readonly [string, number, (entry: OwnerLogEntry) => unknown, RegExp][] = [
        [
          "change",
          budget,
          (entry) => Object.assign(entry.change ?? {}, { value: 5001 }),
          /its change says "Set the queue budget/,
        ],
        ["change", budget, (entry) => Object.assign(entry.change ?? {}, { shard: "mars" }), /its change says/],
        [
          "change",
          budget,
          (entry) => Object.assign(entry.change ?? {}, { shard: "atlantis" }),
          /cannot be planned.*no shard atlantis/,
        ],
        ["change", resume, (entry) => Object.assign(entry, { change: null }), /the founding was over/],
        [
          "sentence",
          budget,
          (entry) => Object.assign(entry, { sentence: `${entry.sentence} ` }),
          /signed another sentence/,
        ],
        [
          "sentence",
          founding,
          (entry) => Object.assign(entry, { sentence: "Found another." }),
          /signed another sentence/,
        ],
        [
          "sentence",
          pause,
          (entry) => Object.assign(entry, { sentence: "Pause nothing." }),
          /its change says "Pause the shard luna/,
        ],
        ["calls", budget, (entry) => entry.calls.push(entry.calls[0]), /signed other calls/],
        ["calls", budget, (entry) => Object.assign(entry.calls[0], { to: entry.signers[0] }), /signed other calls/],
        ["calls", founding, (entry) => entry.calls.reverse(), /signed other calls/],
        [
          "calls",
          pause,
          (entry) => Object.assign(entry.calls[0], { data: `${entry.calls[0].data}00` }),
          /not what the guardian's transaction did/,
        ],
        ["calls", pause, (entry) => Object.assign(entry, { calls: [] }), /not what the guardian's transaction did/],
        ["batch", budget, (entry) => Object.assign(entry, { batch: null }), /executed a batch/],
        [
          "batch.lane",
          budget,
          (entry) => Object.assign(batchOf(entry), { lane: "emergency" }),
          /lane is emergency, and the owners signed/,
        ],
        ["batch.seq", budget, (entry) => batchOf(entry).seq++, /seq is/],
        ["batch.epoch", budget, (entry) => batchOf(entry).epoch++, /epoch is/],
        ["batch.validAfter", budget, (entry) => batchOf(entry).validAfter--, /validAfter is/],
        ["batch.validUntil", budget, (entry) => batchOf(entry).validUntil++, /validUntil is/],
        ["batch.memo", budget, (entry) => Object.assign(batchOf(entry), { memo: hash }), /memo is/],
        ["batch.digest", budget, (entry) => Object.assign(batchOf(entry), { digest: hash }), /digest is/],
        ["signers", budget, (entry) => entry.signers.reverse(), /signed it/],
        ["signers", budget, (entry) => entry.signers.pop(), /signed it/],
        ["signers", pause, (entry) => Object.assign(entry, { signers: [] }), /sent it/],
        ["signers", pause, (entry) => Object.assign(entry, { signers: [entry.calls[0].to] }), /sent it/],
        [
          "transactionHash",
          budget,
          (entry) => Object.assign(entry, { transactionHash: hash }),
          /the chain has transaction/,
        ],
        ["block", budget, (entry) => entry.block++, /its transaction is in block/],
      ];
      for (const [field, entry, change, problem] of fields)
        it(`names entry ${entry + 1} for its ${field} (${problem.source})`, () => {
          assert.match(altered(entry, change), problem);
        });

      it("names an entry whose memo was made to fit another sentence", () => {
        const message = altered(budget, (entry) => {
          entry.sentence = "Set the queue budget of earth from 6,000 to 9,000 jobs.";
          batchOf(entry).memo = memoOf(entry.sentence);
        });
        assert.match(message, /memo is/);
      });

      it("names a decision that neither log nor scenario has, and the chain has", () => {
        const owners = play.scenario.owners.slice(0, -1);
        const { message } = refusalOfLog(copy.json<unknown[]>(path).slice(0, -1), {
          ...play,
          scenario: { ...play.scenario, owners },
        });
        assert.match(message, /^Entry 5 .* it is missing/);
      });

      it("names the founding when a change is said to be part of it", () => {
        const log = copy.json<OwnerLogEntry[]>(path);
        log[budget].change = null;
        assert.match(refusalOfLog(log).message, /^Entry 1 .* the founding says "Found the fabric, part 1 of 2/);
      });

      it("names the place where an entry is left out, doubled, or changed places", () => {
        const log = copy.json<unknown[]>(path);
        const entryOf = (entries: unknown[]) => {
          const { code, slots } = refusalOfLog(entries);
          assert.equal(code, "OWNER_LOG_DIFFERS");
          return Object.entries(slots).find(([slot]) => slot === "entry")?.[1];
        };
        assert.equal(entryOf(log.toSpliced(pause, 1)), pause + 1);
        assert.equal(entryOf(log.slice(0, -1)), log.length);
        assert.equal(entryOf([...log, log[budget]]), log.length + 1);
        assert.equal(entryOf([log[founding], log[pause], log[budget], ...log.slice(3)]), budget + 1);
        assert.equal(entryOf([]), 1);
      });
    });

    it("is refused when the scenario has other changes than the owners made", async () => {
      const scenario = copy.json<Scenario>("inputs/scenario.json");
      const altered = (change: (owners: Owners) => unknown) => {
        const other = structuredClone(scenario);
        change(other.owners);
        return copy.refusal("inputs/scenario.json", JSON.stringify(other));
      };
      const cases: readonly ((owners: Owners) => unknown)[] = [
        (owners) => Object.assign(owners[0].change, { value: 4000 }),
        (owners) => Object.assign(owners[0], { atTick: 9 }),
        (owners) => owners.pop(),
        (owners) => owners.push({ atTick: 50, change: { kind: "checkpointNow" } }),
      ];
      for (const change of cases) assert.equal((await altered(change)).code, "OWNER_LOG_DIFFERS");
    });

    it("names a file that it cannot do without, and that is gone and not listed", async () => {
      for (const gone of [
        "owner-log.json",
        "chain.json",
        "inputs/drill.json",
        "inputs/manifest.json",
        "summary.json",
      ]) {
        rmSync(join(copy.folder, gone));
        copy.seal();
        const { code, message } = await refusalOf(copy.folder);
        assert.equal(code, "BUNDLE_ALTERED");
        assert.equal(message, `${gone} is not there.`);
        copy.restore();
      }
    });

    it("does not mind timing.json, which is no evidence", async () => {
      writeFileSync(join(copy.folder, "timing.json"), "{}");
      await assert.rejects(refusalOf(copy.folder), /it was verified/);
      copy.restore();
    });
  });
}

function batchOf({ batch }: OwnerLogEntry) {
  if (batch === null) throw new RangeError("it is no batch");
  return batch;
}
