// Looking for a path among many certificates: loops, rivals, cross-certificates, bounds; answers kept while they hold.

import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { type Certificate, parseCertificate } from '../../hub/trust/certificate.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { join as joinDer, objectIdentifier, sequence } from '../../hub/trust/der/write.ts'
import { findPath } from '../../hub/trust/path/build.ts'
import { CertificateIndex } from '../../hub/trust/path/certificate-index.ts'
import { PathValidator, validateCertificate } from '../../hub/trust/path/validator.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal } from '../../schemas/refusals.ts'
import type { PathFacts } from '../../schemas/verdict/facts.ts'
import { seeded } from '../support/seeded.ts'
import { identityOn } from '../support/signing.ts'
import {
  altNames,
  certify,
  nameConstraints,
  newKey,
  type Party,
  type Request,
  type TestKey,
} from '../support/x509-maker.ts'

const at = new Date('2030-01-01T00:00:00Z')
const authority = (subject: string, issuer?: Party, more: Partial<Request> = {}): Party =>
  certify({ subject, authority: true, ...(issuer === undefined ? {} : { issuer }), ...more })
const leaf = (issuer: Party, more: Partial<Request> = {}): Party =>
  certify({ subject: 'CN=leaf', issuer, ...more })
const codes = ({ problems }: PathFacts) => problems.map(({ problem }) => problem)

function validate(target: Party, anchors: readonly Party[], intermediates: readonly Party[]): PathFacts {
  return validateCertificate(target.certificate, {
    anchors: anchors.map(({ certificate }) => certificate),
    intermediates: intermediates.map(({ certificate }) => certificate),
    at,
  })
}

t.test('authorities that certify each other lead nowhere and end', async (t) => {
  const [one, two] = [newKey(), newKey()]
  const a = authority('CN=a', undefined, { key: one })
  const b = authority('CN=b', undefined, { key: two })
  const ab = authority('CN=a', b, { key: one })
  const ba = authority('CN=b', a, { key: two })
  t.strictSame(codes(validate(leaf(a), [authority('CN=root')], [ab, ba])), ['path.no-anchor'])
  const same = authority('CN=a', undefined, { key: two })
  const rollover = [authority('CN=a', same, { key: one }), authority('CN=a', a, { key: two })]
  t.strictSame(codes(validate(leaf(a), [authority('CN=root')], rollover)), ['path.no-anchor'])
})

t.test('a sound path is found past expired, forbidden and unanchored rivals', async (t) => {
  const key = newKey()
  const [rootA, rootB] = [authority('CN=root a'), authority('CN=root b')]
  const forbidding = authority('CN=f', rootA, {
    extensions: [nameConstraints({ excluded: ['dns:leaf.test'] })],
  })
  const rivals = [
    authority('CN=ca', rootA, { key, until: '2029-01-01' }),
    authority('CN=ca', forbidding, { key }),
    authority('CN=ca', authority('CN=nobody'), { key }),
    authority('CN=ca', rootA, { key, signer: newKey() }),
    authority('CN=ca', rootB),
  ]
  const [ca] = rivals
  if (ca === undefined) throw new Error('a rival')
  const target = leaf(ca, { extensions: [altNames('dns:leaf.test')] })
  const sound = authority('CN=ca', rootB, { key })
  const facts = validate(target, [rootA, rootB], [forbidding, ...rivals, sound])
  t.strictSame(codes(facts), [])
  t.strictSame(
    facts.certificates.map(({ sha256 }) => sha256),
    [target, sound].map(({ certificate }) => certificate.thumbprint),
  )
  t.equal(facts.anchor?.sha256, rootB.certificate.thumbprint)
  t.strictSame(codes(validate(target, [rootA, rootB], [forbidding, ...rivals.slice(0, 2)])), [
    'path.name-constraints',
  ])
  const wrong = authority('CN=ca', rootA, { key, signer: newKey() })
  const unsigned = validate(target, [rootA], [wrong])
  t.strictSame(codes(unsigned), ['path.signature'])
  t.equal(unsigned.problems[0]?.certificate, wrong.certificate.thumbprint)
})

