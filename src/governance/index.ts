// The chain as the orchestrator sees it: deployments, what the owners govern, and the ledger that checkpoints go to.
export { type Anchored, Anchorer, type AnchorRecord } from "./anchor.ts";
export { malformed } from "./answers.ts";
export { type Block, Chain, type ChainOptions, ChainRefusal, checkReaches, nodePlace } from "./chain.ts";
export {
  artifactOf,
  type ContractName,
  type Contracts,
  contractAt,
  contractNames,
  interfaceOf,
  type VerifierName,
  verifierNames,
} from "./contracts.ts";
export {
  type Beginning,
  beginningOf,
  type Constitution,
  checkCode,
  checkOwnership,
  constitutionOf,
  constructorArguments,
  type DelayRule,
  type Deployment,
  type DeployOptions,
  deployFabric,
  deploymentAt,
  type Founders,
  governedNames,
  memberKinds,
  type OwnerMember,
  openDeployment,
  predictAddresses,
} from "./deployment.ts";
export { deploymentForm, parseDeployment, readDeployment, writeDeployment } from "./deploymentFile.ts";
export { type ChainEvent, type EventBatch, readEvents } from "./events.ts";
export { checkConfirmations, type FollowerOptions, GovernanceFollower } from "./follower.ts";
export { loadHardhat } from "./hardhat.ts";
export { type Head, headOf } from "./head.ts";
export {
  checkPassword,
  keyFileBytesMax,
  makeAccountFile,
  openKeyFile,
  passwordLengthMin,
  refuseTaken,
  writeKeyFile,
} from "./keyFile.ts";
export { keyInText } from "./keyInText.ts";
export { openKeystore } from "./keystore.ts";
export { readKeptHead, readSession, readStanding, type Standing } from "./ledger.ts";
export { type LogFilter, readLogs } from "./logs.ts";
export { nameBytes, nameOf } from "./names.ts";
export {
  commonNetworkName,
  misnaming,
  networkNameForm,
  practiceChainId,
  practiceNetworkName,
} from "./networkNames.ts";
export { orderInput, orderKinds } from "./orders.ts";
export { previousLedger } from "./previousLedger.ts";
export { keyKinds, Reader, type Reading, readParameters } from "./reader.ts";
export { confirmReceipt, type ReceiptAnchor, type ReceiptClaim } from "./receiptConfirmation.ts";
export { contractErrors, explainRevert, type Revert, revertError } from "./reverts.ts";
export {
  currentFees,
  etherText,
  type Fees,
  gwei,
  type Log,
  type Mined,
  mostGas,
  practiceFees,
  Sender,
  type SenderOptions,
  type TransactionOrder,
  usualFeeMax,
  usualTipMax,
  walletOf,
} from "./sender.ts";
export { type DeployedVerifier, deployVerifiers, verifierAt, verifierGas, verifierUses } from "./verifiers.ts";
