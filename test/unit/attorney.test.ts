// Powers of attorney read: the unified form into values, its schema against the published one, requisites in documents.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { attorneyDocuments, describedRequisites } from '../../hub/trust/attorney/described.ts'
import { readAttorney } from '../../hub/trust/attorney/read.ts'
import { findRequisites, scanDocument } from '../../hub/trust/attorney/scan.ts'
import { readDescription } from '../../operators/dialects/roseu/read.ts'
import { checkAgainst, checkAttorneySchema, compileSchema } from '../../operators/validation/schema-check.ts'
import { freezeFacts } from '../../schemas/attorney/value.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import {
  attorneyOf,
  cast,
  entrepreneur,
  head,
  headed,
  numbers,
  organisation,
  originalXml,
  person,
  power,
  principal,
  representative,
  retrustXml,
  secondRetrustXml,
} from '../support/attorneys.ts'
import { beside } from '../support/beside.ts'
import { sampleDescription } from '../support/sample-package.ts'

const read = (xml: string) => readAttorney(Buffer.from(xml))

t.test('an original becomes a value that JSON keeps', async (t) => {
  const attorney = attorneyOf(originalXml({ number: numbers.original.toUpperCase() }))
  t.match(attorney, {
    number: numbers.original,
    issued: '2026-01-10',
    expires: '2027-01-09',
    isIrrevocable: false,
    retrustAllowed: 'successive',
    principals: [
      {
        kind: 'organisation',
        organisation: { inn: '9900000024', ogrn: '1999900000021' },
        heads: [{ actsJointly: false, person: { inn: '990000001172', snils: '90000000182' } }],
      },
    ],
    representatives: [{ kind: 'person', person: { name: { surname: 'Петров' }, snils: '90000000283' } }],
    powers: {
      kind: 'machine',
      heldJointly: false,
      items: [
        { code: 'SIGN_DOCUMENTS', limits: [] },
        { code: 'SIGN_INVOICES', limits: [{ code: 'SUM', value: '1000', isText: false }] },
      ],
    },
  })
  t.notOk('retrust' in attorney)
  t.strictSame(JSON.parse(JSON.stringify(attorney)), attorney)
  t.throws(() => Object.assign(freezeFacts(attorney).powers, { kind: 'text' }), TypeError)
})

t.test('a retrust names its parent, its first and who gave the powers on', async (t) => {
  const own = principalsOfFirst()
  t.match(attorneyOf(secondRetrustXml({ firstPrincipals: own, jointly: 2 })), {
    number: numbers.second,
    principals: [],
    powers: { heldJointly: true },
    retrust: {
      parentIsRetrust: true,
      first: { firstNumber: numbers.original, principalInns: ['9900000024'] },
      parent: { parentNumber: numbers.retrust, firstNumber: numbers.original },
      givers: [{ kind: 'person', person: { inn: '990000004492' } }],
    },
  })
  t.notOk(attorneyOf(retrustXml()).retrust?.parentIsRetrust)
})

const principalsOfFirst = () =>
  `<СвДоверПерв ТипДоверит="1"><ДоверитПерв>${organisation('РосОргДовер', cast.organisation)}</ДоверитПерв></СвДоверПерв>`

const company = `<СВЮЛ>${organisation('СвЮЛЕИО', cast.manager)}${person('СвФЛ', cast.director)}${person('СвФЛ', cast.second)}</СВЮЛ>`
const foreign = '<СвИнОрг НаимИО="Foreign" ИННЮЛ="9900000017" СтрРег="840"/>'
const foreigner = '<СведИО НаимИО="Foreign" НЗА="12345678901"/>'
const natural = `<ФЛДовер СНИЛС="900-000-001 82">${fullNameOf()}<СвЗакПредРук ПолнЮЛ="1">${person('СвФЛ', cast.second)}</СвЗакПредРук></ФЛДовер>`

function fullNameOf(): string {
  return '<СведФЛ ДатаРожд="1990-05-05"><ФИО Фамилия="Иванов" Имя="Иван"/></СведФЛ>'
}

