// Makes certificates of any kind and with any fault for tests of paths: our DER writer, keys of node:crypto.

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type Certificate, parseCertificate } from '../../hub/trust/certificate.ts'
import { type OidName, oids } from '../../hub/trust/der/oids.ts'
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
  smallInteger,
  time,
} from '../../hub/trust/der/write.ts'
import { isRefusal } from '../../schemas/refusals.ts'

/** A key pair with its SubjectPublicKeyInfo. */
export type TestKey = { readonly privateKey: KeyObject; readonly spki: Uint8Array }
/** A certificate with the key of its subject. */
export type Party = { readonly certificate: Certificate; readonly key: TestKey }
/** What to certify; what is left out is sound. */
export type Request = {
  readonly subject: Uint8Array | string
  readonly issuer?: Party
  readonly key?: TestKey
  /** Whether it is an authority's; its path length, if any. */
  readonly authority?: boolean | number
  readonly from?: string
  readonly until?: string
  readonly version?: 1 | 2 | 3
  readonly serial?: Uint8Array
  /** Take the place of those that would stand there. */
  readonly extensions?: readonly TestExtension[]
  /** Identifiers of those to leave out. */
  readonly without?: readonly string[]
  /** Stand behind all others, even when they are there already. */
  readonly appended?: readonly TestExtension[]
  readonly issuerName?: Uint8Array
  readonly spki?: Uint8Array
  readonly digest?: 'sha256' | 'sha1'
  /** Named inside of what is signed instead of the one used. */
  readonly innerAlgorithm?: Der
  /** Signs in the place of the issuer. */
  readonly signer?: TestKey
}
/** An extension by its identifier. */
export type TestExtension = { readonly oid: string; readonly der: Der }

/** A new key on a curve, or an RSA key of some bits. */
export function newKey(kind: string | number = 'P-256'): TestKey {
  const { privateKey, publicKey } =
    typeof kind === 'number'
      ? generateKeyPairSync('rsa', { modulusLength: kind })
      : generateKeyPairSync('ec', { namedCurve: kind })
  return { privateKey, spki: publicKey.export({ format: 'der', type: 'spki' }) }
}

/** A Name from `CN=a/O=b`, each part a component of its own; `tag` is the string type of all. */
export function nameOf(text: string, tag: number = tags.utf8String): Uint8Array {
  const fields: Readonly<Record<string, OidName>> = {
    CN: 'commonName',
    O: 'organization',
    OU: 'organizationUnit',
    C: 'country',
    E: 'email',
  }
  const parts = text === '' ? [] : text.split('/')
  const components = parts.map((part) => {
    const [field = '', value = ''] = part.split('=')
    const bytes = tag === tags.bmpString ? Buffer.from(value, 'utf16le').swap16() : Buffer.from(value)
    return setOf(sequence(objectIdentifier(oids[fields[field] ?? 'commonName']), primitive(tag, bytes)))
  })
  return join(sequence(...components))
}

const boolean = (value: number): Der => primitive(tags.boolean, Uint8Array.of(value))

/** An extension; critical as 0x01, which is no DER and occurs. */
export function extension(oid: string, value: Der, isCritical = false): TestExtension {
  const critical = isCritical ? [boolean(0x01)] : []
  return { oid, der: sequence(objectIdentifier(oid), ...critical, octetString(join(value))) }
}

/** basicConstraints. */
export function basicConstraints(
  isAuthority: boolean,
  pathLength?: number,
  isCritical = true,
): TestExtension {
  const fields = [
    ...(isAuthority ? [boolean(0xff)] : []),
    ...(pathLength === undefined ? [] : [smallInteger(pathLength)]),
  ]
  return extension(oids.basicConstraints, sequence(...fields), isCritical)
}

/** keyUsage with the bits of a number, the highest of 16 first. */
export function keyUsage(bits: number): TestExtension {
  return extension(oids.keyUsage, primitive(tags.bitString, Uint8Array.of(0, bits >> 8, bits & 0xff)), true)
}

/** certificatePolicies. */
export function policies(...list: readonly string[]): TestExtension {
  return extension(oids.certificatePolicies, sequence(...list.map((oid) => sequence(objectIdentifier(oid)))))
}

/** policyMappings from pairs of issuer's and subject's policy. */
export function mappings(...pairs: readonly (readonly [string, string])[]): TestExtension {
  const list = pairs.map((pair) => sequence(...pair.map((oid) => objectIdentifier(oid))))
  return extension(oids.policyMappings, sequence(...list), true)
}

/** policyConstraints. */
export function policyConstraints(explicit?: number, mapping?: number): TestExtension {
  const counted = (tag: number, count?: number) =>
    count === undefined ? [] : [primitive(context(tag), Uint8Array.of(count))]
  return extension(oids.policyConstraints, sequence(...counted(0, explicit), ...counted(1, mapping)), true)
}

/** inhibitAnyPolicy. */
export function inhibitAnyPolicy(count: number): TestExtension {
  return extension(oids.inhibitAnyPolicy, smallInteger(count), true)
}

/** extendedKeyUsage. */
export function purposes(...list: readonly string[]): TestExtension {
  return extension(oids.extendedKeyUsage, sequence(...list.map((oid) => objectIdentifier(oid))))
}

