// The DER reader and writer: what they accept, what bounds hold, and how they compare with asn1js.

import * as asn1js from 'asn1js'
import t from 'tap'
import { canonicalDer } from '../../hub/trust/der/canonical.ts'
import { decodeOid, encodeOid, oids } from '../../hub/trust/der/oids.ts'
import { context, DerError, DerReader, type Element, tags } from '../../hub/trust/der/reader.ts'
import {
  readInteger,
  readOctets,
  readOid,
  readSmallInteger,
  readText,
  readTime,
} from '../../hub/trust/der/values.ts'
import {
  constructed,
  type Der,
  join,
  nullValue,
  octetString,
  primitive,
  sequence,
  setOf,
  smallInteger,
  time,
} from '../../hub/trust/der/write.ts'
import { limits } from '../../schemas/limits.ts'
import { berOf } from '../support/ber.ts'
import { seededRandom } from '../support/random.ts'

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** Walks the whole tree; gives its elements or the kind of the error. Any other exception fails the test. */
function walk(bytes: Uint8Array): Element[] | 'broken' | 'too-complex' {
  const found: Element[] = []
  try {
    const reader = new DerReader(bytes)
    const queue = [reader.whole()]
    for (let element = queue.pop(); element !== undefined; element = queue.pop()) {
      found.push(element)
      if (element.constructed) queue.push(...reader.children(element))
    }
    return found
  } catch (error) {
    if (error instanceof DerError) return error.kind
    throw error
  }
}

t.test('reads definite, long and indefinite lengths and high tags', async (t) => {
  const shapes: [string, string, number][] = [
    ['a short length', '30 03 02 01 05', 2],
    ['a length longer than needed', '30 84 00 00 00 03 02 01 05', 2],
    ['a length of eight octets', '30 88 00 00 00 00 00 00 00 03 02 01 05', 2],
    ['an indefinite length', '30 80 02 01 05 00 00', 2],
    ['nested indefinite lengths', '30 80 30 80 02 01 05 00 00 00 00', 3],
    ['an indefinite length inside a definite one', '30 07 30 80 02 01 05 00 00', 3],
    ['a high tag', '30 04 9f 81 01 00', 2],
    ['an empty sequence', '30 00', 1],
  ]
  for (const [name, bytes, count] of shapes) t.equal(walk(hex(bytes)).length, count, name)
  const high = new DerReader(hex('9f 81 01 00')).whole()
  t.equal(high.tag, (129 << 8) | 0x9f)
})

t.test('refuses what is no BER', async (t) => {
  const shapes: [string, string][] = [
    ['nothing', ''],
    ['one octet', '30'],
    ['a length without its octets', '30 82 01'],
    ['content cut short', '30 03 02 01'],
    ['bytes after the end', '30 00 00'],
    ['a child longer than its parent', '30 03 02 02 05'],
    ['a reserved length', '30 ff'],
    ['a length of nine octets', `30 89 ${'00'.repeat(8)} 00`],
    ['a length beyond exact numbers', '30 88 ff ff ff ff ff ff ff ff'],
    ['a huge length', '04 84 ff ff ff ff 00'],
    ['an indefinite length of a primitive', '04 80 00 00'],
    ['an indefinite length without end', '30 80 02 01 05'],
    ['half an end', '30 80 02 01 05 00'],
    ['end-of-contents in a definite element', '30 02 00 00'],
    ['an end-of-contents alone', '00 00'],
    ['a tag number without end', '1f ff ff ff ff'],
    ['an indefinite child that runs over its parent', '30 04 30 80 02 01 05 00 00'],
  ]
  for (const [name, bytes] of shapes) t.equal(walk(hex(bytes)), 'broken', name)
})

