// Decides whether what a source gave becomes its edition in use: readable, signed, and not older than the one before.

import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import type { SourceRow } from '../store/trust-sources.ts'
import type { Certificate } from '../trust/certificate.ts'
import { parseOcspAnswer } from '../trust/revocation/ocsp-answer.ts'
import { checkIsAnswerTo, type OcspRequest } from '../trust/revocation/ocsp-request.ts'
import { readList } from './read-list.ts'

/** What a source gave. */
export type Given = {
  readonly source: SourceRow
  readonly bytes: Uint8Array
  /** Certificates kept as evidence. */
  readonly certificates: readonly Certificate[]
  /** What an OCSP responder was asked. */
  readonly request: OcspRequest | undefined
  /** SHA-256 of the bytes in lower-case hex. */
  readonly sha256: string
  /** Ends a reading that nobody waits for any more. */
  readonly signal: AbortSignal
}

/** An edition that may come into use. `bytes` are to be kept. */
export type Edition = {
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly number: bigint | undefined
  readonly issuedAt: Date
  readonly nextAt: Date | undefined
}

/** Judges what a source of one kind gave. */
export type Accept = (given: Given) => Promise<Edition | Refusal>

/** Takes a revocation list: readable and signed by a known certificate of its issuer. */
export const acceptList: Accept = async ({ bytes, certificates, signal }) => {
  const read = await readList(bytes, certificates, signal)
  if (isRefusal(read)) return read
  const { list, isSigned } = read
  if (!isSigned) return refuse('source.signer', `list ${list.sha256}`)
  const { der, sha256, number, thisUpdate, nextUpdate } = list
  return { bytes: der, sha256, number, issuedAt: thisUpdate, nextAt: nextUpdate }
}

/** Takes an OCSP answer to the request; who signed it is judged whenever it is used. */
export const acceptAnswer: Accept = async ({ bytes, request }) => {
  const parsed = parseOcspAnswer(bytes)
  const answer = isRefusal(parsed) || request === undefined ? parsed : checkIsAnswerTo(request, parsed)
  if (isRefusal(answer)) return answer
  const [first] = answer.answers
  return {
    bytes: answer.der,
    sha256: answer.sha256,
    number: undefined,
    issuedAt: first?.thisUpdate ?? answer.producedAt,
    nextAt: first?.nextUpdate,
  }
}

/** Refused with source.older when an edition is older than the one in use, by its number or by its time. */
export function checkIsNotOlder(source: SourceRow, edition: Edition): Edition | Refusal {
  const { number, issuedAt } = source
  const isLower = number !== undefined && edition.number !== undefined && edition.number < number
  const isEarlier = issuedAt !== undefined && edition.issuedAt.getTime() < issuedAt.getTime()
  if (!isLower && !isEarlier) return edition
  return refuse('source.older', `${edition.number ?? ''} of ${edition.issuedAt.toISOString()}`)
}

/** How many bytes a source of a kind may give. */
export function bytesMaxOf({ kind }: Pick<SourceRow, 'kind'>): number {
  if (kind === 'trust-list') return limits.signedXmlBytesMax
  return kind === 'ocsp' ? limits.ocspBytesMax : limits.crlBytesMax
}