t.test('an old root cross-certified by an expired one does not stand in the way', async (t) => {
  const key = newKey()
  const root = authority('CN=root', undefined, { key })
  const second = authority('CN=second')
  const expired = authority('CN=root', second, { key, until: '2021-01-01' })
  t.strictSame(codes(validate(leaf(root), [root, second], [expired])), [])
  t.strictSame(codes(validate(leaf(root), [second], [expired])), ['path.expired'])
  const cross = authority('CN=root', second, { key })
  t.equal(validate(leaf(root), [second], [root, expired, cross]).certificates.length, 2)
})

t.test('the identifier of the key is asked first, and only advises', async (t) => {
  const root = authority('CN=root')
  const many = Array.from({ length: limits.pathSignaturesMax + 10 }, () =>
    authority('CN=ca', root, { key: root.key }),
  )
  const own = authority('CN=ca', root)
  t.strictSame(codes(validate(leaf(own), [root], [...many, own])), [])
  const unnamed = leaf(own, { without: [oids.authorityKeyIdentifier] })
  t.strictSame(codes(validate(unnamed, [root], [own])), ['path.profile'])
})

t.test('random graphs of authorities: a path is found where there is one, and only there', async (t) => {
  const random = seeded()
  t.comment(`seed ${random.seed}`)
  const names = ['root', 'a', 'b', 'c', 'd']
  const faults: readonly Partial<Request>[] = [
    { until: '2025-01-01' },
    { without: [oids.basicConstraints] },
    { extensions: [nameConstraints({ permitted: ['dns:bad.test'] })] },
    { digest: 'sha1' },
  ]
  let found = 0
  for (let round = 0; round < 100; round += 1) {
    const keys = new Map<string, TestKey>(names.map((name) => [name, newKey()]))
    const self = (name: string): Party =>
      authority(`CN=${name}`, undefined, { key: keys.get(name) ?? newKey() })
    const edges: { from: string; to: string; isSound: boolean; party: Party }[] = []
    for (const from of names) {
      for (const to of names) {
        if (from === to || to === 'root' || random.number(100) >= 45) continue
        const fault = random.number(100) < 45 ? faults[random.number(faults.length)] : undefined
        const party = authority(`CN=${to}`, self(from), { key: keys.get(to) ?? newKey(), ...fault })
        edges.push({ from, to, isSound: fault === undefined, party })
      }
    }
    const target = leaf(self('d'), { extensions: [altNames('dns:good.test')] })
    const reached = new Set(['root'])
    for (let i = 0; i < names.length; i += 1) {
      for (const { from, to, isSound } of edges) if (isSound && reached.has(from)) reached.add(to)
    }
    const facts = validate(
      target,
      [self('root')],
      edges.map(({ party }) => party),
    )
    t.equal(codes(facts).length === 0, reached.has('d'), `round ${round}: ${codes(facts).join(' ')}`)
    if (reached.has('d')) found += 1
  }
  t.ok(found > 15 && found < 85, `${found} of 100 have a path`)
})

t.test('pathCertificatesMax: as long is validated, longer is not', async (t) => {
  const parties = [authority('CN=root')]
  for (let i = 1; i < limits.pathCertificatesMax + 1; i += 1)
    parties.push(authority(`CN=ca ${i}`, parties.at(-1)))
  const under = (count: number): PathFacts => {
    const issuer = parties[count - 1]
    const [root] = parties
    if (issuer === undefined || root === undefined) throw new Error('an authority')
    return validate(leaf(issuer), [root], parties)
  }
  t.strictSame(codes(under(limits.pathCertificatesMax)), [])
  t.equal(under(limits.pathCertificatesMax).certificates.length, limits.pathCertificatesMax)
  t.match(codes(under(limits.pathCertificatesMax + 1)), ['path.no-anchor', 'path.limit'])
})

