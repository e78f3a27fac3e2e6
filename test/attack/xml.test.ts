// Hostile XML: every trick gets a code quickly, and nothing throws.

import t from 'tap'
import { readDescription } from '../../operators/dialects/roseu/read.ts'
import { readReceipts } from '../../operators/dialects/roseu/read-receipts.ts'
import { isRefusal, type RefusalCode } from '../../schemas/refusals.ts'
import { below, seededRandom } from '../support/random.ts'
import { sampleDescription, sampleNamespace, sampleReceipts } from '../support/sample-package.ts'

const patienceMs = 5000
const root = (inner: string, attributes = '') =>
  Buffer.from(`<Сообщение xmlns="${sampleNamespace}" ${attributes}>${inner}</Сообщение>`)
const before = (text: string) => sampleDescription((xml) => xml.replace('<Сообщение', `${text}<Сообщение`))
const inside = (text: string) => sampleDescription((xml) => xml.replace('<Номер>17', `<Номер>${text}`))
const repeated = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join('')
const utf16 = (text: string, swap: boolean) => {
  const bytes = Buffer.from(text, 'utf16le')
  return swap ? bytes.swap16() : bytes
}
const entities = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'

const attacks: [string, RefusalCode, Uint8Array][] = [
  ['a DOCTYPE', 'xml.doctype', before('<!DOCTYPE Сообщение>')],
  ['a DOCTYPE in lower case', 'xml.doctype', before('<!doctype Сообщение>')],
  ['a DOCTYPE in mixed case', 'xml.doctype', before('<!DocType Сообщение>')],
  ['a DOCTYPE behind white space', 'xml.doctype', before('<!\n\t DOCTYPE Сообщение>')],
  [
    'a DOCTYPE with a line break in it',
    'xml.doctype',
    before('<!DOCTYPE\r\nСообщение SYSTEM\n"file:///etc/passwd"\n>'),
  ],
  ['a DOCTYPE in a comment', 'xml.doctype', before('<!-- <!DOCTYPE a> -->')],
  ['a DOCTYPE behind a comment', 'xml.doctype', before('<!-- a --><!DOCTYPE a>')],
  ['a billion laughs', 'xml.doctype', before(`<!DOCTYPE a [${entities}]>`)],
  ['an outer entity', 'xml.doctype', before('<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]>')],
  ['an outer subset', 'xml.doctype', before('<!DOCTYPE a PUBLIC "-//x" "http://127.0.0.1/x.dtd">')],
  ['an entity nobody declared', 'xml.broken', inside('&x;')],
  ['an entity of HTML', 'xml.broken', inside('&nbsp;')],
  ['a character reference to zero', 'xml.broken', inside('&#0;')],
  ['a character reference to half a character', 'xml.broken', inside('&#xD800;')],
  ['a character reference beyond Unicode', 'xml.broken', inside('&#x110000;')],
  ['a zero byte', 'xml.broken', inside('\0')],
  ['XML 1.1', 'xml.broken', sampleDescription((xml) => xml.replace('version="1.0"', 'version="1.1"'))],
  [
    'a declared windows-1251',
    'xml.encoding',
    sampleDescription((xml) => xml.replace('UTF-8', 'windows-1251')),
  ],
  ['a declared UTF-16', 'xml.encoding', sampleDescription((xml) => xml.replace('UTF-8', 'UTF-16'))],
  ['a declared UTF-7', 'xml.encoding', sampleDescription((xml) => xml.replace('UTF-8', 'UTF-7'))],
  ['UTF-16 with its mark', 'xml.encoding', utf16(`\ufeff${sampleDescription()}`, false)],
  ['UTF-16 without its mark', 'xml.encoding', utf16(String(sampleDescription()), false)],
  ['UTF-16 of the other order', 'xml.encoding', utf16(String(sampleDescription()), true)],
  ['bytes that are not UTF-8', 'xml.encoding', Buffer.concat([root(''), Buffer.from([0xc0, 0x80])])],
  [
    'an overlong form',
    'xml.encoding',
    Buffer.concat([Buffer.from('<a b="'), Buffer.from([0xe0, 0x80, 0xaf]), Buffer.from('"/>')]),
  ],
  [
    'a surrogate in UTF-8',
    'xml.encoding',
    Buffer.concat([Buffer.from('<a>'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('</a>')]),
  ],
  ['nothing', 'xml.broken', Buffer.from('')],
  ['white space', 'xml.broken', Buffer.from('  \n ')],
  ['no XML', 'xml.broken', Buffer.from('PK\x03\x04 not XML')],
  ['two roots', 'xml.broken', Buffer.concat([root(''), root('')])],
  ['text behind the root', 'xml.broken', Buffer.concat([root(''), Buffer.from('text')])],
  ['an element that is not closed', 'xml.broken', Buffer.from(`<Сообщение xmlns="${sampleNamespace}">`)],
  ['elements that cross', 'xml.broken', root('<а><б></а></б>')],
  ['an attribute that stands twice', 'xml.broken', root('', 'Получатель="2ZB" Получатель="2ZA"')],
  ['an attribute doubled by prefixes', 'xml.broken', root('', 'xmlns:a="u" xmlns:b="u" a:x="1" b:x="2"')],
  ['a prefix nobody declared', 'xml.broken', root('<x:а/>')],
  ['100 000 levels', 'xml.limits', Buffer.from(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`)],
  ['33 levels', 'xml.limits', root(`${'<a>'.repeat(32)}${'</a>'.repeat(32)}`)],
  [
    '50 000 attributes',
    'xml.limits',
    root(
      '',
      repeated(50_000, (index) => ` a${index}=""`),
    ),
  ],
  [
    '65 attributes',
    'xml.limits',
    root(
      '',
      repeated(64, (index) => ` a${index}=""`),
    ),
  ],
  ['an attribute of 20 megabytes', 'xml.limits', root('', `a="${'x'.repeat(20 * 1024 * 1024)}"`)],
  ['an attribute of 3 megabytes', 'xml.limits', root('', `a="${'x'.repeat(3 * 1024 * 1024)}"`)],
  ['a text of 3 megabytes', 'xml.limits', inside('x'.repeat(3 * 1024 * 1024))],
  ['a text of pieces of CDATA', 'xml.limits', inside('<![CDATA[xxxxxxxxxx]]>'.repeat(20_000))],
  ['half a million elements', 'xml.limits', root('<a/>'.repeat(500_000))],
  ['another namespace', 'xml.root', sampleDescription((xml) => xml.replace(sampleNamespace, 'urn:other'))],
  ['no namespace', 'xml.root', sampleDescription((xml) => xml.replace(/xmlns="[^"]*"/, ''))],
  [
    'a root from the prototype of objects',
    'xml.root',
    Buffer.from(`<__proto__ xmlns="${sampleNamespace}"/>`),
  ],
  ['receipts where a description is due', 'xml.root', sampleReceipts()],
]

t.test('every trick is refused with its code, quickly', async (t) => {
  for (const [name, code, bytes] of attacks) {
    const startedAt = performance.now()
    const result = readDescription(bytes)
    const took = performance.now() - startedAt
    t.match(result, { code }, `${name}: ${code}`)
    t.ok(took < patienceMs, `${name}: took ${took.toFixed(0)} ms`)
  }
})

t.test('names of the prototype of objects are just unknown names', async (t) => {
  const bytes = sampleDescription((xml) =>
    xml
      .replace('<Номер>', '<__proto__ constructor="x"/><toString/><Номер>')
      .replace('Отправитель=', '__proto__="x" Отправитель='),
  )
  const description = readDescription(bytes)
  t.match(description, { kind: 'message' })
  t.equal(Object.getPrototypeOf(description), Object.prototype)
})

t.test('a description cut at any byte is refused', async (t) => {
  const whole = sampleDescription()
  for (let length = 0; length < whole.length - 1; length += 1) {
    if (!isRefusal(readDescription(whole.subarray(0, length)))) t.fail(`cut to ${length} bytes it was read`)
  }
  t.pass(`${whole.length} lengths`)
})

t.test('changed bytes are refused or read, and never make the readers throw', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const markup = [...'<>&"\'/=! \n\0аИ'].map((character) => Buffer.from(character))
  for (const [whole, read] of [
    [sampleDescription(), readDescription],
    [sampleReceipts(), readReceipts],
  ] as const) {
    for (let turn = 0; turn < 1500; turn += 1) {
      const at = below(random, whole.length)
      const piece = markup[below(random, markup.length)] ?? Buffer.from('<')
      const kept = below(random, 2)
      const changed = Buffer.concat([whole.subarray(0, at), piece, whole.subarray(at + kept)])
      const result = read(changed)
      if (isRefusal(result) === 'kind' in result) t.fail(changed.toString('base64'))
    }
  }
})

t.test('what is refused quotes no names, comments or numbers of persons', async (t) => {
  const secret = 'Секретов'
  const places: [RegExp, string][] = [
    [/ИмяФайла="[^"]*"/, `ИмяФайла="${secret}/x"`],
    [/<Номер>17<\/Номер>/, `<Номер>${secret}</Номерр>`],
    [/<Номер>17<\/Номер>/, `<Номер>${secret} & x</Номер>`],
    [/<ЭП /, `${secret}<ЭП a:b="${secret}" `],
  ]
  for (const [pattern, replacement] of places) {
    const result = readDescription(sampleDescription((xml) => xml.replace(pattern, replacement)))
    t.match(result, { code: String }, replacement)
    t.notMatch(JSON.stringify(result), secret)
  }
})
