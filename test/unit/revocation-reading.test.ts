// Reading revocation lists: forms, bounds on both sides, every byte flipped, and a list of 100 MB.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { context, tags } from '../../hub/trust/der/reader.ts'
import {
  constructed,
  type Der,
  join,
  nullValue,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
  time,
} from '../../hub/trust/der/write.ts'
import { writePem } from '../../hub/trust/pem.ts'
import { findEntry } from '../../hub/trust/revocation/entries.ts'
import { gatherEvidence, isLater, isSignedBy } from '../../hub/trust/revocation/evidence.ts'
import { revocationOids } from '../../hub/trust/revocation/identifiers.ts'
import { judgeRevocation } from '../../hub/trust/revocation/judge.ts'
import { nameKey } from '../../hub/trust/revocation/name-key.ts'
import { parseRevocationList, readRevocationLists } from '../../hub/trust/revocation/revocation-list.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import {
  bitString,
  distributionPoints,
  extension,
  integer,
  issuingPoint,
  keyNamed,
  listBytes,
  makeAuthority,
  makeList,
  makeParty,
  must,
  nameOf,
  ofUri,
  times,
} from '../support/revocation.ts'
import { seeded } from '../support/seeded.ts'

const ca = makeAuthority('CA')
const user = makeParty({ name: nameOf('User') }, ca)
const codeOf = (value: object): string => (isRefusal(value) ? value.code : 'read')
const read = (der: Uint8Array): string => codeOf(parseRevocationList(der))

t.test('lists in DER and PEM, several in one file', async (t) => {
  const der = listBytes(ca)
  const pem = writePem('X509 CRL', der)
  t.equal(must(readRevocationLists(der)).length, 1)
  t.equal(must(readRevocationLists(Buffer.from(pem))).length, 1)
  const several = pem + writePem('CERTIFICATE', ca.certificate.der) + pem
  t.equal(must(readRevocationLists(Buffer.from(several))).length, 2)
  t.equal(codeOf(readRevocationLists(Buffer.from(writePem('CERTIFICATE', der)))), 'crl.broken')
  t.equal(codeOf(readRevocationLists(Buffer.from(pem + writePem('X509 CRL', der.subarray(1))))), 'crl.broken')
})

t.test('what a list says is read', async (t) => {
  const list = makeList(ca, {
    number: 77,
    base: 70,
    keyIdentifier: Uint8Array.of(1, 2),
    scope: { only: 'users', reasons: [1, 8], isIndirect: true, full: [ofUri('http://x.invalid/')] },
    extensions: [distributionPoints([{ full: [ofUri('http://x.invalid/d')] }], revocationOids.freshestCrl)],
  })
  t.match(list, {
    number: 77n,
    baseNumber: 70n,
    thisUpdate: times.thisUpdate,
    nextUpdate: times.nextUpdate,
    unknownCritical: undefined,
    point: {
      onlyUsers: true,
      onlyAuthorities: false,
      onlyAttributes: false,
      isIndirect: true,
      reasons: 0x102,
    },
    entries: { count: 0 },
  })
  t.strictSame(Buffer.from(list.authorityKeyIdentifier ?? []), Buffer.from([1, 2]))
  t.ok(isSignedBy(list.signed, ca.certificate.publicKey))
  t.notOk(isSignedBy(list.signed, user.certificate.publicKey))
  const later = makeList(ca, { number: 78 })
  t.ok(isLater(later, list))
  t.notOk(isLater(list, later))
  t.notOk(isLater(list, list))
})

const at = times.thisUpdate
const serialOf = (content: number[]): Der => primitive(tags.integer, Uint8Array.from(content))
const entry = (...parts: Der[]): Uint8Array => join(sequence(...parts))
const good = [serialOf([1]), time(at)] as const
const reasonOf = (...content: number[]): Der =>
  extension('2.5.29.21', primitive(0x0a, Uint8Array.from(content)))
const utc = (text: string): Der => primitive(tags.utcTime, Buffer.from(text))
const generalized = (text: string): Der => primitive(tags.generalizedTime, Buffer.from(text))

