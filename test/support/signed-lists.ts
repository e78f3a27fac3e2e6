// Makes signed lists of accredited authorities. Texts are written in canonical form, so nothing of xml-crypto is needed.

import assert from 'node:assert/strict'
import { algorithmsOf } from '../../hub/trust/algorithms.ts'
import type { Certificate } from '../../hub/trust/certificate.ts'
import { digest } from '../../hub/trust/gost/kernel.ts'
import type { PrivateKey } from '../../hub/trust/private-key.ts'
import { limits } from '../../schemas/limits.ts'

export const dsNamespace = 'http://www.w3.org/2000/09/xmldsig#'
export const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const inclusive = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
export const enveloped = `${dsNamespace}enveloped-signature`
export const cpxmlsec = 'urn:ietf:params:xml:ns:cpxmlsec:algorithms:'

export type ListSigner = { certificate: Certificate; privateKey: PrivateKey }

/** How to sign; every part may be replaced to make something hostile. */
export type XmlSigning = ListSigner & {
  canonicalization?: string
  transforms?: readonly string[]
  uri?: string
  signatureUri?: string
  digestUri?: string
  /** Namespaces the root declares, as an inclusive canonicalisation of SignedInfo repeats them. */
  inherited?: string
  /** In place of the KeyInfo. */
  keyInfo?: string
  /** Changes SignedInfo, in its canonical form, before it is signed. */
  edit?: (signedInfo: string) => string
}

/** The Signature of a document whose canonical form, without the signature, is `canonical`. */
export function makeSignature(canonical: string, signing: XmlSigning): string {
  const { bits } = signing.privateKey.curve
  const { digestName } = algorithmsOf(bits)
  const { edit = (text: string) => text, inherited = '' } = signing
  const digestValue = Buffer.from(digest(digestName, Buffer.from(canonical))).toString('base64')
  const transforms = (signing.transforms ?? [enveloped, exclusive]).map(
    (name) => `<Transform Algorithm="${name}"></Transform>`,
  )
  const inner = [
    `<CanonicalizationMethod Algorithm="${signing.canonicalization ?? exclusive}"></CanonicalizationMethod>`,
    `<SignatureMethod Algorithm="${signing.signatureUri ?? signatureUriOf(bits)}"></SignatureMethod>`,
    `<Reference URI="${signing.uri ?? ''}"><Transforms>${transforms.join('')}</Transforms>`,
    `<DigestMethod Algorithm="${signing.digestUri ?? digestUriOf(bits)}"></DigestMethod>`,
    `<DigestValue>${digestValue}</DigestValue></Reference>`,
  ].join('')
  const signedInfo = edit(`<SignedInfo>${inner}</SignedInfo>`)
  const canonicalInfo = signedInfo.replace('<SignedInfo>', `<SignedInfo xmlns="${dsNamespace}"${inherited}>`)
  const value = signing.privateKey.sign(digest(digestName, Buffer.from(canonicalInfo)))
  const certificate = Buffer.from(signing.certificate.der).toString('base64')
  const x509 = `<X509Data><X509Certificate>${certificate}</X509Certificate></X509Data>`
  return [
    `<Signature xmlns="${dsNamespace}">${signedInfo}`,
    `<SignatureValue>${Buffer.from(value).toString('base64')}</SignatureValue>`,
    signing.keyInfo ?? `<KeyInfo>${x509}</KeyInfo>`,
    '</Signature>',
  ].join('')
}

/** Signs a document written in canonical form; the signature becomes the last child of the root. */
export function signXml(canonical: string, signing: XmlSigning): string {
  const end = canonical.lastIndexOf('</')
  assert(end > 0)
  return canonical.slice(0, end) + makeSignature(canonical, signing) + canonical.slice(end)
}

/** A document whose root has so many children, with a signature of something else. */
export function flatXml(children: number, signing: XmlSigning): Uint8Array {
  return Buffer.from(`<a>${'<b/>'.repeat(children - 1)}${makeSignature('<a></a>', signing)}</a>`)
}

// n children of the root are n (n + 1) / 2 steps and n for the root; the signature and what it holds adds 20 n.
/** As many children as signedXmlSiblingStepsMax allows; 40 more are too many. */
export const flattest = Math.floor(Math.sqrt(2 * limits.signedXmlSiblingStepsMax)) - 40

