// Generated and mutated signatures through pkijs and through ours: where they differ, a table says why.

import * as pkijs from 'pkijs'
import type { Test } from 'tap'
import { type CheckedSignature, checkSignature } from '../../hub/trust/cms/check.ts'
import { isFound, openCms, readingDer } from '../../hub/trust/cms/open.ts'
import { canonicalDer } from '../../hub/trust/der/canonical.ts'
import { oids } from '../../hub/trust/der/oids.ts'
import { context, DerReader } from '../../hub/trust/der/reader.ts'
import { constructed, nullValue, objectIdentifier, octetString } from '../../hub/trust/der/write.ts'
import { problemRow } from '../../schemas/verdict/problems.ts'
import { type MutableSample, mutableSample, mutate } from '../fuzz/mutate.ts'
import { cadesAttributes, nodeForger } from './cms-makers.ts'
import { attributeOf, type Forgery, forge } from './forged-cms.ts'
import { below, seededRandom } from './random.ts'

const document = Buffer.from('Документ, который подписан')

/** What pkijs accepts and we do not, by our first problem: traps of its own, and what CAdES asks beyond CMS. */
const stricterHere: Readonly<Record<string, string>> = {
  'cms.broken': 'it takes malformed fields, values and trailing octets it does not use',
  'cms.not-signed': 'it reads SignedData whatever type the ContentInfo names',
  'cms.not-cms': 'it takes a ContentInfo of any type and length form',
  'cms.certificate-ambiguous': 'it takes the first certificate with the id',
  'cms.certificate-missing': 'it compares names after folding case and white space, we compare octets',
  'cms.certificate-broken': 'it does not read the parts of a certificate we read',
  'cms.digest-announced': 'it does not look into digestAlgorithms',
  'cms.digest-weak': 'it has no opinion about digests',
  'cms.algorithm': 'it does not tie the signature to the digest and the key',
  'cms.algorithm-unknown': 'it takes the algorithm of the key for the one named',
  'cms.signature, in BER': 'it takes any BER of ECDSA-Sig-Value and octets behind it, OpenSSL its DER alone',
  'cms.content-type': 'it does not compare content-type with eContentType',
  'cms.attribute-missing': 'it does without content-type',
  'cms.attribute-repeated': 'it takes the first of several attributes and values',
  'cms.attribute-broken': 'it does not read attributes it does not use',
  'cms.attribute-misplaced': 'it does not look at attributes it does not use',
  'cms.attributes-absent': 'CAdES-BES asks for signed attributes',
  'cms.attributes-confusable': 'it does not look for attributes passed off as content',
  'cms.signing-certificate-missing': 'CAdES-BES asks for signing-certificate',
  'cms.signing-certificate-other': 'it does not look at signing-certificate',
  'cms.signing-certificate-digest': 'it does not look at signing-certificate',
  'cms.signing-certificate-weak': 'it does not look at signing-certificate',
  'cms.signing-time': 'it does not look at signing-time',
  'cms.policy-unavailable': 'it does not look at signature policies',
  'cms.policy-implied': 'it does not look at signature policies',
  'cms.content-other': 'it verifies the content attached and ignores the one given',
}

/** What we accept and pkijs does not, by what it says. */
const stricterThere: readonly (readonly [RegExp, string])[] = [
  [
    /ASN\.1|schema|asn1js|parse|incorrect|Unable/i,
    'it refuses all for forms in places nobody signs, and some BER',
  ],
  [/certificate/i, 'it reads every certificate that came along'],
  [
    /^false, attributes in no DER order$/,
    'it hashes the attributes as received; we take their DER as well (RFC 5652, 5.4)',
  ],
]

function ours(result: CheckedSignature): string {
  const { facts } = result
  const problems = [...facts.problems, ...facts.signers.flatMap((signer) => signer.problems)]
  return problems.find(({ problem }) => problemRow(problem).byDefault !== 'note')?.problem ?? 'passed'
}

async function theirs(file: Uint8Array): Promise<string> {
  try {
    const info = pkijs.ContentInfo.fromBER(Uint8Array.from(file).buffer)
    const signed = new pkijs.SignedData({ schema: info.content })
    const data = signed.encapContentInfo.eContent === undefined ? Uint8Array.from(document).buffer : undefined
    for (const signer of signed.signerInfos.keys()) {
      const isValid = await signed.verify({
        signer,
        ...(data === undefined ? {} : { data }),
        checkChain: false,
      })
      if (!isValid) return 'false'
    }
    return signed.signerInfos.length > 0 ? 'passed' : 'no signer'
  } catch (error) {
    return error instanceof Error ? `error: ${error.message}` : `error: ${JSON.stringify(error)}`
  }
}

