// Says what an attempt to deliver over HTTP came to: statuses and failures as one table (RULES 17, 18, 22).

import { limits } from '../../schemas/limits.ts'
import type { Outcome } from '../../schemas/transport.ts'
import { addressForbidden } from './address-guard.ts'

type OutcomeClass = Outcome['class']

/**
 * Classes of answers, first match wins; `early` where an answer means something else before the last byte of the
 * package has left us, for then nobody can hold it. The protocol knows 200, 400 and 500; the rest is our reading of it.
 */
const statuses: readonly { from: number; to: number; class: OutcomeClass; early?: OutcomeClass }[] = [
  { from: 200, to: 200, class: 'accepted', early: 'ambiguous' },
  // A success that is not the protocol's own: something stands between us and the peer.
  { from: 201, to: 299, class: 'ambiguous' },
  // Redirects are not followed: no address but the registered one is called.
  { from: 300, to: 399, class: 'transient' },
  { from: 400, to: 400, class: 'rejected' },
  { from: 413, to: 413, class: 'rejected' },
  { from: 422, to: 422, class: 'rejected' },
  // Somebody waited in vain: a proxy, perhaps for the peer's answer to the package it had passed on.
  { from: 408, to: 408, class: 'ambiguous', early: 'transient' },
  // Not the peer's door: a proxy, a wrong path, an expired certificate, a limit. People see it by its
  // repetition.
  { from: 401, to: 499, class: 'transient' },
  // The protocol's own "again later", and a refusal to take anything now.
  { from: 500, to: 500, class: 'transient' },
  { from: 503, to: 503, class: 'transient' },
  // A proxy that lost the peer behind it (502, 504), or a failure that says not how far the package got.
  { from: 501, to: 599, class: 'ambiguous', early: 'transient' },
]

/**
 * Reasons of failures by the code of the error; where the request had left, the class is ambiguous all the
 * same.
 */
const failures: readonly [code: RegExp, reason: string][] = [
  [/^ECONNREFUSED$/, 'connect.refused'],
  [/^(ENOTFOUND|EAI_.*|ENODATA|ESERVFAIL|ENONAME)$/, 'connect.name'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EHOSTDOWN|ENETDOWN)$/, 'connect.unreachable'],
  [/^(ECONNRESET|EPIPE|ECONNABORTED)$/, 'connection.reset'],
  [/^ETIMEDOUT$/, 'timeout.connection'],
  [/^(EMFILE|ENFILE|ENOBUFS|ENOMEM)$/, 'connect.resources'],
  [/^HPE_/, 'answer.garbage'],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_)/, 'connect.tls'],
]

/** TLS 1.3 tells of a refused client certificate after the request was sent, but then nobody has read it. */
const certificateRefused =
  /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|.*_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/

/** What was seen of an answer. `isWhole` is false when its body broke off or was longer than is read. */
export type SeenAnswer = { status: number; isWhole: boolean; requestWasSent: boolean }

/** What an answer means; the status alone decides, even when the body of the answer was cut. */
export function judgeAnswer({
  status,
  isWhole,
  requestWasSent,
}: SeenAnswer): Pick<Outcome, 'class' | 'reason'> {
  const row = statuses.find(({ from, to }) => status >= from && status <= to)
  const reason = `answer.${status}${isWhole ? '' : '.body-cut'}`
  if (row?.early !== undefined && !requestWasSent) return { class: row.early, reason: `${reason}.early` }
  return { class: row?.class ?? 'ambiguous', reason }
}

/**
 * How an attempt failed before an answer; `mayBeSent` is false only when no byte of it can have been read.
 */
export type SeenFailure = { code: string; mayBeSent: boolean }

/** What a failure means: it surely has not arrived, or it may have. */
export function judgeFailure({ code, mayBeSent }: SeenFailure): Pick<Outcome, 'class' | 'reason'> {
  if (code === addressForbidden) return { class: 'forbidden', reason: 'address.network' }
  if (certificateRefused.test(code)) return { class: 'transient', reason: 'connect.certificate-refused' }
  const known = failures.find(([pattern]) => pattern.test(code))?.[1]
  return { class: mayBeSent ? 'ambiguous' : 'transient', reason: known ?? `connection.${plainCode(code)}` }
}

/** What an end by our own clock or wish means. */
export function judgeEnd(
  end: 'connect' | 'answer' | 'aborted',
  mayBeSent: boolean,
): Pick<Outcome, 'class' | 'reason'> {
  const reasons = { connect: 'timeout.connect', answer: mayBeSent ? 'timeout.answer' : 'timeout.queue' }
  const reason = end === 'aborted' ? 'aborted' : reasons[end]
  return { class: mayBeSent ? 'ambiguous' : 'transient', reason }
}

/**
 * The text of a peer as we keep it, on one line: no control or invisible format characters, at most
 * limits.answerTextLengthMax characters.
 */
export function cleanText(text: string): string {
  const plain = text.replace(/[\s\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ').trim()
  return plain.slice(0, limits.answerTextLengthMax).toWellFormed()
}

/** Reads Retry-After as seconds from now (RFC 9110, 10.2.3), at most limits.retryAfterMaxS. */
export function readRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - nowMs) / 1000)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, limits.retryAfterMaxS) : undefined
}

function plainCode(code: string): string {
  return (
    code
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 40) || 'failed'
  )
}
