// The table of limits: every bound of the hub with its unit in its name, and how the bounds relate.

import { bulkLimits } from './bulk/limits.ts'
import { directoryLimits } from './directory/limits.ts'
import { inviteLimits } from './invites/limits.ts'
import { linkLimits } from './links/limits.ts'
import { mailLimits } from './mail/limits.ts'

const second = 1000
const minute = 60 * second
const mebibyte = 1024 * 1024

/** Fixed bounds that protect the process. What differs per peer or installation is in settings.ts. */
export const limits = {
  // the door
  packageBytesMax: 256 * mebibyte,
  headerBytesMax: 16 * 1024,
  headerCountMax: 100,
  receiptAddressLengthMax: 2000,
  answerTextLengthMax: 2000,
  requestTimeoutMs: 5 * minute,
  headersTimeoutMs: 15 * second,
  connectionsCheckMs: second,
  bodyIdleTimeoutMs: 15 * second,
  bodyBytesPerSecondMin: 1024,
  bodyGraceMs: 20 * second,
  bytesInFlightMax: 1024 * mebibyte,
  requestsInFlightMax: 2000,
  strangerRefusalsBurstMax: 1000,
  strangerRefusalsPerSecond: 20,
  connectionsMax: 5000,
  pipelinedRequestsMax: 32,
  keepAliveTimeoutMs: 65 * second,
  bodyFirstBytes: 1 * mebibyte,
  drainBytesMax: 16 * mebibyte,
  drainMs: 2 * second,
  busyRetryAfterS: 5,
  shutdownMs: 20 * second,
  stopClosingMs: 10 * second,

  // DER and CMS
  derDepthMax: 32,
  derElementsMax: 20_000,
  derBytesPerElementMin: 256,
  signersPerPackageMax: 1,
  certificatesPerCmsMax: 16,
  certificateBytesMax: 64 * 1024,
  publicKeyBytesMax: 8 * 1024,
  rsaBitsMax: 8192,
  certificatesCachedBytesMax: 4 * mebibyte,
  chainsRememberedMax: 20_000,
  chainUnknownForMs: 1 * second,
  gatherTurnMs: 10,
  verdictPackedAtOnceBytesMax: 64 * 1024,
  chainsKnownMax: 20_000,
  chainsKnownForMs: 10 * minute,

  // certification paths: length, and the work of looking for one (candidates tried, signatures checked, names compared)
  pathCertificatesMax: 20,
  pathCandidatesMax: 10_000,
  pathSignaturesMax: 200,
  pathNameChecksMax: 250_000,
  pathCandidatesPerMessageMax: 200_000,
  pathSignaturesPerMessageMax: 4000,
  pathsRememberedMax: 4000,
  pathSignaturesRememberedMax: 10_000,

  // signatures over documents
  signatureFileBytesMax: 256 * mebibyte,
  signersPerSignatureMax: 16,
  timestampsPerSignerMax: 8,
  signersPerMessageMax: 1000,
  timestampsPerMessageMax: 1000,
  signerBytesPerMessageMax: 16 * mebibyte,
  timestampBytesMax: 256 * 1024,
  revocationsPerCmsMax: 64,
  bareContentKeptBytesMax: 4 * mebibyte,
  signingTimeYearMin: 1990,
  signingTimeAheadMs: 10 * minute,
  timestampBehindMs: 10 * minute,

  // revocation: lists, their entries and signers; OCSP answers; how long what names no next update is believed
  crlBytesMax: 128 * mebibyte,
  crlExtensionsBytesMax: 64 * 1024,
  crlEntryBytesMax: 16 * 1024,
  crlIssuersMax: 100_000,
  crlEditionsMax: 64,
  crlSignersMax: 8,
  distributionPointsMax: 32,
  distinguishedNameBytesMax: 16 * 1024,
  ocspBytesMax: 256 * 1024,
  ocspAnswersMax: 100,
  ocspNonceBytesMax: 128,
  revocationDepthMax: 4,
  revocationQuestionsMax: 200,
  revocationProblemsMax: 20,
  revocationAgeMaxMs: 24 * 60 * minute,

  // sources of lists and answers, fetched ahead
  sourceRedirectsMax: 3,
  sourceTimeoutMs: 5 * minute,
  sourceIdleMs: 30 * second,
  sourceAddressLengthMax: 2000,
  sourceTagLengthMax: 200,
  sourcesPerCertificateMax: 8,
  sourcesMax: 5000,
  standInSourcesMax: 2500,
  sourcesAtOnceMax: 8,
  failingSourcesAtOnceMax: 4,
  sourcesPerRoundMax: 64,
  sourceLookMs: 10 * second,
  sourceRetryMs: 1 * minute,
  sourceRetryMaxMs: 60 * minute,
  sourceForgottenDays: 30,
  standInForgottenDays: 1,
  evidencePieceBytes: 1 * mebibyte,
  listInThreadBytes: 1 * mebibyte,
  listThreadTimeoutMs: 2 * minute,
  listThreadMebibytesMax: 1024,
  listsHeldBytesMax: 1024 * mebibyte,
  sourceFileLookMs: 1 * minute,
  sourceWantedAgainMs: 24 * 60 * minute,
  sourceWantMs: second / 4,
  sourcesToWantMax: 1000,
  sourcesRememberedMax: 20_000,
  trustStartWaitMs: 15 * second,

  // GOST: parameter sets in the kernel's memory, keys known to be in the prime subgroup (300 bytes each), keys that one
  // good signature was met of; tables of keys per thread and key length: 60 KB for 256 bits, 232 KB for 512
  kernelCurvesMax: 16,
  subgroupKeysMax: 4096,
  goodKeysMax: 16_384,
  keyTablesBytesMax: 64 * mebibyte,

  // signed XML: the trust list is 10 to 20 MB with thousands of certificates
  signedXmlBytesMax: 32 * mebibyte,
  signedXmlElementsMax: 250_000,
  signedXmlSiblingStepsMax: 150_000_000,
  signerCertificatesMax: 8,

  // the trust list
  trustListAuthoritiesMax: 3000,
  trustListCertificatesMax: 20_000,
  trustListStatusesMax: 200,
  trustListAddressesMax: 32,
  trustListFaultsMax: 100,
  trustListSliceMax: 50,
  trustListsRememberedMax: 2,
  trustListAheadMs: 24 * 60 * minute,
  trustListLostPercentMax: 20,

  // certificates and revocation lists in local files
  trustFilesMax: 5000,
  trustFileBytesMax: 128 * mebibyte,
  trustFilesBytesMax: 256 * mebibyte,
  trustFileCertificatesMax: 5000,

  // files and pipes given to hub verify: the document is read in pieces and digested, whatever fits into memory
  documentFileBytesMax: 16 * 1024 * mebibyte,
  fileChunkBytes: mebibyte / 4,

  // powers of attorney: of a file, of a document its requisites are looked for in, of a chain, of a registry
  attorneyBytesMax: 2 * mebibyte,
  attorneyChainMax: 5,
  attorneyFilesMax: 16,
  attorneyPowersMax: 1000,
  attorneyPartiesMax: 500,
  attorneyRequisitesMax: 16,
  requisitesDocumentBytesMax: 16 * mebibyte,
  attorneysPerMessageBytesMax: 4 * mebibyte,
  attorneysPendingMax: 1000,
  powersWantedMax: 100,
  powerCodeLengthMax: 255,
  registryRecheckMs: second / 4,
  registryQuestionsMax: 64,
  registryAtOnceMax: 16,
  registryWaitingMax: 256,
  registryAnswerBytesMax: 8 * mebibyte,
  registryTimeoutMs: 5 * second,
  registryDeadlineMs: 10 * second,

  // ZIP
  zipEntriesMax: 4096,
  zipEntryBytesMax: 256 * mebibyte,
  zipTotalBytesMax: 512 * mebibyte,
  zipRatioMax: 200,
  zipRatioFreeBytes: 1 * mebibyte,
  zipNameBytesMax: 255,

  // messages and their descriptions
  messagesPerPackageMax: 500,
  documentsPerMessageMax: 500,
  signaturesPerMessageMax: 1000,
  signatureBytesMax: 1 * mebibyte,
  descriptionBytesMax: 4 * mebibyte,
  receiptItemsMax: 10_000,
  receiptTextLengthMax: 2000,
  parentsPerDocumentMax: 100,
  referencesPerMessageMax: 1000,
  parametersPerDocumentMax: 100,
  parameterLengthMax: 1000,
  bringersPerDocumentMax: 16,
  xmlDepthMax: 32,
  xmlElementsMax: 100_000,
  xmlAttributesMax: 64,
  xmlTextLengthMax: 100_000,
  packageFaultsMax: 100,
  descriptionFaultsMax: 50,
  descriptionWarningsMax: 50,
  quotedLengthMax: 60,

  // work
  claimBatchMax: 64,
  commitBatchMax: 128,
  commitGatherMs: 25,
  openBytesMax: 64 * mebibyte,
  // packages examined while the door has them open, unpacked; and what of them is kept until the process hop takes it
  examinedAtDoorBytesMax: mebibyte / 4,
  examinedAtDoorEntriesMax: 32,
  examinedKeptMax: 5000,
  examinedKeptBytesMax: 32 * mebibyte,
  workerTasksMax: 1000,
  workerBatchMax: 8,
  workerTimeoutMs: 2 * minute,
  receiptsBatchMax: 16,
  receiptItemsPerCommitMax: 200,
  answersBatchMax: 500,
  staleRoundsMax: 5,
  wholePackageLookMs: 100,
  wholePackageWaitMs: 30 * second,
  routeTextLengthMax: 500,
  placedLookedAtMax: 20_000,
  // what a package of ours takes besides its entries: signature, certificates and end of the ZIP; headers of an entry
  packedSignatureBytesMax: 16 * 1024,
  packedHeaderBytesMax: 256,
  connectTimeoutMs: 10 * second,
  answerBytesMax: 64 * 1024,
  peerIdleMs: 4 * second,
  peerAgentsMax: 1000,
  retryAfterMaxS: 60 * 60,
  lookAgainMaxMs: 5 * minute,
  repeatRecheckMs: second / 4,
  clockSkewMs: 2 * second,
  faultsMax: 12,
  faultPauseMs: 1 * second,
  faultPauseMaxMs: 5 * minute,
  leaseMs: 15 * second,
  leaseRenewMs: 4 * second,

  // SFTP
  sftpSessionsPerPeerMax: 2,
  sftpOperationTimeoutMs: 30 * second,
  sftpIdleMs: 60 * second,
  sftpCloseMs: 1 * second,
  sftpKeepAliveMs: 15 * second,
  sftpKeepAliveMissedMax: 3,
  // what every server takes and gives in one request (draft-ietf-secsh-filexfer-02, 3)
  sftpChunkBytes: 32 * 1024,
  sftpRequestsAtOnceMax: 16,
  sftpBytesInFlightMax: 512 * mebibyte,
  sftpNamesPerPollMax: 20_000,
  sftpFilesPerPollMax: 2000,
  sftpAnswerBytesMax: 8 * 1024,
  sftpClaimLapseMs: 15 * second,
  sftpGoneGraceMs: 1 * second,

  // database
  databaseConnectTimeoutMs: 10 * second,
  statementTimeoutMs: 30 * second,
  lockTimeoutMs: 10 * second,
  idleTransactionTimeoutMs: 60 * second,
  poolIdleMs: 60 * second,
  listenRetryMs: 1 * second,
  partnersRereadMs: 30 * second,
  partnerFileFaultsMax: 200,

  // journal
  journalEntryBytesMax: 8 * 1024,
  journalBlockEntriesMax: 10_000,
  journalBlocksPerSealMax: 100,
  journalLineBytesMax: 128 * 1024,
  journalSignersMax: 1000,
  journalFaultsMax: 100,
  journalKeysMax: 50,
  exportPieceBytes: 64 * 1024,

  // partitions
  partitionMonthsAhead: 3,
  partitionsKeepEveryMs: 60 * minute,
  strayRowsCountedMax: 1000,

  // the embedded database
  databaseStartTimeoutMs: 5 * minute,
  databaseStopTimeoutMs: 60 * second,
  databaseLockWaitMs: 3 * second,
  databaseLogBytesMax: 16 * mebibyte,
  databaseLogTailBytes: 4096,
  databasePollMs: 20,
  databaseRestartPauseMs: 1 * second,

  // blobs
  blobBytesMax: 512 * mebibyte,
  blobSegmentBytesMax: 256 * mebibyte,
  blobBatchBytesMax: 8 * mebibyte,
  blobBatchRecordsMax: 512,
  blobQueueBytesMax: 1024 * mebibyte,
  blobWindowBytesMax: 64 * mebibyte,
  blobWindowEntryBytesMax: 1 * mebibyte,
  digestInlineBytesMax: 1 * mebibyte,
  blobHandlesMax: 64,
  blobHandleLifeMs: 60 * second,
  blobSegmentClashesMax: 100,

  // admin
  pageRowsMax: 200,
  adminBodyBytesMax: 1 * mebibyte,
  adminAnswerBytesMax: 64 * mebibyte,
  adminRequestTimeoutMs: 30 * second,
  adminConnectionsMax: 200,
  adminExportsMax: 2,
  adminFaultsMax: 20,
  adminBodyDepthMax: 32,
  partnerHistoryRowsMax: 20,
  decisionReasonLengthMax: 1000,
  searchWindowRows: 10_000,
  searchRoundsMax: 10,
  searchMatchesMax: 1000,
  messageStepsMax: 500,
  messageAttemptsMax: 20,
  countedRowsMax: 10_000,
  countedLanesMax: 200,
  nodeClockSlackMs: 10 * minute,
  stepAnswerWithinMs: 60 * minute,

  // internal API: contents in JSON are for small messages; multipart takes what a package takes, and its headers
  apiJsonBytesMax: 16 * mebibyte,
  apiMessageBytesMax: 4 * mebibyte,
  apiOverheadBytesMax: 8 * mebibyte,
  apiBodyBytesMax: 1 * mebibyte,
  apiBodyDepthMax: 16,
  apiFaultsMax: 20,
  apiDigestBytesMax: 64 * mebibyte,
  apiKeysMax: 1000,
  apiKeyNameLengthMax: 100,
  documentNumberLengthMax: 256,
  listedDocumentsMax: 20,
  inboxNumberBatchMax: 1000,
  inboxWaitMaxS: 60,
  inboxRecheckMs: 3 * second,
  inboxReadersMax: 1000,

  ...linkLimits,

  ...mailLimits,

  // the directory of subscribers
  ...directoryLimits,

  ...bulkLimits,
  ...inviteLimits,

  // health, metrics, the log
  healthQuickMs: 2 * second,
  healthWorkerMs: 5 * second,
  healthSweepsMissedMax: 10,
  healthSweepLateMs: 30 * second,
  metricsReadTimeoutMs: 2 * second,
  loopLagResolutionMs: 10,
  logWordLengthMax: 200,
  logPathLengthMax: 400,
  logFramesLengthMax: 2000,

  // the settings
  configBytesMax: 1 * mebibyte,
  configDepthMax: 8,
} as const

/** The name of a limit, for refusals and pages that quote one. */
export type LimitName = keyof typeof limits