t.test('malformed entries are refused', async (t) => {
  const rows: [string, 'read' | 'crl.broken', Uint8Array][] = [
    ['plain', 'read', entry(...good)],
    ['with a reason', 'read', entry(...good, sequence(reasonOf(1)))],
    ['a negative number', 'read', entry(serialOf([0xff]), time(at))],
    ['a time of four digits', 'read', entry(serialOf([1]), generalized('20260601000000Z'))],
    ['no extensions in their place', 'read', entry(...good, sequence())],
    ['an empty number', 'crl.broken', entry(serialOf([]), time(at))],
    ['no time', 'crl.broken', entry(serialOf([1]))],
    ['a time of another zone', 'crl.broken', entry(serialOf([1]), utc('2606010000+03'))],
    ['a time with letters', 'crl.broken', entry(serialOf([1]), utc('2606O1000000Z'))],
    ['a time without seconds', 'crl.broken', entry(serialOf([1]), utc('2606010000Z'))],
    ['month 13', 'crl.broken', entry(serialOf([1]), utc('261301000000Z'))],
    ['month 0', 'crl.broken', entry(serialOf([1]), utc('260001000000Z'))],
    ['day 31 of June', 'crl.broken', entry(serialOf([1]), utc('260631000000Z'))],
    ['day 30 of June', 'read', entry(serialOf([1]), utc('260630000000Z'))],
    ['day 0', 'crl.broken', entry(serialOf([1]), utc('260600000000Z'))],
    ['hour 24', 'crl.broken', entry(serialOf([1]), utc('260601240000Z'))],
    ['minute 60', 'crl.broken', entry(serialOf([1]), utc('260601236000Z'))],
    ['second 60', 'crl.broken', entry(serialOf([1]), utc('260601235960Z'))],
    ['a text for a number', 'crl.broken', entry(primitive(tags.utf8String, Uint8Array.of(1)), time(at))],
    ['no sequence', 'crl.broken', join(good[0])],
    ['something behind', 'crl.broken', entry(...good, sequence(reasonOf(1)), integer(1))],
    ['an extension twice', 'crl.broken', entry(...good, sequence(reasonOf(1), reasonOf(2)))],
    ['reason 11', 'crl.broken', entry(...good, sequence(reasonOf(11)))],
    ['a reason of two octets', 'crl.broken', entry(...good, sequence(reasonOf(1, 1)))],
    ['a date that is none', 'crl.broken', entry(...good, sequence(extension('2.5.29.24', utc('26'))))],
    [
      'an issuer that is none',
      'crl.broken',
      entry(...good, sequence(extension('2.5.29.29', integer(1), true))),
    ],
    [
      'an extension without a value',
      'crl.broken',
      entry(...good, sequence(sequence(primitive(tags.oid, Uint8Array.of(0x55))))),
    ],
    ['an indefinite length', 'crl.broken', Uint8Array.from([0x30, 0x80, 0, 0])],
    ['a length beyond the end', 'crl.broken', Uint8Array.from([0x30, 0x7f])],
    ['a length of five octets', 'crl.broken', Uint8Array.from([0x30, 0x85, 0, 0, 0, 0, 0])],
    ['a high tag', 'crl.broken', Uint8Array.from([0x3f, 0x00])],
    ['one octet', 'crl.broken', Uint8Array.of(0x30)],
  ]
  for (const [name, expected, rawEntries] of rows)
    t.equal(read(listBytes(ca, { rawEntries })), expected, name)
})

t.test('an extension of other parts is malformed in certificates as in lists', async (t) => {
  const oid = objectIdentifier('1.2.3')
  const flag = primitive(tags.boolean, Uint8Array.of(1))
  const value = octetString(join(nullValue()))
  const made = (...parts: Der[]) => {
    const extensions = [sequence(oid, ...parts)]
    return [() => makeParty({ name: nameOf('Odd'), extensions }, ca), () => makeList(ca, { extensions })]
  }
  for (const make of made(flag, value)) t.doesNotThrow(make, 'any octet but zero is true')
  for (const make of made(flag, value, value)) t.throws(make, /extension 1\.2\.3 of other parts/)
  for (const make of made(primitive(tags.boolean, Buffer.alloc(2)), value))
    t.throws(make, /a truth value of 2/)
})

t.test('malformed lists are refused', async (t) => {
  const twice = [extension('2.5.29.20', integer(1)), extension('2.5.29.20', integer(2))]
  const bits = (...numbers: number[]): Der =>
    extension(
      revocationOids.issuingDistributionPoint,
      sequence(...numbers.map((n) => primitive(context(n), Uint8Array.of(0xff)))),
      true,
    )
  const rows: [string, Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['something behind', Buffer.concat([listBytes(ca), Uint8Array.of(0)])],
    ['cut short', listBytes(ca).subarray(0, -1)],
    ['version 1 with extensions', listBytes(ca, { version: [] })],
    ['version 3', listBytes(ca, { version: [integer(2)] })],
    ['an extension twice', listBytes(ca, { number: undefined, extensions: twice })],
    [
      'a negative number',
      listBytes(ca, { number: undefined, extensions: [extension('2.5.29.20', serialOf([0xff]))] }),
    ],
    [
      'a number of 22 octets',
      listBytes(ca, { number: undefined, extensions: [extension('2.5.29.20', serialOf(Array(22).fill(1)))] }),
    ],
    ['a scope of users and of authorities', listBytes(ca, { extensions: [bits(1, 2)] })],
    ['a scope with a field nobody knows', listBytes(ca, { extensions: [bits(7)] })],
    ['a scope with a field twice', listBytes(ca, { extensions: [bits(4, 4)] })],
    ['a certificate', ca.certificate.der],
  ]
  for (const [name, der] of rows) t.equal(read(der), 'crl.broken', name)
  t.equal(
    read(
      listBytes(ca, { number: undefined, extensions: [extension('2.5.29.20', serialOf(Array(21).fill(1)))] }),
    ),
    'read',
  )
  t.equal(read(listBytes(ca, { extensions: [issuingPoint({})] })), 'read', 'a scope that says nothing')
})

