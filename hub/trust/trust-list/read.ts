// Reads the signed text of a trust list into a plain value: editions, authorities, statuses, keys, certificates.

import { readFileSync } from 'node:fs'
import type { XsdValidator } from 'libxml2-wasm'
import { checkAgainst, compileSchema } from '../../../operators/validation/schema-check.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../schemas/refusals.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { type ListElement, takeElements, writeElements } from './elements.ts'
import {
  type AccreditationStatus,
  type Authority,
  type AuthorityKey,
  indexListed,
  type TrustList,
} from './list.ts'

const schemaFile = new URL('../../../schemas/xsd/accredited-authorities.xsd', import.meta.url)
let compiled: XsdValidator | undefined

class ListError extends Error {}

type Reading = { faults: { authority: string; seen: string }[]; certificateCount: number }

/**
 * Reads what `verifyEnvelopedSignature` gave. Elements we do not know are passed over; the rest must be valid by
 * schemas/xsd/accredited-authorities.xsd, within trustListAuthoritiesMax, trustListCertificatesMax, trustListStatusesMax
 * and trustListAddressesMax. A certificate that cannot be read, or is not the one its printed SHA-1 names, is left out
 * and told in `faults` (up to trustListFaultsMax of them): one odd certificate of a dozen years ago must not take the
 * whole list down, and what is left out is not trusted. Periods are those of the certificates; the printed ones are not
 * read. Times without a zone are taken for Moscow's. Refused with trust-list.broken.
 */
export function readTrustList(input: {
  signedXml: string
  digest: string
  signer: Certificate
}): TrustList | Refusal {
  const root = takeElements(input.signedXml)
  if (isRefusal(root)) return root
  compiled ??= compileSchema(readFileSync(schemaFile))
  const [fault] = checkAgainst(compiled, Buffer.from(writeElements(root), 'utf8'))
  if (fault !== undefined) return refuse('trust-list.broken', `${fault.path}: ${fault.message}`)
  const reading: Reading = { faults: [], certificateCount: 0 }
  try {
    const authorities = bounded(
      childrenOf(root, 'УдостоверяющийЦентр'),
      limits.trustListAuthoritiesMax,
      'authorities',
    )
    return listOf(input, {
      version: readVersion(textOf(root, 'Версия') ?? ''),
      date: readMoment(textOf(root, 'Дата') ?? ''),
      authorities: authorities.map((element) => readAuthority(element, reading)),
      faults: reading.faults,
      certificateCount: reading.certificateCount,
    })
  } catch (error) {
    if (error instanceof ListError) return refuse('trust-list.broken', error.message)
    throw error
  }
}

type Parts = Pick<TrustList, 'version' | 'date' | 'authorities' | 'faults' | 'certificateCount'>

function listOf(input: { digest: string; signer: Certificate }, parts: Parts): TrustList {
  return {
    ...parts,
    digest: input.digest,
    signer: input.signer,
    byThumbprint: indexListed(parts.authorities),
  }
}

function readAuthority(element: ListElement, reading: Reading): Authority {
  const name = textOf(element, 'Название')
  if (name === undefined || name === '') throw new ListError('an authority without a name')
  const histories = childrenOf(element, 'ИсторияСтатусовАккредитации')
  const past = histories.flatMap((history) => childrenOf(history, 'СтатусАккредитации'))
  const present = childrenOf(element, 'СтатусАккредитации')
  const statuses = bounded([...past, ...present], limits.trustListStatusesMax, 'statuses of an authority')
  const complexes = childrenOf(element, 'ПрограммноАппаратныеКомплексы').flatMap((group) =>
    childrenOf(group, 'ПрограммноАппаратныйКомплекс'),
  )
  return {
    name,
    shortName: textOf(element, 'КраткоеНазвание'),
    ogrn: textOf(element, 'ОГРН') || undefined,
    inn: textOf(element, 'ИНН') || undefined,
    registryNumber: textOf(element, 'РеестровыйНомер') || undefined,
    statuses: inOrder(statuses.map(readStatus)),
    keys: complexes.flatMap((complex) =>
      childrenOf(complex, 'КлючиУполномоченныхЛиц')
        .flatMap((group) => childrenOf(group, 'Ключ'))
        .map((key) => readKey(key, { complex, name, reading })),
    ),
  }
}