t.test('pathSignaturesMax: the last signature is still checked, one more is not', async (t) => {
  const root = authority('CN=root')
  const key = newKey()
  // Two rounds: the second goes on where the first has stopped, for it knows the answers by then.
  const count = 2 * limits.pathSignaturesMax
  const wrong = Array.from({ length: count }, () => authority('CN=ca', root, { signer: key }))
  const own = authority('CN=ca', root)
  // Without identifiers to tell them apart the order given stands: the wrong ones first.
  const target = leaf(own, { without: [oids.authorityKeyIdentifier] })
  const checks = (before: number): PathFacts => validate(target, [root], [...wrong.slice(0, before), own])
  t.strictSame(codes(checks(count - 2)), ['path.profile'])
  t.strictSame(codes(checks(count)), ['path.no-anchor', 'path.limit'])
})

t.test('pathCandidatesMax: everybody certifying everybody ends in bounded work', async (t) => {
  const keys = Array.from({ length: 9 }, () => newKey())
  const selves = keys.map((key, i) => authority(`CN=${i}`, undefined, { key }))
  const crossed = selves.flatMap((issuer, from) =>
    keys.flatMap((key, to) => (from === to ? [] : [authority(`CN=${to}`, issuer, { key })])),
  )
  const [first] = selves
  if (first === undefined) throw new Error('an authority')
  const remembered = new Map<string, boolean>()
  const found = findPath({
    target: leaf(first).certificate,
    anchors: new CertificateIndex([authority('CN=root').certificate]),
    intermediates: [new CertificateIndex(crossed.map(({ certificate }) => certificate))],
    inputs: {},
    at,
    remembered,
  })
  t.strictSame(
    found.problems.map(({ problem }) => problem),
    ['path.no-anchor', 'path.limit'],
  )
  t.ok(remembered.size <= 2 * limits.pathSignaturesMax)
})

t.test('pathNameChecksMax: as many comparisons are made, more are not', async (t) => {
  const root = authority('CN=root')
  const subtrees = Array.from({ length: 250 }, (_, i) => `dns:${i}.com`)
  const ca = authority('CN=ca', root, { extensions: [nameConstraints({ excluded: subtrees })] })
  const names = (count: number) => altNames(...Array.from({ length: count }, (_, i) => `dns:n${i}.org`))
  // The subject is a name too.
  const most = limits.pathNameChecksMax / subtrees.length - 1
  t.strictSame(codes(validate(leaf(ca, { extensions: [names(most)] }), [root], [ca])), [])
  t.strictSame(codes(validate(leaf(ca, { extensions: [names(most + 1)] }), [root], [ca])), ['path.limit'])
})

t.test('an answer is given again while the periods it rests on last', async (t) => {
  const root = authority('CN=root')
  const ca = authority('CN=ca', root, { until: '2031-01-01' })
  const target = leaf(ca, { from: '2029-06-01' }).certificate
  const setting = { anchors: [root.certificate], intermediates: [ca.certificate] }
  const validator = new PathValidator(setting)
  const first = validator.validate(target, at)
  t.strictSame(first.window, { from: Date.parse('2029-06-01'), until: Date.parse('2031-01-01') + 999 })
  t.strictSame(first.certificates, [target, ca.certificate])
  const again = validator.validate(target, new Date('2030-05-05'))
  t.equal(again.facts.certificates, first.facts.certificates)
  t.equal(again.facts.at, '2030-05-05T00:00:00.000Z')
  t.strictSame(codes(validator.validate(target, new Date('2031-01-01T00:00:00.999Z')).facts), [])
  const late = validator.validate(target, new Date('2031-01-01T00:00:01Z'))
  t.strictSame(codes(late.facts), ['path.expired'])
  t.equal(late.window.from, Date.parse('2031-01-01T00:00:01Z'))
  t.strictSame(codes(validator.validate(target, at).facts), [], 'and back')
  const lonely = new PathValidator({ ...setting, intermediates: [] })
  t.strictSame(codes(lonely.validate(target, at).facts), ['path.no-anchor'])
  t.strictSame(codes(lonely.validate(target, at, [ca.certificate]).facts), [], 'with what came beside')
})