t.test('the bounds of lists hold on both sides', async (t) => {
  const long = (octets: number): Uint8Array => {
    const overhead =
      entry(...good, sequence(extension('1.2.3', primitive(4, new Uint8Array(octets))))).length - octets
    return entry(...good, sequence(extension('1.2.3', primitive(4, new Uint8Array(octets - overhead)))))
  }
  t.equal(long(limits.crlEntryBytesMax).length, limits.crlEntryBytesMax)
  t.equal(read(listBytes(ca, { rawEntries: long(limits.crlEntryBytesMax) })), 'read')
  t.equal(read(listBytes(ca, { rawEntries: long(limits.crlEntryBytesMax + 1) })), 'crl.broken')

  const extensions = (octets: number): string =>
    read(
      listBytes(ca, {
        number: undefined,
        extensions: [extension('1.2.3', primitive(4, new Uint8Array(octets)))],
      }),
    )
  const around =
    join(constructed(context(0), sequence(extension('1.2.3', primitive(4, new Uint8Array(60_000)))))).length -
    60_000
  t.equal(extensions(limits.crlExtensionsBytesMax - around), 'read')
  t.equal(extensions(limits.crlExtensionsBytesMax - around + 1), 'crl.broken')

  const naming = entry(
    ...good,
    sequence(extension('2.5.29.29', sequence(constructed(context(4), nameOf('X'))), true)),
  )
  const issuers = (count: number): string =>
    read(listBytes(ca, { rawEntries: Buffer.concat(Array(count).fill(naming)), scope: { isIndirect: true } }))
  t.equal(issuers(limits.crlIssuersMax), 'read')
  t.equal(issuers(limits.crlIssuersMax + 1), 'crl.broken')

  const name = (octets: number) => {
    const overhead = nameOf('x'.repeat(octets)).length - octets
    return [nameOf('x'.repeat(octets - overhead)), nameOf('X'.repeat(octets - overhead))] as const
  }
  const [low, high] = name(limits.distinguishedNameBytesMax)
  t.equal(nameKey(low), nameKey(high), 'a name within the bound is compared by its text')
  const [longLow, longHigh] = name(limits.distinguishedNameBytesMax + 1)
  t.not(nameKey(longLow), nameKey(longHigh), 'a longer one by its octets')
})

t.test('names that are broken are equal to their own octets only', async (t) => {
  const broken = [
    Uint8Array.of(0x30, 1),
    join(sequence(nullValue())),
    join(sequence(constructed(tags.set, sequence(nullValue())))),
  ]
  for (const name of broken) {
    t.equal(nameKey(name), nameKey(Uint8Array.from(name)))
    t.not(nameKey(name), nameKey(nameOf('X')))
  }
  const bits = join(
    sequence(
      constructed(
        tags.set,
        sequence(primitive(tags.oid, Uint8Array.of(0x55, 4, 45)), bitString(Uint8Array.of(1))),
      ),
    ),
  )
  t.equal(
    nameKey(bits),
    nameKey(Uint8Array.from(bits)),
    'values that are no text are compared by their octets',
  )
})

t.test('no byte of a signed list can be changed, and no cut crashes', async (t) => {
  const entries = [{ of: user.certificate, reason: 1, invalidity: at, issuer: nameOf('CA') }]
  const scope = { isIndirect: true, reasons: [1, 2, 3, 4, 5, 6, 7, 8] }
  const der = listBytes(ca, { entries, scope, keyIdentifier: Uint8Array.of(1) })
  const key = ca.certificate.publicKey
  t.ok(isSignedBy(makeList(ca, { entries, scope }).signed, key))
  // Lengths of a signature and of the outermost element may be written in more than one way; nothing else may change.
  const accepted: number[] = []
  for (let place = 0; place < der.length; place += 1) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const changed = Uint8Array.from(der)
      changed[place] = (changed[place] ?? 0) ^ mask
      const list = parseRevocationList(changed)
      if (!isRefusal(list) && isSignedBy(list.signed, key)) accepted.push(place)
    }
    t.notOk(codeOf(parseRevocationList(der.subarray(0, place))) === 'read', `cut at ${place}`)
  }
  t.strictSame(accepted, [])
})

