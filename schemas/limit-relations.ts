// How limits must relate to each other.

import { limits } from './limits.ts'

/** How limits must relate; checked when the hub starts and by a test. Returns the relations that do not hold. */
export function brokenLimitRelations(): string[] {
  const relations: [string, boolean][] = [
    ['a lease outlives its renewal three times', limits.leaseMs > 3 * limits.leaseRenewMs],
    ['all entries together may be as large as one', limits.zipTotalBytesMax >= limits.zipEntryBytesMax],
    ['a package fits into the bytes in flight', limits.packageBytesMax <= limits.bytesInFlightMax],
    ['messages fit into the entries of a ZIP', limits.messagesPerPackageMax <= limits.zipEntriesMax],
    ['a description fits into an entry', limits.descriptionBytesMax <= limits.zipEntryBytesMax],
    ['a package fits into a blob', limits.packageBytesMax <= limits.blobBytesMax],
    ['a blob fits into the queue of blobs', limits.blobBytesMax <= limits.blobQueueBytesMax],
    ['idle connections to peers end before ours would', limits.peerIdleMs < limits.keepAliveTimeoutMs],
    ['what is read of a refused body is less than a package', limits.drainBytesMax < limits.packageBytesMax],
    ['pauses after faults grow', limits.faultPauseMs < limits.faultPauseMaxMs],
    ['waiting for a lock ends before the statement', limits.lockTimeoutMs < limits.statementTimeoutMs],
    ['an entry of the journal fits into a line', limits.journalEntryBytesMax < limits.journalLineBytesMax],
    ['a package fits among the files that are read', limits.packageBytesMax <= limits.sftpBytesInFlightMax],
    ['a poll takes no more files than it lists', limits.sftpFilesPerPollMax <= limits.sftpNamesPerPollMax],
    ['JSON of a message fits into its body', limits.apiMessageBytesMax <= limits.apiOverheadBytesMax],
    ['waiting for the inbox ends before a request', limits.inboxWaitMaxS * 1000 < limits.requestTimeoutMs],
    [
      'a registry may be asked again before the deadline',
      limits.registryTimeoutMs < limits.registryDeadlineMs,
    ],
    [
      'what is examined at the door may be kept',
      limits.examinedAtDoorEntriesMax <= limits.examinedKeptMax &&
        limits.examinedAtDoorBytesMax < limits.examinedKeptBytesMax,
    ],
    [
      'a message may hold its signatures with one signer each',
      limits.signaturesPerMessageMax <= limits.signersPerMessageMax,
    ],
    [
      'the stamps of a file fit into a message',
      limits.signersPerSignatureMax * limits.timestampsPerSignerMax <= limits.timestampsPerMessageMax,
    ],
    ['sources that fail leave room for others', limits.failingSourcesAtOnceMax < limits.sourcesAtOnceMax],
    ['a group of commits gathers for less than a poll', limits.commitGatherMs < limits.inboxRecheckMs],
    ['slow bodies end before the whole request', limits.bodyGraceMs < limits.requestTimeoutMs],
  ]
  return relations.filter(([, holds]) => !holds).map(([text]) => text)
}
