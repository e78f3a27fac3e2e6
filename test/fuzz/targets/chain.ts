// Fuzz targets: chains with their revocation lists, and signatures judged with both to the end.
//
// Signed is the tbsCertificate of every certificate of the path below the anchor, tbsCertList of every list that is
// believed, and of a signature its signed attributes with the document. Not signed are the wrappers and values of
// signatures, certificates and lists no answer rests on, and what unsignedRegions names in a CMS.

import assert from 'node:assert/strict'
import { type Certificate, parseCertificate } from '../../../hub/trust/certificate.ts'
import { oids } from '../../../hub/trust/der/oids.ts'
import { DerError, DerReader } from '../../../hub/trust/der/reader.ts'
import { join, sequence } from '../../../hub/trust/der/write.ts'
import { findPath } from '../../../hub/trust/path/build.ts'
import { CertificateIndex } from '../../../hub/trust/path/certificate-index.ts'
import { gatherEvidence } from '../../../hub/trust/revocation/evidence.ts'
import { judgeRevocations } from '../../../hub/trust/revocation/judge.ts'
import { parseRevocationList, type RevocationList } from '../../../hub/trust/revocation/revocation-list.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { cadesAttributes, digestOids, keyUsageExtension, stampedBy } from '../../support/cms-makers.ts'
import { algorithmOf, type Forger, forge } from '../../support/forged-cms.ts'
import {
  isAuthority,
  type KeyKind,
  keyIdentifiers,
  keyNamed,
  listBytes,
  makeAuthority,
  makeParty,
  nameOf,
  type Party,
  times,
  usage,
} from '../../support/revocation.ts'
import { answerOf, judgeWhole, viewOf } from '../../support/whole-judge.ts'
import type { FuzzTarget } from '../target.ts'
import { stepsOfSignature, workDone } from '../work.ts'

const at = new Date('2026-10-01T10:00:00Z')
const current = { thisUpdate: new Date('2026-09-25T00:00:00Z'), nextUpdate: new Date('2026-10-25T00:00:00Z') }
const document = Buffer.from('Документ, который подписан')

/** A chain with the lists of its authorities, and a signer of signatures at its end. */
type Chain = { root: Party; authority: Party; user: Party; stamper: Party; lists: readonly Uint8Array[] }

function chainOf(kind: KeyKind, isRevoked: boolean): Chain {
  const name = `${kind} ${isRevoked}`
  const named = (what: string): Parameters<typeof makeAuthority>[2] => ({
    key: keyNamed(`${what} ${name}`, kind),
  })
  const ofAuthority = [isAuthority, usage(5, 6)]
  const root = makeAuthority(`Root ${name}`, undefined, {
    ...named('root'),
    extensions: [...ofAuthority, ...keyIdentifiers('root')],
  })
  const authority = makeAuthority(`CA ${name}`, root, {
    ...named('ca'),
    extensions: [...ofAuthority, ...keyIdentifiers('ca', 'root')],
  })
  const user = makeParty(
    {
      name: nameOf(`User ${name}`),
      extensions: [usage(0, 1), ...keyIdentifiers('user', 'ca')],
      key: keyNamed(`user ${name}`, kind),
    },
    authority,
  )
  const stamper = makeParty(
    {
      name: nameOf('TSA'),
      extensions: [keyUsageExtension([oids.timeStamping]), ...keyIdentifiers('tsa', 'ca')],
      key: keyNamed('tsa', 'ec'),
    },
    authority,
  )
  const entries = isRevoked ? [{ of: user.certificate, reason: 1, at: times.thisUpdate }] : []
  const lists = [listBytes(root, current), listBytes(authority, { ...current, entries })]
  return { root, authority, user, stamper, lists }
}

const chains = [chainOf('ec', false), chainOf('ec', true), chainOf('gost', false), chainOf('rsa', false)]

function forgerOf({ certificate, key }: Party): Forger {
  const digest = certificate.key === undefined ? 'sha256' : 'streebog256'
  const digestAlgorithm = algorithmOf(digestOids[digest])
  const signatureAlgorithm = join(key.algorithm)
  return { certificate, digest, digestAlgorithm, signatureAlgorithm, sign: key.sign }
}

/** What a sample is made of, in the order of the bundle: signature or target, certificates, lists. */
const bundle = (first: Uint8Array, certificates: readonly Certificate[], lists: readonly Uint8Array[]) =>
  join(sequence(first, sequence(...certificates.map(({ der }) => der)), sequence(...lists)))

const pathSamples = chains.map(({ user, authority, lists }) =>
  bundle(user.certificate.der, [authority.certificate], lists),
)
const verifySamples = chains.flatMap(({ user, authority, stamper, lists }) => {
  const signature = (more: object): Uint8Array =>
    forge(forgerOf(user), {
      content: document,
      encapsulated: [],
      attributes: cadesAttributes(forgerOf(user)),
      ...more,
    })
  return [
    bundle(signature({}), [authority.certificate], lists),
    bundle(signature({ unsignedAttributes: stampedBy(forgerOf(stamper)) }), [authority.certificate], lists),
  ]
})

type Parts = { first: Uint8Array; certificates: Certificate[]; lists: RevocationList[] }

