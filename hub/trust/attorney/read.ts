// Reads a power of attorney in the unified form EMCHD_1 into a plain value (domain rules 6.1, 13.5).

import { readXml, type XmlElement } from '../../../operators/containers/xml/read.ts'
import { checkAttorneySchema } from '../../../operators/validation/schema-check.ts'
import {
  type Attorney,
  type AttorneyPowers,
  type AttorneyReference,
  type AttorneyRetrust,
  attorneyNumberForm,
} from '../../../schemas/attorney/value.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import {
  AttorneyFormError,
  attorneyNamespace,
  childOf,
  childrenOf,
  dueAttribute,
  dueChild,
  given,
  readName,
} from './elements.ts'
import { readGiver, readPrincipal, readRepresentative } from './parties.ts'
import { scanDocument } from './scan.ts'

/**
 * Reads a power of attorney of at most attorneyBytesMax bytes. It must be valid by our schema of EMCHD_1, and the kinds it
 * tells of its parties must be those that are there. Refuses xml.*, attorney.invalid, and attorney.other-format for older
 * forms (002, ON_DOVEL), which are recognised only; never throws.
 */
export function readAttorney(bytes: Uint8Array): Attorney | Refusal {
  const root = readXml(bytes, { bytesMax: limits.attorneyBytesMax, areTextsPlain: true })
  if (isRefusal(root)) return root.code === 'xml.encoding' ? (otherFormat(bytes) ?? root) : root
  if (root.namespace !== attorneyNamespace || root.name !== 'Доверенность') {
    return otherFormat(bytes) ?? refuse('attorney.invalid', 'neither the root nor the namespace of EMCHD_1')
  }
  const version = root.attributes.get('ВерсФорм')
  if (version !== 'EMCHD_1') return refuse('attorney.other-format', `ВерсФорм ${version ?? 'is missing'}`)
  const [fault] = checkAttorneySchema(bytes)
  if (fault !== undefined) return refuse('attorney.invalid', fault.message, `line ${fault.line}`)
  try {
    return readRoot(root)
  } catch (error) {
    if (error instanceof AttorneyFormError) return error.refusal
    throw error
  }
}

/**
 * Older forms by what is known of them: 002 has the same root in another namespace or none, ON_DOVEL the root of tax
 * documents, often in windows-1251.
 */
function otherFormat(bytes: Uint8Array): Refusal | undefined {
  const scan = scanDocument(bytes)
  if (isRefusal(scan)) return undefined
  const isOlder = scan.root === 'Доверенность' && scan.version !== 'EMCHD_1'
  const isTax = scan.root === 'Файл' && /^ON_DOVEL/i.test(scan.fileId ?? '')
  return isOlder || isTax
    ? refuse('attorney.other-format', isTax ? 'ON_DOVEL' : 'another version')
    : undefined
}

function readRoot(root: XmlElement): Attorney {
  const document = dueChild(root, 'Документ')
  const retrust = childOf(document, 'Передов')
  const body = retrust ?? dueChild(document, 'Довер')
  const own = dueChild(body, retrust === undefined ? 'СвДов' : 'СвПереДовер')
  const representatives = childrenOf(body, retrust === undefined ? 'СвУпПред' : 'СвПолучПолн')
  const notarial = childOf(body, 'СвНотУд')
  bound(body, ['СвДоверит', 'СвУпПред', 'СвПередПолн', 'СвПолучПолн'], limits.attorneyPartiesMax)
  bound(dueChild(body, 'СвПолн'), ['МашПолн'], limits.attorneyPowersMax)
  return {
    number: numberOf(dueAttribute(own, 'НомДовер'), 'НомДовер'),
    fileId: dueAttribute(root, 'ИдФайл'),
    innerNumber: dueAttribute(own, 'ВнНомДовер'),
    issued: dayOf(own, 'ДатаВыдДовер'),
    expires: dayOf(own, 'СрокДейст'),
    isIrrevocable: dueAttribute(own, 'ВидДовер') === '2',
    retrustAllowed: retrustOf(dueAttribute(own, 'ПрПередов')),
    system: dueChild(own, 'СведСист').text,
    principals: childrenOf(body, 'СвДоверит').map(readPrincipal),
    representatives: representatives.map(readRepresentative),
    powers: readPowers(dueChild(body, 'СвПолн')),
    ...given('retrust', retrust && readRetrust(retrust)),
    ...given('notary', notarial && readNotary(notarial)),
  }
}

