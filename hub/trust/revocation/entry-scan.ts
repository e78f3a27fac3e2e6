// Walks over the entries of a revocation list without making an object for any of them (RFC 5280, 5.1.2.6).

import { limits } from '../../../schemas/limits.ts'
import { DerError, tags } from '../der/reader.ts'

let headersRead = 0

/** How many headers of entries all scans of this thread have read so far; tests bound work by the difference. */
export function entrySteps(): number {
  return headersRead
}

const constructedSequence = tags.sequence | 0x20
const extensionIdentifiers = { reason: 21, invalidityDate: 24, certificateIssuer: 29 } as const

/**
 * Reads entries of one array in place; what was read last stands in the fields. Definite lengths only, as DER has
 * them. Every method throws DerError, and nothing else, for hostile bytes; the work is in proportion to them.
 */
export class EntryScan {
  readonly #bytes: Uint8Array
  /** Content of the serial number of the entry read last, without octets that say nothing. */
  serialStart = 0
  serialEnd = 0
  /** Where the entry read last ends. */
  end = 0
  /** Whether it names an issuer for itself and those behind it. */
  namesIssuer = false
  /** The first critical extension of any entry read that is not known here. */
  unknownCritical: string | undefined
  steps = 0
  // The header read last.
  #identifier = 0
  #contentStart = 0
  #contentEnd = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** How many elements stand between two places. */
  count(start: number, end: number): number {
    let count = 0
    for (let at = start; at < end; at = this.#contentEnd) {
      this.#header(at, end)
      count += 1
    }
    return count
  }