const principals: [name: string, xml: string, expected: object][] = [
  [
    'a managing company',
    principal(1, headed('РосОргДовер', head(company, 2))),
    {
      kind: 'organisation',
      heads: [{ actsJointly: true, company: { organisation: { inn: '9900000017' }, persons: [{}, {}] } }],
    },
  ],
  [
    'an entrepreneur who manages',
    principal(1, headed('РосОргДовер', head(entrepreneur('СвИП', cast.second)))),
    { heads: [{ entrepreneur: { ogrnip: '319990000000013' } }] },
  ],
  [
    'a foreign organisation',
    principal(2, `<ИнОргДовер>${foreign}${person('СвРукОП', cast.director)}</ИнОргДовер>`),
    { kind: 'foreign', persons: [{ inn: '990000001172' }] },
  ],
  [
    'an entrepreneur',
    principal(3, entrepreneur('ИПДовер', cast.second)),
    { kind: 'entrepreneur', entrepreneur: { inn: '990000003357' } },
  ],
  [
    'a person with a guardian',
    principal(4, natural),
    { kind: 'person', guardian: { person: { inn: '990000003357' } } },
  ],
]
const representatives: [name: string, xml: string, kind: string][] = [
  ['an organisation', representative(1, organisation('СведОрг', cast.manager)), 'organisation'],
  ['an entrepreneur', representative(2, entrepreneur('СведИП', cast.employee)), 'entrepreneur'],
  ['a person', representative(3, person('СведФизЛ', cast.employee)), 'person'],
  ['a branch', representative(4, organisation('СведФилиал', cast.manager)), 'branch'],
  ['a foreign branch', representative(5, foreigner), 'foreign'],
]

t.test('every kind of party is read', async (t) => {
  for (const [name, xml, expected] of principals) {
    t.match(attorneyOf(originalXml({ principals: xml })).principals, [expected], name)
  }
  for (const [name, xml, kind] of representatives) {
    t.match(attorneyOf(originalXml({ representatives: xml })).representatives, [{ kind }], name)
  }
  const givers: [number, string, string][] = [
    [1, headed('РосОргПерПолн', head(person('СвФЛ', cast.director))), 'organisation'],
    [2, entrepreneur('ИППерПолн', cast.employee), 'entrepreneur'],
    [
      4,
      `<ФилПерПолн>${organisation('СвФил', cast.organisation)}${person('СвРукФил', cast.director)}</ФилПерПолн>`,
      'branch',
    ],
    [5, `<ИнПерПолн>${foreign}${person('СвРукОП', cast.director)}</ИнПерПолн>`, 'foreign'],
  ]
  for (const [type, inner, kind] of givers) {
    const xml = `<СвПередПолн ТипПерПолн="${type}"><ПередПолн>${inner}</ПередПолн></СвПередПолн>`
    t.match(attorneyOf(retrustXml({ givers: xml })).retrust?.givers, [{ kind }], kind)
  }
})

t.test('the kind told must be the one that is there', async (t) => {
  const wrong: [string, string][] = [
    [
      'a principal of another kind',
      originalXml({ principals: principal(3, headed('РосОргДовер', head(person('СвФЛ', cast.director)))) }),
    ],
    ['no principal in it', originalXml({ principals: principal(1, '') })],
    [
      'two principals in one',
      originalXml({ principals: principal(3, entrepreneur('ИПДовер', cast.second) + natural) }),
    ],
    [
      'a representative of another kind',
      originalXml({ representatives: representative(1, person('СведФизЛ', cast.employee)) }),
    ],
    ['no representative in it', originalXml({ representatives: representative(3, '') })],
    ['a head that is nobody', originalXml({ principals: principal(1, headed('РосОргДовер', head(''))) })],
    ['a number of other digits', originalXml({ number: numbers.original.replace('3f25', '٣f25') })],
    ['a year of five digits', originalXml({ expires: '20270-01-09' })],
  ]
  for (const [name, xml] of wrong) {
    t.strictSame(checkAttorneySchema(Buffer.from(xml)), [], `${name}: the schema does not see it`)
    t.match(read(xml), { code: 'attorney.invalid' }, name)
  }
})