t.test('derDepthMax: as deep is read, deeper is not', async (t) => {
  const nest = (depth: number): Uint8Array => {
    let inner: Der = smallInteger(1)
    for (let level = 1; level < depth; level += 1) inner = join(sequence(inner))
    return join(inner)
  }
  const indefinitely = (der: Uint8Array): Uint8Array =>
    berOf(der, { isIndefinite: () => true, segmentBytes: () => 0 })
  const deepest = nest(limits.derDepthMax)
  t.equal(walk(deepest).length, limits.derDepthMax)
  t.equal(walk(indefinitely(deepest)).length, limits.derDepthMax)
  t.equal(walk(nest(limits.derDepthMax + 1)), 'too-complex')
  t.equal(walk(Buffer.alloc(100_000, Uint8Array.of(0x30, 0x80))), 'too-complex')
  t.equal(walk(Buffer.alloc(100_000, Uint8Array.of(0x30, 0x83))), 'broken')
  t.equal(walk(Buffer.alloc(1_000_000, Uint8Array.of(0x24, 0x80))), 'too-complex')
})

t.test('derElementsMax: as many are read, more are not', async (t) => {
  const flat = (children: number): Uint8Array =>
    join(primitive(tags.sequence | 0x20, Buffer.alloc(2 * children, Uint8Array.of(0x05, 0x00))))
  t.equal(walk(flat(limits.derElementsMax - 1)).length, limits.derElementsMax)
  t.equal(walk(flat(limits.derElementsMax)), 'too-complex')
  const indefinite = Buffer.concat([hex('30 80'), Buffer.alloc(2 * limits.derElementsMax, 5), hex('00 00')])
  for (let i = 3; i < indefinite.length - 2; i += 2) indefinite[i] = 0
  t.equal(walk(indefinite), 'too-complex')
})

t.test('derBytesPerElementMin: many segments are read when they are not tiny', async (t) => {
  const segmented = (bytesEach: number): Uint8Array => {
    const count = 2 * limits.derElementsMax
    const segment = join(octetString(Buffer.alloc(bytesEach - 4)))
    return Buffer.concat([hex('24 80'), ...Array.from({ length: count }, () => segment), hex('00 00')])
  }
  // Every segment is met twice: once in the search for the end, once when it is read.
  const enough = new DerReader(segmented(2 * limits.derBytesPerElementMin + 8))
  t.equal(enough.octetSpans(enough.whole()).length, 4 * limits.derElementsMax)
  const tiny = new DerReader(segmented(limits.derBytesPerElementMin / 2))
  t.throws(() => tiny.octetSpans(tiny.whole()), new DerError('too-complex', 'too many elements'))
})

t.test('nested indefinite lengths are searched once, not once for each level', async (t) => {
  const inner = Buffer.alloc(10_000, Uint8Array.of(0x05, 0x00))
  const open = Buffer.alloc(2 * (limits.derDepthMax - 1), Uint8Array.of(0x30, 0x80))
  const close = Buffer.alloc(2 * (limits.derDepthMax - 1))
  const found = walk(Buffer.concat([open, inner, close]))
  t.equal(found.length, limits.derDepthMax - 1 + inner.length / 2)
})

t.test('joins the segments of octet strings, nested ones too, and leaves whole ones as views', async (t) => {
  const bytes = hex('24 80 04 01 61 24 05 04 00 04 01 62 24 80 04 01 63 00 00 00 00')
  const reader = new DerReader(bytes)
  t.equal(Buffer.from(readOctets(reader, reader.whole())).toString(), 'abc')
  const whole = new DerReader(hex('04 02 61 62'))
  t.equal(readOctets(whole, whole.whole()).buffer, whole.bytes.buffer)
  const wrong = new DerReader(hex('24 03 02 01 05'))
  t.throws(() => readOctets(wrong, wrong.whole()), new DerError('broken', 'a segment of another type at 2'))
})

