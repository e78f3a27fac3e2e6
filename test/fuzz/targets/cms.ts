// Fuzz targets: signature files over a document, in binary and as texts.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { type CheckedSignature, createSignatureCheck } from '../../../hub/trust/cms/check.ts'
import { isInUnsignedRegion } from '../../../hub/trust/cms/unsigned-regions.ts'
import { readSigned, verifySigned } from '../../../hub/trust/cms.ts'
import { derSteps } from '../../../hub/trust/der/reader.ts'
import { writePem } from '../../../hub/trust/pem.ts'
import { signDetached } from '../../../hub/trust/sign.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal, refusals } from '../../../schemas/refusals.ts'
import { problemRow } from '../../../schemas/verdict/problems.ts'
import { authorityOf, cadesAttributes, nodeForger, stampedBy } from '../../support/cms-makers.ts'
import { type Forger, forge, forgeSigner } from '../../support/forged-cms.ts'
import { identityOn } from '../../support/signing.ts'
import type { FuzzTarget } from '../target.ts'

const document = Buffer.from('Документ, который подписан')
const at = new Date('2026-10-01T09:00:00Z')

let made: readonly Uint8Array[] | undefined

/** Detached and attached, of one and two signers, with a time-stamp, with attributes and without, by all algorithms. */
function signatures(): readonly Uint8Array[] {
  if (made !== undefined) return made
  const [ecdsa, rsa] = [nodeForger('ecdsa'), nodeForger('rsa')]
  const proper = (forger: Forger, more: object = {}): Uint8Array =>
    forge(forger, { content: document, encapsulated: [], attributes: cadesAttributes(forger), ...more })
  const fixtures = joinPath(import.meta.dirname, '../../fixtures/cms')
  made = [
    signDetached({ ...identityOn('TC26-256-B'), content: document, at }),
    proper(ecdsa, {
      certificates: [ecdsa.certificate.der, rsa.certificate.der],
      digestAlgorithms: [ecdsa.digestAlgorithm],
      moreSigners: [forgeSigner(rsa, { content: document, attributes: cadesAttributes(rsa) })],
    }),
    proper(ecdsa, { unsignedAttributes: stampedBy(authorityOf(identityOn('TC26-256-B'))) }),
    proper(nodeForger('ed25519')),
    proper(nodeForger('pss')),
    forge(ecdsa, { content: document, attributes: cadesAttributes(ecdsa) }),
    proper(ecdsa, { isWithoutAttributes: true }),
    readFileSync(joinPath(fixtures, 'streamed.cms')),
  ]
  return made
}

/** Who signed what: undefined when a signer or the file did not pass, apart from what a policy may let pass. */
function statement({ facts }: CheckedSignature): string | undefined {
  const all = [...facts.problems, ...facts.signers.flatMap(({ problems }) => problems)]
  const isTold = all.every(
    ({ problem }) => problemRow(problem).byDefault === 'note' || problem === 'cms.attributes-absent',
  )
  if (!isTold || facts.signers.length === 0) return undefined
  const signers = facts.signers.map(({ certificate, messageDigest, claimedTime }) => [
    certificate?.sha256,
    messageDigest,
    claimedTime,
  ])
  return JSON.stringify(signers.map(String).sort())
}

const statements = new WeakMap<readonly Uint8Array[], ReadonlySet<string>>()

/** What all samples say, signer by signer: splices may give a signature fewer signers, never others. */
function knownSigners(): ReadonlySet<string> {
  const samples = signatures()
  const known =
    statements.get(samples) ??
    new Set(samples.flatMap((file) => JSON.parse(statement(check(file)) ?? '[]') as string[]))
  statements.set(samples, known)
  return known
}

/** Attached content says itself what was signed. */
function check(file: Uint8Array): CheckedSignature {
  const checking = createSignatureCheck(file, { at })
  if (checking.isDetached) checking.update(document)
  return checking.finish()
}

const originals = new Map<Uint8Array, CheckedSignature>()

function originalOf(sample: Uint8Array): CheckedSignature {
  const original = originals.get(sample) ?? check(sample)
  originals.set(sample, original)
  return original
}

function judge(input: Uint8Array, sample: Uint8Array): string {
  const result = check(input)
  judgeAtDoor(input)
  const { facts } = result
  const said = statement(result)
  const first = [...facts.problems, ...facts.signers.flatMap(({ problems }) => problems)][0]
  if (said === undefined) return first?.problem ?? 'no signer'
  for (const signer of JSON.parse(said) as string[]) {
    // Without signed attributes nothing binds the certificate, so that only its key has to be the same.
    if (signer.includes(',,')) continue
    assert(knownSigners().has(signer), `passed, and says what nobody signed: ${signer}`)
  }
  const original = originalOf(sample)
  const isLikeSample = original.octets.length === result.octets.length
  if (!isLikeSample || facts.signers.some(({ messageDigest }) => messageDigest === undefined)) return 'passed'
  const differs = result.octets.some(
    (octet, index) => octet !== original.octets[index] && !isInUnsignedRegion(result.regions, index),
  )
  // Another sample, or elements in another order, may stand in the place; that it says the same was asserted above.
  return differs ? 'passed, put differently' : 'passed'
}

/** The door of packages reads the same bytes: it must not throw, and its codes are of the table. */
function judgeAtDoor(input: Uint8Array): void {
  const signed = readSigned(input)
  const refusal = isRefusal(signed) ? signed : verifySigned(signed)
  assert(refusal === undefined || refusal.code in refusals)
}

/** A header takes two octets, and every one is read a few times by every signer and time-stamp that looks at it. */
const stepsMax = (octets: number): number => 4 * octets + 8 * limits.derDepthMax

export const cmsTarget: FuzzTarget = {
  name: 'cms',
  group: 'trust',
  form: 'der',
  share: 20,
  samples: signatures,
  judge: (input, index) => judge(input, signatures()[index] ?? input),
  steps: derSteps,
  stepsMax,
}

const texts = (): Uint8Array[] =>
  signatures().flatMap((file) => [
    Buffer.from(writePem('CMS', file)),
    Buffer.from(Buffer.from(file).toString('base64').replace(/.{64}/g, '$&\r\n')),
  ])

let madeTexts: readonly Uint8Array[] | undefined

export const signatureTextTarget: FuzzTarget = {
  name: 'signature-text',
  group: 'parser',
  form: 'octets',
  share: 20,
  samples() {
    madeTexts ??= texts()
    return madeTexts
  },
  judge: (input, index) => judge(input, textAt(index) ?? input),
  steps: derSteps,
  stepsMax,
}

function textAt(index: number): Uint8Array | undefined {
  return signatureTextTarget.samples()[index]
}
