// Limits of the directory of subscribers: rows of the table of limits.

const kibibyte = 1024

/** Of searches, of what is kept in memory, of learning, of imports and of the directory of participants. */
export const directoryLimits = {
  directoryHitsMax: 100,
  directoryCandidatesMax: 300,
  directoryNameLengthMax: 200,
  directoryNameWordsMax: 8,
  subscribersCachedMax: 100_000,
  subscriberNameLengthMax: 1000,
  foldEntriesMax: 2000,
  foldBatchesMax: 20,
  importRowsMax: 1000,
  importLineBytesMax: 16 * kibibyte,
  importFaultsShownMax: 1000,
  lookUpAnswerBytesMax: 1024 * kibibyte,
  lookUpParticipantsMax: 200,
  lookUpsAtOnceMax: 8,
  lookUpsWaitingMax: 64,
  lookUpsForgottenAtOnceMax: 1000,
  tokenBytesMax: 8 * kibibyte,
} as const
