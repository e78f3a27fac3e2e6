// Makes certificates, revocation lists and OCSP answers of every form for tests, with keys of three families.

import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, sign as signNode } from 'node:crypto'
import { algorithmsOf } from '../../hub/trust/algorithms.ts'
import { type Certificate, parseCertificate } from '../../hub/trust/certificate.ts'
import { oids } from '../../hub/trust/der/oids.ts'
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
  setOf,
  time,
} from '../../hub/trust/der/write.ts'
import { digest } from '../../hub/trust/gost/kernel.ts'
import { publicKeyBits } from '../../hub/trust/pki/names.ts'
import { keyParameters, PrivateKey } from '../../hub/trust/private-key.ts'
import { keyBits } from '../../hub/trust/revocation/certificate-fields.ts'
import { revocationOids } from '../../hub/trust/revocation/identifiers.ts'
import { type OcspAnswer, parseOcspAnswer } from '../../hub/trust/revocation/ocsp-answer.ts'
import { parseRevocationList, type RevocationList } from '../../hub/trust/revocation/revocation-list.ts'
import { type AnyDigest, digestBytes } from '../../hub/trust/signature-scheme.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { curveNamed } from './signing.ts'

export type KeyKind = 'ec' | 'rsa' | 'gost'
export type Party = { readonly certificate: Certificate; readonly key: Key }
type Key = { spki: Uint8Array; algorithm: Der; sign: (bytes: Uint8Array) => Uint8Array }

/** What a test throws when a value it made itself is refused. */
export function must<T extends object>(value: T): Exclude<T, { code: unknown; seen: unknown }> {
  if (isRefusal(value)) throw new Error(`${value.code}: ${value.seen}`)
  return value as Exclude<T, { code: unknown; seen: unknown }>
}

const keys = new Map<string, Key>()

/** A key by its name: the same one for the same name in one run. */
export function keyNamed(name: string, kind: KeyKind = 'ec'): Key {
  const key = keys.get(`${kind} ${name}`) ?? makeKey(kind)
  keys.set(`${kind} ${name}`, key)
  return key
}

function makeKey(kind: KeyKind): Key {
  if (kind === 'gost') return gostKey()
  const pair =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const algorithm =
    kind === 'ec'
      ? sequence(objectIdentifier(oids.sha256WithEcdsa))
      : sequence(objectIdentifier(oids.sha256WithRsa), nullValue())
  return {
    spki: (pair.publicKey as KeyObject).export({ format: 'der', type: 'spki' }),
    algorithm,
    sign: (bytes) => signNode('sha256', bytes, pair.privateKey),
  }
}

function gostKey(): Key {
  const curve = curveNamed('TC26-256-B')
  const key = PrivateKey.generate(curve)
  const { keyOid, signatureOid, digestName } = algorithmsOf(curve.bits)
  const algorithm = sequence(objectIdentifier(keyOid), keyParameters(curve))
  return {
    spki: join(sequence(algorithm, bitString(publicKeyBits(key)))),
    algorithm: sequence(objectIdentifier(signatureOid)),
    sign: (bytes) => key.sign(digest(digestName, bytes)),
  }
}

export function bitString(octets: Uint8Array, unused = 0): Der {
  return primitive(tags.bitString, Buffer.concat([Uint8Array.of(unused), octets]))
}

export function integer(value: number | bigint): Der {
  let hex = value.toString(16)
  if (hex.length % 2 === 1) hex = `0${hex}`
  const octets = Buffer.from(hex, 'hex')
  return primitive(
    tags.integer,
    (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), octets]) : octets,
  )
}

export function nameOf(common: string, tag: number = tags.utf8String): Uint8Array {
  return join(sequence(component(common, tag)))
}

function component(common: string, tag: number): Der {
  return setOf(attribute(common, tag))
}

export function attribute(common: string, tag: number = tags.utf8String): Der {
  return sequence(objectIdentifier(oids.commonName), primitive(tag, Buffer.from(common)))
}

