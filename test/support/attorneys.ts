// Powers of attorney in EMCHD_1 to read and to judge: documents with parts exchanged, values, facts.

import { readAttorney } from '../../hub/trust/attorney/read.ts'
import type { Attorney } from '../../schemas/attorney/value.ts'
import type { AttorneyFacts, AttorneyLink, AttorneySigner } from '../../schemas/attorney/verdict.ts'
import { isRefusal } from '../../schemas/refusals.ts'

/** Numbers of the chain: the original, its retrust, the retrust's retrust. */
export const numbers = {
  original: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  retrust: '3f2504e0-4f89-41d3-9a0c-0305e82c3302',
  second: '3f2504e0-4f89-41d3-9a0c-0305e82c3303',
}

/** People and organisations with right check digits; nobody real. */
export const cast = {
  organisation: { name: 'ООО Юг', inn: '9900000024', kpp: '990001001', ogrn: '1999900000021' },
  manager: { name: 'ООО Управление', inn: '9900000017', kpp: '990001001', ogrn: '1999900000032' },
  director: { name: ['Иванов', 'Иван', 'Иванович'], inn: '990000001172', snils: '900-000-001 82' },
  second: { name: ['Сёмин', 'Пётр', ''], inn: '990000003357', snils: '900-000-003-84' },
  employee: { name: ['Петров', 'Петр', 'Петрович'], inn: '990000002200', snils: '900-000-002 83' },
  deputy: { name: ['Орлова', 'Анна', 'Игоревна'], inn: '990000004492', snils: '900-000-004 85' },
} as const

/** A person of the cast. */
export type Person = { name: readonly string[]; inn?: string | undefined; snils?: string | undefined }
/** An organisation of the cast. */
export type Organisation = { name: string; inn?: string | undefined; kpp: string; ogrn?: string | undefined }

const attribute = (name: string, value: string | undefined) => (value ? ` ${name}="${value}"` : '')
const fullName = (name: readonly string[]) =>
  `<СведФЛ><ФИО${attribute('Фамилия', name[0])}${attribute('Имя', name[1])}${attribute('Отчество', name[2])}/></СведФЛ>`

/** Лицо under an element name. */
export const person = (element: string, { name, inn, snils }: Person) =>
  `<${element}${attribute('ИННФЛ', inn)}${attribute('СНИЛС', snils)}>${fullName(name)}</${element}>`
/** ИП under an element name. */
export const entrepreneur = (element: string, { name, inn, snils }: Person) =>
  `<${element} ОГРНИП="319990000000013"${attribute('ИННФЛ', inn)}${attribute('СНИЛС', snils)}>${fullName(name)}</${element}>`
/** Орг under an element name. */
export const organisation = (element: string, { name, inn, kpp, ogrn }: Organisation) =>
  `<${element} НаимОрг="${name}"${attribute('ИННЮЛ', inn)} КПП="${kpp}"${attribute('ОГРН', ogrn)}/>`
/** ЛицоБезДов. */
export const head = (inner: string, jointly: 1 | 2 = 1) =>
  `<ЛицоБезДов ПолнЮЛ="${jointly}">${inner}</ЛицоБезДов>`
/** An organisation with heads. */
export const headed = (element: string, heads: string, of: Organisation = cast.organisation) =>
  `<${element} ЕИОУК="0" ЕИОФЛ="1" ЕИОИП="0">${organisation('СвРосОрг', of)}${heads}</${element}>`
/** СвДоверит. */
export const principal = (type: number, inner: string) =>
  `<СвДоверит ТипДоверит="${type}"><Доверит>${inner}</Доверит></СвДоверит>`
/** СвУпПред or СвПолучПолн. */
export const representative = (type: number, inner: string, element = 'СвУпПред') =>
  `<${element} ТипПред="${type}"><Пред>${inner}</Пред></${element}>`
/** МашПолн; limits as code and value. */
export const power = (code: string, limits: readonly (readonly [string, string])[] = []) =>
  `<МашПолн КодПолн="${code}" НаимПолн="имя">${limits
    .map(
      ([of, value], index) =>
        `<ОгрСвПолн ИдОгр="${index + 1}" КодОгр="${of}" НаимОгр="имя"><КодЗначОгр>${value}</КодЗначОгр></ОгрСвПолн>`,
    )
    .join('')}</МашПолн>`