/** GeneralName: `dns:a`, `email:a@b`, `uri:x`, `dn:CN=a`, `ip:` in hex, `other:`. */
export function generalName(text: string): Der {
  const colon = text.indexOf(':')
  const value = text.slice(colon + 1)
  switch (text.slice(0, colon)) {
    case 'dns':
      return primitive(context(2), Buffer.from(value))
    case 'email':
      return primitive(context(1), Buffer.from(value))
    case 'uri':
      return primitive(context(6), Buffer.from(value))
    case 'ip':
      return primitive(context(7), Buffer.from(value, 'hex'))
    case 'dn':
      return constructed(context(4), nameOf(value))
    case 'registered':
      return primitive(context(8), Uint8Array.of(0x2a, 0x03))
    default:
      return constructed(context(0), objectIdentifier('1.2.3.4'), constructed(context(0), nullValue()))
  }
}

/** subjectAltName. */
export function altNames(...names: readonly string[]): TestExtension {
  return extension(oids.subjectAltName, sequence(...names.map(generalName)))
}

/** nameConstraints. */
export function nameConstraints(
  { permitted = [], excluded = [] }: { permitted?: readonly string[]; excluded?: readonly string[] },
  isCritical = true,
): TestExtension {
  const subtrees = (tag: number, names: readonly string[]) =>
    names.length === 0 ? [] : [constructed(context(tag), ...names.map((name) => sequence(generalName(name))))]
  const value = sequence(...subtrees(0, permitted), ...subtrees(1, excluded))
  return extension(oids.nameConstraints, value, isCritical)
}

const keyIdentifier = (spki: Uint8Array): Uint8Array => createHash('sha1').update(spki).digest()

/** subjectKeyIdentifier of a key. */
export function subjectKey(spki: Uint8Array): TestExtension {
  return extension(oids.subjectKeyIdentifier, octetString(keyIdentifier(spki)))
}

/** authorityKeyIdentifier of a key. */
export function authorityKey(spki: Uint8Array, isCritical = false): TestExtension {
  const identifier = primitive(context(0), keyIdentifier(spki))
  return extension(oids.authorityKeyIdentifier, sequence(identifier), isCritical)
}

let serials = 0

/** Makes a certificate; without an issuer it is signed by its own key. */
export function certify(request: Request): Party {
  const key = request.key ?? newKey()
  const subject = typeof request.subject === 'string' ? nameOf(request.subject) : request.subject
  const signer = request.signer ?? request.issuer?.key ?? key
  const algorithm = algorithmOf(signer, request.digest ?? 'sha256')
  const version = request.version ?? 3
  const spki = request.spki ?? key.spki
  serials += 1
  const list = version < 3 ? (request.appended ?? []) : extensionsFor(request, spki, signer)
  const tbs = join(
    sequence(
      ...(version === 1 ? [] : [constructed(context(0), smallInteger(version - 1))]),
      primitive(tags.integer, request.serial ?? Uint8Array.of(0x10, serials >> 8, serials & 0xff)),
      request.innerAlgorithm ?? algorithm,
      request.issuerName ?? request.issuer?.certificate.subject ?? subject,
      sequence(time(new Date(request.from ?? '2020-01-01')), time(new Date(request.until ?? '2040-01-01'))),
      subject,
      spki,
      ...(list.length === 0 ? [] : [constructed(context(3), sequence(...list.map(({ der }) => der)))]),
    ),
  )
  const signature = sign(request.digest ?? 'sha256', tbs, signer.privateKey)
  const bits = primitive(tags.bitString, Buffer.concat([Uint8Array.of(0), signature]))
  const certificate = parseCertificate(join(sequence(tbs, algorithm, bits)))
  if (isRefusal(certificate)) throw new Error(certificate.seen)
  return { certificate, key }
}

function extensionsFor(request: Request, spki: Uint8Array, signer: TestKey): TestExtension[] {
  const { authority = false, extensions = [], without = [], appended = [] } = request
  const pathLength = typeof authority === 'number' ? authority : undefined
  const usual = [
    ...(authority === false ? [keyUsage(0x8000)] : [basicConstraints(true, pathLength), keyUsage(0x0600)]),
    subjectKey(spki),
    ...(request.issuer === undefined ? [] : [authorityKey(signer.spki)]),
  ]
  const isKept = ({ oid }: TestExtension) =>
    !without.includes(oid) && !extensions.some((given) => given.oid === oid)
  return [...usual.filter(isKept), ...extensions, ...appended]
}

function algorithmOf({ privateKey }: TestKey, digest: 'sha256' | 'sha1'): Der {
  if (privateKey.asymmetricKeyType === 'rsa')
    return sequence(objectIdentifier(digest === 'sha1' ? oids.sha1WithRsa : oids.sha256WithRsa), nullValue())
  if (privateKey.asymmetricKeyType === 'dsa')
    return sequence(objectIdentifier(digest === 'sha1' ? oids.sha1WithDsa : oids.sha256WithDsa))
  return sequence(objectIdentifier(digest === 'sha1' ? oids.sha1WithEcdsa : oids.sha256WithEcdsa))
}