t.test('a zone of a day is dropped, limits may be texts, a notary is kept', async (t) => {
  t.equal(attorneyOf(originalXml({ issued: '2026-01-10+03:00' })).issued, '2026-01-10')
  t.equal(attorneyOf(originalXml({ expires: '2027-01-09Z' })).expires, '2027-01-09')
  const text = power('SIGN_DOCUMENTS', [['SUM', 'x']]).replaceAll('КодЗначОгр', 'ТексЗначОгр')
  t.match(attorneyOf(originalXml({ powers: text })).powers.items, [
    { limits: [{ value: 'x', isText: true }] },
  ])
  t.match(attorneyOf(originalXml({ powersType: 0, powers: '<ТекстПолн>Всё</ТекстПолн>' })).powers, {
    kind: 'text',
    text: 'Всё',
  })
  t.match(attorneyOf(originalXml({ notarial })).notary, { surname: 'Нотариусова' })
  const acting =
    '<ВриоНот Должность="врио" РегНомНот="1/2"><ФИОВриоНот Фамилия="Временный" Имя="Иван"/></ВриоНот>'
  t.match(
    attorneyOf(originalXml({ notarial: notarial.replace('</СвНотУд>', `${acting}</СвНотУд>`) })).notary,
    {
      surname: 'Временный',
    },
  )
})

const signed =
  '<ПодпРукопис><ХешPDFДок>x</ХешPDFДок><ПодпИзобр>x</ПодпИзобр><ХешПодп>x</ХешПодп><ДатаВремПодп>1760000000</ДатаВремПодп><ФИООтв Фамилия="Иванов" Имя="Иван"/></ПодпРукопис>'.replaceAll(
    'ФИООтв',
    'ФИООтв',
  )
const notarial = `<СвНотУд МестоДовер="Москва" УплНотДейст="100.50"><СвНотДейств Должность="нотариус" РегНомНот="77/1-н/77"><ФИОНотДейств Фамилия="Нотариусова" Имя="Анна"/></СвНотДейств>${signed}</СвНотУд>`

t.test('other formats are recognised', async (t) => {
  const older = (attributes: string) => `<?xml version="1.0" encoding="UTF-8"?><Доверенность ${attributes}/>`
  for (const [name, bytes] of [
    [
      '002 in a namespace of its own',
      Buffer.from(older('xmlns="urn://x-artefacts/EMCHD_002" ВерсФорм="002"')),
    ],
    ['002 without a namespace', Buffer.from(older('ВерсФорм="002"'))],
    [
      'a later version in this namespace',
      Buffer.from(originalXml().replace('ВерсФорм="EMCHD_1"', 'ВерсФорм="EMCHD_2"')),
    ],
    [
      'ON_DOVEL in windows-1251',
      windows1251('<?xml version="1.0" encoding="windows-1251"?><Файл ИдФайл="ON_DOVEL_1" ВерсФорм="5.01"/>'),
    ],
  ] as const) {
    t.match(readAttorney(bytes), { code: 'attorney.other-format' }, name)
  }
  t.match(read(older('ВерсФорм="EMCHD_1"')), { code: 'attorney.invalid' }, 'this version in no namespace')
  t.match(read('<Файл ИдФайл="DP_PDPOL_1"/>'), { code: 'attorney.invalid' }, 'another document')
})

/** Latin and Russian text in windows-1251. */
function windows1251(text: string): Buffer {
  return Buffer.from(
    [...text].map((letter) => {
      const code = letter.codePointAt(0) ?? 0
      return code >= 0x410 && code <= 0x44f ? code - 0x350 : code
    }),
  )
}