/** What may differ in a document; parts are XML. */
export type AttorneyParts = {
  number: string
  fileId: string
  issued: string
  expires: string
  retrustAllowed: 1 | 2 | 3
  irrevocable: boolean
  principals: string
  representatives: string
  powers: string
  powersType: 0 | 1
  jointly: 1 | 2
  notarial: string
  system: string
}

const defaults: AttorneyParts = {
  number: numbers.original,
  fileId: '',
  issued: '2026-01-10',
  expires: '2027-01-09',
  retrustAllowed: 3,
  irrevocable: false,
  principals: principal(1, headed('РосОргДовер', head(person('СвФЛ', cast.director)))),
  representatives: representative(3, person('СведФизЛ', cast.employee)),
  powers: power('SIGN_DOCUMENTS') + power('SIGN_INVOICES', [['SUM', '1000']]),
  powersType: 1,
  jointly: 1,
  notarial: '',
  system: 'https://registry.invalid/1',
}

const frame = (fileId: string, inner: string) => `<?xml version="1.0" encoding="UTF-8"?>
<Доверенность xmlns="urn://x-artefacts/EMCHD_1" ВерсФорм="EMCHD_1" ПрЭлФорм="00000000" ИдФайл="${fileId}"><Документ>${inner}</Документ></Доверенность>
`
const own = (element: string, parts: AttorneyParts) =>
  `<${element} ВидДовер="${parts.irrevocable ? 2 : 1}" ПрПередов="${parts.retrustAllowed}" ВнНомДовер="7" НомДовер="${parts.number}" ДатаВыдДовер="${parts.issued}" СрокДейст="${parts.expires}"><СведСист>${parts.system}</СведСист></${element}>`
const powersOf = ({ powers, powersType, jointly }: AttorneyParts) =>
  `<СвПолн ТипПолн="${powersType}" ПрСовмПолн="${jointly}">${powers}</СвПолн>`
const fileIdOf = ({ fileId, number }: AttorneyParts) =>
  fileId === '' ? `ON_EMCHD_20260110_${number}` : fileId

/** An original as XML. */
export function originalXml(changes: Partial<AttorneyParts> = {}): string {
  const parts = { ...defaults, ...changes }
  return frame(
    fileIdOf(parts),
    `<Довер>${own('СвДов', parts)}${parts.principals}${parts.representatives}${powersOf(parts)}${parts.notarial}</Довер>`,
  )
}

/** What a retrust says besides. */
export type RetrustParts = AttorneyParts & {
  parentIsRetrust: boolean
  /** Attributes of СвПервДовер after its dates. */
  first: string
  /** СвПередов, whole. */
  parent: string
  givers: string
  firstDates: readonly [string, string]
  firstPrincipals: string
}

/** СвПервДовер or СвПередов. */
export const earlier = (element: string, dates: readonly [string, string], attributes: string, inner = '') =>
  `<${element} ПрДовер="1" ФормДовер="1" ДатаВыдДовер="${dates[0]}" СрокДейст="${dates[1]}" ${attributes}>${inner}</${element}>`

/** A retrust as XML: the employee gives powers on to the deputy. */
export function retrustXml(changes: Partial<RetrustParts> = {}): string {
  const parts: RetrustParts = {
    ...defaults,
    number: numbers.retrust,
    representatives: representative(3, person('СведФизЛ', cast.deputy), 'СвПолучПолн'),
    powers: power('SIGN_DOCUMENTS'),
    parentIsRetrust: false,
    first: `НомДоверПерв="${numbers.original}"`,
    parent: '',
    givers: `<СвПередПолн ТипПерПолн="3"><ПередПолн>${person('ФЛПерПолн', cast.employee)}</ПередПолн></СвПередПолн>`,
    firstDates: [defaults.issued, defaults.expires],
    firstPrincipals: '',
    ...changes,
  }
  const body = [
    earlier('СвПервДовер', parts.firstDates, parts.first, parts.firstPrincipals),
    parts.parent,
    own('СвПереДовер', parts),
    parts.givers,
    parts.representatives,
    powersOf(parts),
    parts.notarial,
  ].join('')
  return frame(fileIdOf(parts), `<Передов ПрНалПередов="${parts.parentIsRetrust ? 1 : 0}">${body}</Передов>`)
}

