// Reads certificate revocation lists, complete ones and deltas (RFC 5280, 5), within bounds and without copying.

import { createHash } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { oids } from '../der/oids.ts'
import { context, DerError, DerReader, type Element, tags } from '../der/reader.ts'
import {
  equalBytes,
  expectElement,
  readBitString,
  readInteger,
  readSequence,
  readTime,
} from '../der/values.ts'
import { readPem } from '../pem.ts'
import { readSignatureScheme, type SignatureScheme } from '../signature-scheme.ts'
import { type EntryIndex, indexEntries, noEntries } from './entries.ts'
import { type Extensions, insideOf, readExtensions, unknownCritical } from './extensions.ts'
import { revocationOids } from './identifiers.ts'
import { type IssuingPoint, readIssuingPoint } from './issuing-point.ts'

/** What is signed, how, and the signature. */
export type Signed = {
  readonly tbs: Uint8Array
  /** Undefined when the identifiers of the algorithm differ or name nothing known. */
  readonly scheme: SignatureScheme | undefined
  readonly signature: Uint8Array
}

/**
 * A revocation list as received; byte fields are views of `der`. Plain values throughout, so that a list read in one
 * thread can be handed to another.
 */
export type RevocationList = {
  readonly der: Uint8Array
  /** SHA-256 of the DER in lower-case hex. */
  readonly sha256: string
  /** Raw Name of the issuer. */
  readonly issuer: Uint8Array
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  /** CRLNumber; without one lists have no order but their times. */
  readonly number: bigint | undefined
  /** BaseCRLNumber of a delta; undefined for a complete list. */
  readonly baseNumber: bigint | undefined
  readonly authorityKeyIdentifier: Uint8Array | undefined
  readonly point: IssuingPoint | undefined
  readonly entries: EntryIndex
  /** A critical extension nobody here knows, of the list or an entry: it may not be used (RFC 5280, 5.2, 5.3). */
  readonly unknownCritical: string | undefined
  readonly signed: Signed
}

const processed: ReadonlySet<string> = new Set([
  oids.authorityKeyIdentifier,
  oids.crlNumber,
  revocationOids.deltaCrlIndicator,
  revocationOids.issuingDistributionPoint,
  revocationOids.freshestCrl,
])

/**
 * Reads one list in DER; nothing may follow it. The list keeps the array, which must not be changed afterwards.
 * Bounds: crlBytesMax, crlExtensionsBytesMax; four octets of memory for each entry, time in proportion to the bytes.
 * Refused with crl.broken. Signature and times are not looked at.
 */
export function parseRevocationList(der: Uint8Array): RevocationList | Refusal {
  if (der.length > limits.crlBytesMax) return refuse('crl.broken', `a list of ${der.length} bytes`)
  try {
    return readList(new DerReader(der))
  } catch (error) {
    if (error instanceof DerError) return refuse('crl.broken', error.message)
    throw error
  }
}

/** Reads the lists of a file: PEM with any number of them (other blocks are passed over), or one in DER. */
export function readRevocationLists(file: Uint8Array): RevocationList[] | Refusal {
  const isDer = file[0] === 0x30
  const blocks = isDer ? [] : readPem(Buffer.from(file).toString('latin1'))
  const ders = isDer ? [file] : blocks.filter(({ label }) => label === 'X509 CRL').map(({ der }) => der)
  const lists: RevocationList[] = []
  for (const der of ders) {
    const list = parseRevocationList(der)
    if (isRefusal(list)) return list
    lists.push(list)
  }
  return lists.length > 0 ? lists : refuse('crl.broken', 'no revocation list in the file')
}