t.test('limits on both sides', async (t) => {
  const repeat = (count: number, make: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => make(i)).join('')
  const parties = (count: number) =>
    originalXml({
      representatives: repeat(count, () => representative(3, person('СведФизЛ', cast.employee))),
    })
  t.equal(attorneyOf(parties(limits.attorneyPartiesMax)).representatives.length, limits.attorneyPartiesMax)
  t.match(read(parties(limits.attorneyPartiesMax + 1)), { code: 'attorney.invalid', at: 'СвУпПред' })
  const powers = (count: number) => originalXml({ powers: repeat(count, (i) => power(`POWER_${i}`)) })
  t.equal(attorneyOf(powers(limits.attorneyPowersMax)).powers.items.length, limits.attorneyPowersMax)
  t.match(read(powers(limits.attorneyPowersMax + 1)), { code: 'attorney.invalid', at: 'МашПолн' })
  const filled = (bytes: number) => {
    const xml = originalXml()
    const pieces = [xml]
    for (let left = bytes - Buffer.byteLength(xml); left > 0; ) {
      const length = Math.min(left, left < 100_000 ? left : 50_000)
      pieces.push(`<!--${' '.repeat(length - 7)}-->`)
      left -= length
    }
    return Buffer.from(pieces.join(''))
  }
  t.notOk(isRefusal(readAttorney(filled(limits.attorneyBytesMax))))
  t.match(readAttorney(filled(limits.attorneyBytesMax + 1)), { code: 'xml.limits' })
})

const { path: examples, absent: examplesAbsent } = beside('examples')
const { path: published, absent: publishedAbsent } = beside('data/fns-xsd/ON_EMCHD_1_928_00_01_01_01.xsd')

t.test(
  'the example is read, and requisites of the examples are found',
  { skip: examplesAbsent },
  async (t) => {
    const bytes = readFileSync(join(examples, 'ON_EMCHD-1.xml'))
    t.match(readAttorney(bytes), {
      number: numbers.original,
      retrustAllowed: 'none',
      powers: { items: [{ code: 'EXAMPLE_SIGN_DOCS' }] },
    })
    const found = readdirSync(examples)
      .filter((file) => /^(DP|ON)_/.test(file))
      .flatMap((file) => {
        const requisites = findRequisites(readFileSync(join(examples, file)))
        return isRefusal(requisites) || requisites.length === 0 ? [] : [[file, requisites[0]]]
      })
    t.match(found, [
      ['DP_IZVPOL-1.03.xml', { number: numbers.original, issued: '2026-01-10', presented: '2' }],
      ['ON_NSCHFDOPPR-5.02.xml', { number: numbers.original, issued: '2026-01-10', presented: '3' }],
    ])
  },
)

t.test('both schemas agree about documents and their variants', { skip: publishedAbsent }, async (t) => {
  const theirs = compileSchema(readFileSync(published))
  let valid = 0
  let invalid = 0
  const compare = (name: string, xml: string) => {
    const ours = checkAttorneySchema(Buffer.from(xml))
    const others = checkAgainst(theirs, Buffer.from(xml))
    if (ours.length > 0 !== others.length > 0) t.fail(`${name} ${JSON.stringify([ours[0], others[0]])}`)
    if (ours.length === 0) valid += 1
    else invalid += 1
  }
  const bases = [
    readFileSync(join(beside('examples').path, 'ON_EMCHD-1.xml'), 'utf8'),
    ...principals.map(([, xml]) => originalXml({ principals: xml, notarial })),
    ...representatives.map(([, xml]) => originalXml({ representatives: xml })),
    secondRetrustXml({ firstPrincipals: principalsOfFirst() }),
    retrustXml({
      notarial,
      givers: `<СвПередПолн ТипПерПолн="4"><ПередПолн><ФилПерПолн>${organisation('СвФил', cast.organisation)}${person('СвРукФил', cast.director)}</ФилПерПолн></ПередПолн></СвПередПолн>`,
    }),
    originalXml({ powers: `<ТекстПолн>x</ТекстПолн>${power('SIGN_DOCUMENTS', [['A', '1']])}` }),
  ]
  for (const [index, base] of bases.entries()) {
    compare(`base ${index}`, base)
    for (const [at, piece] of attributesOf(base).entries()) {
      for (const [how, change] of changes)
        compare(`${index} ${how} ${piece.text}`, replaceAt(base, piece, change(piece.text, at)))
    }
    for (const piece of elementsOf(base))
      compare(`${index} without ${piece.text}`, replaceAt(base, piece, ''))
    for (const piece of elementsOf(base))
      compare(`${index} twice ${piece.text}`, replaceAt(base, piece, piece.text + piece.text))
  }
  t.ok(valid > 200 && invalid > 1000, `${valid} valid, ${invalid} invalid`)
})