/** A retrust of the retrust: the deputy gives powers on to the second. */
export function secondRetrustXml(changes: Partial<RetrustParts> = {}): string {
  return retrustXml({
    number: numbers.second,
    parentIsRetrust: true,
    parent: earlier(
      'СвПередов',
      [defaults.issued, defaults.expires],
      `НомДоверПерв="${numbers.original}" НомДоверN="${numbers.retrust}"`,
    ),
    givers: `<СвПередПолн ТипПерПолн="3"><ПередПолн>${person('ФЛПерПолн', cast.deputy)}</ПередПолн></СвПередПолн>`,
    representatives: representative(3, person('СведФизЛ', cast.second), 'СвПолучПолн'),
    ...changes,
  })
}

/** A document that names a power of attorney by its number, as documents of exchange do. */
export const namingXml = (number: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Файл ИдФайл="X" ВерсФорм="1"><Документ><Подписант СпосПодтПолном="3"><СвДоверЭл НомДовер="${number}"/></Подписант></Документ></Файл>`

/** Reads a document that must be readable. */
export function attorneyOf(xml: string): Attorney {
  const attorney = readAttorney(Buffer.from(xml))
  if (isRefusal(attorney)) throw new Error(`${attorney.code} ${attorney.seen} ${attorney.at}`)
  return attorney
}

/** Attributes of a person's certificate. */
export function certificateOf({ name, inn, snils }: Person): AttorneySigner {
  return {
    commonName: name.filter((part) => part !== '').join(' '),
    surname: name[0] ?? '',
    givenName: name.slice(1).join(' ').trim(),
    ...(inn === undefined ? {} : { inn }),
    ...(snils === undefined ? {} : { snils: snils.replace(/\D/g, '') }),
  }
}

/** Attributes of the certificate of an organisation's head. */
export function headCertificate(
  of: Person = cast.director,
  at: Organisation = cast.organisation,
): AttorneySigner {
  return {
    ...certificateOf(of),
    commonName: at.name,
    ...(at.inn === undefined ? {} : { innLegal: at.inn }),
    ...(at.ogrn === undefined ? {} : { ogrn: at.ogrn }),
  }
}

/** A link whose signature passed; signed by the director unless told. */
export function link(attorney: Attorney, changes: Partial<AttorneyLink> = {}): AttorneyLink {
  const signer = attorney.retrust === undefined ? headCertificate() : certificateOf(cast.employee)
  return {
    attorney,
    source: 'file',
    fileName: `${attorney.fileId}.xml`,
    signatures: [{ indication: 'passed', signer }],
    ...changes,
  }
}

/** Facts all of whose checks are well: the employee signed for the organisation. */
export function factsOf(changes: Partial<AttorneyFacts> = {}): AttorneyFacts {
  const chain = changes.chain ?? [link(attorneyOf(originalXml()))]
  return {
    due: { due: 'required', reason: 'natural-person' },
    chain,
    requisites: [],
    registry: chain.map(({ attorney }) => ({ number: attorney.number, status: 'valid' })),
    documentSigner: certificateOf(cast.employee),
    cosigners: [],
    sender: { kind: 'organisation', inn: cast.organisation.inn },
    controlTime: '2026-06-01T09:00:00Z',
    controlSource: 'receipt',
    powersWanted: [],
    ...changes,
  }
}

/** A chain of the original and one retrust, signed for by the deputy. */
export function retrustFacts(
  child: Partial<RetrustParts> = {},
  parent: Partial<AttorneyParts> = {},
  changes: Partial<AttorneyFacts> = {},
): AttorneyFacts {
  return factsOf({
    chain: [link(attorneyOf(retrustXml(child))), link(attorneyOf(originalXml(parent)))],
    documentSigner: certificateOf(cast.deputy),
    ...changes,
  })
}
