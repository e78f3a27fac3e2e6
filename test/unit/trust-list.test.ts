// The list of accredited authorities: reading, statuses at a proven time, and which edition may follow which.

import t, { type Test } from 'tap'
import { acceptEdition, readSignedTrustList } from '../../hub/trust/trust-list/edition.ts'
import type { TrustList } from '../../hub/trust/trust-list/list.ts'
import { readTrustList } from '../../hub/trust/trust-list/read.ts'
import { serviceFacts, statusAt } from '../../hub/trust/trust-list/status.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import { addresses, first, flipBytes, identity, options, standing } from '../support/sample-trust-list.ts'
import { listXml, type SampleAuthority, signXml } from '../support/signed-lists.ts'
import { identityOn } from '../support/signing.ts'

const second = identityOn('TC26-512-A').issuer.certificate
const stranger = identityOn('TC26-256-D').issuer.certificate
const moscow = (text: string): Date => new Date(`${text}+03:00`)

const ended: SampleAuthority = {
  name: 'ООО «Второй УЦ»',
  ogrn: '1027700132196',
  status: { text: 'Прекращена', from: '2025-02-01T12:00:00' },
  history: [
    { text: 'Приостановлена', from: '2024-05-01T00:00:00Z' },
    { text: 'Действует', from: '2022-01-10T00:00:00.1234567+03:00' },
    { text: 'Действует', from: '2024-06-01' },
  ],
  certificates: [second],
}

const read = (xml: string): TrustList | Refusal =>
  readSignedTrustList(Buffer.from(signXml(xml, identity)), options)

function listOf(xml: string): TrustList {
  const list = read(xml)
  if (isRefusal(list)) throw new Error(`${list.code}: ${list.seen}`)
  return list
}

const sample = listXml({ authorities: [standing, ended] })

t.test('reads editions, authorities, statuses, keys and certificates', async (t) => {
  const list = listOf(sample)
  t.match(list, { version: 16326, date: new Date('2026-08-26T03:00:00Z'), certificateCount: 2, faults: [] })
  t.match(list.digest, /^[0-9a-f]{64}$/)
  t.equal(list.signer.thumbprint, identity.certificate.thumbprint)
  const [one, two] = list.authorities
  t.match(one, { name: 'АО «Первый УЦ»', ogrn: '1027700132195', inn: '7705717142', registryNumber: '1' })
  t.strictSame(
    one?.statuses,
    [{ text: 'Действует', from: moscow('2021-07-01T00:00:00') }],
    'said twice, held once',
  )
  t.match(one?.keys, [{ identifier: '0123', complex: 'ПАК-1', protectionClass: 'КС2' }])
  t.strictSame(one?.keys[0]?.revocationListAddresses, addresses)
  t.strictSame(one?.keys[0]?.certificates, [first])
  t.strictSame(
    two?.statuses.map(({ text, from }) => [text, from.toISOString()]),
    [
      ['Действует', '2022-01-09T21:00:00.123Z'],
      ['Приостановлена', '2024-05-01T00:00:00.000Z'],
      ['Действует', '2024-05-31T21:00:00.000Z'],
      ['Прекращена', '2025-02-01T09:00:00.000Z'],
    ],
    'in order of time, in Moscow time where no zone is given',
  )
})

t.test('passes over elements it does not know, wherever they stand', async (t) => {
  const unknown = '<Новое><Название>не наше</Название><УдостоверяющийЦентр></УдостоверяющийЦентр></Новое>'
  const foreign = '<Название xmlns="urn:other">не наше</Название>'
  const xml = listXml({ authorities: [{ ...standing, extra: unknown + foreign }, ended], extra: unknown })
  const list = listOf(xml)
  t.strictSame(list.authorities, listOf(sample).authorities)
})