/** The parts of a bundle that can be read; undefined when it is none. */
function partsOf(input: Uint8Array): Parts | undefined {
  try {
    const reader = new DerReader(input)
    const [first, certificates, lists] = reader.children(reader.whole())
    if (first === undefined || certificates === undefined || lists === undefined) return undefined
    const read = <T extends object>(parent: typeof first, parse: (der: Uint8Array) => T): T[] =>
      reader
        .children(parent)
        .map((child) => parse(Uint8Array.from(reader.encoding(child))))
        .filter((value) => !isRefusal(value))
    return {
      first: reader.encoding(first),
      certificates: read(certificates, parseCertificate) as Certificate[],
      lists: read(lists, parseRevocationList) as RevocationList[],
    }
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const issued = new Set(
  chains
    .flatMap(({ root, authority, user, stamper }) => [root, authority, user, stamper])
    .map(({ certificate }) => text(certificate.signed.tbs)),
)
const anchors = chains.map(({ root }) => root.certificate)
const issuedLists = new Set(
  chains
    .flatMap(({ lists }) => lists)
    .map((der) => parseRevocationList(der))
    .map((list) => (isRefusal(list) ? '' : text(list.signed.tbs))),
)
const revokedSerials = new Set(
  chains.flatMap(({ user }, index) => (index === 1 ? [text(user.certificate.serialOctets)] : [])),
)

function judgePath(input: Uint8Array): string {
  const parts = partsOf(input)
  if (parts === undefined) return 'no bundle'
  const target = parseCertificate(parts.first)
  if (isRefusal(target)) return target.code
  const found = findPath({
    target,
    anchors: new CertificateIndex(anchors),
    intermediates: [new CertificateIndex(parts.certificates)],
    inputs: {},
    at,
    remembered: new Map(),
  })
  const faults = found.problems.filter(({ problem }) => problem !== 'path.profile')
  if (faults.length > 0 || found.anchor === undefined) return faults[0]?.problem ?? 'no anchor'
  for (const { signed } of found.certificates) {
    assert(issued.has(text(signed.tbs)), 'a path over a certificate that nobody has issued')
  }
  const revocations = judgeRevocations([...found.certificates, found.anchor], {
    evidence: gatherEvidence(parts.lists, []),
    candidates: [],
    pathOf: () => undefined,
    at,
  })
  const byDigest = new Map(parts.lists.map(({ sha256, signed }) => [sha256, text(signed.tbs)]))
  revocations.forEach(({ status, evidence, further = [] }, index) => {
    if (status === 'unknown') return
    for (const one of [evidence ?? '', ...further]) {
      assert(issuedLists.has(byDigest.get(one) ?? ''), 'a list is believed that nobody has issued')
    }
    const isRevoked = revokedSerials.has(text(found.certificates[index]?.serialOctets ?? new Uint8Array(0)))
    assert.equal(status, isRevoked ? 'revoked' : 'good')
  })
  return `passed, ${revocations.map(({ status }) => status).join(' ')}`
}

type SignerSaid = {
  certificate: string
  messageDigest: string | undefined
  claimedTime: string | undefined
  provenTime: string | undefined
}

/** Signer, digest and claimed time of what passes; undefined for every other answer. */
function judgeAll(input: Uint8Array): { outcome: string; said?: readonly SignerSaid[] } {
  const parts = partsOf(input)
  if (parts === undefined) return { outcome: 'no bundle' }
  const { first: file, certificates: intermediates, lists } = parts
  const view = viewOf({ anchors, intermediates, lists })
  const { facts, verdict } = judgeWhole({ file, document, view, receivedAt: at })
  if (verdict.indication !== 'TOTAL-PASSED') return { outcome: answerOf(verdict) }
  const byDigest = new Map(parts.lists.map(({ sha256, signed }) => [sha256, text(signed.tbs)]))
  const said = (facts.signatures[0]?.signature?.signers ?? []).map((signer, index) => {
    for (const { status, evidence } of signer.chain?.revocations ?? []) {
      assert.equal(status, 'good')
      const tbs = byDigest.get(evidence ?? '') ?? ''
      assert(issuedLists.has(tbs), 'passed on the word of a list that nobody has issued')
    }
    const { certificate, messageDigest, claimedTime } = signer
    const provenTime = verdict.signatures[0]?.signers[index]?.provenTime
    return { certificate: certificate?.sha256 ?? '', messageDigest, claimedTime, provenTime }
  })
  return { outcome: 'TOTAL-PASSED', said }
}

let known: ReadonlySet<string> | undefined

function judgeVerdict(input: Uint8Array): string {
  const { outcome, said = [] } = judgeAll(input)
  for (const one of said) {
    assert(known?.has(JSON.stringify(one)), `passed, and nobody has signed it: ${JSON.stringify(one)}`)
  }
  return outcome
}

/** A bundle holds some five certificates and lists; each is asked about with each key of its issuer's name, twice at most. */
const stepsOfBundle = 30 * stepsOfSignature

export const pathTarget: FuzzTarget = {
  name: 'path',
  group: 'trust',
  form: 'der',
  share: 12,
  samples: () => pathSamples,
  judge: judgePath,
  steps: workDone,
  stepsMax: (octets) => 12 * octets + stepsOfBundle,
}

export const verifyTarget: FuzzTarget = {
  name: 'verify',
  group: 'trust',
  form: 'der',
  // Most of the time goes into the tables of a fresh view.
  share: 3,
  samples() {
    known ??= new Set(
      verifySamples.flatMap((sample) => (judgeAll(sample).said ?? []).map((one) => JSON.stringify(one))),
    )
    assert(known.size > 0, 'the samples pass')
    return verifySamples
  },
  judge: judgeVerdict,
  steps: workDone,
  stepsMax: (octets) => 16 * octets + stepsOfBundle,
}
