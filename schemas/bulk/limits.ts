// The limits of lists that people upload, of the jobs that work through them, and of applications to operators.

const second = 1000
const minute = 60 * second
const mebibyte = 1024 * 1024

/** A part of the table of limits. */
export const bulkLimits = {
  // lists of organisations: what comes, what an XLSX unpacks to, and where a header is looked for
  listRowsMax: 100_000,
  listBytesMax: 16 * mebibyte,
  listCellLengthMax: 1000,
  listColumnsMax: 256,
  listHeaderRowsMax: 20,
  listPartBytesMax: 64 * mebibyte,
  listXmlElementsMax: 4_000_000,
  listXmlDepthMax: 32,
  listStringsMax: 1_000_000,
  listStringsLengthMax: 32_000_000,
  // how many rows or pieces are read, or rows written, before others have their turn
  listTurnRows: 1000,
  listPieceBytes: 16 * 1024,

  // bulk jobs
  bulkJobsPerHomeMax: 100,
  bulkJobsAtOnceMax: 32,
  bulkRowsWaitingMax: 300_000,
  bulkBatchRows: 100,
  bulkAtOnceMax: 8,
  // an invitation mostly waits for a worker and for a commit that many share
  bulkInvitesAtOnceMax: 64,
  bulkAttemptsMax: 5,
  bulkRetryMs: 1 * minute,
  bulkLookMs: 1 * second,
  bulkInsertRows: 10_000,
  bulkOrdersMax: 200,
  bulkTextLengthMax: 1000,

  // applications to operators without autoroaming
  applicationRowsMax: 100,
  applicationsGatherRows: 500,
  applicationsGatherMs: 3 * second,
  applicationNumberLengthMax: 100,
  applicationsConvertedMax: 200,
} as const
