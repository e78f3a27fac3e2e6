// Fetches due sources on a schedule, on one node of the installation at a time (RULES 29), never inside a message's way.

import { createHash, randomBytes } from 'node:crypto'
import type { JournalFact, JournalKind } from '../../schemas/journal.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { writeJournal } from '../journal/write.ts'
import type { Clock } from '../pipeline/ports.ts'
import { type Lease, withHeld } from '../store/lease.ts'
import { type LeaseLoop, runWithLease } from '../store/lease-loop.ts'
import type { Sql, SqlStore } from '../store/sql.ts'
import {
  insertEvidence,
  noteFailure,
  noteSuccess,
  type SourceKind,
  type SourceRow,
} from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import { formOcspRequest, type OcspRequest } from '../trust/revocation/ocsp-request.ts'
import { type Accept, acceptAnswer, acceptList, bytesMaxOf, checkIsNotOlder, type Edition } from './accept.ts'
import { type Fetched, type FetchOptions, fetchSource } from './fetch.ts'
import { makeSourceLooks, type SourceLook } from './looks.ts'
import { isFileAddress, readSourceFile } from './read-file.ts'

/** What became of one look at a source. */
export type SourceReport = {
  readonly source: SourceRow
  readonly outcome: 'new' | 'same' | 'failed'
  readonly refusal?: Refusal
}

/** What the refreshing needs. */
export type RefreshOptions = {
  store: SqlStore
  node: string
  clock: Clock
  refreshMs: number
  fetching: FetchOptions
  /** How the trust list is judged; without it sources of that kind are left alone. */
  acceptTrustList?: Accept
  onSource(report: SourceReport): void
  onFault(place: string, error: unknown): void
  /** How often is looked for due sources; sourceLookMs unless given. */
  lookEveryMs?: number
  leaseMs?: number
  renewMs?: number
}

/** Starts the loop. Its rounds wait for no source; a stop waits for all that are being looked at, which it ends. */
export function startRefresh(options: RefreshOptions): LeaseLoop {
  const { store, node, onFault, leaseMs, renewMs } = options
  const looks = makeSourceLooks({
    store,
    clock: options.clock,
    onFault,
    onMore: () => loop.wake(),
    lookAt: (look) => refreshOne(options, look),
  })
  const loop = runWithLease({
    store,
    owner: node,
    name: 'trust-sources',
    everyMs: options.lookEveryMs ?? limits.sourceLookMs,
    onError: onFault,
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(renewMs === undefined ? {} : { renewMs }),
    run: looks.round,
  })
  return {
    ...loop,
    async stop() {
      await loop.stop()
      await looks.settled().catch((error: unknown) => onFault('trust-sources.stop', error))
    },
  }
}

/** Looks at the sources that are due now, and waits for all of them. */
export async function refreshDue(options: RefreshOptions, lease: Lease, signal: AbortSignal): Promise<void> {
  const { store, clock, onFault } = options
  const looks = makeSourceLooks({ store, clock, onFault, lookAt: (look) => refreshOne(options, look) })
  await looks.round(lease, signal)
  await looks.settled()
}

async function refreshOne(options: RefreshOptions, one: SourceLook): Promise<void> {
  const { source, lease, signal } = one
  const found = await look(options, one).catch((error: unknown) => {
    // A fault of ours in reading it: noted like any failure, or it would be due again at once for ever.
    options.onFault('trust-sources.look', error)
    return refuse('source.answer', 'it could not be read')
  })
  // Of a look that was cut short by the end of the run nothing is to be said.
  if (found === undefined || signal.aborted) return
  await withHeld(options.store, lease, (sql) => settle(options, sql, source, found))
  if (isRefusal(found)) options.onSource({ source, outcome: 'failed', refusal: found })
  else options.onSource({ source, outcome: found.edition === undefined ? 'same' : 'new' })
}

type Found = { fetched: Fetched; edition: Edition | undefined }

