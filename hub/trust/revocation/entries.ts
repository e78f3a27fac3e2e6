// Indexes the entries of a revocation list (RFC 5280, 5.1.2.6 and 5.3) so that lists of millions can be searched.
//
// A list of 100 MB has some three million entries. No object is made for any of them: an index holds four octets for
// each, the place of the entry, in the order of a hash of its serial number. The hash starts from a number drawn by
// the process, so that nobody can choose serial numbers that fall together.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { limits } from '../../../schemas/limits.ts'
import { readGeneralNames } from '../certificate/general-names.ts'
import { oids } from '../der/oids.ts'
import { DerError, DerReader, tags } from '../der/reader.ts'
import { expectElement, readOctets, readOid, readSequence, readTime } from '../der/values.ts'
import { EntryScan } from './entry-scan.ts'
import { insideOf } from './extensions.ts'
import { revocationOids } from './identifiers.ts'
import { nameKey } from './name-key.ts'

/** Where the entries of a list stand. Plain values: it may go from one thread to another. */
export type EntryIndex = {
  readonly bytes: Uint8Array
  readonly count: number
  /** Places of the entries, ordered by the hash of the serial number. */
  readonly places: Uint32Array
  /** Places of the entries that change the issuer for all that follow (RFC 5280, 5.3.3), ascending. */
  readonly issuerPlaces: Uint32Array
  readonly seed: number
  /** A critical extension of some entry that is not known here, by its identifier. */
  readonly unknownCritical: string | undefined
  /** Headers looked at while indexing: the work done, for tests. */
  readonly steps: number
}

/** One entry. */
export type RevokedEntry = {
  readonly revokedAt: Date
  /** Number of CRLReason; 0, unspecified, when the extension is absent. */
  readonly reason: number
  readonly invalidityDate: Date | undefined
}

const processSeed = randomBytes(4).readUInt32LE()
const hashBits = 26
/** A hash and a place together are a whole number that a double holds. */
const placeLimit = 2 ** (53 - hashBits)

/**
 * Indexes the entries between two places of a list; both must be those of one SEQUENCE's content. Bounds:
 * crlEntryBytesMax for each, crlIssuersMax for those that name an issuer. Throws DerError.
 */
export function indexEntries(bytes: Uint8Array, start: number, end: number): EntryIndex {
  assert(end <= placeLimit, 'crlBytesMax keeps lists below this')
  const scan = new EntryScan(bytes)
  const count = scan.count(start, end)
  const sortable = new Float64Array(count)
  const issuerPlaces: number[] = []
  let at = start
  for (let number = 0; number < count; number += 1) {
    scan.entry(at, end)
    sortable[number] = hashOf(bytes, scan.serialStart, scan.serialEnd, processSeed) * placeLimit + at
    if (scan.namesIssuer) {
      if (issuerPlaces.length >= limits.crlIssuersMax) throw new DerError('too-complex', 'too many issuers')
      issuerPlaces.push(at)
    }
    at = scan.end
  }
  sortable.sort()
  const places = new Uint32Array(count)
  for (let slot = 0; slot < count; slot += 1) places[slot] = (sortable[slot] ?? 0) % placeLimit
  return {
    bytes,
    count,
    places,
    issuerPlaces: Uint32Array.from(issuerPlaces),
    seed: processSeed,
    unknownCritical: scan.unknownCritical,
    steps: scan.steps,
  }
}

/** An index without entries, for a list that revokes nothing. */
export function noEntries(bytes: Uint8Array): EntryIndex {
  return indexEntries(bytes, 0, 0)
}

/**
 * The entry of a certificate: the serial number, and the issuer by the entries' certificateIssuer or, without one,
 * the issuer of the list. The serial is a plain number (plainNumber). Of several entries the last one is taken, as it
 * was added last. Throws DerError when the entry's date or issuer is malformed inside.
 */