export function extension(oid: string, value: Der, isCritical = false): Der {
  const flag = isCritical ? [primitive(tags.boolean, Uint8Array.of(0xff))] : []
  return sequence(objectIdentifier(oid), ...flag, octetString(join(value)))
}

/** Bits of keyUsage and ReasonFlags by their numbers. */
export function flags(...numbers: number[]): Uint8Array {
  const octets = new Uint8Array(numbers.some((number) => number > 7) ? 2 : 1)
  for (const number of numbers) octets[number >> 3] = (octets[number >> 3] ?? 0) | (0x80 >> (number & 7))
  return octets
}

export const usage = (...numbers: number[]): Der =>
  extension(oids.keyUsage, bitString(flags(...numbers)), true)
export const isAuthority = extension(
  oids.basicConstraints,
  sequence(primitive(tags.boolean, Uint8Array.of(0xff))),
  true,
)
export const ofUri = (address: string): Der => primitive(context(6), Buffer.from(address))
export const ofName = (name: Uint8Array): Der => constructed(context(4), name)
export const purposes = (...list: string[]): Der =>
  extension(oids.extendedKeyUsage, sequence(...list.map(objectIdentifier)))
export const noCheck = extension(revocationOids.ocspNoCheck, nullValue())

/** Identifiers of the keys of a certificate and of its issuer, made of texts; without them it breaks the profile. */
export function keyIdentifiers(own: string, issuer?: string): Der[] {
  const keyIdentifier = primitive(context(0), Buffer.from(issuer ?? ''))
  return [
    extension(oids.subjectKeyIdentifier, octetString(Buffer.from(own))),
    ...(issuer === undefined ? [] : [extension(oids.authorityKeyIdentifier, sequence(keyIdentifier))]),
  ]
}

export type PointForm = { full?: Der[]; relative?: Der; reasons?: number[]; crlIssuer?: Uint8Array }

function pointName({ full, relative }: PointForm): Der[] {
  if (full !== undefined) return [constructed(context(0), constructed(context(0), ...full))]
  return relative === undefined ? [] : [constructed(context(0), constructed(context(1), relative))]
}

function reasonFlags(tag: number, numbers: number[] | undefined): Der[] {
  return numbers === undefined ? [] : [primitive(tag, Buffer.concat([Uint8Array.of(0), flags(...numbers)]))]
}

export function distributionPoints(points: PointForm[], oid: string = oids.crlDistributionPoints): Der {
  const forms = points.map((point) =>
    sequence(
      ...pointName(point),
      ...reasonFlags(context(1), point.reasons),
      ...(point.crlIssuer === undefined ? [] : [constructed(context(2), ofName(point.crlIssuer))]),
    ),
  )
  return extension(oid, sequence(...forms))
}

export type ScopeForm = PointForm & { only?: 'users' | 'authorities' | 'attributes'; isIndirect?: boolean }

export function issuingPoint(scope: ScopeForm): Der {
  const flag = (number: number, isSet: boolean | undefined): Der[] =>
    isSet === true ? [primitive(context(number), Uint8Array.of(0xff))] : []
  const value = sequence(
    ...pointName(scope),
    ...flag(1, scope.only === 'users'),
    ...flag(2, scope.only === 'authorities'),
    ...reasonFlags(context(3), scope.reasons),
    ...flag(4, scope.isIndirect),
    ...flag(5, scope.only === 'attributes'),
  )
  return extension(revocationOids.issuingDistributionPoint, value, true)
}

export const times = {
  notBefore: new Date('2026-01-01T00:00:00Z'),
  thisUpdate: new Date('2026-06-01T00:00:00Z'),
  at: new Date('2026-06-15T00:00:00Z'),
  nextUpdate: new Date('2026-07-01T00:00:00Z'),
  notAfter: new Date('2027-01-01T00:00:00Z'),
}

export type CertificateForm = {
  name: Uint8Array
  serial?: number | bigint
  key?: Key
  extensions?: Der[]
  notBefore?: Date
  notAfter?: Date
  /** As the certificate names its issuer, when other than the issuer does itself. */
  issuerName?: Uint8Array
}

let serials = 1000n