t.test('leaves a certificate out that is not what is printed, and says so', async (t) => {
  const sha1 = first.thumbprintSha1.toUpperCase()
  const other = listOf(sample.replace(sha1, second.thumbprintSha1))
  t.match(other.faults, [
    { authority: standing.name, seen: new RegExp(`${first.thumbprintSha1} stands there`) },
  ])
  t.match(statusAt(other, first, options.at), { kind: 'absent' })
  t.match(statusAt(other, second, moscow('2023-01-01T00:00:00')), { kind: 'granted' }, 'the rest holds')
  const data = Buffer.from(first.der).toString('base64')
  const broken = listOf(sample.replace(data, data.slice(0, 400)))
  t.match(broken.faults, [{ authority: standing.name }])
  t.match(
    listOf(sample.replace(sha1, sha1.replace(/..(?=.)/g, '$& '))).faults,
    [],
    'spaced as Windows shows it',
  )
})

t.test('refuses what is no list', async (t) => {
  const cases: [string, string][] = [
    ['another root', sample.replaceAll('АккредитованныеУдостоверяющиеЦентры', 'Центры')],
    ['a root in a namespace', sample.replace('Центры>', 'Центры xmlns="urn:a">')],
    ['no version', sample.replace(/<Версия>.*<\/Версия>/, '')],
    ['a version that is no number', listXml({ version: '1a', authorities: [standing] })],
    ['a version beyond numbers', listXml({ version: '9'.repeat(20), authorities: [standing] })],
    ['two versions', sample.replace('<Дата>', '<Версия>1</Версия><Дата>')],
    ['a date that is none', listXml({ date: '2026-02-30T00:00:00', authorities: [standing] })],
    ['no authorities', listXml({ authorities: [] })],
    ['an authority without a name', listXml({ authorities: [{ ...standing, name: '' }] })],
    ['a name twice', listXml({ authorities: [{ ...standing, extra: '<Название>Другой</Название>' }] })],
    ['a status without a date', sample.replace(/<ДействуетС>[^<]*<\/ДействуетС>/, '')],
    ['letters in ОГРН', listXml({ authorities: [{ ...standing, ogrn: 'ОГРН' }] })],
  ]
  for (const [name, xml] of cases) t.match(read(xml), { code: 'trust-list.broken' }, name)
})

t.test('bounds hold on both sides of the edge', async (t) => {
  const bare: SampleAuthority = { ...standing, certificates: [], history: [], addresses: [] }
  const addressed = (count: number): string =>
    listXml({
      authorities: [{ ...bare, addresses: Array.from({ length: count }, (_, at) => `http://a/${at}`) }],
    })
  const dated = (count: number): string => {
    const history = Array.from({ length: count }, (_, at) => ({
      text: 'Действует',
      from: new Date(Date.UTC(2001, 0, 1 + at)).toISOString(),
    }))
    return listXml({ authorities: [{ ...bare, history }] })
  }
  listOf(addressed(limits.trustListAddressesMax))
  t.match(read(addressed(limits.trustListAddressesMax + 1)), { code: 'trust-list.broken', seen: /addresses/ })
  listOf(dated(limits.trustListStatusesMax - 1))
  t.match(read(dated(limits.trustListStatusesMax)), { code: 'trust-list.broken', seen: /statuses/ })
  const unsigned = (xml: string): TrustList | Refusal =>
    readTrustList({ signedXml: xml, digest: '', signer: identity.certificate })
  const many = (count: number): string => listXml({ authorities: Array.from({ length: count }, () => bare) })
  t.match(unsigned(many(limits.trustListAuthoritiesMax)), {
    authorities: { length: limits.trustListAuthoritiesMax },
  })
  t.match(unsigned(many(limits.trustListAuthoritiesMax + 1)), {
    code: 'trust-list.broken',
    seen: /authorities/,
  })
  const one = '<ДанныеСертификата><Отпечаток/><Данные/></ДанныеСертификата>'
  const full = (count: number): string =>
    listXml({ authorities: [bare] }).replace('<Сертификаты>', `<Сертификаты>${one.repeat(count)}`)
  const most = limits.trustListCertificatesMax
  t.match(unsigned(full(most)), { certificateCount: most })
  t.match(unsigned(full(most + 1)), { code: 'trust-list.broken', seen: /certificates/ })
  const certificates = Array.from({ length: limits.trustListFaultsMax + 1 }, () => first)
  const wrong = listXml({ authorities: [{ ...bare, certificates }] }).replaceAll(
    first.thumbprintSha1.toUpperCase(),
    '',
  )
  t.match(listOf(wrong), {
    faults: { length: limits.trustListFaultsMax },
    certificateCount: certificates.length,
  })
})