function readStatus(element: ListElement): AccreditationStatus {
  return { text: textOf(element, 'Статус') ?? '', from: readMoment(textOf(element, 'ДействуетС') ?? '') }
}

/** Of two statuses of one moment the one that does not accredit holds: where the list differs, we are careful. */
function inOrder(statuses: readonly AccreditationStatus[]): AccreditationStatus[] {
  const rank = ({ text }: AccreditationStatus): number => (text === 'Действует' ? 0 : 1)
  const sorted = [...statuses].sort((a, b) => a.from.getTime() - b.from.getTime() || rank(a) - rank(b))
  return sorted.filter((status, at) => sorted[at + 1]?.from.getTime() !== status.from.getTime())
}

type KeyPlace = { complex: ListElement; name: string; reading: Reading }

function readKey(element: ListElement, { complex, name, reading }: KeyPlace): AuthorityKey {
  const addresses = childrenOf(element, 'АдресаСписковОтзыва').flatMap((group) => childrenOf(group, 'Адрес'))
  const certificates: Certificate[] = []
  const printed = childrenOf(element, 'Сертификаты').flatMap((group) =>
    childrenOf(group, 'ДанныеСертификата'),
  )
  for (const one of printed) {
    reading.certificateCount += 1
    if (reading.certificateCount > limits.trustListCertificatesMax) {
      throw new ListError(`more than ${limits.trustListCertificatesMax} certificates`)
    }
    const certificate = readListedCertificate(one)
    if (typeof certificate === 'string') noteFault(reading, { authority: name, seen: certificate })
    else certificates.push(certificate)
  }
  return {
    identifier: textOf(element, 'ИдентификаторКлюча') ?? '',
    complex: textOf(complex, 'Псевдоним') ?? '',
    protectionClass: textOf(complex, 'КлассСредствЭП'),
    revocationListAddresses: bounded(addresses, limits.trustListAddressesMax, 'addresses of a key').map(
      ({ text }) => text.trim(),
    ),
    certificates,
  }
}

/** The certificate, or why it is left out. */
function readListedCertificate(element: ListElement): Certificate | string {
  const thumbprint = (textOf(element, 'Отпечаток') ?? '').replace(/[\s:]/g, '').toLowerCase()
  const certificate = parseCertificate(Buffer.from(textOf(element, 'Данные') ?? '', 'base64'))
  if (isRefusal(certificate)) return `${thumbprint.slice(0, 40)}: ${certificate.seen}`
  if (certificate.thumbprintSha1 === thumbprint) return certificate
  return `${thumbprint.slice(0, 40)} is printed, ${certificate.thumbprintSha1} stands there`
}

function noteFault(reading: Reading, fault: { authority: string; seen: string }): void {
  if (reading.faults.length < limits.trustListFaultsMax) reading.faults.push(fault)
}

function childrenOf(element: ListElement, name: string): ListElement[] {
  return element.children.filter((child) => child.name === name)
}

/** The text of the only child of a name; undefined without one. */
function textOf(element: ListElement, name: string): string | undefined {
  const [child, second] = childrenOf(element, name)
  if (second !== undefined) throw new ListError(`${name} stands twice`)
  return child?.text.trim()
}

function bounded<T>(items: T[], most: number, what: string): T[] {
  if (items.length > most) throw new ListError(`${items.length} ${what}`)
  return items
}

function readVersion(text: string): number {
  const version = Number(text)
  if (!Number.isSafeInteger(version)) throw new ListError('the version is not a number we can compare')
  return version
}

/** xs:dateTime or xs:date. The register is kept in Moscow, whose clock is at UTC+3. */
function readMoment(text: string): Date {
  const [, day, time = 'T00:00:00', zone = '+03:00'] =
    /^(\d{4}-\d{2}-\d{2})(T[\d:]+(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? []
  const moment = new Date(`${day}${time.replace(/(\.\d{3})\d+$/, '$1')}${zone}`)
  if (Number.isNaN(moment.getTime())) throw new ListError('a date that cannot be read')
  return moment
}