function readList(reader: DerReader): RevocationList {
  const [tbs, algorithm, signature, ...more] = readSequence(reader, reader.whole())
  if (more.length > 0) throw new DerError('broken', 'fields after the signature')
  const body = readBody(reader, tbs)
  const extensions = readListExtensions(reader, body.extensions)
  const entries = readEntries(reader, body.revoked)
  return {
    der: reader.bytes,
    sha256: createHash('sha256').update(reader.bytes).digest('hex'),
    issuer: reader.encoding(expectElement(body.issuer, tags.sequence, true)),
    thisUpdate: readTime(reader, body.thisUpdate),
    nextUpdate: body.nextUpdate === undefined ? undefined : readTime(reader, body.nextUpdate),
    number: readNumber(extensions, oids.crlNumber),
    baseNumber: readNumber(extensions, revocationOids.deltaCrlIndicator),
    authorityKeyIdentifier: readKeyIdentifier(extensions),
    point: readPoint(extensions),
    entries,
    unknownCritical: unknownCritical(extensions, processed) ?? entries.unknownCritical,
    signed: {
      tbs: reader.encoding(expectElement(tbs, tags.sequence, true)),
      scheme: readScheme(reader, algorithm, body.algorithm),
      signature: readBitString(reader, signature),
    },
  }
}

/** TBSCertList: fields that may be left out are told by their tags (RFC 5280, 5.1). */
function readBody(reader: DerReader, tbs: Element | undefined) {
  const fields = readSequence(reader, tbs)
  const next = (isWanted: (element: Element) => boolean) =>
    fields[0] !== undefined && isWanted(fields[0]) ? fields.shift() : undefined
  const isTime = ({ tag }: Element) => tag === tags.utcTime || tag === tags.generalizedTime
  const version = next(({ tag }) => tag === tags.integer)
  const [algorithm, issuer, thisUpdate] = fields.splice(0, 3)
  const nextUpdate = next(isTime)
  const revoked = next(({ tag }) => tag === tags.sequence)
  const extensions = next(({ tag }) => tag === context(0))
  const isSecond = version !== undefined && equalBytes(readInteger(reader, version), Uint8Array.of(1))
  if (version !== undefined && !isSecond) throw new DerError('broken', 'a list of an unknown version')
  if (extensions !== undefined && !isSecond) throw new DerError('broken', 'extensions in a list of version 1')
  if (fields.length > 0) throw new DerError('broken', 'fields after the extensions')
  return { algorithm, issuer, thisUpdate, nextUpdate, revoked, extensions }
}

function readListExtensions(reader: DerReader, wrapper: Element | undefined): Extensions {
  if (wrapper === undefined) return new Map()
  if (wrapper.end - wrapper.start > limits.crlExtensionsBytesMax) {
    throw new DerError('too-complex', 'long extensions of a list')
  }
  return readExtensions(reader, reader.children(wrapper)[0])
}

function readEntries(reader: DerReader, revoked: Element | undefined): EntryIndex {
  if (revoked === undefined) return noEntries(reader.bytes)
  expectElement(revoked, tags.sequence, true)
  return indexEntries(reader.bytes, revoked.contentStart, revoked.contentEnd)
}

/** The algorithm named both inside and outside of what is signed, octet by octet (RFC 5280, 5.1.1.2). */
function readScheme(reader: DerReader, outer?: Element, inner?: Element): SignatureScheme | undefined {
  const octets = (element?: Element) => reader.encoding(expectElement(element, tags.sequence, true))
  return equalBytes(octets(outer), octets(inner)) ? readSignatureScheme(reader, outer) : undefined
}

/** A number of at most 20 octets (RFC 5280, 5.2.3), not negative. */
function readNumber(extensions: Extensions, oid: string): bigint | undefined {
  const extension = extensions.get(oid)
  if (extension === undefined) return undefined
  const { reader, whole } = insideOf(extension)
  const octets = readInteger(reader, whole)
  const isTooLong = octets.length > crlNumberOctetsAllowed || (octets[0] ?? 0) >= 0x80
  if (isTooLong) throw new DerError('broken', `a number of a list of ${octets.length} octets or below zero`)
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`)
}

/** Twenty octets and one for the sign. */
const crlNumberOctetsAllowed = 21

function readKeyIdentifier(extensions: Extensions): Uint8Array | undefined {
  const extension = extensions.get(oids.authorityKeyIdentifier)
  if (extension === undefined) return undefined
  const { reader, whole } = insideOf(extension)
  const identifier = readSequence(reader, whole).find(({ tag }) => tag === context(0))
  return identifier === undefined ? undefined : reader.content(identifier)
}

function readPoint(extensions: Extensions): IssuingPoint | undefined {
  const extension = extensions.get(revocationOids.issuingDistributionPoint)
  return extension === undefined ? undefined : readIssuingPoint(extension)
}
