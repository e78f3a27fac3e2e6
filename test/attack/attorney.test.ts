// Hostile powers of attorney: every trick gets a code quickly, nothing throws, no changed byte widens what is allowed.

import t from 'tap'
import { readAttorney } from '../../hub/trust/attorney/read.ts'
import { findRequisites, scanDocument } from '../../hub/trust/attorney/scan.ts'
import { comparePowers } from '../../hub/trust/attorney/subset.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type RefusalCode } from '../../schemas/refusals.ts'
import {
  attorneyOf,
  numbers,
  originalXml,
  power,
  retrustXml,
  secondRetrustXml,
} from '../support/attorneys.ts'
import { below, oneOf, seededRandom } from '../support/random.ts'

const patienceMs = 10_000
const base = originalXml({ system: 'МЕСТО' })
const inSystem = (text: string) => base.replace('МЕСТО', text)
const before = (text: string) => base.replace('<Доверенность', `${text}<Доверенность`)
const other = 'urn://x-artefacts/EMCHD_1'

const signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'

const attacks: [name: string, code: RefusalCode, bytes: string | Uint8Array][] = [
  ['a DOCTYPE', 'xml.doctype', before('<!DOCTYPE Доверенность>')],
  ['a DOCTYPE in a comment', 'xml.doctype', before('<!-- <!doctype a> -->')],
  ['a billion laughs', 'xml.doctype', before('<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>')],
  ['an outer entity', 'xml.doctype', before('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>')],
  ['an entity nobody declared', 'xml.broken', inSystem('&x;')],
  ['a comment inside of a value', 'xml.broken', inSystem('https://a<!-- -->.example')],
  ['a comment before a value', 'xml.broken', inSystem('<!-- -->https://a.example')],
  ['an instruction inside of a value', 'xml.broken', inSystem('https://a<?x y?>.example')],
  ['an attribute twice', 'xml.broken', base.replace('НомДовер="', `НомДовер="${numbers.second}" НомДовер="`)],
  [
    'an attribute twice under two prefixes',
    'xml.broken',
    base.replace('<СвДов ', '<СвДов xmlns:a="urn:x" xmlns:b="urn:x" a:x="1" b:x="2" '),
  ],
  [
    'the number in a namespace of its own',
    'attorney.invalid',
    base.replace(' НомДовер=', ` xmlns:a="${other}" a:НомДовер=`),
  ],
  [
    'another number in another namespace beside it',
    'attorney.invalid',
    base.replace(' НомДовер=', ` xmlns:a="urn:x" a:НомДовер="${numbers.second}" НомДовер=`),
  ],
  ['no namespace', 'attorney.invalid', base.replace(` xmlns="${other}"`, '')],
  ['another namespace', 'attorney.invalid', base.replace(other, 'urn:x')],
  ['a namespace in another case', 'attorney.invalid', base.replace(other, other.toLowerCase())],
  [
    'an element of another namespace inside',
    'attorney.invalid',
    base.replace('<СвУпПред', '<СвУпПред xmlns="urn:x"'),
  ],
  ['a signature inside', 'attorney.invalid', base.replace('</Документ>', `${signature}</Документ>`)],
  [
    'two signatures',
    'attorney.invalid',
    base.replace('</Доверенность>', `${signature.repeat(2)}</Доверенность>`),
  ],
  [
    'an id twice',
    'attorney.invalid',
    base.replace('<СвПолн', '<СвПолн xml:id="a"').replace('<Пред>', '<Пред xml:id="a">'),
  ],
  ['a second document', 'attorney.invalid', base.replace('</Документ>', '</Документ><Документ/>')],
  ['an element nobody knows', 'attorney.invalid', base.replace('<СвПолн', '<Новый/><СвПолн')],
  [
    'a second representative in one',
    'attorney.invalid',
    base.replace('</Пред>', '<СведОрг НаимОрг="x" КПП="990001001"/></Пред>'),
  ],
  [
    'a hint of a schema elsewhere',
    'attorney.invalid',
    base.replace(
      '<Документ>',
      '<Документ xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x">',
    ),
  ],
  [
    'an XInclude',
    'attorney.invalid',
    base.replace(
      '<СвУпПред',
      '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/><СвУпПред',
    ),
  ],
  ['UTF-16', 'xml.encoding', Buffer.from(`\ufeff${base}`, 'utf16le')],
  ['a declared windows-1251', 'xml.encoding', base.replace('UTF-8', 'windows-1251')],
  ['bytes that are not UTF-8', 'xml.encoding', Buffer.concat([Buffer.from(base), Buffer.from([0xc0, 0x80])])],
  ['nothing', 'xml.broken', ''],
  ['zero bytes', 'xml.encoding', new Uint8Array(100)],
  ['no end', 'xml.broken', base.slice(0, -20)],
  ['two roots', 'xml.broken', base + base.slice(base.indexOf('<Доверенность'))],
  ['elements nested without end', 'xml.limits', '<a>'.repeat(100_000)],
  [
    'a thousand attributes',
    'xml.limits',
    base.replace('<Документ>', `<Документ ${Array.from({ length: 1000 }, (_, i) => `a${i}=""`).join(' ')}>`),
  ],
  ['a text without end', 'xml.limits', inSystem('x'.repeat(limits.xmlTextLengthMax + 10_000))],
  ['a hundred thousand elements', 'xml.limits', `<a>${'<b/>'.repeat(limits.xmlElementsMax + 1)}</a>`],
  ['more bytes than are read', 'xml.limits', Buffer.alloc(limits.attorneyBytesMax + 1)],
]