async function look(options: RefreshOptions, one: SourceLook): Promise<Found | Refusal | undefined> {
  const { source, certificates, signal } = one
  const accept = acceptOf(options, source.kind)
  if (accept === undefined) return undefined
  const request = source.kind === 'ocsp' ? requestFor(source, certificates) : undefined
  if (request !== undefined && isRefusal(request)) return request
  const { address, etag, lastModified } = source
  const isFirst = source.evidence === undefined || request !== undefined
  const marks = isFirst ? { etag: undefined, lastModified: undefined } : { etag, lastModified }
  const body = request === undefined ? {} : { body: request.der }
  const bytesMax = bytesMaxOf(source)
  const fetched = isFileAddress(address)
    ? await readSourceFile({ address, etag: marks.etag, bytesMax })
    : await fetchSource({ address, ...body, ...marks, bytesMax, signal }, options.fetching)
  if (isRefusal(fetched)) return fetched
  if (!fetched.isNew) return { fetched, edition: undefined }
  const { bytes } = fetched
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  // What is in use already was judged when it came.
  const isSame = source.evidence === sha256
  if (isSame) return { fetched, edition: undefined }
  const accepted = await accept({ source, bytes, sha256, certificates, request, signal })
  const edition = isRefusal(accepted) ? accepted : checkIsNotOlder(source, accepted)
  if (isRefusal(edition)) return edition
  return { fetched, edition: edition.sha256 === source.evidence ? undefined : edition }
}

function acceptOf(options: RefreshOptions, kind: SourceKind): Accept | undefined {
  if (kind === 'trust-list') return options.acceptTrustList
  return kind === 'crl' ? acceptList : acceptAnswer
}

function requestFor(source: SourceRow, certificates: readonly Certificate[]): OcspRequest | Refusal {
  const [certificate, issuer] = [source.subject, source.issuer].map((wanted) =>
    certificates.find(({ thumbprint }) => thumbprint === wanted),
  )
  if (certificate === undefined || issuer === undefined) {
    return refuse('source.signer', `no certificate ${source.subject} or ${source.issuer}`)
  }
  return formOcspRequest({ certificate, issuer, digest: 'sha1', nonce: randomBytes(32) })
}

async function settle(
  options: RefreshOptions,
  sql: Sql,
  source: SourceRow,
  found: Found | Refusal,
): Promise<void> {
  const at = options.clock.now()
  const note = (kind: JournalKind, facts: Readonly<Record<string, JournalFact | undefined>>) =>
    writeJournal(sql, [{ id: options.clock.newId(), at, kind, facts: { source: source.kind, ...facts } }])
  if (isRefusal(found)) {
    await noteFailure(sql, source, { at, dueAt: dueAfterFailure(options, source, at), error: found.code })
    // That a source is away is in the rows; that it gave something wrong is evidence.
    if (!awayCodes.has(found.code)) await note('source.refused', { code: found.code, inUse: source.evidence })
    return
  }
  const { fetched, edition } = found
  const { etag, lastModified } = fetched.isNew ? fetched : source
  const nextAt = edition === undefined ? source.nextAt : edition.nextAt
  const success = { at, dueAt: dueAfterSuccess(options, { ...source, nextAt }, at), etag, lastModified }
  if (edition === undefined) return noteSuccess(sql, source, success)
  const { sha256, bytes } = edition
  await insertEvidence(sql, { sha256, kind: source.kind, bytes, at })
  await noteSuccess(sql, source, { ...success, edition })
  await note('source.taken', { sha256, before: source.evidence, number: edition.number?.toString() })
}

/** Codes that say a source is away, or would not answer: nothing wrong was given. */
export const awayCodes: ReadonlySet<string> = new Set([
  'source.address',
  'source.unreachable',
  'source.slow',
  'source.answer',
  'source.redirects',
  'ocsp.unsuccessful',
])

/**
 * A file is looked at every sourceFileLookMs. Others after refreshMs, or when the edition in use ends if that is earlier,
 * but never at once; varied by a tenth.
 */
function dueAfterSuccess(
  { refreshMs, clock }: RefreshOptions,
  { address, nextAt }: Pick<SourceRow, 'address' | 'nextAt'>,
  at: Date,
): Date {
  if (isFileAddress(address)) return new Date(at.getTime() + limits.sourceFileLookMs)
  const untilNext = nextAt === undefined ? refreshMs : nextAt.getTime() - at.getTime()
  const pauseMs = Math.min(refreshMs, Math.max(untilNext, limits.sourceRetryMs))
  return new Date(at.getTime() + pauseMs * (0.9 + 0.2 * clock.random()))
}

/** Twice as long after each failure, up to sourceRetryMaxMs, but not longer than after a success. */
function dueAfterFailure(
  { refreshMs, clock }: RefreshOptions,
  { address, failures }: SourceRow,
  at: Date,
): Date {
  if (isFileAddress(address)) return new Date(at.getTime() + limits.sourceFileLookMs)
  const grownMs = limits.sourceRetryMs * 2 ** Math.min(failures, 20)
  const pauseMs = Math.min(grownMs, limits.sourceRetryMaxMs, refreshMs)
  return new Date(at.getTime() + pauseMs * (0.9 + 0.2 * clock.random()))
}