t.test('what stands beneath is told by a code of the list', async (t) => {
  const signed = signXml(sample, identity)
  const twice = signXml(sample.replace('<Версия>', '<Версия Id="a">'), { ...identity, uri: '#a' })
  const cases: [string, string, string][] = [
    ['trust-list.unsigned', 'xmldsig.absent', sample],
    ['trust-list.signature', 'xmldsig.digest', signed.replace('Первый', 'Третий')],
    ['trust-list.signer', 'xmldsig.signer', signXml(sample, identityOn('TC26-256-C'))],
    ['trust-list.broken', 'xml.broken', signed.slice(1)],
    ['trust-list.broken', 'xml.doctype', `<!DOCTYPE a>${signed}`],
    ['trust-list.broken', 'xml.doctype', `<!DOCTYPE a [<!ENTITY x "1">]>${signed.replace('16326', '&x;')}`],
    ['trust-list.signature', 'xmldsig.structure', sample.replace(/(?<=<Дата>)/, signed)],
    ['trust-list.signature', 'xmldsig.structure', signXml(signed, identity)],
    ['trust-list.signature', 'xmldsig.structure', twice.replace('<Дата>', '<Дата Id="a">')],
    ['trust-list.signature', 'xmldsig.structure', signXml(sample, { ...identity, uri: '#a' })],
  ]
  for (const [code, seen, text] of cases) {
    t.match(readSignedTrustList(Buffer.from(text), options), { code, seen: new RegExp(`^${seen}`) }, seen)
  }
})

t.test('a comment, a CDATA section or a reference inside of a value changes no value', async (t) => {
  const signed = signXml(sample, identity)
  const { digest: _, ...expected } = listOf(sample)
  for (const inside of ['10277<!-- 9 -->00132195', '10277<![CDATA[00]]>132195', '10277&#48;0132195']) {
    const list = readSignedTrustList(Buffer.from(signed.replace('1027700132195', inside)), options)
    t.match(list, { authorities: [{ ogrn: '1027700132195' }] }, inside)
    t.strictSame({ ...list, digest: undefined }, { ...expected, digest: undefined }, inside)
  }
})

t.test('says what the list knows of a certificate at a time, the edges included', async (t) => {
  const list = listOf(sample)
  const since = moscow('2021-07-01T00:00:00')
  const granted = { kind: 'granted', authority: standing.name, since, until: undefined, addresses }
  t.strictSame(statusAt(list, first, since), granted, 'the first moment')
  const before = new Date(since.getTime() - 1)
  t.match(statusAt(list, first, before), { kind: 'not-yet', from: since })
  t.match(statusAt(list, stranger, since), { kind: 'absent' })
  const times: [string, string, string][] = [
    ['2022-01-10T00:00:00.123', 'granted', '2022-01-09T21:00:00.123Z'],
    ['2024-05-01T02:59:59.999', 'granted', '2022-01-09T21:00:00.123Z'],
    ['2024-05-01T03:00:00', 'suspended', '2024-05-01T00:00:00.000Z'],
    ['2024-06-01T00:00:00', 'granted', '2024-05-31T21:00:00.000Z'],
    ['2025-02-01T11:59:59.999', 'granted', '2024-05-31T21:00:00.000Z'],
    ['2025-02-01T12:00:00', 'withdrawn', '2025-02-01T09:00:00.000Z'],
  ]
  for (const [time, kind, from] of times) {
    const status = statusAt(list, second, moscow(time))
    const start = kind === 'granted' ? { since: new Date(from) } : { from: new Date(from) }
    t.match(status, { kind, ...start }, time)
  }
})