t.test('every trick is refused with its code', async (t) => {
  for (const [name, code, content] of attacks) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    if (typeof content === 'string') t.not(content, base, `${name}: it is something else`)
    const started = performance.now()
    const result = readAttorney(bytes)
    t.ok(performance.now() - started < patienceMs, `${name}: quickly`)
    if (code === 'attorney.invalid' && name.includes('amespace')) {
      t.match(result, { code: /^attorney\./ }, name)
    } else t.match(result, { code }, name)
  }
})

t.test('a comment between elements changes nothing', async (t) => {
  const commented = base.replaceAll('><', '><!-- x --><')
  t.strictSame(readAttorney(Buffer.from(commented)), attorneyOf(base))
  t.match(attorneyOf(inSystem('<![CDATA[a & b]]>')), { system: 'a & b' })
  t.match(attorneyOf(inSystem('a &amp; b')), { system: 'a & b' })
})

t.test('mutated documents are read or refused, and never throw', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const sources = [originalXml(), retrustXml(), secondRetrustXml()].map((xml) => Buffer.from(xml))
  const tokens = [
    '<',
    '>',
    '"',
    '&',
    '/',
    '<!--',
    '-->',
    ']]>',
    '<![CDATA[',
    '&#0;',
    'xmlns="x"',
    '\0',
    'Пред',
    '2',
    '<?',
    '=',
  ]
  let read = 0
  for (let round = 0; round < 1500; round += 1) {
    const source = oneOf(random, sources)
    const at = below(random, source.length)
    const ways = [
      () =>
        Buffer.concat([source.subarray(0, at), Buffer.from([below(random, 256)]), source.subarray(at + 1)]),
      () => Buffer.concat([source.subarray(0, at), Buffer.from(oneOf(random, tokens)), source.subarray(at)]),
      () => Buffer.concat([source.subarray(0, at), source.subarray(at + below(random, 40))]),
      () => source.subarray(0, at),
      () => Buffer.concat([source.subarray(0, at), source.subarray(below(random, source.length))]),
    ]
    const bytes = oneOf(random, ways)()
    const result = readAttorney(bytes)
    if (!isRefusal(result)) read += 1
    scanDocument(bytes)
    findRequisites(bytes)
  }
  t.ok(read > 10 && read < 1490, `${read} of 1500 could be read`)
})

t.test('a value at which the validator itself gives up is refused', async (t) => {
  const years = retrustXml().replace(/ДатаВыдДовер="[^"]*"/, 'ДатаВыдДовер="20262027-01-09"')
  t.match(years, '20262027')
  t.ok(isRefusal(readAttorney(Buffer.from(years))))
})

t.test('a faults text names no person', async (t) => {
  const wrong = base.replace('Фамилия="Петров"', 'Фамилия="Петров" Пол="Секретов\' is "')
  const refusal = readAttorney(Buffer.from(base.replace('ИННФЛ="990000002200"', 'ИННФЛ="99000000220x"')))
  t.match(refusal, { code: 'attorney.invalid', seen: /ИННФЛ/ })
  t.notMatch(JSON.stringify(refusal), '99000000220x')
  t.notMatch(JSON.stringify(readAttorney(Buffer.from(wrong))), 'Секретов')
})

t.test('as many powers and limits as can be read are compared in bounded time', async (t) => {
  const bounds = Array.from({ length: 8 }, (_, index) => [`LIMIT_${index}`, 'x'] as const)
  const same = Array.from({ length: limits.attorneyPowersMax }, () => power('SIGN_DOCUMENTS', bounds)).join(
    '',
  )
  const wide = Array.from({ length: limits.attorneyPowersMax }, () =>
    power('SIGN_DOCUMENTS', bounds.slice(0, 7)),
  ).join('')
  const [child, parent] = [
    attorneyOf(originalXml({ powers: wide })),
    attorneyOf(originalXml({ powers: same })),
  ]
  const started = performance.now()
  t.equal(comparePowers(child.powers, parent.powers), 'wider')
  t.ok(performance.now() - started < patienceMs)
})
