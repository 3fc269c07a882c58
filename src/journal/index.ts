// The durable record: what went into the machine, and the proof of what came out of it.
export {
  type Checkpoint,
  type CheckpointDocument,
  type CheckpointHead,
  checkpointSchema,
  differingField,
  noCheckpoint,
  parseCheckpoint,
  sealCheckpoint,
  stateRoot,
} from "./checkpoint.ts";
export { checkpointsName } from "./checkpointLog.ts";
export { eventsName, receiptsName } from "./derivedFiles.ts";
export { fromHex, type Hex, sha256, toHex } from "./digest.ts";
export { DurableMachine, type DurableMachineSettings, defaultSettings } from "./durableMachine.ts";
export { EventReader } from "./eventReader.ts";
export { FileStore, FolderReader } from "./fileStore.ts";
export { lockHolder } from "./folderLock.ts";
export { type JournalPosition, JournalReader, type JournalRecord, segmentsOf, type TornTail } from "./journalReader.ts";
export { lastWrittenMs } from "./lastWritten.ts";
export { MemoryStore, PowerLost, type Tear } from "./memoryStore.ts";
export { PayloadStore } from "./payloads.ts";
export { type ProcessIdentity, processIdentity } from "./processIdentity.ts";
export {
  consistencyProof,
  inclusionProof,
  type NodeReader,
  nodePosition,
  verifyConsistency,
  verifyInclusion,
} from "./receiptProof.ts";
export {
  type IndexedReceipt,
  parseReceiptLine,
  ReceiptEncoder,
  receiptLine,
  receiptTypeHash,
  writeReceiptLine,
} from "./receipts.ts";
export { leafHash, nodeHash, ReceiptTree } from "./receiptTree.ts";
export { type RecordAtRest, recordAtRest } from "./recordAtRest.ts";
export type { Recovery, RecoveryNote } from "./recovery.ts";
export { Replay, type ReplayedTick, readGenesis, replay, type Step } from "./replay.ts";
export { recordOverheadBytes, segmentName, segmentOf } from "./segment.ts";
export type { Store, StoreReader } from "./store.ts";
export { checkStore, type StoreCheck } from "./storeCheck.ts";