t.test('pathsRememberedMax and pathSignaturesRememberedMax: the oldest answer goes', async (t) => {
  const root = authority('CN=root')
  const ca = authority('CN=ca', root)
  const { certificate } = leaf(ca)
  const validator = new PathValidator({ anchors: [root.certificate], intermediates: [ca.certificate] })
  const numbered = (i: number): Certificate => ({
    ...certificate,
    thumbprint: `${i}` as Certificate['thumbprint'],
  })
  const first = validator.validate(numbered(0), at)
  for (let i = 1; i < limits.pathsRememberedMax; i += 1) validator.validate(numbered(i), at)
  t.equal(validator.validate(numbered(0), at).certificates, first.certificates)
  for (let i = 1; i <= limits.pathsRememberedMax; i += 1) validator.validate(numbered(i), at)
  t.not(validator.validate(numbered(0), at).certificates, first.certificates)
  t.ok(limits.pathSignaturesRememberedMax >= limits.pathsRememberedMax)
})

t.test('a key of DSA without parameters has them in the path found', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
  const key = { privateKey, spki: publicKey.export({ format: 'der', type: 'spki' }) }
  const bits = key.spki.subarray(key.spki.lastIndexOf(Buffer.from([0x03, 0x81])))
  const spki = joinDer(sequence(sequence(objectIdentifier(oids.dsaKey)), bits))
  const root = authority('CN=root', undefined, { key })
  const ca = authority('CN=ca', root, { key, spki })
  const validator = new PathValidator({ anchors: [root.certificate], intermediates: [ca.certificate] })
  const { certificates } = validator.validate(leaf(ca).certificate, at)
  t.equal(certificates[1]?.thumbprint, ca.certificate.thumbprint)
  t.strictSame(Buffer.from(certificates[1]?.publicKey.spki ?? []), Buffer.from(key.spki))
})

t.test(
  'whatever byte of a path is changed, it is refused or has a problem, and nothing is thrown',
  async (t) => {
    const root = authority('CN=root')
    const ca = authority('CN=ca', root)
    const end = leaf(ca, { extensions: [altNames('dns:a.test', 'dn:CN=e')] })
    const anchors = [root.certificate]
    const passes = (target: Certificate, between: Certificate) =>
      codes(validateCertificate(target, { anchors, intermediates: [between], at })).length === 0
    t.ok(passes(end.certificate, ca.certificate))
    let read = 0
    for (const { certificate } of [end, ca]) {
      for (let place = 0; place < certificate.der.length; place += 1) {
        const changed = Uint8Array.from(certificate.der)
        changed[place] = (changed[place] ?? 0) ^ (1 << (place % 8))
        const parsed = parseCertificate(changed)
        if (isRefusal(parsed)) continue
        read += 1
        const passed =
          certificate === end.certificate ? passes(parsed, ca.certificate) : passes(end.certificate, parsed)
        if (passed) t.fail(`byte ${place}`)
      }
    }
    t.ok(read > 300, `${read} were read`)
  },
)

t.test('a GOST chain, and what is in the certificate of a qualified signature', async (t) => {
  const { certificate, chain } = identityOn('TC26-512-A')
  const facts = validateCertificate(certificate, { anchors: chain, intermediates: [], at })
  t.strictSame(codes(facts), [])
  t.equal(facts.certificates[0]?.key, 'TC26-512-A')
  t.match(facts.certificates[0]?.names, { innLegal: '7705717142' })
  t.strictSame(facts.policies, [oids.classKC1])
})
