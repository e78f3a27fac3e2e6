// Reading the description of a message: tolerant of the new, strict about ids and dates.

import t from 'tap'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import { olderNamespace } from '../../operators/dialects/roseu/profile.ts'
import { dialectOf } from '../../operators/dialects/table.ts'
import { limits } from '../../schemas/limits.ts'
import type { Description } from '../../schemas/package.ts'
import { type Refusal, type RefusalCode, refuse } from '../../schemas/refusals.ts'
import { accepted, sampleDescription, sampleIds, sampleNamespace } from '../support/sample-package.ts'

type Edit = (xml: string) => string

const described = (edit?: Edit): Description | Refusal => roseu.readDescription(sampleDescription(edit))
const swap =
  (from: string | RegExp, to: string): Edit =>
  (xml) =>
    xml.replace(from, to)

t.test('the dialect is found by its name', async (t) => {
  t.equal(dialectOf('roseu'), roseu)
  t.equal(dialectOf('other'), undefined)
  t.equal(new Set(roseu.profile.documentTypes).size, 48)
})

t.test('a message is read with everything the hub needs', async (t) => {
  const sender = '2ZA-7741377501-770101460-91317438960123236246'
  const { document, signature } = sampleIds
  t.strictSame(described(), {
    kind: 'message',
    sender,
    recipient: '2ZB0ca2ebd03975c4b2040c865effdf6ee0',
    recipientUnit: undefined,
    sentAt: '2026-10-01T09:00:00Z',
    documents: [
      {
        id: document,
        type: 'Неформализованный',
        fileName: 'договор.pdf',
        answerExpected: false,
        encrypted: false,
        parents: [],
        number: '17',
        date: '2026-10-01',
      },
    ],
    signatures: [{ id: signature, signer: sender, document }],
    warnings: [],
  })
})

t.test('what a newer technology may have added is read over with a warning (RULES 7)', async (t) => {
  const reordered: Edit = (xml) => xml.replace(/(<Документ .*<\/Документ>)\s*(<ЭП [^>]*>)/s, '$2$1')
  const cases: [string, Edit, RegExp][] = [
    ['an attribute', swap('ИмяФайла=', 'Новый="1" ИмяФайла='), /unknown attribute Новый/],
    ['one with a prefix', swap('ИмяФайла=', 'xmlns:n="u" n:a="1" ИмяФайла='), /unknown attribute n:a/],
    ['an element', swap('<Номер>', '<Новый><Номер>1</Номер></Новый><Номер>'), /unknown element Новый/],
    ['a foreign element', swap('<Номер>', '<Дата xmlns="u">x</Дата><Номер>'), /unknown element Дата/],
    ['a document type', swap('Неформализованный', 'УниверсальноеСообщение'), /the published schema lacks/],
    ['another order', reordered, /Документ stands out of order/],
    ['text between elements', swap('<ЭП', 'x<ЭП'), /text between elements/],
    ['a second Номер', swap('<Дата>', '<Номер>18</Номер><Дата>'), /the first counts/],
  ]
  for (const [name, edit, warning] of cases) {
    const description = accepted(described(edit))
    t.match(description.warnings.join('\n'), warning, name)
    t.match(description, { documents: [{ number: '17', date: '2026-10-01' }], signatures: [{}] }, name)
  }
  const instance = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a b" Отправитель='
  t.match(described(swap('Отправитель=', instance)), { warnings: [] }, 'the place of a schema is no news')
})

t.test('warnings hold names of the markup and never its values, and are bounded', async (t) => {
  const many = accepted(described(swap('<Номер>', `${'<а б="Секретов">Секретов</а>'.repeat(500)}<Номер>`)))
  t.ok(many.warnings.length > 0 && many.warnings.length <= 50)
  t.notMatch(many.warnings.join(), 'Секретов')
})

t.test('what is quoted of a document holds no half characters, wherever the cut falls', async (t) => {
  const isWhole = (text: string, at: string) => t.ok(text.includes('а') && text.isWellFormed(), at)
  const dated = (value: string) => described(swap('<Дата>2026-10-01', `<Дата>${value}`)) as Refusal
  for (const length of [58, 59, 60]) {
    const long = `${'а'.repeat(length)}𐐀б`
    const { warnings } = accepted(described(swap('ИмяФайла=', `${long}="1" ИмяФайла=`)))
    isWhole(warnings[0] ?? '', `an attribute of ${length}`)
    const { warnings: others } = accepted(described(swap('<Номер>', `<${long}/><Номер>`)))
    isWhole(others[0] ?? '', `an element of ${length}`)
    isWhole(dated(long).seen, `a value of ${length}`)
    t.notMatch(dated(long).seen, /\\ud8/, 'nor one that is spelled out')
  }
  for (const length of [298, 299, 300]) {
    const { seen, at = '' } = refuse('xml.broken', `${'а'.repeat(length)}𐐀б`, `${'а'.repeat(length)}𐐀б`)
    isWhole(seen, `seen of ${length}`)
    isWhole(at, `at of ${length}`)
  }
})