type Piece = { text: string; at: number }
const piecesOf = (xml: string, form: RegExp): Piece[] =>
  [...xml.slice(xml.indexOf('?>')).matchAll(form)].map((match) => ({
    text: match[0],
    at: match.index + xml.indexOf('?>'),
  }))
const attributesOf = (xml: string) =>
  piecesOf(xml, / [А-яA-Za-z]+="[^"]*"/g).filter(({ text }) => !text.startsWith(' xmlns'))
/** Elements without elements inside. */
const elementsOf = (xml: string) => piecesOf(xml, /<([А-яA-Za-z]+)[^<>]*(\/>|>[^<]*<\/\1>)/g)
const replaceAt = (xml: string, { text, at }: Piece, by: string) =>
  xml.slice(0, at) + by + xml.slice(at + text.length)
const valued = (value: (old: string) => string) => (text: string) =>
  text.replace(/"(.*)"/, (_, old: string) => `"${value(old)}"`)
const changes: [string, (text: string, at: number) => string][] = [
  ['without', () => ''],
  ['empty', valued(() => '')],
  ['longer', valued((old) => `${old}1`)],
  ['shorter', valued((old) => old.slice(1))],
  ['letters', valued((old) => old.replace(/\d/g, 'x'))],
  ['upper', valued((old) => old.toUpperCase())],
  ['very long', valued((old) => old.padEnd(300, 'a'))],
  ['longest', valued((old) => old.padEnd(1001, 'a'))],
  ['nines', valued((old) => old.replace(/\d/g, '9'))],
  ['zeros', valued((old) => old.replace(/\d/g, '0'))],
  ['foreign', (text) => text.replace(' ', ' ё')],
]

const notice = (inner: string, encoding = 'UTF-8') =>
  `<?xml version="1.0" encoding="${encoding}"?><Файл ИдФайл="DP_IZVPOL_1" ВерсФорм="1.03"><Документ>${inner}</Документ></Файл>`
const signatory = (attributes: string) =>
  `<Подписант СпосПодтПолном="3"><ФИО/><СвДоверЭл ${attributes}/></Подписант>`
const numbered = `НомДовер="${numbers.original.toUpperCase()}" ДатаВыдДовер="10.01.2026"`

t.test('requisites inside of documents are found in both encodings', async (t) => {
  const expected = [{ source: 'document', number: numbers.original, issued: '2026-01-10', presented: '3' }]
  t.strictSame(findRequisites(Buffer.from(notice(signatory(numbered)))), expected)
  t.strictSame(findRequisites(windows1251(notice(signatory(numbered), 'windows-1251'))), expected)
  t.strictSame(findRequisites(Buffer.from(notice(signatory(numbered).repeat(2)))), expected, 'each once')
  const stored = `${numbered} СпособПредставл="2" СвСистХран="там"`
  t.match(findRequisites(Buffer.from(notice(signatory(stored)))), [{ presented: '2', system: 'там' }])
  t.strictSame(findRequisites(Buffer.from(notice('<Подписант/>'))), [])
  t.strictSame(findRequisites(Buffer.from(notice(`<Иное><СвДоверЭл ${numbered}/></Иное>`))), [], 'of nobody')
  t.strictSame(findRequisites(Buffer.from('СвДоверЭл')), { code: 'xml.broken', seen: 'not well-formed' })
  t.match(
    findRequisites(Buffer.from(`<!DOCTYPE Файл [<!ENTITY a "b">]>${notice(signatory(numbered)).slice(38)}`)),
    { code: 'xml.doctype' },
  )
  t.match(findRequisites(Buffer.from(notice(signatory(numbered), 'KOI8-R'))), { code: 'xml.encoding' })
  t.match(findRequisites(Buffer.concat([Buffer.from(notice(signatory(numbered))), Buffer.from([0xff])])), {
    code: 'xml.encoding',
  })
})

