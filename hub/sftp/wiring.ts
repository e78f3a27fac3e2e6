// What SFTP tells monitoring: metrics of every look, and alarms in the log (a host key nobody pinned above all).

import { log, logFailure } from '../../monitoring/log.ts'
import type { Metrics } from '../../monitoring/metrics.ts'
import type { PollReport, SftpPickupEvent } from '../../operators/transports/sftp/pickup.ts'
import type { SftpSessionEvent } from '../../operators/transports/sftp/sessions.ts'
import { limits } from '../../schemas/limits.ts'
import type { Pickups } from './pickups.ts'

/** Tells of one look at the folders of a peer. */
export function notePoll(metrics: Metrics, peer: string, report: PollReport): void {
  const { taken, refused, failed, fault, ignored } = report
  const outcome = fault === undefined ? 'ok' : fault.reason.replace(/^connect\.host-key$/, 'host-key')
  metrics.inc('hub_sftp_polls_total', { peer, outcome })
  const strange = Object.entries(ignored)
    .filter(([why]) => why !== 'temporary' && why !== 'folder')
    .reduce((sum, [, count]) => sum + count, 0)
  for (const [became, count] of Object.entries({ taken, refused, failed, ignored: strange } as const)) {
    const row = { peer, outcome: became as 'taken' }
    if (count > 0) metrics.inc('hub_sftp_files_total', row, count)
  }
  if (fault !== undefined) log.warn('sftp.poll-failed', { peer, reason: fault.reason })
  // What stands behind the names that were read is seen only when these are gone.
  if (!report.isWholeFolder) log.warn('sftp.folder-too-full', { peer, count: limits.sftpNamesPerPollMax })
}

/** Shows what waits in the folders that this node looks at now; what it saw while it did before would mislead. */
export function showWaiting(metrics: Metrics, pickups: Pick<Pickups, 'seen'>): void {
  metrics.collect('hub_sftp_files_waiting', () =>
    pickups.seen().map(({ peer, report: { waiting, postponed, left } }) => {
      return { labels: { peer }, value: waiting + postponed + left }
    }),
  )
  metrics.collect('hub_sftp_oldest_waiting_seconds', () =>
    pickups.seen().map(({ peer, report }) => ({ labels: { peer }, value: report.oldestWaitingMs / 1000 })),
  )
}

/** Tells of what happens to sessions. */
export function noteSession(event: SftpSessionEvent): void {
  const { peer } = event
  switch (event.kind) {
    case 'host-key':
      // Nothing was sent to whoever this is; the runbook of the partner says what to do.
      log.error('sftp.host-key', { peer, thumbprint: event.fingerprint.replace('SHA256:', '') })
      return
    case 'key-unreadable':
      log.error('sftp.key-unreadable', { peer, count: event.index })
      return
    case 'connect-failed':
      log.warn('sftp.connect-failed', { peer, reason: event.why })
      return
    case 'connected':
      log.debug('sftp.connected', { peer, durationMs: event.durationMs })
      return
    case 'closed':
      log.debug('sftp.closed', { peer, reason: event.why })
  }
}

/** Tells of single files. Names are partners' texts and stay out of the log. */
export function notePickup(event: SftpPickupEvent): void {
  if (event.kind === 'file-failed') log.warn('sftp.file-failed', { peer: event.peer, reason: event.reason })
  else logFailure(event.error, `sftp.${event.place}`)
}