export function signatureUriOf(bits: number): string {
  return `${cpxmlsec}gostr34102012-gostr34112012-${bits}`
}

export function digestUriOf(bits: number): string {
  return `${cpxmlsec}gostr34112012-${bits}`
}

export type SampleStatus = { text: string; from: string }
export type SampleAuthority = {
  name: string
  ogrn?: string
  inn?: string
  status: SampleStatus
  history?: readonly SampleStatus[]
  certificates: readonly Certificate[]
  addresses?: readonly string[]
  /** Elements written as they are, at the end of the authority. */
  extra?: string
}

/** A list in canonical form, unsigned. `extra` stands at the end of the root. */
export function listXml(list: {
  version?: number | string
  date?: string
  authorities: readonly SampleAuthority[]
  extra?: string
}): string {
  const { version = 16326, date = '2026-08-26T03:00:00Z', authorities, extra = '' } = list
  const head = `<Версия>${version}</Версия><Дата>${date}</Дата>`
  const body = `${head}${authorities.map(authorityXml).join('')}${extra}`
  return `<АккредитованныеУдостоверяющиеЦентры>${body}</АккредитованныеУдостоверяющиеЦентры>`
}

function authorityXml(authority: SampleAuthority): string {
  const { name, status, history, extra = '' } = authority
  const pieces = [
    `<Название>${name}</Название><ЭлектроннаяПочта>ca@test.invalid</ЭлектроннаяПочта>`,
    `<КраткоеНазвание>${name}</КраткоеНазвание><АдресСИнформациейПоУЦ>http://ca.test.invalid</АдресСИнформациейПоУЦ>`,
    '<Адрес><Страна>RU</Страна><Индекс>101000</Индекс><УлицаДом>ул. Тестовая, 1</УлицаДом></Адрес>',
    complexXml(authority),
    `<ИНН>${authority.inn ?? '7705717142'}</ИНН><ОГРН>${authority.ogrn ?? ''}</ОГРН>`,
    `<РеестровыйНомер>1</РеестровыйНомер>${statusXml(status)}`,
    history
      ? `<ИсторияСтатусовАккредитации>${history.map(statusXml).join('')}</ИсторияСтатусовАккредитации>`
      : '',
    extra,
  ]
  return `<УдостоверяющийЦентр>${pieces.join('')}</УдостоверяющийЦентр>`
}

function complexXml({ certificates, addresses = [] }: SampleAuthority): string {
  const data = certificates.map(certificateXml).join('')
  const lists = addresses.map((address) => `<Адрес>${address}</Адрес>`).join('')
  const key = [
    '<Ключ><ИдентификаторКлюча>0123</ИдентификаторКлюча>',
    `<АдресаСписковОтзыва>${lists}</АдресаСписковОтзыва>`,
    `<Сертификаты>${data}</Сертификаты></Ключ>`,
  ].join('')
  const complex = [
    '<Псевдоним>ПАК-1</Псевдоним><КлассСредствЭП>КС2</КлассСредствЭП>',
    `<СредстваУЦ>средства</СредстваУЦ><КлючиУполномоченныхЛиц>${key}</КлючиУполномоченныхЛиц>`,
  ].join('')
  const one = `<ПрограммноАппаратныйКомплекс>${complex}</ПрограммноАппаратныйКомплекс>`
  return `<ПрограммноАппаратныеКомплексы>${one}</ПрограммноАппаратныеКомплексы>`
}

function certificateXml(certificate: Certificate): string {
  const pieces = [
    `<Отпечаток>${certificate.thumbprintSha1.toUpperCase()}</Отпечаток>`,
    '<КемВыдан>CN=УЦ</КемВыдан><КомуВыдан>CN=УЦ</КомуВыдан>',
    `<СерийныйНомер>${certificate.serial}</СерийныйНомер>`,
    `<ПериодДействияС>${certificate.notBefore.toISOString()}</ПериодДействияС>`,
    `<ПериодДействияДо>${certificate.notAfter.toISOString()}</ПериодДействияДо>`,
    `<Данные>${Buffer.from(certificate.der).toString('base64')}</Данные>`,
  ]
  return `<ДанныеСертификата>${pieces.join('')}</ДанныеСертификата>`
}

function statusXml({ text, from }: SampleStatus): string {
  return `<СтатусАккредитации><Статус>${text}</Статус><ДействуетС>${from}</ДействуетС></СтатусАккредитации>`
}