t.test('limits of a document whose requisites are looked for', async (t) => {
  const many = (count: number) =>
    notice(Array.from({ length: count }, (_, i) => signatory(`НомДовер="${i}"`)).join(''))
  for (const count of [limits.attorneyRequisitesMax, limits.attorneyRequisitesMax + 1]) {
    t.equal((findRequisites(Buffer.from(many(count))) as unknown[]).length, limits.attorneyRequisitesMax)
  }
  const filled = Buffer.alloc(limits.requisitesDocumentBytesMax, ' ')
  filled.write(notice(signatory(numbered)))
  t.match(findRequisites(filled), [{ number: numbers.original }])
  const larger = Buffer.concat([filled, Buffer.from(' ')])
  t.match(findRequisites(larger), { code: 'xml.limits' })
  t.strictSame(
    findRequisites(Buffer.alloc(limits.requisitesDocumentBytesMax + 1, ' ')),
    [],
    'nothing to look for',
  )
  const deep = (depth: number) => Buffer.from('<a>'.repeat(depth) + '</a>'.repeat(depth))
  t.notOk(isRefusal(scanDocument(deep(limits.xmlDepthMax))))
  t.match(scanDocument(deep(limits.xmlDepthMax + 1)), { code: 'xml.limits' })
})

t.test('a description tells of files and requisites', async (t) => {
  const parameters = (list: [string, string][]) =>
    sampleDescription((xml) =>
      xml.replace(
        '</Дата>',
        `</Дата><ДополнительныеДанные>${list.map(([name, value]) => `<ДополнительныйПараметр Название="${name}" Значение="${value}"/>`).join('')}</ДополнительныеДанные>`,
      ),
    )
  const described = (list: [string, string][]) => {
    const description = readDescription(parameters(list))
    if (isRefusal(description)) throw new Error(description.code)
    const [document] = description.documents
    return {
      parameters: document?.parameters ?? [],
      requisites: document === undefined ? [] : describedRequisites(document),
    }
  }
  const inn: [string, string] = ['ИНН доверителя', '9900000024']
  t.strictSame(
    described([
      ['Номер МЧД', numbers.original.toUpperCase()],
      inn,
      ['ИНН представителя по МЧД', '990000002200'],
    ]).requisites,
    [{ source: 'description', number: numbers.original, principalInn: '9900000024' }],
  )
  t.strictSame(described([['Доверенность', numbers.original]]).requisites, [
    { source: 'description', number: numbers.original },
  ])
  t.strictSame(
    described([
      ['Склад', numbers.original],
      ['Номер МЧД', '17'],
    ]).requisites,
    [],
  )
  const many = (count: number) =>
    described(Array.from({ length: count }, (_, i) => [`Н${i}`, 'x'] as [string, string])).parameters.length
  t.equal(many(limits.parametersPerDocumentMax), limits.parametersPerDocumentMax)
  t.equal(many(limits.parametersPerDocumentMax + 1), limits.parametersPerDocumentMax)
  t.equal(described([['a', 'x'.repeat(limits.parameterLengthMax)]]).parameters.length, 1)
  t.equal(described([['a', 'x'.repeat(limits.parameterLengthMax + 1)]]).parameters.length, 0)
  const named = readDescription(
    sampleDescription((xml) => xml.replace('договор.pdf', `ON_EMCHD_20260110_${numbers.original}.XML`)),
  )
  if (isRefusal(named)) throw new Error(named.code)
  t.match(attorneyDocuments(named), [{ document: { fileName: /^ON_EMCHD/ }, signatures: [String] }])
  const documents = Array.from(
    { length: limits.attorneyFilesMax + 1 },
    () => ({ ...named.documents[0], type: 'МЧД' }) as (typeof named.documents)[0],
  )
  t.equal(attorneyDocuments({ documents, signatures: [] }).length, limits.attorneyFilesMax)
  t.strictSame(
    attorneyDocuments({ documents: documents.map((one) => ({ ...one, encrypted: true })), signatures: [] }),
    [],
  )
})