/** Issues a certificate; without an issuer it is signed by its own key. */
export function makeParty(form: CertificateForm, issuer?: Party): Party {
  const key = form.key ?? keyNamed(Buffer.from(form.name).toString('latin1'))
  const signer = issuer?.key ?? key
  serials += 1n
  const tbs = sequence(
    constructed(context(0), integer(2)),
    integer(form.serial ?? serials),
    signer.algorithm,
    form.issuerName ?? issuer?.certificate.subject ?? form.name,
    sequence(time(form.notBefore ?? times.notBefore), time(form.notAfter ?? times.notAfter)),
    form.name,
    key.spki,
    ...(form.extensions === undefined ? [] : [constructed(context(3), sequence(...form.extensions))]),
  )
  return { certificate: must(parseCertificate(signed(tbs, signer))), key }
}

/** An authority: allowed to sign certificates and lists unless other extensions are given. */
export function makeAuthority(name: string, issuer?: Party, form: Partial<CertificateForm> = {}): Party {
  return makeParty({ name: nameOf(name), extensions: [isAuthority, usage(5, 6)], ...form }, issuer)
}

function signed(tbs: Der, signer: Key, more: Der[] = []): Uint8Array {
  return join(sequence(tbs, signer.algorithm, bitString(signer.sign(join(tbs))), ...more))
}

export type EntryForm = {
  of: Certificate
  at?: Date
  reason?: number
  invalidity?: Date
  /** Names the issuer of this entry and of those behind it. */
  issuer?: Uint8Array
  extensions?: Der[]
}

export type ListForm = {
  name?: Uint8Array
  number?: number | undefined
  base?: number
  thisUpdate?: Date
  nextUpdate?: Date | undefined
  entries?: EntryForm[]
  scope?: ScopeForm
  keyIdentifier?: Uint8Array
  extensions?: Der[]
  /** The content of revokedCertificates as it stands. */
  rawEntries?: Uint8Array
  version?: Der[]
}

/** Issues a list in DER. */
export function listBytes(issuer: Party, form: ListForm = {}): Uint8Array {
  const { entries = [], rawEntries } = form
  const number = 'number' in form ? form.number : 1
  const nextUpdate = 'nextUpdate' in form ? form.nextUpdate : times.nextUpdate
  const extensions = [
    ...(form.keyIdentifier === undefined
      ? []
      : [extension(oids.authorityKeyIdentifier, sequence(primitive(context(0), form.keyIdentifier)))]),
    ...(number === undefined ? [] : [extension(oids.crlNumber, integer(number))]),
    ...(form.base === undefined
      ? []
      : [extension(revocationOids.deltaCrlIndicator, integer(form.base), true)]),
    ...(form.scope === undefined ? [] : [issuingPoint(form.scope)]),
    ...(form.extensions ?? []),
  ]
  const revoked =
    rawEntries === undefined
      ? entries.length === 0
        ? []
        : [sequence(...entries.map(entryDer))]
      : [constructed(tags.sequence, rawEntries)]
  const tbs = sequence(
    ...(form.version ?? [integer(1)]),
    issuer.key.algorithm,
    form.name ?? issuer.certificate.subject,
    time(form.thisUpdate ?? times.thisUpdate),
    ...(nextUpdate === undefined ? [] : [time(nextUpdate)]),
    ...revoked,
    ...(extensions.length === 0 ? [] : [constructed(context(0), sequence(...extensions))]),
  )
  return signed(tbs, issuer.key)
}

/** Issues a list and reads it. */
export function makeList(issuer: Party, form: ListForm = {}): RevocationList {
  return must(parseRevocationList(listBytes(issuer, form)))
}

function entryDer(entry: EntryForm): Der {
  const extensions = [
    ...(entry.reason === undefined
      ? []
      : [extension(oids.crlReason, primitive(0x0a, Uint8Array.of(entry.reason)))]),
    ...(entry.invalidity === undefined
      ? []
      : [extension(revocationOids.invalidityDate, generalizedTime(entry.invalidity))]),
    ...(entry.issuer === undefined
      ? []
      : [extension(revocationOids.certificateIssuer, sequence(ofName(entry.issuer)), true)]),
    ...(entry.extensions ?? []),
  ]
  return sequence(
    primitive(tags.integer, entry.of.serialOctets),
    time(entry.at ?? times.thisUpdate),
    ...(extensions.length === 0 ? [] : [sequence(...extensions)]),
  )
}