t.test('only the one text accredits, and of two statuses of one moment the careful one holds', async (t) => {
  const from = '2022-01-01T00:00:00'
  for (const text of ['действует', 'Действует до 2027', 'Аннулирована', 'Иное']) {
    const list = listOf(listXml({ authorities: [{ ...standing, history: [], status: { text, from } }] }))
    t.match(statusAt(list, first, options.at), { kind: 'withdrawn', statusText: text }, text)
  }
  const history = [{ text: 'Прекращена', from }]
  const both = listOf(
    listXml({ authorities: [{ ...standing, history, status: { text: 'Действует', from } }] }),
  )
  t.match(statusAt(both, first, options.at), { kind: 'withdrawn', statusText: 'Прекращена' })
})

t.test(
  'a certificate that was handed over is granted when one of its authorities was accredited',
  async (t) => {
    const heir: SampleAuthority = { ...standing, ogrn: '1', name: 'Преемник', certificates: [second] }
    const list = listOf(listXml({ authorities: [ended, heir] }))
    t.match(statusAt(list, second, options.at), { kind: 'granted', authority: 'Преемник' })
  },
)

t.test('gives the status at issuance and at the control time apart', async (t) => {
  const times = { issuedAt: moscow('2023-03-01T00:00:00'), controlAt: moscow('2026-03-01T00:00:00') }
  t.match(serviceFacts(listOf(sample), second, times), {
    atIssuance: { kind: 'granted' },
    atControl: { kind: 'withdrawn', statusText: 'Прекращена' },
  })
})

t.test('a new edition replaces the old one, and an unfit one is refused by its code', async (t) => {
  const now = new Date('2026-08-26T03:00:00Z')
  const edition = (version: number, date: string, authorities: readonly SampleAuthority[]): TrustList =>
    listOf(listXml({ version, date, authorities }))
  const both = [standing, ended]
  const current = edition(10, '2026-08-01T00:00:00Z', both)
  const decide = (t: Test, candidate: TrustList, expected: object, what: string): void => {
    t.match(acceptEdition(current, candidate, now), expected, what)
  }
  t.strictSame(acceptEdition(undefined, current, now), { kind: 'replace' }, 'the first one')
  decide(t, edition(11, '2026-08-02T00:00:00Z', both), { kind: 'replace' }, 'newer')
  decide(t, edition(11, '2026-08-01T00:00:00Z', both), { kind: 'replace' }, 'newer on the same day')
  decide(t, { ...current }, { kind: 'same' }, 'the same bytes')
  decide(t, edition(10, '2026-08-02T00:00:00Z', both), { code: 'trust-list.differs' }, 'the version again')
  decide(t, edition(9, '2026-08-02T00:00:00Z', both), { code: 'trust-list.older' }, 'a lower version')
  decide(t, edition(11, '2026-07-31T00:00:00Z', both), { code: 'trust-list.older' }, 'an earlier date')
  const edge = new Date(now.getTime() + limits.trustListAheadMs)
  decide(t, edition(11, edge.toISOString(), both), { kind: 'replace' }, 'ahead by what clocks may differ')
  const ahead = edition(11, new Date(edge.getTime() + 1).toISOString(), both)
  decide(t, ahead, { code: 'trust-list.future' }, 'ahead by more')
  t.match(acceptEdition(undefined, ahead, now), { code: 'trust-list.future' }, 'also as the first one')
})

t.test('an edition that lost more than a share is refused', async (t) => {
  const many = Array.from({ length: 10 }, (_, at) => ({ ...standing, ogrn: `10277001321${at}0` }))
  const edition = (version: number, authorities: readonly SampleAuthority[]): TrustList =>
    listOf(listXml({ version, authorities }))
  const current = edition(1, many)
  const most = Math.floor((many.length * limits.trustListLostPercentMax) / 100)
  t.match(acceptEdition(current, edition(2, many.slice(most)), options.at), { kind: 'replace' })
  const tooFew = acceptEdition(current, edition(2, many.slice(most + 1)), options.at)
  t.match(tooFew, { code: 'trust-list.shrunk', seen: /authorities/ })
  const without = many.map((authority) => ({ ...authority, certificates: [] }))
  const empty = acceptEdition(current, edition(2, without), options.at)
  t.match(empty, { code: 'trust-list.shrunk', seen: /certificates/ })
})

t.test('a byte flipped is refused, or lies where nothing is said', async (t) => flipBytes(t, { oneOf: 60 }))