t.test('reads values and refuses malformed ones', async (t) => {
  const value = <T>(read: (reader: DerReader, element: Element) => T, bytes: string): T | 'refused' => {
    const reader = new DerReader(hex(bytes))
    try {
      return read(reader, reader.whole())
    } catch (error) {
      if (error instanceof DerError) return 'refused'
      throw error
    }
  }
  t.equal(value(readOid, '06 09 2a864886f70d010702'), oids.cmsSignedData)
  t.equal(value(readOid, '06 00'), 'refused')
  t.equal(value(readOid, '06 02 2a 86'), 'refused')
  t.equal(value(readOid, '06 03 2a 80 01'), 'refused')
  t.equal(value(readOid, `06 09 2a ${'ff'.repeat(7)} 7f`), 'refused', 'an arc above 2^53')
  t.equal(value(readOid, '26 02 06 00'), 'refused')
  t.equal(value(readSmallInteger, '02 01 05'), 5)
  t.equal(value(readSmallInteger, '02 01 ff'), 'refused')
  t.equal(value(readSmallInteger, '02 02 00 05'), 'refused')
  t.equal(value(readInteger, '02 00'), 'refused')
  const text = (bytes: string): string => value(readText, bytes)
  t.equal(text('0c 04 d0af d0b9'), 'Яй')
  t.equal(text('1e 04 042f 0439'), 'Яй')
  t.equal(text('1c 08 0000042f ffffffff'), 'Я\ufffd')
  t.equal(text('13 02 5255'), 'RU')
  t.equal(text('0c 01 ff'), '\ufffd')
  const when = (tag: string, digits: string): string => {
    const content = Buffer.from(digits, 'latin1')
    const bytes = `${tag}${content.length.toString(16).padStart(2, '0')}${content.toString('hex')}`
    const read = value(readTime, bytes)
    return read === 'refused' ? read : read.toISOString()
  }
  t.equal(when('17', '261001090000Z'), '2026-10-01T09:00:00.000Z')
  t.equal(when('17', '491231235959Z'), '2049-12-31T23:59:59.000Z')
  t.equal(when('17', '500101000000Z'), '1950-01-01T00:00:00.000Z')
  t.equal(when('17', '2610010900Z'), '2026-10-01T09:00:00.000Z')
  t.equal(when('18', '20501001090000Z'), '2050-10-01T09:00:00.000Z')
  t.equal(when('18', '20501001090000.5Z'), '2050-10-01T09:00:00.000Z')
  for (const [tag, digits] of [
    ['17', '20261001090000Z'],
    ['18', '261001090000Z'],
    ['17', '261301090000Z'],
    ['17', '260230090000Z'],
    ['17', '261001250000Z'],
    ['17', '261001090000+0300'],
    ['13', '261001090000Z'],
    ['17', ''],
  ] as const) {
    t.equal(when(tag, digits), 'refused', digits)
  }
})

t.test('object identifiers come back as they were', async (t) => {
  for (const oid of [...Object.values(oids), '2.999.3', '0.39.1', '1.3.6.1.4.1.311.21.20', '2.5.4.97']) {
    t.equal(decodeOid(encodeOid(oid)), oid)
    const other = new asn1js.ObjectIdentifier({ value: oid }).toBER()
    t.strictSame(Buffer.from(other).subarray(2), Buffer.from(encodeOid(oid)), `asn1js writes ${oid} the same`)
  }
})

t.test('the writer takes lengths as short as they can be and sorts sets', async (t) => {
  for (const length of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xff_ffff, 0x100_0000]) {
    const written = join(octetString(Buffer.alloc(length)))
    const other = new asn1js.OctetString({ valueHex: new ArrayBuffer(length) }).toBER()
    t.equal(Buffer.compare(written, new Uint8Array(other)), 0, `${length} octets`)
  }
  const sorted = join(setOf(hex('04 02 00 00'), hex('04 01 ff'), hex('02 01 07'), hex('04 01 01')))
  t.equal(Buffer.from(sorted).toString('hex'), '310d0201070401010401ff04020000')
  t.equal(
    Buffer.from(join(time(new Date('2026-10-01T09:00:00.999Z')))).toString('latin1', 2),
    '261001090000Z',
  )
  t.equal(Buffer.from(join(time(new Date('2050-10-01T09:00:00Z')))).toString('latin1', 2), '20501001090000Z')
})