export function generalizedTime(at: Date): Der {
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, '')
  return primitive(tags.generalizedTime, Buffer.from(digits))
}

export type AnswerForm = {
  of: Certificate
  issuer: Certificate
  status?: 'good' | 'revoked' | 'unknown'
  reason?: number
  revokedAt?: Date
  digest?: AnyDigest
  thisUpdate?: Date
  nextUpdate?: Date | undefined
  extensions?: Der[]
}

export type AnswersForm = {
  byKey?: boolean
  producedAt?: Date
  nonce?: Uint8Array
  certificates?: Certificate[]
  extensions?: Der[]
  /** Whose name and key the answer gives, when other than the signer's. */
  as?: Certificate
}

const digestOids: Partial<Record<AnyDigest, string>> = {
  sha1: oids.sha1,
  sha256: oids.sha256,
  streebog256: oids.streebog256,
  streebog512: oids.streebog512,
}

/** Signs an OCSP answer, in DER. */
export function answerBytes(responder: Party, answers: AnswerForm[], form: AnswersForm = {}): Uint8Array {
  const as = form.as ?? responder.certificate
  const keyHash = createHash('sha1')
    .update(keyBits(as) ?? '')
    .digest()
  const extensions = [
    ...(form.nonce === undefined ? [] : [extension(revocationOids.ocspNonce, octetString(form.nonce))]),
    ...(form.extensions ?? []),
  ]
  const tbs = sequence(
    form.byKey === true ? constructed(context(2), octetString(keyHash)) : constructed(context(1), as.subject),
    generalizedTime(form.producedAt ?? times.thisUpdate),
    sequence(...answers.map(answerDer)),
    ...(extensions.length === 0 ? [] : [constructed(context(1), sequence(...extensions))]),
  )
  const certificates = (form.certificates ?? []).map(({ der }) => der)
  const basic = signed(
    tbs,
    responder.key,
    certificates.length === 0 ? [] : [constructed(context(0), sequence(...certificates))],
  )
  return join(
    sequence(
      primitive(0x0a, Uint8Array.of(0)),
      constructed(context(0), sequence(objectIdentifier(revocationOids.ocspBasic), octetString(basic))),
    ),
  )
}

/** Signs an OCSP answer and reads it. */
export function makeAnswer(responder: Party, answers: AnswerForm[], form: AnswersForm = {}): OcspAnswer {
  return must(parseOcspAnswer(answerBytes(responder, answers, form)))
}

function answerDer(form: AnswerForm): Der {
  const name = form.digest ?? 'sha1'
  const bits = keyBits(form.issuer)
  const oid = digestOids[name]
  assert(oid !== undefined && bits !== undefined)
  const nextUpdate = 'nextUpdate' in form ? form.nextUpdate : times.nextUpdate
  return sequence(
    sequence(
      sequence(objectIdentifier(oid), nullValue()),
      octetString(digestBytes(name, form.issuer.subject)),
      octetString(digestBytes(name, bits)),
      primitive(tags.integer, form.of.serialOctets),
    ),
    statusDer(form),
    generalizedTime(form.thisUpdate ?? times.thisUpdate),
    ...(nextUpdate === undefined ? [] : [constructed(context(0), generalizedTime(nextUpdate))]),
    ...(form.extensions === undefined ? [] : [constructed(context(1), sequence(...form.extensions))]),
  )
}

function statusDer({ status = 'good', reason, revokedAt }: AnswerForm): Der {
  if (status !== 'revoked') return primitive(context(status === 'good' ? 0 : 2), new Uint8Array(0))
  const why = reason === undefined ? [] : [constructed(context(0), primitive(0x0a, Uint8Array.of(reason)))]
  return constructed(context(1), generalizedTime(revokedAt ?? times.thisUpdate), ...why)
}