/** Chains are compared party by party and power by power, so their numbers are bounded. */
function bound(element: XmlElement, names: readonly string[], countMax: number): void {
  for (const name of names) {
    const { length } = childrenOf(element, name)
    if (length > countMax) throw new AttorneyFormError(`${length} of them, ${countMax} are read`, name)
  }
}

function retrustOf(code: string): Attorney['retrustAllowed'] {
  if (code === '1') return 'none'
  return code === '2' ? 'once' : 'successive'
}

function readRetrust(element: XmlElement): AttorneyRetrust {
  const parent = childOf(element, 'СвПередов')
  return {
    parentIsRetrust: dueAttribute(element, 'ПрНалПередов') === '1',
    first: readReference(dueChild(element, 'СвПервДовер')),
    ...given('parent', parent && readReference(parent)),
    givers: childrenOf(element, 'СвПередПолн').map(readGiver),
  }
}

function readReference(element: XmlElement): AttorneyReference {
  const first = element.attributes.get('НомДоверПерв')
  const parent = element.attributes.get('НомДоверN')
  return {
    issued: dayOf(element, 'ДатаВыдДовер'),
    expires: dayOf(element, 'СрокДейст'),
    ...given('firstNumber', first && numberOf(first, 'НомДоверПерв')),
    ...given('parentNumber', parent && numberOf(parent, 'НомДоверN')),
    principalInns: childrenOf(element, 'СвДоверПерв')
      .flatMap((one) => dueChild(one, 'ДоверитПерв').children)
      .map((one) => one.attributes.get('ИННЮЛ') ?? one.attributes.get('ИННФЛ'))
      .filter((inn) => inn !== undefined),
  }
}

function readPowers(element: XmlElement): AttorneyPowers {
  const text = childOf(element, 'ТекстПолн')
  const lost = element.attributes.get('ПрУтрПолн')
  return {
    kind: dueAttribute(element, 'ТипПолн') === '1' ? 'machine' : 'text',
    heldJointly: dueAttribute(element, 'ПрСовмПолн') === '2',
    ...given('lostOnRetrust', lost === undefined ? undefined : lost === '1'),
    ...given('text', text?.text),
    items: childrenOf(element, 'МашПолн').map((power) => ({
      code: dueAttribute(power, 'КодПолн'),
      limits: childrenOf(power, 'ОгрСвПолн').map(readLimit),
    })),
  }
}

function readLimit(element: XmlElement): AttorneyPowers['items'][number]['limits'][number] {
  const code = dueAttribute(element, 'КодОгр')
  const coded = childOf(element, 'КодЗначОгр')
  if (coded !== undefined) return { code, value: coded.text, isText: false }
  return { code, value: dueChild(element, 'ТексЗначОгр').text, isText: true }
}

/** Whoever stood in for the notary signed (ВриоНот). */
function readNotary(element: XmlElement): Attorney['notary'] {
  const acting = childOf(element, 'ВриоНот')
  if (acting !== undefined) return readName(dueChild(acting, 'ФИОВриоНот'))
  return readName(dueChild(dueChild(element, 'СвНотДейств'), 'ФИОНотДейств'))
}

/** The schema takes digits of every script; a number is of ours. */
function numberOf(text: string, at: string): string {
  if (!attorneyNumberForm.test(text)) throw new AttorneyFormError('not a GUID', at)
  return text.toLowerCase()
}

/** xs:date may carry a zone and a year of more than four digits; the zone is dropped, the year is not taken. */
function dayOf(element: XmlElement, name: string): string {
  const [, day] = /^\s*(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?\s*$/.exec(dueAttribute(element, name)) ?? []
  if (day === undefined) throw new AttorneyFormError('not a day of our era', `${element.name}/@${name}`)
  return day
}