t.test('values within their forms are read', async (t) => {
  const parent = 'd'.repeat(32)
  const prefixed: Edit = (xml) => xml.replace('xmlns=', 'xmlns:p=').replaceAll(/<(\/?)(?=[А-Я])/g, '<$1p:')
  const cases: [string, Edit, object][] = [
    ['a mark of the byte order', (xml) => `\ufeff${xml}`, {}],
    ['no declaration', swap(/<\?xml.*\?>\n/, ''), {}],
    ['a prefix', prefixed, { documents: [{ number: '17' }] }],
    ['fractions of a second', swap('00:00Z', '00:00.123Z'), { sentAt: '2026-10-01T09:00:00.123Z' }],
    ['the end of a day', swap('T09:00:00Z', 'T24:00:00Z'), {}],
    [
      'a leap day with white space',
      swap('>2026-10-01', '> 2028-02-29\n'),
      { documents: [{ date: '2028-02-29' }] },
    ],
    ['a date with an offset', swap('>2026-10-01', '>2026-10-01+03:00'), {}],
    ['true as 1', swap('ИмяФайла=', 'Зашифрован="1" ИмяФайла='), { documents: [{ encrypted: true }] }],
    ['an empty unit', swap('Получатель=', 'ИдПодразделенияПолучателя="" Получатель='), { recipientUnit: '' }],
    [
      'a parent',
      swap('<Номер>', `<КДокументу>${parent}</КДокументу><Номер>`),
      { documents: [{ parents: [parent] }] },
    ],
    ['CDATA', swap('<Номер>17', '<Номер><![CDATA[<1>]]>&amp;&#x37;'), { documents: [{ number: '<1>&7' }] }],
    ['an operator as a party', swap(/Отправитель="[^"]*"/, 'Отправитель="2ZA"'), { sender: '2ZA' }],
    ['a name of 255 letters beyond the basic plane', swap('договор.pdf', '𝒳'.repeat(255)), {}],
    ['sums', swap('</Дата>', '</Дата><Сумма>-1.50</Сумма><СуммаНДС> .5 </СуммаНДС>'), {}],
  ]
  for (const [name, edit, expected] of cases) {
    t.match(accepted(described(edit)), { warnings: [], ...expected }, name)
  }
})

t.test('wrong values are refused with the place', async (t) => {
  const twice = 'Сообщение/Документ/@ИдДокумента'
  const cases: [string, Edit, RefusalCode, string][] = [
    ['no sender', swap(/Отправитель="[^"]*"/, ''), 'description.attribute', '@Отправитель'],
    [
      'a short sender',
      swap(/Отправитель="[^"]*"/, 'Отправитель="2Z"'),
      'description.participant',
      '@Отправитель',
    ],
    ['a long recipient', swap('="2ZB', `="${'2'.repeat(47)}`), 'description.participant', '@Получатель'],
    ['a time without Z', swap('00:00Z', '00:00'), 'description.attribute', '@ДатаОтправки'],
    ['a time with an offset', swap('00:00Z', '00:00+03:00'), 'description.attribute', '@ДатаОтправки'],
    ['an hour that is none', swap('T09', 'T25'), 'description.attribute', '@ДатаОтправки'],
    ['a document id with a dash', swap('нта="b', 'нта="-'), 'description.id', 'Документ/@ИдДокумента'],
    ['a long signature id', swap('ИдЭП="c', 'ИдЭП="cc'), 'description.id', 'ЭП/@ИдЭП'],
    ['a signature of nothing', swap(/КДокументу="b*"/, ''), 'description.attribute', 'ЭП/@КДокументу'],
    [
      'a wrong parent',
      swap('<Номер>', '<КДокументу>d</КДокументу><Номер>'),
      'description.id',
      'Документ/КДокументу',
    ],
    ['no date', swap(/<Дата>.*<\/Дата>/, ''), 'description.attribute', 'Документ/Дата'],
    ['a day that is none', swap('>2026-10-01', '>2027-02-29'), 'description.attribute', 'Документ/Дата'],
    ['a comma', swap('</Дата>', '</Дата><Сумма>1,5</Сумма>'), 'description.attribute', 'Документ/Сумма'],
    ['a flag', swap('ИмяФайла', 'Зашифрован="да" ИмяФайла'), 'description.attribute', 'Документ/@Зашифрован'],
    ['a folder in a file name', swap('договор', 'a/b'), 'description.attribute', 'Документ/@ИмяФайла'],
    ['a file name of two dots', swap('договор.pdf', '..'), 'description.attribute', 'Документ/@ИмяФайла'],
    ['a long file name', swap('договор.pdf', 'x'.repeat(256)), 'description.attribute', 'Документ/@ИмяФайла'],
    ['no type', swap('Неформализованный', ''), 'description.attribute', 'Документ/@ТипДокумента'],
    ['a signature twice', swap(/(<ЭП [^>]*>)/, '$1$1'), 'description.duplicate-id', 'ЭП/@ИдЭП'],
  ]
  for (const [name, edit, code, at] of cases) t.match(described(edit), { code, at: `Сообщение/${at}` }, name)
  const document = /(<Документ .*<\/Документ>)/s
  t.match(described(swap(document, '$1$1')), { code: 'description.duplicate-id', at: twice })
  t.match(described(swap(/<Документ.*\/>/s, '')), { code: 'description.empty', at: 'Сообщение' })
  const numbered = { code: 'description.id', at: 'Сообщение/Документ[2]/@ИдДокумента' }
  t.match(described(swap(document, '$1<Документ ИдДокумента="x"/>')), numbered, 'places are numbered')
})

t.test('the limits of a description hold on both sides', async (t) => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => String(index).padStart(32, '0'))
  const joined = (count: number, make: (id: string) => string) => ids(count).map(make).join('')
  const document = /(<Документ ИдДокумента=")b*(".*<\/Документ>)/s
  const signature = /(<ЭП .*ИдЭП=")c*("[^>]*>)/
  const unit = (count: number) =>
    swap('Получатель=', `ИдПодразделенияПолучателя="${'x'.repeat(count)}" Получатель=`)
  /** The sample's signature covers its own document; each of these names another's, a hundred by one document. */
  const references = (count: number) => (xml: string) => {
    const named = ids(count).map((id) => `<КДокументу>f${id.slice(1)}</КДокументу>`)
    const parts = Array.from({ length: Math.ceil(count / 100) }, (_, part) =>
      named.slice(part * 100, part * 100 + 100),
    )
    const sample = document.exec(xml)?.[0] ?? ''
    const made = parts.map((own, part) =>
      sample.replace(/b{32}/, ids(part + 1).at(-1) ?? '').replace('<Номер>', `${own.join('')}<Номер>`),
    )
    return xml.replace(document, `${sample}${made.join('')}`)
  }
  const cases: [string, (count: number) => Edit, number, RefusalCode][] = [
    [
      'documents',
      (count) =>
        swap(
          document,
          joined(count, (id) => `$1${id}$2`),
        ),
      limits.documentsPerMessageMax,
      'xml.limits',
    ],
    [
      'signatures',
      (count) =>
        swap(
          signature,
          joined(count, (id) => `$1${id}$2`),
        ),
      limits.signaturesPerMessageMax,
      'xml.limits',
    ],
    [
      'parents',
      (count) => swap('<Номер>', `${joined(count, (id) => `<КДокументу>${id}</КДокументу>`)}<Номер>`),
      limits.parentsPerDocumentMax,
      'xml.limits',
    ],
    ['a text', (count) => swap('>17<', `>${'7'.repeat(count)}<`), limits.xmlTextLengthMax, 'xml.limits'],
    [
      'attributes',
      (count) => swap('<Номер>', `<а ${joined(count, (id) => ` а${id}=""`)}/><Номер>`),
      limits.xmlAttributesMax,
      'xml.limits',
    ],
    [
      'levels',
      (count) => swap('<Номер>', `${'<а>'.repeat(count)}${'</а>'.repeat(count)}<Номер>`),
      limits.xmlDepthMax - 2,
      'xml.limits',
    ],
    [
      'elements',
      (count) => swap('<Номер>', `${'<а/>'.repeat(count)}<Номер>`),
      limits.xmlElementsMax - 5,
      'xml.limits',
    ],
    ['a unit', unit, 255, 'description.attribute'],
    ['documents of other messages', references, limits.referencesPerMessageMax, 'xml.limits'],
  ]
  for (const [name, edit, max, code] of cases) {
    t.match(described(edit(max)), { kind: 'message' }, `${name}: ${max}`)
    t.match(described(edit(max + 1)), { code }, `${name}: ${max + 1}`)
  }
  const filled = (size: number) => {
    const plain = sampleDescription()
    const comments = Buffer.from(`<!--${'x'.repeat(993)}-->`.repeat(Math.ceil(size / 1000)))
    const rest = (size - plain.length) % 1000
    return Buffer.concat([plain, comments.subarray(0, size - plain.length - rest), Buffer.alloc(rest, ' ')])
  }
  t.match(roseu.readDescription(filled(limits.descriptionBytesMax)), { kind: 'message' })
  t.match(roseu.readDescription(filled(limits.descriptionBytesMax + 1)), { code: 'xml.limits' })
})

t.test('in the older namespace Дата may be left out', async (t) => {
  const older: Edit = (xml) => xml.replace(sampleNamespace, olderNamespace).replace(/<Дата>.*<\/Дата>/, '')
  t.match(described(older), { kind: 'message', documents: [{ date: undefined }], warnings: [] })
})