export function findEntry(
  index: EntryIndex,
  wanted: { serial: Uint8Array; issuer: Uint8Array; listIssuer: Uint8Array },
): RevokedEntry | undefined {
  const { bytes, places, seed } = index
  const hash = hashOf(wanted.serial, 0, wanted.serial.length, seed)
  const scan = new EntryScan(bytes)
  let found: number | undefined
  for (let slot = firstSlot(index, hash); slot < places.length; slot += 1) {
    const place = places[slot] ?? 0
    scan.entry(place, bytes.length)
    if (hashOf(bytes, scan.serialStart, scan.serialEnd, seed) !== hash) break
    const serial = bytes.subarray(scan.serialStart, scan.serialEnd)
    if (Buffer.compare(serial, wanted.serial) !== 0) continue
    if (nameKey(issuerAt(index, place) ?? wanted.listIssuer) !== nameKey(wanted.issuer)) continue
    if (found === undefined || place > found) found = place
  }
  return found === undefined ? undefined : readEntry(bytes, found)
}

/** The first slot whose hash is not below the one wanted. */
function firstSlot({ bytes, places, seed }: EntryIndex, hash: number): number {
  const scan = new EntryScan(bytes)
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >>> 1
    scan.entry(places[middle] ?? 0, bytes.length)
    if (hashOf(bytes, scan.serialStart, scan.serialEnd, seed) < hash) low = middle + 1
    else high = middle
  }
  return low
}

/** The raw name of the issuer an entry stands under, undefined before the first entry that names one. */
function issuerAt({ bytes, issuerPlaces }: EntryIndex, place: number): Uint8Array | undefined {
  let low = 0
  let high = issuerPlaces.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((issuerPlaces[middle] ?? 0) <= place) low = middle + 1
    else high = middle
  }
  const naming = issuerPlaces[low - 1]
  if (naming === undefined) return undefined
  const value = extensionsAt(bytes, naming).get(revocationOids.certificateIssuer)
  const names = value === undefined ? [] : readNames(value)
  // An issuer that is no directoryName is nobody's whose certificates are looked for.
  const directory = names.find((name) => name.kind === 'directory')
  return directory?.kind === 'directory' ? directory.name : new Uint8Array(0)
}

function readNames(value: Uint8Array): ReturnType<typeof readGeneralNames> {
  const { reader, whole } = insideOf({ isCritical: true, value })
  return readGeneralNames(reader, expectElement(whole, tags.sequence, true))
}

function readEntry(bytes: Uint8Array, place: number): RevokedEntry {
  const scan = new EntryScan(bytes)
  scan.entry(place, bytes.length)
  const reader = new DerReader(bytes.subarray(place, scan.end))
  const [, time] = readSequence(reader, reader.whole())
  const extensions = extensionsAt(bytes, place)
  const reason = extensions.get(oids.crlReason)
  const date = extensions.get(revocationOids.invalidityDate)
  return {
    revokedAt: readTime(reader, time),
    reason: reason === undefined ? 0 : readReason(reason),
    invalidityDate: date === undefined ? undefined : readDate(date),
  }
}

/** The values of an entry's extensions by identifier; the scan has seen to their form. */
function extensionsAt(bytes: Uint8Array, place: number): Map<string, Uint8Array> {
  const scan = new EntryScan(bytes)
  scan.entry(place, bytes.length)
  const reader = new DerReader(bytes.subarray(place, scan.end))
  const [, , list] = readSequence(reader, reader.whole())
  const extensions = list === undefined ? [] : readSequence(reader, list)
  return new Map(
    extensions.map((extension) => {
      const parts = readSequence(reader, extension)
      return [
        readOid(reader, parts[0]),
        readOctets(reader, expectElement(parts.at(-1), tags.octetString, false)),
      ]
    }),
  )
}

/** ENUMERATED of one octet (RFC 5280, 5.3.1). Throws DerError. */
export function readReason(value: Uint8Array, tag = 0x0a): number {
  const reader = new DerReader(value)
  const [reason = 0, ...more] = reader.content(expectElement(reader.whole(), tag, false))
  if (more.length > 0 || reason > 10) throw new DerError('broken', `reason ${reason} of a revocation`)
  return reason
}

function readDate(value: Uint8Array): Date {
  const reader = new DerReader(value)
  return readTime(reader, reader.whole())
}

/** FNV-1a over the octets of a number, its upper bits. */
function hashOf(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed ^ 0x811c9dc5
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> (32 - hashBits)
}

const reasonNames = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  '',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const

/** Numbers of CRLReason that change what is done. */
export const reasons = { certificateHold: 6, removeFromCrl: 8 } as const

/** The name of a CRLReason. */
export function reasonName(reason: number): string {
  return reasonNames[reason] || `reason ${reason}`
}
