// Each rule of certification paths by a chain made for it (RFC 5280, 6.1): what keeps the rule, what breaks it.

import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import type { Certificate } from '../../hub/trust/certificate.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { tags } from '../../hub/trust/der/reader.ts'
import {
  join,
  nullValue,
  objectIdentifier,
  octetString,
  primitive,
  sequence,
} from '../../hub/trust/der/write.ts'
import type { PathInputs } from '../../hub/trust/path/validate.ts'
import { validateCertificate } from '../../hub/trust/path/validator.ts'
import type { ProblemCode } from '../../schemas/verdict/problems.ts'
import {
  altNames,
  authorityKey,
  basicConstraints,
  certify,
  extension,
  inhibitAnyPolicy,
  keyUsage,
  mappings,
  nameConstraints,
  nameOf,
  newKey,
  type Party,
  policies,
  policyConstraints,
  purposes,
  type Request,
  subjectKey,
} from '../support/x509-maker.ts'

const at = '2030-01-01T00:00:00Z'
const [p1, p2, p3] = ['1.2.3.1', '1.2.3.2', '1.2.3.3']

type Chain = { parties: readonly Party[]; inputs?: PathInputs; at?: string }
type Row = readonly [clause: string, what: string, make: () => Chain, ...problems: ProblemCode[]]

/** A chain from anchor to target out of what is asked for beyond the usual. */
function chain(requests: readonly Partial<Request>[], inputs?: PathInputs, time?: string): Chain {
  const parties: Party[] = []
  requests.forEach((request, i) => {
    const issuer = parties.at(-1)
    const isLast = i === requests.length - 1
    const subject = isLast ? 'CN=target' : `CN=authority ${i}`
    const made: Request = { subject, ...(isLast ? {} : { authority: true }), ...request }
    parties.push(certify(issuer === undefined ? made : { issuer, ...made }))
  })
  return { parties, ...(inputs === undefined ? {} : { inputs }), ...(time === undefined ? {} : { at: time }) }
}

/** An anchor, one authority with extensions, and a target with others. */
const under = (authority: Request['extensions'], target: Request['extensions'], inputs?: PathInputs): Chain =>
  chain([{}, { extensions: authority ?? [] }, { extensions: target ?? [] }], inputs)
const constrained = (permitted: string, name: string): Chain =>
  under([nameConstraints({ permitted: [permitted] })], [altNames(name)])
const excluding = (excluded: string, name: string): Chain =>
  under([nameConstraints({ excluded: [excluded] })], [altNames(name)])

const explicit: PathInputs = { explicitPolicy: true }
const rsa1024 = newKey(1024)
const rsa2048 = newKey(2048)
const dsa = (() => {
  const { privateKey, publicKey } = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
  const { privateKey: other, publicKey: otherPublic } = generateKeyPairSync('dsa', {
    modulusLength: 1024,
    divisorLength: 160,
  })
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  // The BIT STRING is the last element of the SPKI: its number y takes 128 octets and a few of heads.
  const start = spki.lastIndexOf(Buffer.from([0x03, 0x81]))
  const bare = join(sequence(sequence(objectIdentifier(oids.dsaKey)), spki.subarray(start)))
  return {
    key: { privateKey, spki },
    bare,
    other: { privateKey: other, spki: otherPublic.export({ format: 'der', type: 'spki' }) },
  }
})()
const unknownExtension = (isCritical: boolean) => extension('1.2.3.99', nullValue(), isCritical)