/** Signatures with peculiarities, each of both algorithms, detached and attached. */
function generated(): Uint8Array[] {
  return (['ecdsa', 'rsa-named'] as const).flatMap((kind) => {
    const forger = nodeForger(kind)
    const proper = cadesAttributes(forger)
    const more = (...attributes: readonly Uint8Array[]): Forgery => ({
      attributes: (own) => [...proper(own), ...attributes],
    })
    const unknown = attributeOf('1.2.3', nullValue())
    const peculiar: Forgery[] = [
      {},
      { signed: 'nothing' },
      { isWithoutAttributes: true },
      { attributes: (own) => [own.contentType, own.messageDigest] },
      { attributes: (own) => [own.messageDigest, ...proper(own).slice(3)] },
      {
        attributes: (own) => [
          attributeOf(oids.contentType, objectIdentifier('1.2.3')),
          ...proper(own).slice(1),
        ],
      },
      { attributes: (own) => [...proper(own)].reverse(), sent: 'as-given' },
      { attributes: (own) => [...proper(own)].reverse(), sent: 'as-given', signed: 'as-given' },
      more(unknown, unknown),
      more(attributeOf(oids.messageDigest, octetString(Buffer.alloc(32)))),
      more(attributeOf(oids.countersignature, nullValue())),
      more(attributeOf(oids.signaturePolicy, nullValue())),
      { unsignedAttributes: constructed(context(1), unknown) },
      { digestAlgorithms: [] },
      { signers: 2 },
      { certificates: undefined },
      { mangle: (signature) => signature.subarray(1) },
    ]
    return peculiar.flatMap((forgery) => [
      forge(forger, { content: document, encapsulated: [], attributes: proper, ...forgery }),
      forge(forger, { content: document, attributes: proper, ...forgery }),
    ])
  })
}

/**
 * Compares the answers to the signatures with peculiarities and to so many mutated ones. A pair of answers nobody has explained
 * fails the test with the file in hex, and so do too few of either answer.
 */
export async function compareWithPkijs(t: Test, rounds: number): Promise<void> {
  const random = seededRandom()
  t.comment(`seed ${random.seed}`)
  const samples: MutableSample[] = generated().map((file) => mutableSample(file, 'der'))
  const counts = new Map<string, number>()
  const unexplained: string[] = []
  const compare = async (file: Uint8Array): Promise<void> => {
    const result = checkFile(file)
    const problem = ours(result)
    const own = problem === 'cms.signature' && hasBerSignature(result) ? `${problem}, in BER` : problem
    const isUnordered = result.facts.signers.some(({ problems }) =>
      problems.some(({ problem }) => problem === 'cms.attribute-order'),
    )
    const answer = await theirs(file)
    const other = answer === 'false' && isUnordered ? 'false, attributes in no DER order' : answer
    const [key, reason] = explain(own, other)
    counts.set(key, (counts.get(key) ?? 0) + 1)
    if (reason === undefined) unexplained.push(`${own} / ${other}: ${Buffer.from(file).toString('hex')}`)
  }
  for (const { bytes } of samples) await compare(bytes)
  for (let round = 0; round < rounds; round += 1) {
    await compare(mutate(random, samples, below(random, samples.length)))
  }
  t.strictSame(unexplained.slice(0, 3), [])
  t.ok(
    (counts.get('both passed') ?? 0) > 10 && (counts.get('both refused') ?? 0) > rounds / 4,
    'both answers were met',
  )
  t.comment(JSON.stringify(Object.fromEntries(counts)))
}

function checkFile(file: Uint8Array): CheckedSignature {
  const alone = checkSignature(file)
  return alone.facts.isDetached ? checkSignature(file, document) : alone
}

/** Whether a signer's signature is a SEQUENCE that is no DER, or has octets behind it. */
function hasBerSignature({ octets }: CheckedSignature): boolean {
  const opened = openCms(octets)
  if (isFound(opened)) return false
  return opened.signers.some((one) => {
    if (isFound(one)) return false
    const read = readingDer(() => {
      const reader = new DerReader(one.signer.signature)
      return canonicalDer(reader, reader.elementAt(0, reader.bytes.length, 1))
    })
    return !isFound(read) && Buffer.compare(read, one.signer.signature) !== 0
  })
}

/** The kind of a pair of answers, and why it is as it should be. */
function explain(own: string, other: string): readonly [string, string | undefined] {
  if (own === 'passed' && other === 'passed') return ['both passed', 'agreed']
  if (own !== 'passed' && other !== 'passed') return ['both refused', 'agreed']
  if (own !== 'passed') return [`stricter here: ${own}`, stricterHere[own]]
  const row = stricterThere.find(([message]) => message.test(other))
  return [`stricter there: ${row?.[1] ?? other}`, row?.[1]]
}