t.test('random changes to a list never crash what judges by it', async (t) => {
  const random = seeded()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const entries = [{ of: user.certificate, reason: 1, invalidity: at, issuer: nameOf('CA') }]
  const der = listBytes(ca, { entries, scope: { isIndirect: true, full: [ofUri('http://x.invalid/')] } })
  const statuses = new Set<string>()
  for (let round = 0; round < 3000; round += 1) {
    const changed = Buffer.from(der)
    for (let count = 1 + random.number(4); count > 0; count -= 1)
      changed[random.number(der.length)] = random.number(256)
    const list = parseRevocationList(changed)
    if (isRefusal(list)) continue
    const evidence = gatherEvidence([list], [])
    const input = {
      certificate: user.certificate,
      issuer: ca.certificate,
      evidence,
      candidates: [],
      pathOf: () => undefined,
    }
    statuses.add(judgeRevocation({ ...input, at: times.at }).status)
  }
  t.strictSame([...statuses], ['unknown'])
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

t.test('a list of 100 MB is read in bounded memory and steps, and searched', async (t) => {
  const count = 2_900_000
  const size = 36
  const rawEntries = Buffer.alloc(count * size)
  // SEQUENCE { INTEGER of 16 octets that begin with 1, UTCTime }, the number counted in its last octets.
  const one = Buffer.concat([
    Uint8Array.from([0x30, size - 2, 0x02, 0x11, 0x01]),
    Buffer.alloc(16),
    join(utc('260101000000Z')).subarray(0, 14),
  ])
  t.equal(one.length, size - 1)
  const last = Buffer.concat([one, Uint8Array.of(0x5a)])
  const numbers = new DataView(rawEntries.buffer, rawEntries.byteOffset)
  for (let index = 0; index < count; index += 1) {
    last.copy(rawEntries, index * size)
    numbers.setUint32(index * size + 17, Math.imul(index, 2654435761))
  }
  const der = listBytes(ca, { rawEntries })
  t.ok(der.length > 100e6, `${der.length} bytes`)
  t.ok(der.length <= limits.crlBytesMax)
  // What stays is measured, not when the runtime happens to collect what does not.
  collectGarbage()
  const before = process.memoryUsage()
  const started = performance.now()
  const list = must(parseRevocationList(der))
  const tookMs = performance.now() - started
  collectGarbage()
  const after = process.memoryUsage()
  t.comment(
    `read in ${Math.round(tookMs)} ms, heap +${after.heapUsed - before.heapUsed}, arrays +${after.arrayBuffers - before.arrayBuffers}`,
  )
  t.equal(list.entries.count, count)
  t.equal(list.entries.steps, 4 * count, 'a header to count each entry, and three to read it')
  t.equal(list.entries.places.byteLength, 4 * count)
  t.equal(list.der, der, 'the bytes are not copied')
  t.ok(after.heapUsed - before.heapUsed < 16e6, 'no object for each entry')
  t.ok(after.arrayBuffers - before.arrayBuffers < 13 * count, 'the index, and what it is sorted in')

  const wanted = (index: number): Uint8Array => rawEntries.subarray(index * size + 4, index * size + 21)
  const names = { issuer: ca.certificate.subject, listIssuer: ca.certificate.subject }
  for (let index = 0; index < count; index += 9973) {
    if (findEntry(list.entries, { serial: wanted(index), ...names }) === undefined) t.fail(`entry ${index}`)
  }
  const absent = Uint8Array.from(wanted(0))
  absent[1] = 1
  t.equal(findEntry(list.entries, { serial: absent, ...names }), undefined)
  t.equal(read(new Uint8Array(limits.crlBytesMax + 1)), 'crl.broken', 'a longer one is not looked at')
})

t.test('a list signed by a key of GOST is signed once for each key', async (t) => {
  const authority = makeAuthority('G', undefined, { key: keyNamed('g', 'gost') })
  const list = makeList(authority)
  const signed = { ...list.signed }
  t.ok(isSignedBy(signed, authority.certificate.publicKey))
  signed.signature.fill(0)
  t.ok(isSignedBy(signed, authority.certificate.publicKey), 'what was checked is not checked again')
  t.notOk(isSignedBy({ ...signed }, authority.certificate.publicKey))
})
