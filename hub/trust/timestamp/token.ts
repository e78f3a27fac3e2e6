// Reads what a time-stamp token states (TSTInfo; RFC 3161, 2.4.2) and what its authority's certificate is for.

import { limits } from '../../../schemas/limits.ts'
import { readPlainAlgorithm } from '../algorithms.ts'
import type { Certificate } from '../certificate.ts'
import { oids } from '../der/oids.ts'
import { context, DerError, DerReader, type Element, tags } from '../der/reader.ts'
import {
  expectElement,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readSmallInteger,
  readTime,
} from '../der/values.ts'

/** What a token states. */
export type TimestampStatement = {
  readonly policy: string
  readonly imprintAlgorithm: string
  readonly imprint: Uint8Array
  /** Content octets of the serial number in hex. */
  readonly serial: string
  readonly time: Date
  /** How far the time may be off, in milliseconds, rounded up; 0 when the token does not say. */
  readonly accuracyMs: number
  /** Whether tokens of the authority can be ordered by their times alone. */
  readonly isOrdered: boolean
  readonly nonce: Uint8Array | undefined
  /** Identifiers of critical extensions; the hub knows none. */
  readonly criticalExtensions: readonly string[]
}

/** Reads TSTInfo; nothing may follow it. Throws DerError. */
export function readTimestampStatement(bytes: Uint8Array): TimestampStatement {
  if (bytes.length > limits.timestampBytesMax)
    throw new DerError('too-complex', `${bytes.length} bytes of TSTInfo`)
  const reader = new DerReader(bytes)
  const [version, policy, imprint, serial, time, ...rest] = readSequence(reader, reader.whole())
  if (readSmallInteger(reader, version) !== 1) throw new DerError('broken', 'an unknown version of TSTInfo')
  const [algorithm, digest, ...others] = readSequence(reader, imprint)
  const accuracy = rest[0]?.tag === tags.sequence ? rest.shift() : undefined
  const ordering = rest[0]?.tag === tags.boolean ? rest.shift() : undefined
  const nonce = rest[0]?.tag === tags.integer ? rest.shift() : undefined
  if (rest[0]?.tag === context(0)) rest.shift()
  const extensions = rest[0]?.tag === context(1) ? rest.shift() : undefined
  if (rest.length > 0 || others.length > 0) throw new DerError('broken', 'unexpected fields of TSTInfo')
  return {
    policy: readOid(reader, policy),
    imprintAlgorithm: readPlainAlgorithm(reader, algorithm),
    imprint: readOctets(reader, expectElement(digest, tags.octetString, false)),
    serial: Buffer.from(readInteger(reader, serial)).toString('hex'),
    time: readPreciseTime(reader, time),
    accuracyMs: accuracy === undefined ? 0 : readAccuracy(reader, accuracy),
    isOrdered: ordering !== undefined && reader.content(ordering)[0] !== 0,
    nonce: nonce && readInteger(reader, nonce),
    criticalExtensions: extensions === undefined ? [] : readCritical(reader, reader.children(extensions)),
  }
}

/**
 * Whether a certificate has the extension extendedKeyUsage, critical, with timeStamping and nothing else, as RFC 3161,
 * 2.3 wants it of an authority. False for what cannot be read.
 */
export function isForTimestampsAlone(certificate: Certificate): boolean {
  try {
    const reader = new DerReader(certificate.der)
    const fields = readSequence(reader, readSequence(reader, reader.whole())[0])
    const wrapper = fields.find((field) => field.tag === context(3))
    const list = wrapper === undefined ? [] : readSequence(reader, reader.children(wrapper)[0])
    const usages = list
      .map((extension) => readSequence(reader, extension))
      .filter(([oid]) => readOid(reader, oid) === oids.extendedKeyUsage)
    const [usage, ...others] = usages
    if (usage === undefined || others.length > 0) return false
    const [, critical, value] = usage
    // A BOOLEAN of BER is true for every octet but zero; certificates are met that write 1.
    if (critical?.tag !== tags.boolean || reader.content(critical)[0] === 0 || value === undefined)
      return false
    const inner = new DerReader(readOctets(reader, value))
    const purposes = readSequence(inner, inner.whole()).map((purpose) => readOid(inner, purpose))
    return purposes.length === 1 && purposes[0] === oids.timeStamping
  } catch (error) {
    if (error instanceof DerError) return false
    throw error
  }
}

/** GeneralizedTime with its fraction of a second, which counts here, in whole milliseconds. */
function readPreciseTime(reader: DerReader, element: Element | undefined): Date {
  const time = readTime(reader, expectElement(element, tags.generalizedTime, false))
  const text = Buffer.from(reader.content(expectElement(element, tags.generalizedTime, false))).toString(
    'latin1',
  )
  const fraction = /\.(\d{1,9})Z$/.exec(text)?.[1] ?? ''
  return new Date(time.getTime() + Number(fraction.slice(0, 3).padEnd(3, '0')))
}

/** Accuracy: seconds, milliseconds under [0] and microseconds under [1], the latter two in 1..999. */
function readAccuracy(reader: DerReader, element: Element): number {
  let microseconds = 0
  for (const field of readSequence(reader, element)) {
    const octets = reader.content(field)
    const isSeconds = field.tag === tags.integer
    if (octets.length === 0 || octets.length > (isSeconds ? 4 : 2) || (octets[0] ?? 0) > 127) {
      throw new DerError('broken', 'an impossible accuracy')
    }
    const number = octets.reduce((value, octet) => value * 256 + octet, 0)
    if (isSeconds) microseconds += number * 1_000_000
    else if (field.tag === context(0)) microseconds += number * 1000
    else if (field.tag === context(1)) microseconds += number
    else throw new DerError('broken', 'unexpected fields of an accuracy')
    if (!isSeconds && number > 999) throw new DerError('broken', 'an impossible accuracy')
  }
  return Math.ceil(microseconds / 1000)
}

function readCritical(reader: DerReader, extensions: readonly Element[]): string[] {
  return extensions
    .map((extension) => readSequence(reader, extension))
    .filter(([, critical]) => critical?.tag === tags.boolean && reader.content(critical)[0] !== 0)
    .map(([oid]) => readOid(reader, oid))
}