/** A random tree of at most some depth. */
function randomTree(random: () => number, depth: number): Der {
  const pick = Math.floor(random() * (depth > 0 ? 6 : 4))
  const count = Math.floor(random() * 5)
  const children = (): Der[] => Array.from({ length: count }, () => randomTree(random, depth - 1))
  if (pick === 0) return octetString(Buffer.alloc(Math.floor(random() * 300), 7))
  if (pick === 1) return smallInteger(Math.floor(random() * 128))
  if (pick === 2) return nullValue()
  if (pick === 3) return primitive(context(Math.floor(random() * 31)), Buffer.alloc(count, 1))
  if (pick === 4) return sequence(...children())
  return random() < 0.5 ? setOf(...children()) : constructed(context(count), ...children())
}

t.test('random trees: asn1js reads the same structure, and BER comes back to the same DER', async (t) => {
  const { seed, next: random } = seededRandom()
  t.comment(`seed ${seed}`)
  let disagreements = 0
  for (let round = 0; round < 300; round += 1) {
    const der = join(sequence(randomTree(random, 5)))
    const reader = new DerReader(der)
    const theirs = asn1js.fromBER(Uint8Array.from(der).buffer).result
    if (outline(reader, reader.whole()) !== outlineOf(theirs)) disagreements += 1
    const ber = berOf(der, {
      isIndefinite: () => random() < 0.5,
      segmentBytes: () => (random() < 0.5 ? 0 : 1 + Math.floor(random() * 100)),
    })
    const again = new DerReader(ber)
    if (Buffer.compare(canonicalDer(again, again.whole()), der) !== 0) disagreements += 1
  }
  t.equal(disagreements, 0)
})

t.test('random and cut bytes are read or refused, never anything else', async (t) => {
  const { seed, next: random } = seededRandom()
  t.comment(`seed ${seed}`)
  const outcomes = { read: 0, broken: 0, 'too-complex': 0 }
  const count = (bytes: Uint8Array): void => {
    const outcome = walk(bytes)
    outcomes[typeof outcome === 'string' ? outcome : 'read'] += 1
  }
  for (let round = 0; round < 3000; round += 1) {
    const bytes = Uint8Array.from({ length: 2 + Math.floor(random() * 60) }, () => Math.floor(random() * 256))
    if (round % 2 === 0) bytes.set([0x30, bytes.length - 2])
    count(bytes)
  }
  const der = join(sequence(randomTree(random, 6), randomTree(random, 6), smallInteger(1)))
  for (let cut = 0; cut < der.length; cut += 1) t.equal(walk(der.subarray(0, cut)), 'broken')
  for (let at = 0; at < der.length; at += 1) {
    const flipped = Uint8Array.from(der)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    count(flipped)
  }
  t.ok(outcomes.read > 0 && outcomes.broken > 0, JSON.stringify(outcomes))
})

/** Tags, lengths and nesting of an element as text. */
function outline(reader: DerReader, element: Element): string {
  const name = `${element.tag >> 6}.${element.tag & 0x1f}`
  if (!element.constructed) return `${name}=${element.contentEnd - element.contentStart}`
  return `${name}(${reader
    .children(element)
    .map((child) => outline(reader, child))
    .join(' ')})`
}

function outlineOf(value: asn1js.AsnType): string {
  const { tagClass, tagNumber, isConstructed } = value.idBlock
  const name = `${tagClass - 1}.${tagNumber}`
  if (!isConstructed) return `${name}=${value.lenBlock.length}`
  const children = (value.valueBlock as unknown as { value: asn1js.AsnType[] }).value
  return `${name}(${children.map(outlineOf).join(' ')})`
}