const rows: readonly Row[] = [
  ['6.1', 'a sound chain of three', () => chain([{}, {}, {}])],
  ['6.1', 'a target below the anchor', () => chain([{}, {}])],
  ['6.1', 'a target that is the anchor', () => chain([{}])],
  ['6.1', 'RSA and curves mixed', () => chain([{ key: rsa2048 }, { key: newKey('P-384') }, {}])],
  [
    '6.1',
    'no certificate of the issuer',
    () => ({
      parties: [certify({ subject: 'CN=other', authority: true }), ...chain([{}, {}]).parties.slice(1)],
    }),
    'path.no-anchor',
  ],
  ['6.1.3 a 1', 'signed by another key', () => chain([{}, {}, { signer: newKey() }]), 'path.signature'],
  [
    '6.1.3 a 1',
    'an authority signed by another key',
    () => chain([{}, { signer: newKey() }, {}]),
    'path.signature',
  ],
  [
    '4.1.1.2',
    'algorithms inside and outside differ',
    () => chain([{}, { innerAlgorithm: sequence(objectIdentifier(oids.sha384WithEcdsa)) }]),
    'path.signature',
  ],
  [
    '4.1.2.2',
    'kept positive by one more',
    () => chain([{}, { serial: Buffer.concat([Uint8Array.of(0), Buffer.alloc(20, 0xff)]) }]),
  ],
  ['4.1.2.2', 'zero in two octets', () => chain([{}, { serial: Uint8Array.of(0, 0) }]), 'path.profile'],
  [
    '4.1.1.2',
    'of an anchor too',
    () => chain([{ innerAlgorithm: sequence(objectIdentifier(oids.sha384WithEcdsa)) }, {}]),
    'path.profile',
  ],
  [
    'RFC 3279, 2.3.2',
    'DSA with parameters of its own',
    () => chain([{}, { key: dsa.key }, {}]),
    'path.legacy-algorithm',
    'path.legacy-algorithm',
  ],
  [
    'RFC 3279, 2.3.2',
    'DSA with parameters of its issuer',
    () => chain([{}, { key: dsa.key }, { key: dsa.key, spki: dsa.bare, subject: 'CN=sub' }, {}]),
    'path.legacy-algorithm',
    'path.legacy-algorithm',
    'path.legacy-algorithm',
  ],
  [
    'RFC 3279, 2.3.2',
    'DSA without parameters anywhere',
    () => chain([{}, { key: dsa.key, spki: dsa.bare }, {}]),
    'path.signature',
    'path.legacy-algorithm',
  ],
  ['6.1.3 a 2', 'the first second of validity', () => chain([{}, { from: at }], {}, at)],
  [
    '6.1.3 a 2',
    'a millisecond before it',
    () => chain([{}, { from: at }], {}, '2029-12-31T23:59:59.999Z'),
    'path.not-yet-valid',
  ],
  [
    '6.1.3 a 2',
    'the last second of validity, to its end',
    () => chain([{}, { until: at }], {}, '2030-01-01T00:00:00.999Z'),
  ],
  [
    '6.1.3 a 2',
    'the second after it',
    () => chain([{}, { until: at }], {}, '2030-01-01T00:00:01Z'),
    'path.expired',
  ],
  ['6.1.3 a 2', 'an authority expired', () => chain([{}, { until: '2029-01-01' }, {}]), 'path.expired'],
  [
    '6.1.3 a 2',
    'beyond 2049',
    () => chain([{ until: '2060-01-01' }, { until: '2060-01-01' }], {}, '2055-01-01T00:00:00Z'),
  ],
  ['RFC 5937, 2', 'an anchor expired', () => chain([{ until: '2029-01-01' }, {}]), 'path.anchor-expired'],
  ['6.1.1 d', 'an anchor renewed since', () => chain([{ from: '2035-01-01' }, {}])],
  [
    '6.1.1 d',
    'an anchor expired, of which only name and key count',
    () => chain([{ until: '2029-01-01' }, {}], { anchorRules: 'name-and-key' }),
  ],
  [
    '7.1',
    'white space and case folded',
    () => chain([{}, { subject: 'CN=An  Authority ' }, { issuerName: nameOf('CN=AN AUTHORITY') }]),
  ],
  [
    '7.1',
    'string types folded',
    () =>
      chain([
        {},
        { subject: nameOf('CN=Ромашка УЦ', tags.bmpString) },
        { issuerName: nameOf('CN=РОМАШКА уц') },
      ]),
  ],
  [
    '7.1',
    'PrintableString and UTF8String',
    () => chain([{}, { subject: nameOf('CN=a b', tags.printableString) }, { issuerName: nameOf('CN=a b') }]),
  ],
  [
    '7.1',
    'components in another order',
    () => chain([{}, { subject: 'CN=a/O=b' }, { issuerName: nameOf('O=b/CN=a') }]),
    'path.no-anchor',
  ],
  [
    '7.1',
    'white space inside lost',
    () => chain([{}, { subject: 'CN=a b' }, { issuerName: nameOf('CN=ab') }]),
    'path.no-anchor',
  ],
  [
    '4.1.2.4',
    'an empty issuer',
    () => chain([{}, { subject: '' }, {}]),
    'path.empty-name',
    'path.profile',
    'path.empty-name',
  ],
  [
    '6.1.4 k',
    'no basicConstraints',
    () => chain([{}, { without: [oids.basicConstraints] }, {}]),
    'path.not-authority',
    'path.profile',
  ],
  [
    '6.1.4 k',
    'cA FALSE',
    () => chain([{}, { extensions: [basicConstraints(false)] }, {}]),
    'path.not-authority',
    'path.profile',
  ],
  [
    '6.1.4 k',
    'basicConstraints not critical',
    () => chain([{}, { extensions: [basicConstraints(true, undefined, false)] }, {}]),
  ],
  ['6.1.4 k', 'an authority of version 1', () => chain([{}, { version: 1 }, {}]), 'path.not-authority'],
  ['6.1.4 k', 'an anchor of version 1', () => chain([{ version: 1 }, {}])],
  [
    'RFC 5937, 3',
    'an anchor of version 3 without basicConstraints',
    () => chain([{ without: [oids.basicConstraints] }, {}]),
    'path.not-authority',
    'path.profile',
  ],
  ['6.1.4 l', 'path length 0, and a target', () => chain([{}, { authority: 0 }, {}])],
  [
    '6.1.4 l',
    'path length 0, and an authority below',
    () => chain([{}, { authority: 0 }, {}, {}]),
    'path.path-length',
  ],
  [
    '6.1.4 l',
    'path length 0, and a target that is an authority',
    () => chain([{}, { authority: 0 }, { authority: true }]),
  ],
  [
    '6.1.4 l',
    'path length 1 widened below',
    () => chain([{}, { authority: 1 }, { authority: 5 }, {}, {}]),
    'path.path-length',
  ],
  [
    '6.1.4 l',
    'a self-issued authority does not count',
    () => chain([{}, { authority: 0, subject: 'CN=same' }, { subject: 'CN=same' }, {}]),
  ],
  ['RFC 5937, 3', 'path length of the anchor', () => chain([{ authority: 0 }, {}, {}]), 'path.path-length'],
  [
    '6.1.1 d',
    'path length of an anchor of which only name and key count',
    () => chain([{ authority: 0 }, {}, {}], { anchorRules: 'name-and-key' }),
  ],
  ['6.1.4 n', 'no keyCertSign', () => chain([{}, { extensions: [keyUsage(0x0200)] }, {}]), 'path.key-usage'],
  ['6.1.4 n', 'no keyUsage', () => chain([{}, { without: [oids.keyUsage] }, { without: [oids.keyUsage] }])],
  [
    'RFC 5937, 3',
    'an anchor without keyCertSign',
    () => chain([{ extensions: [keyUsage(0x0200)] }, {}]),
    'path.key-usage',
  ],
  [
    '6.1.5 f',
    'an unknown critical extension of the target',
    () => chain([{}, { appended: [unknownExtension(true)] }]),
    'path.critical-extension',
  ],
  [
    '6.1.4 o',
    'an unknown critical extension of an authority',
    () => chain([{}, { appended: [unknownExtension(true)] }, {}]),
    'path.critical-extension',
  ],
  [
    '6.1.5 f',
    'an unknown extension that is not critical',
    () => chain([{}, { appended: [unknownExtension(false)] }]),
  ],
  [
    '4.2',
    'an extension twice',
    () => chain([{}, { appended: [altNames('dns:a'), altNames('dns:a')] }]),
    'path.repeated-extension',
  ],
  [
    '4.2',
    'alternative names that are none',
    () => chain([{}, { appended: [extension(oids.subjectAltName, octetString(Buffer.from('a')))] }]),
    'path.malformed-extension',
  ],
  [
    '4.2.1.9',
    'a negative path length',
    () =>
      chain([
        {},
        {
          extensions: [
            extension(
              oids.basicConstraints,
              sequence(
                primitive(tags.boolean, Uint8Array.of(1)),
                primitive(tags.integer, Uint8Array.of(0xff)),
              ),
              true,
            ),
          ],
        },
        {},
      ]),
    'path.malformed-extension',
    'path.not-authority',
    'path.profile',
  ],

  ['6.1.5 g', 'a policy all along, required', () => under([policies(p1)], [policies(p1)], explicit)],
  ['6.1.5 g', 'no policy, none required', () => under([], [])],
  ['6.1.5 g', 'no policy, one required', () => under([], [], explicit), 'path.policy'],
  [
    '6.1.5 g',
    'another policy than wanted',
    () => under([policies(p1)], [policies(p1)], { ...explicit, initialPolicies: [p2] }),
    'path.policy',
  ],
  [
    '6.1.5 g',
    'another policy than wanted, none required',
    () => under([policies(p1)], [policies(p1)], { initialPolicies: [p2] }),
  ],
  [
    '6.1.3 d',
    'policies that do not meet',
    () => under([policies(p1)], [policies(p2)], explicit),
    'path.policy',
  ],
  [
    '6.1.3 d',
    'anyPolicy stands for one',
    () => under([policies(oids.anyPolicy)], [policies(p1)], { ...explicit, initialPolicies: [p1] }),
  ],
  [
    '6.1.3 d',
    'anyPolicy of the target',
    () => under([policies(p1)], [policies(oids.anyPolicy)], { ...explicit, initialPolicies: [p1] }),
  ],
  [
    '6.1.3 d',
    'anyPolicy inhibited from the start',
    () => under([policies(oids.anyPolicy)], [policies(p1)], { ...explicit, inhibitAnyPolicy: true }),
    'path.policy',
  ],
  [
    '6.1.4 j',
    'anyPolicy inhibited by an authority',
    () => under([policies(p1), inhibitAnyPolicy(0)], [policies(oids.anyPolicy)], explicit),
    'path.policy',
  ],
  [
    '6.1.4 j',
    'anyPolicy inhibited one step later',
    () =>
      chain(
        [
          {},
          { extensions: [policies(oids.anyPolicy), inhibitAnyPolicy(1)] },
          { extensions: [policies(oids.anyPolicy)] },
          { extensions: [policies(p1)] },
        ],
        explicit,
      ),
  ],
  [
    '6.1.4 j',
    'and not beyond',
    () =>
      chain(
        [
          {},
          { extensions: [policies(oids.anyPolicy), inhibitAnyPolicy(1)] },
          { extensions: [policies(oids.anyPolicy)] },
          { extensions: [policies(oids.anyPolicy)] },
        ],
        explicit,
      ),
    'path.policy',
  ],
  ['6.1.4 i', 'a policy required by an authority', () => under([policyConstraints(0)], []), 'path.policy'],
  ['6.1.4 i', 'required two steps later, which is too late', () => under([policyConstraints(2)], [])],
  ['6.1.4 i', 'required one step later', () => under([policyConstraints(1)], []), 'path.policy'],
  ['6.1.5 b', 'required by the target itself', () => under([], [policyConstraints(0)]), 'path.policy'],
  [
    '6.1.4 b',
    'a policy mapped',
    () => under([policies(p1), mappings([p1, p2])], [policies(p2)], { ...explicit, initialPolicies: [p1] }),
  ],
  [
    '6.1.4 b',
    'a policy mapped, and the target in the old terms',
    () => under([policies(p1), mappings([p1, p2])], [policies(p1)], explicit),
    'path.policy',
  ],
  [
    '6.1.4 b',
    'a policy mapped, and wanted in the new terms',
    () => under([policies(p1), mappings([p1, p2])], [policies(p2)], { ...explicit, initialPolicies: [p2] }),
    'path.policy',
  ],
  [
    '6.1.4 b',
    'anyPolicy of an authority mapped',
    () =>
      under([policies(oids.anyPolicy), mappings([p1, p2])], [policies(p2)], {
        ...explicit,
        initialPolicies: [p1],
      }),
  ],
  [
    '6.1.4 b',
    'mapping inhibited from the start',
    () => under([policies(p1), mappings([p1, p2])], [policies(p2)], { ...explicit, inhibitMapping: true }),
    'path.policy',
  ],
  [
    '6.1.4 b',
    'mapping inhibited by an authority',
    () =>
      chain(
        [
          {},
          { extensions: [policies(p1), policyConstraints(undefined, 0)] },
          { extensions: [policies(p1), mappings([p1, p3])] },
          { extensions: [policies(p3)] },
        ],
        explicit,
      ),
    'path.policy',
  ],
  [
    '6.1.4 a',
    'mapped from anyPolicy',
    () => under([policies(p1), mappings([oids.anyPolicy, p1])], [policies(p1)]),
    'path.policy-mapping',
  ],
  [
    '6.1.4 a',
    'mapped to anyPolicy',
    () => under([policies(p1), mappings([p1, oids.anyPolicy])], [policies(p1)]),
    'path.policy-mapping',
  ],
  ['4.2.1.4', 'a policy named twice', () => under([], [policies(p1, p1)]), 'path.malformed-extension'],

  ['6.1.3 b', 'dNSName the same', () => constrained('dns:example.com', 'dns:EXAMPLE.com')],
  ['6.1.3 b', 'dNSName below', () => constrained('dns:example.com', 'dns:a.b.example.com')],
  [
    '6.1.3 b',
    'dNSName that only ends alike',
    () => constrained('dns:example.com', 'dns:not-example.com'),
    'path.name-constraints',
  ],
  ['6.1.3 b', 'a wildcard within', () => constrained('dns:example.com', 'dns:*.example.com')],
  [
    '6.1.3 b',
    'a malformed dNSName',
    () => constrained('dns:example.com', 'dns:.example.com'),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'a dNSName constraint with a leading period',
    () => constrained('dns:.example.com', 'dns:a.example.com'),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'a dNSName constraint with a wildcard',
    () => constrained('dns:*.example.com', 'dns:a.example.com'),
    'path.name-constraints',
  ],
  [
    '6.1.3 c',
    'dNSName excluded',
    () => excluding('dns:example.com', 'dns:a.example.com'),
    'path.name-constraints',
  ],
  [
    '6.1.3 c',
    'a wildcard that may stand for an excluded one',
    () => excluding('dns:a.example.com', 'dns:*.example.com'),
    'path.name-constraints',
  ],
  ['6.1.3 c', 'dNSName not excluded', () => excluding('dns:example.com', 'dns:example.org')],
  ['6.1.3 b', 'a mailbox', () => constrained('email:a@example.com', 'email:a@EXAMPLE.com')],
  [
    '6.1.3 b',
    'another mailbox',
    () => constrained('email:a@example.com', 'email:A@example.com'),
    'path.name-constraints',
  ],
  ['6.1.3 b', 'a mailbox at the host', () => constrained('email:example.com', 'email:b@example.com')],
  [
    '6.1.3 b',
    'a mailbox at a host below',
    () => constrained('email:example.com', 'email:b@a.example.com'),
    'path.name-constraints',
  ],
  ['6.1.3 b', 'a mailbox in the domain', () => constrained('email:.example.com', 'email:b@a.example.com')],
  [
    '6.1.3 b',
    'a mailbox at the domain itself',
    () => constrained('email:.example.com', 'email:b@example.com'),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'a mailbox with two signs',
    () => constrained('email:example.com', 'email:a@b@example.com'),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'a mailbox constraint with two signs',
    () => constrained('email:a@b@example.com', 'email:b@example.com'),
    'path.name-constraints',
  ],
  [
    '4.2.1.10',
    'a mailbox inside of the subject',
    () =>
      chain([
        {},
        { extensions: [nameConstraints({ permitted: ['email:example.com'] })] },
        { subject: 'CN=t/E=a@example.org' },
      ]),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'the host of an address',
    () => constrained('uri:a.example.com', 'uri:http://u@a.example.com:80/x'),
  ],
  ['6.1.3 b', 'an address in the domain', () => constrained('uri:.example.com', 'uri:http://a.example.com')],
  [
    '6.1.3 b',
    'an address at the domain itself',
    () => constrained('uri:.example.com', 'uri:http://example.com/'),
    'path.name-constraints',
  ],
  [
    '4.2.1.10',
    'an address without a host',
    () => constrained('uri:example.com', 'uri:urn:a'),
    'path.name-constraints',
  ],
  [
    '4.2.1.10',
    'an address with a number for a host',
    () => excluding('uri:example.com', 'uri:http://192.0.2.1/'),
    'path.name-constraints',
  ],
  ['6.1.3 b', 'an IPv4 address within', () => constrained('ip:c0000200ffffff00', 'ip:c0000201')],
  [
    '6.1.3 b',
    'an IPv4 address outside',
    () => constrained('ip:c0000200ffffff00', 'ip:c0000301'),
    'path.name-constraints',
  ],
  [
    '6.1.3 c',
    'an IPv6 address excluded',
    () => excluding(`ip:${'00'.repeat(15)}01${'ff'.repeat(16)}`, `ip:${'00'.repeat(15)}01`),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'an IPv6 address under IPv4',
    () => constrained('ip:c0000200ffffff00', `ip:${'00'.repeat(16)}`),
    'path.name-constraints',
  ],
  [
    '4.2.1.10',
    'a constraint without a mask',
    () => constrained('ip:7f000001', 'ip:7f000001'),
    'path.name-constraints',
  ],
  [
    '4.2.1.10',
    'a mask with holes',
    () => constrained('ip:7f000001ff00ff00', 'ip:7f000001'),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'directoryName within',
    () =>
      chain([{}, { extensions: [nameConstraints({ permitted: ['dn:O=Org'] })] }, { subject: 'O=ORG/CN=t' }]),
  ],
  [
    '6.1.3 b',
    'directoryName outside',
    () =>
      chain([
        {},
        { extensions: [nameConstraints({ permitted: ['dn:O=Org'] })] },
        { subject: 'O=Other/CN=t' },
      ]),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'directoryName outside in the alternative names',
    () =>
      chain([
        {},
        { extensions: [nameConstraints({ permitted: ['dn:O=Org'] })] },
        { subject: 'O=Org/CN=t', extensions: [altNames('dn:O=Other')] },
      ]),
    'path.name-constraints',
  ],
  [
    '6.1.3 c',
    'directoryName excluded',
    () =>
      chain([{}, { extensions: [nameConstraints({ excluded: ['dn:O=Org'] })] }, { subject: 'O=Org/CN=t' }]),
    'path.name-constraints',
  ],
  ['6.1.3 b', 'a form that is not constrained', () => constrained('ip:c0000200ffffff00', 'dns:example.com')],
  [
    '6.1.3 b',
    'a form nobody compares, constrained and used',
    () => excluding('other:', 'other:'),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'a form nobody compares, constrained and not used',
    () => excluding('other:', 'dns:example.com'),
  ],
  ['6.1.3 b', 'two forms nobody compares', () => excluding('other:', 'registered:')],
  [
    '6.1.4 g',
    'narrowed by a second authority',
    () =>
      chain([
        {},
        { extensions: [nameConstraints({ permitted: ['dns:a.com', 'dns:b.com'] })] },
        { extensions: [nameConstraints({ permitted: ['dns:b.com'] })] },
        { extensions: [altNames('dns:a.com')] },
      ]),
    'path.name-constraints',
  ],
  [
    '6.1.4 g',
    'not widened by a second authority',
    () =>
      chain([
        {},
        { extensions: [nameConstraints({ permitted: ['dns:b.com'] })] },
        { extensions: [nameConstraints({ permitted: ['dns:a.com', 'dns:b.com'] })] },
        { extensions: [altNames('dns:a.com')] },
      ]),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'permitted and excluded',
    () =>
      under(
        [nameConstraints({ permitted: ['dns:a.com'], excluded: ['dns:a.com'] })],
        [altNames('dns:a.com')],
      ),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'a self-issued authority is not measured',
    () =>
      chain([
        {},
        { subject: 'O=x', extensions: [nameConstraints({ permitted: ['dns:a.com'] })] },
        { subject: 'O=x', appended: [altNames('dns:b.com')] },
        { extensions: [altNames('dns:a.com')] },
      ]),
  ],
  [
    '6.1.3 b',
    'a self-issued target is',
    () =>
      chain([
        {},
        { subject: 'O=x', extensions: [nameConstraints({ permitted: ['dns:a.com'] })] },
        { subject: 'O=x', extensions: [altNames('dns:b.com')] },
      ]),
    'path.name-constraints',
  ],
  [
    '6.1.3 b',
    'an authority outside',
    () =>
      chain([
        {},
        { extensions: [nameConstraints({ excluded: ['dns:b.com'] })] },
        { appended: [altNames('dns:b.com')] },
        {},
      ]),
    'path.name-constraints',
  ],
  [
    'RFC 5937, 3',
    'constraints of the anchor',
    () =>
      chain([
        { extensions: [nameConstraints({ permitted: ['dns:a.com'] })] },
        { extensions: [altNames('dns:b.com')] },
      ]),
    'path.name-constraints',
  ],

  [
    '4.2.1.12',
    'a purpose wanted and there',
    () => under([], [purposes(oids.emailProtection)], { purposes: [oids.emailProtection] }),
  ],
  [
    '4.2.1.12',
    'a purpose wanted and not there',
    () => under([], [purposes(oids.emailProtection)], { purposes: [oids.clientAuthentication] }),
    'path.purpose',
  ],
  [
    '4.2.1.12',
    'any purpose',
    () => under([], [purposes(oids.anyExtendedKeyUsage)], { purposes: [oids.clientAuthentication] }),
  ],
  [
    '4.2.1.12',
    'a purpose its authority does not grant',
    () => under([purposes(oids.emailProtection)], [purposes(oids.clientAuthentication)]),
    'path.purpose',
  ],

  ['4.1.2.2', 'a serial number of 20 octets', () => chain([{}, { serial: Buffer.alloc(20, 0x11) }])],
  [
    '4.1.2.2',
    'a serial number of 21 octets',
    () => chain([{}, { serial: Buffer.alloc(21, 0x11) }]),
    'path.profile',
  ],
  ['4.1.2.2', 'a serial number of zero', () => chain([{}, { serial: Uint8Array.of(0) }]), 'path.profile'],
  ['4.1.2.2', 'a negative serial number is handled', () => chain([{}, { serial: Uint8Array.of(0xff) }])],
  [
    '4.2.1.1',
    'no authorityKeyIdentifier',
    () => chain([{}, { without: [oids.authorityKeyIdentifier] }]),
    'path.profile',
  ],
  [
    '4.2.1.1',
    'a critical authorityKeyIdentifier',
    () => chain([{}, { extensions: [authorityKey(newKey().spki, true)] }]),
    'path.profile',
  ],
  [
    '4.2.1.2',
    'an authority without subjectKeyIdentifier',
    () => chain([{}, { without: [oids.subjectKeyIdentifier] }, {}]),
    'path.profile',
  ],
  [
    '4.2.1.3',
    'keyCertSign of no authority',
    () => chain([{}, { extensions: [keyUsage(0x8400)] }]),
    'path.profile',
  ],
  [
    '4.2.1.6',
    'an empty subject with critical alternative names',
    () =>
      chain([
        {},
        {
          subject: '',
          appended: [extension(oids.subjectAltName, sequence(primitive(0x82, Buffer.from('a.com'))), true)],
        },
      ]),
  ],
  [
    '4.2.1.6',
    'an empty subject with others',
    () => chain([{}, { subject: '', appended: [altNames('dns:a.com')] }]),
    'path.profile',
  ],
  [
    '4.2.1.9',
    'an anchor with basicConstraints not critical',
    () => chain([{ extensions: [basicConstraints(true, undefined, false)] }, {}]),
    'path.profile',
  ],
  [
    '4.2.1.10',
    'nameConstraints not critical',
    () => under([nameConstraints({ permitted: ['dns:a.com'] }, false)], []),
    'path.profile',
  ],
  [
    '4.2.1.10',
    'nameConstraints of no authority',
    () => under([], [nameConstraints({ permitted: ['dns:a.com'] })]),
    'path.profile',
  ],
  [
    '4.1.2.1',
    'extensions in version 1',
    () => chain([{}, { version: 1, appended: [subjectKey(newKey().spki)] }]),
    'path.profile',
  ],

  ['EN 319 102-1, 5.2.8', 'RSA of 1024 bits', () => chain([{}, { key: rsa1024 }]), 'path.weak-algorithm'],
  ['EN 319 102-1, 5.2.8', 'SHA-1', () => chain([{}, { digest: 'sha1' }]), 'path.weak-algorithm'],
  ['EN 319 102-1, 5.2.8', 'SHA-1 under an anchor counts for nothing', () => chain([{ digest: 'sha1' }, {}])],
  [
    'EN 319 102-1, 5.2.8',
    'a weak key of an anchor',
    () => chain([{ key: rsa1024 }, {}]),
    'path.weak-algorithm',
  ],
  ['4.1.2.7', 'a point off the curve', () => chain([{}, { spki: offCurve(newKey().spki) }]), 'path.key'],
  [
    '4.1.2.7',
    'a key of an unknown algorithm',
    () =>
      chain([
        {},
        {
          spki: join(
            sequence(sequence(objectIdentifier('1.2.3.4')), primitive(tags.bitString, Uint8Array.of(0, 1))),
          ),
        },
      ]),
    'path.key',
  ],
]

