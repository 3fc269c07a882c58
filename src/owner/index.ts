// What owners and guardians decide: the changes there are, what they mean in words, and how they are signed and executed.

export { guardianAcceptanceBy, signConstitution, signGuardianAcceptance } from "./acceptance.ts";
export {
  announceBatch,
  cancelBatch,
  readDelay,
  runBatch,
  signCancellation,
  signCancellationWith,
} from "./announcement.ts";
export {
  type Batch,
  batchOf,
  type Call,
  digestOf,
  executeBatch,
  judgedPayload,
  memoOf,
  type OwnerSignature,
  packSignatures,
  signBatch,
} from "./batch.ts";
export { catalogue, type PlannedChange, planChange } from "./catalogue.ts";
export {
  allRouters,
  type Change,
  type ChangeKind,
  type ChangeParameters,
  changeForms,
  changeOf,
  describeParameters,
  isChangeKind,
  type ParameterDescription,
  wholeFabric,
} from "./changes.ts";
export {
  type Accepted,
  type Accepting,
  acceptableText,
  acceptanceDigest,
  acceptanceTypedData,
  acceptedBy,
  accepting,
  acceptWith,
  checkAcceptable,
  foundingConstitution,
  judgeAcceptable,
  mergeAcceptances,
  readAcceptable,
  withAcceptance,
} from "./constitution/acceptances.ts";
export { checkConstitution, checkMemberCode } from "./constitution/check.ts";
export { type ConstitutionWishes, draftConstitution } from "./constitution/draft.ts";
export { type Acceptable, type Founding, foundingForm, type Proposal, proposalForm } from "./constitution/forms.ts";
export {
  type Announced,
  announce,
  cancelAnnounced,
  type Decided,
  type Deciders,
  decide,
  decideByGuardian,
  decideByOwners,
  decidePlanned,
  type OwnerLogEntry,
  runAnnounced,
} from "./decide.ts";
export { describeCalls, vocabularyOf, withdrawalSentence } from "./describe.ts";
export {
  type GuardianAcceptance,
  guardianAcceptanceForm,
  none,
  type Registration,
  registrationForm,
} from "./documents.ts";
export { dateOf, type Severity } from "./entry.ts";
export { differenceFromLog, type ExecutedBatch, readExecuted } from "./executed.ts";
export { type CalldataDocument, calldataOf } from "./export/calldata.ts";
export { clearSigningFiles, type Descriptor } from "./export/clearSigning.ts";
export type { Exportable } from "./export/exportable.ts";
export { type ExportFormat, exportFormats, exportText } from "./export/formats.ts";
export { readExportable, readSenders } from "./export/read.ts";
export { type SafeBatch, safeBatchOf } from "./export/safe.ts";
export { readMinDelay } from "./export/timelock.ts";
export { type FoundingPlan, found, foundingSentence } from "./founding.ts";
export { announcedText, callForm, changeForm, ownerLogEntryForm, readAnnounced } from "./log.ts";
export {
  isLogged,
  type LogAct,
  type LoggedEntry,
  type LogNote,
  lastHash,
  logLine,
  logText,
  readLog,
  reasonLengthMin,
  reasonOf,
} from "./logChain.ts";
export { changesTowards, firstBatch, foreseen, type Papers, type Way } from "./manifest.ts";
export { assertionIn, challengeOf } from "./members/assertion.ts";
export { accountKey, type MemberKey, memberOf, p256Key } from "./members/key.ts";
export { publicPointOf } from "./members/p256.ts";
export {
  drainNode,
  type NodeAct,
  type NodeOffer,
  type RegistrationTerms,
  registerNode,
  registrationBy,
  rotateNodeKey,
} from "./nodes.ts";
export {
  type Lane,
  lanes,
  type Member,
  memberName,
  membersOf,
  type Office,
  ownersDomain,
  readOffice,
  readOfficeAt,
  readVerifiers,
  type Waiting,
} from "./office.ts";
export { type Coming, type Overview, readOverview } from "./overview.ts";
export { type DrillStep, drillPause, type PauseDrillView, type ScopeState } from "./pauseDrill.ts";
export { type Fate, readFate, spentError } from "./plan/fate.ts";
export { type Difference, differencesOf, type Governed, governedValues } from "./plan/governed.ts";
export { type Ground, makePlan, type Wish } from "./plan/makePlan.ts";
export { phraseOf } from "./plan/phrase.ts";
export { batchOfPlan, type Plan, planDigest, planForm, planText, readPlan, sealPlan } from "./plan/planFile.ts";
export { recallBy, recallDigest, recallTypedData } from "./plan/recall.ts";
export { type Routing, type RoutingRun, withDifferences } from "./plan/routing.ts";
export { backlogReasons, largeBacklog } from "./plan/severity.ts";
export {
  checkSignature,
  enoughSignatures,
  judgeSignature,
  officeOf,
  readSignature,
  type SignatureFile,
  signatureForm,
  signatureOf,
  signatureText,
  signPlan,
  signPlanWith,
  type Tally,
  tallyOf,
} from "./plan/signatureFile.ts";
export {
  namesPhrase,
  ownerCalled,
  readTrust,
  type Trust,
  trustedMembers,
  trustForm,
  trustIn,
  trustPhrase,
  trustText,
} from "./plan/trust.ts";
export { planTypedData } from "./plan/typedData.ts";
export { checkUndo, undoOf } from "./plan/undoPlan.ts";
export {
  checkBacklog,
  checkPlan,
  checkTrust,
  checkWorld,
  type Fingerprint,
  fingerprintOf,
  type Progress,
  pauses,
  type Standing,
} from "./plan/verifyPlan.ts";
export { type PracticeKeys, practiceKeys, practiceThreshold } from "./practice.ts";
export { signRegistration } from "./registration.ts";
export { type ReadyScript, readyScripts, type ScriptCard } from "./scripts.ts";
export {
  helpOf,
  type Operand,
  parametersIn,
  type Spelling,
  spell,
  spellings,
  understand,
  usageOf,
} from "./spelling.ts";
export { type AuthorityView, authorityMermaid, authorityView } from "./views/authority.ts";
export { type CenterRow, type CenterView, centerView, type Drift, type Enforced } from "./views/center.ts";
export { type ChainDecision, chainDecisions, type LogRow, type LogView, logView } from "./views/decisions.ts";
export {
  fabricSubject,
  keyText,
  manifestValues,
  pauseText,
  type Stated,
  type Subject,
  stated,
  type Value,
  valueText,
} from "./views/governed.ts";
export { fieldInWords, subjectInWords } from "./views/inWords.ts";
export { mermaidText } from "./views/mermaid.ts";
export { type ParametersView, parametersView } from "./views/parameters.ts";
export { membersEnacted } from "./views/signers.ts";
export type { Vocabulary } from "./words/callWords.ts";
export { constitutionDifferences, functionName } from "./words/constitution.ts";
export { type Guardian, type Offices, readWorld, type World } from "./world.ts";