  /** Reads the entry at a place: SEQUENCE { serial number, time, extensions OPTIONAL }. */
  entry(place: number, limit: number): void {
    this.#expect(place, limit, constructedSequence)
    const end = this.#contentEnd
    if (end - place > limits.crlEntryBytesMax) throw new DerError('too-complex', `a long entry at ${place}`)
    this.#expect(this.#contentStart, end, tags.integer)
    this.#serial()
    this.#time(this.#contentEnd, end)
    this.namesIssuer = false
    if (this.#contentEnd < end) this.#extensions(this.#contentEnd, end)
    if (this.#contentEnd !== end) throw new DerError('broken', `bytes after the entry at ${place}`)
    this.end = end
  }

  #serial(): void {
    const bytes = this.#bytes
    let start = this.#contentStart
    const end = this.#contentEnd
    if (start === end) throw new DerError('broken', `an empty number at ${start}`)
    while (start + 1 < end && isFiller(bytes[start] ?? 0, bytes[start + 1] ?? 0)) start += 1
    this.serialStart = start
    this.serialEnd = end
  }

  /** UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ (RFC 5280, 5.1.2.6), month, day and hour in range. */
  #time(at: number, end: number): void {
    this.#header(at, end)
    const [start, stop] = [this.#contentStart, this.#contentEnd]
    const digits = this.#identifier === tags.utcTime ? 12 : 14
    const isTime = digits === 12 || this.#identifier === tags.generalizedTime
    if (!isTime || stop - start !== digits + 1 || this.#bytes[stop - 1] !== 0x5a) {
      throw new DerError('broken', `a malformed time at ${at}`)
    }
    for (let place = start; place < stop - 1; place += 1) {
      const digit = (this.#bytes[place] ?? 0) - 0x30
      if (digit < 0 || digit > 9) throw new DerError('broken', `a malformed time at ${at}`)
    }
    const month = this.#pair(stop - 11)
    const day = this.#pair(stop - 9)
    const isPossible =
      month >= 1 && month <= 12 && day >= 1 && day <= daysOf(month) && this.#pair(stop - 7) < 24
    if (!isPossible || this.#pair(stop - 5) > 59 || this.#pair(stop - 3) > 59) {
      throw new DerError('broken', `an impossible time at ${at}`)
    }
  }

  #pair(at: number): number {
    return ((this.#bytes[at] ?? 0) - 0x30) * 10 + (this.#bytes[at + 1] ?? 0) - 0x30
  }

  #extensions(place: number, limit: number): void {
    this.#expect(place, limit, constructedSequence)
    const end = this.#contentEnd
    let seen = 0
    for (let at = this.#contentStart; at < end; ) {
      this.#expect(at, end, constructedSequence)
      const next = this.#contentEnd
      const known = this.#extension(this.#contentStart, next)
      if (known > 0 && seen & (1 << known)) throw new DerError('broken', `an extension twice at ${place}`)
      seen |= known > 0 ? 1 << known : 0
      at = next
    }
    this.namesIssuer = (seen & (1 << extensionIdentifiers.certificateIssuer)) !== 0
    this.#contentEnd = end
  }

  /** Reads one extension; gives the last arc of 2.5.29.x when it is one of those known here, else 0. */
  #extension(start: number, end: number): number {
    this.#expect(start, end, tags.oid)
    const [oidStart, oidEnd] = [this.#contentStart, this.#contentEnd]
    this.#header(oidEnd, end)
    let isCritical = false
    if (this.#identifier === tags.boolean) {
      if (this.#contentEnd - this.#contentStart !== 1)
        throw new DerError('broken', `a truth value at ${start}`)
      isCritical = this.#bytes[this.#contentStart] !== 0
      this.#header(this.#contentEnd, end)
    }
    if (this.#identifier !== tags.octetString || this.#contentEnd !== end) {
      throw new DerError('broken', `a malformed extension at ${start}`)
    }
    const known = this.#knownArc(oidStart, oidEnd)
    if (known > 0) this.#value(known, this.#contentStart, this.#contentEnd)
    if (known === 0 && isCritical && this.unknownCritical === undefined) {
      this.unknownCritical = Buffer.from(this.#bytes.subarray(oidStart, oidEnd)).toString('hex')
    }
    return known
  }

  #knownArc(start: number, end: number): number {
    const bytes = this.#bytes
    if (end - start !== 3 || bytes[start] !== 0x55 || bytes[start + 1] !== 0x1d) return 0
    const arc = bytes[start + 2] ?? 0
    const { reason, invalidityDate, certificateIssuer } = extensionIdentifiers
    return arc === reason || arc === invalidityDate || arc === certificateIssuer ? arc : 0
  }

  /** Sees to the form of a value that is read later, so that reading it cannot fail. */
  #value(arc: number, start: number, end: number): void {
    if (arc === extensionIdentifiers.invalidityDate) {
      this.#time(start, end)
    } else if (arc === extensionIdentifiers.reason) {
      this.#expect(start, end, enumerated)
      const isOne = this.#contentEnd - this.#contentStart === 1
      if (!isOne || (this.#bytes[this.#contentStart] ?? 0xff) > 10) {
        throw new DerError('broken', `a malformed reason at ${start}`)
      }
    } else {
      this.#expect(start, end, constructedSequence)
    }
    if (this.#contentEnd !== end) throw new DerError('broken', `bytes after a value at ${start}`)
  }

  #expect(place: number, limit: number, identifier: number): void {
    this.#header(place, limit)
    if (this.#identifier !== identifier) {
      throw new DerError('broken', `unexpected tag ${this.#identifier.toString(16)} at ${place}`)
    }
  }

  #header(place: number, limit: number): void {
    const bytes = this.#bytes
    this.steps += 1
    headersRead += 1
    if (place + 2 > limit) throw new DerError('broken', `cut short at ${place}`)
    this.#identifier = bytes[place] ?? 0
    if ((this.#identifier & 0x1f) === 0x1f) throw new DerError('broken', `a high tag at ${place}`)
    let length = bytes[place + 1] ?? 0
    let start = place + 2
    if (length >= 0x80) {
      const octets = length & 0x7f
      if (octets === 0 || octets > 4 || start + octets > limit) {
        throw new DerError('broken', `a length of ${octets} octets at ${place}`)
      }
      length = 0
      for (const stop = start + octets; start < stop; start += 1) length = length * 256 + (bytes[start] ?? 0)
    }
    this.#contentStart = start
    this.#contentEnd = start + length
    if (this.#contentEnd > limit) throw new DerError('broken', `length beyond the end at ${place}`)
  }
}

const enumerated = 0x0a

/** Whether a number's first octet only repeats the sign of the second (X.690, 8.3.2). */
function isFiller(first: number, second: number): boolean {
  return (first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)
}

function daysOf(month: number): number {
  if (month === 2) return 29
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The content octets of a number without those that say nothing. */
export function plainNumber(octets: Uint8Array): Uint8Array {
  let start = 0
  while (start + 1 < octets.length && isFiller(octets[start] ?? 0, octets[start + 1] ?? 0)) start += 1
  return start === 0 ? octets : octets.subarray(start)
}
