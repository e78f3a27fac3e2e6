// Extensions of certificates: what is read of each, what is malformed, identifiers and classes of qualified certificates.

import t from 'tap'
import { extensionsOf, keyUses } from '../../hub/trust/certificate/extensions.ts'
import { isMatchingName } from '../../hub/trust/certificate/name-key.ts'
import { toolClassOf } from '../../hub/trust/certificate/policies.ts'
import { type Certificate, parseCertificate } from '../../hub/trust/certificate.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { context, tags } from '../../hub/trust/der/reader.ts'
import {
  constructed,
  type Der,
  join,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
  setOf,
  smallInteger,
} from '../../hub/trust/der/write.ts'
import { organizationInn, textsOf } from '../../hub/trust/distinguished-name.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import { seeded } from '../support/seeded.ts'
import {
  altNames,
  basicConstraints,
  certify,
  extension,
  generalName,
  inhibitAnyPolicy,
  keyUsage,
  mappings,
  nameConstraints,
  nameOf,
  policies,
  policyConstraints,
  purposes,
  type TestExtension,
} from '../support/x509-maker.ts'

const withExtensions = (...extensions: TestExtension[]): Certificate =>
  certify({ subject: 'CN=a', extensions }).certificate
const utf8 = (text: string) => primitive(tags.utf8String, Buffer.from(text))

t.test('each known extension is read', async (t) => {
  const uri = (text: string): Der => primitive(context(6), Buffer.from(text))
  const point = sequence(
    constructed(context(0), constructed(context(0), uri('http://a/crl'))),
    primitive(context(1), Uint8Array.of(1, 0x40)),
    constructed(context(2), generalName('dn:CN=other')),
  )
  const relative = setOf(sequence(objectIdentifier(oids.commonName), utf8('x')))
  const certificate = withExtensions(
    basicConstraints(true, 3),
    keyUsage(0x8600),
    purposes(oids.emailProtection),
    policies('1.2.3', oids.classKC1, oids.classKC3),
    mappings(['1.2.3', '1.2.4']),
    policyConstraints(1, 2),
    inhibitAnyPolicy(4),
    nameConstraints({ permitted: ['dns:a'], excluded: ['ip:c0000200ffffff00'] }),
    altNames('dns:a', 'email:b@c', 'uri:http://d', 'ip:7f000001', 'dn:CN=e', 'other:', 'registered:'),
    extension(oids.issuerAltName, sequence(generalName('dns:i'))),
    extension(oids.crlDistributionPoints, sequence(point)),
    extension(
      oids.freshestCrl,
      sequence(sequence(constructed(context(0), constructed(context(1), relative)))),
    ),
    extension(
      oids.authorityInfoAccess,
      sequence(
        sequence(objectIdentifier(oids.ocspAccess), uri('http://a/ocsp')),
        sequence(objectIdentifier(oids.caIssuersAccess), uri('http://a/crt')),
        sequence(objectIdentifier('1.2.3'), uri('http://a/x')),
        sequence(objectIdentifier(oids.ocspAccess), generalName('dn:CN=e')),
      ),
    ),
    extension(
      oids.authorityKeyIdentifier,
      sequence(
        primitive(context(0), Uint8Array.of(1, 2)),
        constructed(context(1), generalName('dn:CN=root')),
        primitive(context(2), Uint8Array.of(7)),
      ),
    ),
    extension(oids.subjectSignTool, utf8('КриптоПро CSP')),
    extension(oids.issuerSignTool, sequence(...['a', 'b', 'c', 'd'].map(utf8))),
    extension(oids.identificationKind, smallInteger(1)),
  )
  const read = extensionsOf(certificate)
  t.equal(extensionsOf(certificate), read, 'once')
  t.match(read, {
    basicConstraints: { isAuthority: true, pathLength: 3 },
    extendedKeyUsage: [oids.emailProtection],
    policies: ['1.2.3', oids.classKC1, oids.classKC3],
    policyMappings: [{ issuerPolicy: '1.2.3', subjectPolicy: '1.2.4' }],
    policyConstraints: { requireExplicitPolicy: 1, inhibitPolicyMapping: 2 },
    inhibitAnyPolicy: 4,
    nameConstraints: { permitted: [{ kind: 'dns', text: 'a' }], excluded: [{ kind: 'ip' }] },
    issuerAltName: [{ kind: 'dns', text: 'i' }],
    authorityAccess: { ocsp: ['http://a/ocsp'], caIssuers: ['http://a/crt'] },
    subjectSignTool: 'КриптоПро CSP',
    issuerSignTool: ['a', 'b', 'c', 'd'],
    identificationKind: 1,
    repeated: [],
    malformed: [],
    unknownCritical: [],
  })
  t.equal((read.keyUsage ?? 0) & keyUses.digitalSignature, keyUses.digitalSignature)
  t.equal((read.keyUsage ?? 0) & keyUses.crlSign, keyUses.crlSign)
  t.strictSame(
    read.subjectAltName?.map(({ kind }) => kind),
    ['dns', 'email', 'uri', 'ip', 'directory', 'other', 'other'],
  )
  const [full] = read.crlDistributionPoints ?? []
  t.match(full, {
    name: { kind: 'full', names: [{ kind: 'uri', text: 'http://a/crl' }] },
    crlIssuers: [{ kind: 'directory' }],
  })
  t.equal(full?.reasons, 1 << 1, 'keyCompromise')
  t.equal(read.freshestCrl?.[0]?.name?.kind, 'relative')
  t.strictSame([...(read.authorityCertificate?.serial ?? [])], [7])
  t.equal(certificate.version, 3)
  t.equal(toolClassOf(read.policies ?? []), 'КС3')
  t.equal(toolClassOf(['1.2.643.100.113.6', oids.classKC1]), 'КА1')
  t.equal(toolClassOf(['1.2.3']), undefined)
  t.equal(certify({ subject: 'CN=a', version: 1 }).certificate.version, 1)
})

