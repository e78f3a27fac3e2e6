// The table of limits: every bound of the hub with its unit in its name, and how the bounds relate.

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
  bodyIdleTimeoutMs: 15 * second,
  bodyBytesPerSecondMin: 1024,
  bodyGraceMs: 20 * second,
  bytesInFlightMax: 1024 * mebibyte,
  requestsInFlightMax: 2000,

  // DER and CMS
  derDepthMax: 32,
  derElementsMax: 20_000,
  signersPerPackageMax: 1,
  certificatesPerCmsMax: 16,
  certificateBytesMax: 64 * 1024,

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
  xmlDepthMax: 32,
  xmlAttributesMax: 64,
  xmlTextLengthMax: 100_000,

  // work
  claimBatchMax: 64,
  commitBatchMax: 128,
  workerTasksMax: 1000,
  workerTimeoutMs: 2 * minute,
  deliverTimeoutMs: 60 * second,
  connectTimeoutMs: 10 * second,
  answerBytesMax: 64 * 1024,
  leaseMs: 15 * second,
  leaseRenewMs: 4 * second,
  attemptsMax: 1000,

  // journal
  journalEntryBytesMax: 8 * 1024,
  journalBlockEntriesMax: 10_000,

  // admin
  pageRowsMax: 200,
  adminBodyBytesMax: 1 * mebibyte,
} as const

/** The name of a limit, for refusals and pages that quote one. */
export type LimitName = keyof typeof limits

/** How limits must relate; checked when the hub starts and by a test. Returns the relations that do not hold. */
export function brokenLimitRelations(): string[] {
  const relations: [string, boolean][] = [
    ['a lease outlives its renewal three times', limits.leaseMs > 3 * limits.leaseRenewMs],
    ['a connection attempt ends within a delivery', limits.connectTimeoutMs < limits.deliverTimeoutMs],
    ['all entries together may be as large as one', limits.zipTotalBytesMax >= limits.zipEntryBytesMax],
    ['a package fits into the bytes in flight', limits.packageBytesMax <= limits.bytesInFlightMax],
    ['messages fit into the entries of a ZIP', limits.messagesPerPackageMax <= limits.zipEntriesMax],
    ['a description fits into an entry', limits.descriptionBytesMax <= limits.zipEntryBytesMax],
    ['slow bodies end before the whole request', limits.bodyGraceMs < limits.requestTimeoutMs],
  ]
  return relations.filter(([, holds]) => !holds).map(([text]) => text)
}