function offCurve(spki: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(spki)
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  return changed
}

const certificatesOf = (parties: readonly Party[]): Certificate[] =>
  parties.map(({ certificate }) => certificate)

t.test('the rules, each by a chain of its own', async (t) => {
  for (const [clause, what, make, ...problems] of rows) {
    const { parties, inputs, at: time } = make()
    const [anchor, ...below] = certificatesOf(parties)
    const target = below.at(-1) ?? anchor
    if (anchor === undefined || target === undefined) throw new Error(what)
    const facts = validateCertificate(target, {
      anchors: [anchor],
      intermediates: below.slice(0, -1),
      at: new Date(time ?? at),
      ...(inputs === undefined ? {} : { inputs }),
    })
    t.strictSame(
      facts.problems.map(({ problem }) => problem).sort(),
      [...problems].sort(),
      `${clause}: ${what}`,
    )
    if (problems.length === 0) t.equal(facts.anchor?.sha256, anchor.thumbprint)
  }
})

t.test('the policies of a path are told in the terms of the anchor', async (t) => {
  const told = ({ parties, inputs = {} }: Chain): readonly string[] => {
    const [anchor, ...below] = certificatesOf(parties)
    const target = below.at(-1)
    if (anchor === undefined || target === undefined) throw new Error('a chain')
    return validateCertificate(target, { anchors: [anchor], intermediates: below, at: new Date(at), inputs })
      .policies
  }
  t.strictSame(told(under([policies(p1, p2)], [policies(p2, p3)])), [p2])
  t.strictSame(told(under([policies(p1), mappings([p1, p2])], [policies(p2)])), [p1])
  t.strictSame(told(under([policies(oids.anyPolicy)], [policies(oids.anyPolicy)])), [oids.anyPolicy])
  t.strictSame(told(under([policies(oids.anyPolicy)], [policies(p1, p2)], { initialPolicies: [p2, p3] })), [
    p2,
  ])
  t.strictSame(told(under([], [])), [])
  t.strictSame(
    told(chain([{ extensions: [policies(p1)] }, { extensions: [policies(p1, p2)] }])),
    [p1],
    'RFC 5937',
  )
})

t.test('policies that double at each step take no more than their sum (RFC 9618)', async (t) => {
  const many = Array.from({ length: 8 }, (_, i) => `1.2.4.${i}`)
  const crossed = many.flatMap((from) => many.map((to) => [from, to] as const))
  const step = { extensions: [policies(...many), mappings(...crossed)] }
  const { parties } = chain([
    {},
    ...Array.from({ length: 15 }, () => step),
    { extensions: [policies(...many)] },
  ])
  const [anchor, ...below] = certificatesOf(parties)
  const target = below.at(-1)
  if (anchor === undefined || target === undefined) throw new Error('a chain')
  const facts = validateCertificate(target, {
    anchors: [anchor],
    intermediates: below,
    at: new Date(at),
    inputs: explicit,
  })
  t.strictSame(facts.problems, [])
  t.strictSame([...facts.policies].sort(), many)
})