t.test('malformed extensions are listed and nothing is thrown', async (t) => {
  const empty = sequence()
  const broken: readonly (readonly [string, Der])[] = [
    [
      oids.basicConstraints,
      sequence(smallInteger(1), smallInteger(1)).length > 0 ? octetString(Buffer.alloc(1)) : empty,
    ],
    [oids.keyUsage, primitive(tags.bitString, Uint8Array.of(9, 1))],
    [oids.extendedKeyUsage, empty],
    [oids.certificatePolicies, empty],
    [oids.policyMappings, empty],
    [oids.policyConstraints, empty],
    [oids.inhibitAnyPolicy, primitive(tags.integer, Uint8Array.of(0x80))],
    [oids.nameConstraints, empty],
    [
      oids.nameConstraints,
      sequence(
        constructed(context(0), sequence(generalName('dns:a'), primitive(context(1), Uint8Array.of(1)))),
      ),
    ],
    [oids.nameConstraints, sequence(constructed(context(0), sequence()))],
    [oids.subjectAltName, empty],
    [oids.issuerAltName, sequence(primitive(context(9), Uint8Array.of(1)))],
    [oids.crlDistributionPoints, octetString(Buffer.alloc(2))],
    [oids.authorityInfoAccess, sequence(sequence(objectIdentifier(oids.ocspAccess)))],
  ]
  for (const [oid, value] of broken) {
    const read = extensionsOf(withExtensions(extension(oid, value)))
    t.strictSame(
      read.malformed.map((one) => one.oid),
      [oid],
    )
  }
  const huge = primitive(tags.integer, Buffer.alloc(20, 0x7f))
  t.equal(extensionsOf(withExtensions(extension(oids.inhibitAnyPolicy, huge))).inhibitAnyPolicy, 2 ** 31)
})

t.test('bytes changed at random are refused or read, extensions too', async (t) => {
  const random = seeded()
  t.comment(`seed ${random.seed}`)
  const { der } = withExtensions(
    basicConstraints(true, 3),
    policies('1.2.3'),
    nameConstraints({ permitted: ['dns:a', 'dn:CN=a'] }),
    altNames('dns:a', 'dn:CN=e', 'other:'),
  )
  let read = 0
  for (let round = 0; round < 5000; round += 1) {
    const changed = Uint8Array.from(der)
    for (let i = 0; i <= random.number(3); i += 1) changed[random.number(changed.length)] = random.number(256)
    const certificate = parseCertificate(changed)
    if (isRefusal(certificate)) continue
    extensionsOf(certificate)
    isMatchingName(certificate.subject, certificate.issuer)
    read += 1
  }
  t.ok(read > 250, `${read} were read`)
})

t.test(
  'identifiers of subjects are read in every string type, in components of many values too',
  async (t) => {
    const types = [
      'utf8String',
      'numericString',
      'printableString',
      'teletexString',
      'ia5String',
      'visibleString',
    ] as const
    const attribute = (oid: string, tag: number, bytes: Uint8Array) =>
      sequence(objectIdentifier(oid), primitive(tag, bytes))
    const subjectOf = (...components: Der[]) =>
      certify({ subject: join(sequence(...components)) }).certificate.subjectName
    for (const type of types) {
      const value = (oid: string, text: string) => attribute(oid, tags[type], Buffer.from(text))
      const name = subjectOf(
        setOf(value(oids.innLegal, '7705717142'), value(oids.ogrn, '1027700132195')),
        setOf(value(oids.inn, '771365132548')),
        setOf(value(oids.snils, '11223344595'), value(oids.ogrnip, '304500116000157')),
      )
      t.match(name, {
        innLegal: '7705717142',
        ogrn: '1027700132195',
        inn: '771365132548',
        snils: '11223344595',
        ogrnip: '304500116000157',
      })
      t.equal(organizationInn(subjectOf(setOf(value(oids.inn, '007705717142')))), '7705717142')
    }
    const wide = Buffer.from('7705717142', 'utf16le').swap16()
    t.equal(subjectOf(setOf(attribute(oids.innLegal, tags.bmpString, wide))).innLegal, '7705717142')
    const wider = Buffer.concat([...'7705717142'].map((digit) => Buffer.from([0, 0, 0, digit.charCodeAt(0)])))
    t.equal(subjectOf(setOf(attribute(oids.innLegal, tags.universalString, wider))).innLegal, '7705717142')
  },
)

t.test('names are compared with case, white space and string types folded', async (t) => {
  t.ok(isMatchingName(nameOf('CN=Ёлка  и Ко', tags.bmpString), nameOf('CN= ёЛКА И КО ')))
  t.notOk(isMatchingName(nameOf('CN=a'), nameOf('CN=a/O=b')))
  t.notOk(isMatchingName(nameOf('CN=a'), nameOf('O=a')))
  const forged = nameOf('CN=a;2.5.4.10=1:b')
  t.notOk(isMatchingName(forged, nameOf('CN=a/O=b')), 'no value ends another')
  t.notOk(
    isMatchingName(Uint8Array.of(0x30, 5), Uint8Array.of(0x30, 6)),
    'malformed names are only themselves',
  )
  t.ok(isMatchingName(Uint8Array.of(0x30, 5), Uint8Array.of(0x30, 5)))
  t.strictSame(textsOf(nameOf('E=a@b/E=c@d'), oids.email), ['a@b', 'c@d'])
  t.strictSame(textsOf(Uint8Array.of(0x30, 5), oids.email), [])
})
