// Checks a signature file over a document: everything but certification paths and revocation (EN 319 102-1, 5.2).

import { hash } from 'node:crypto'
import { isRefusal } from '../../../schemas/refusals.ts'
import type { Found, SignatureFacts, SignerFacts } from '../../../schemas/verdict/facts.ts'
import type { Certificate } from '../certificate.ts'
import { parseCertificateOnce } from '../certificate-cache.ts'
import { equalBytes } from '../der/values.ts'
import type { AnyDigest } from '../signature-scheme.ts'
import { type CheckedTimestamp, checkTimestamp } from '../timestamp/check.ts'
import { type SignatureAllowance, takeAllowance } from './allowance.ts'
import { attachedContent, Comparison, type ContentSource, GivenContent, type SeenContent } from './content.ts'
import { readSignatureFile, type SignatureFile } from './file.ts'
import { isFound, type OpenedCms, openCms } from './open.ts'
import { judgeSigner, type PreparedSigner, prepareSigner, type SignerOptions } from './signer.ts'
import type { Signer } from './structure.ts'
import {
  type RawRevocation,
  readRevocationChoices,
  readUnsignedAttributes,
  type UnsignedAttributes,
} from './unsigned-attributes.ts'
import { describeRegion, type Region, unsignedRegions } from './unsigned-regions.ts'

/** A signer that was checked, beside its facts in the same place of `facts.signers`. */
export type CheckedSigner = {
  readonly certificate: Certificate | undefined
  readonly timestamps: readonly CheckedTimestamp[]
}

/** A signature file that was checked. */
export type CheckedSignature = {
  /** Without chains: those are for who knows anchors and revocation. */
  readonly facts: SignatureFacts
  readonly signers: readonly CheckedSigner[]
  /** The octets of the CMS; `regions` and all views are of these. */
  readonly octets: Uint8Array
  /** What no signature covers. */
  readonly regions: readonly Region[]
  /** All certificates that came along, raw, for building paths; trusted by nobody yet. */
  readonly certificates: readonly Uint8Array[]
  /** All revocation lists and answers that came along, raw; trusted by nobody yet. */
  readonly revocations: readonly RawRevocation[]
}

/** A check of one signature file that waits for the document. */
export type SignatureCheck = {
  /** The digests of the document that are needed: none when the content is attached or nothing can be verified. */
  readonly digests: readonly AnyDigest[]
  readonly isDetached: boolean
  /** Takes the next octets of the document; they are not kept. */
  update(chunk: Uint8Array): void
  /** Takes a digest of the whole document that was computed elsewhere, in place of octets. */
  giveDigest(name: AnyDigest, digest: Uint8Array): void
  /** The answer; called once, as the last. Without update or giveDigest there is no document. */
  finish(): CheckedSignature
}

/**
 * Checks a signature file (DER, BER, PEM or base64) over a document that is at hand as a whole. Without a document
 * the attached content is what is signed. Every "no" is a problem in the facts. Never throws for any bytes.
 */
export function checkSignature(
  file: Uint8Array,
  document?: Uint8Array,
  options: SignerOptions = {},
): CheckedSignature {
  const check = createSignatureCheck(file, options)
  if (document !== undefined) check.update(document)
  return check.finish()
}

/** Begins to check a signature file over a document that comes in chunks, or by its digests. */
export function createSignatureCheck(file: Uint8Array, options: SignerOptions = {}): SignatureCheck {
  const read = readSignatureFile(file)
  if (isFound(read)) return hopeless(file, { form: 'der', octets: new Uint8Array(0) }, read)
  const opened = openCms(read.octets)
  if (isFound(opened)) return hopeless(file, read, opened)
  const signers = opened.signers.map((one) => (isFound(one) ? one : readWhole(opened, one.signer, options)))
  const refused = options.allowance && takeAllowance(options.allowance, needsOf(signers))
  if (refused !== undefined) return hopeless(file, read, refused)
  const prepared = signers.flatMap((one) => (isFound(one) ? [] : [one.prepared]))
  const spans = opened.contentSpans
  const attached = spans && { bytes: opened.reader.bytes, spans }
  const digests = attached === undefined ? digestsOf(prepared) : []
  const isBare = attached === undefined && prepared.some((one) => one.attributes === undefined)
  const given = new GivenContent(digests, isBare)
  const comparison = attached && new Comparison(attached)
  const offered = new Map<AnyDigest, Uint8Array>()
  return {
    digests,
    isDetached: attached === undefined,
    update(chunk) {
      given.update(chunk)
      comparison?.update(chunk)
    },
    giveDigest(name, digest) {
      given.giveDigest(name, digest)
      offered.set(name, digest)
    },
    finish() {
      const content = contentOf(attached, given)
      const problems = [...opened.problems]
      if (attached !== undefined && given.isGiven) {
        const isSame = offered.size > 0 ? hasDigests(content, offered) : comparison?.isSame()
        if (!isSame) problems.push({ problem: 'cms.content-other', seen: 'the attached content' })
      }
      return assemble({ file, read, opened, signers, content, problems, options })
    },
  }
}

/** A signer before its content is known, with what stands beside its signature. */
type WholeSigner = { prepared: PreparedSigner; unsigned: UnsignedAttributes }

function readWhole(opened: OpenedCms, signer: Signer, options: SignerOptions): WholeSigner {
  const unsigned = readUnsignedAttributes(opened.reader, signer.unsignedAttributes)
  return { prepared: prepareSigner(opened, signer, options), unsigned }
}

function needsOf(signers: readonly (WholeSigner | Found)[]): SignatureAllowance {
  const whole = signers.flatMap((one) => (isFound(one) ? [] : [one]))
  const timestamps = whole.flatMap(({ unsigned }) => unsigned.timestamps)
  const certificates = whole.flatMap(({ prepared }) => prepared.certificate?.der ?? [])
  const bytes = [...timestamps, ...certificates].reduce((sum, { length }) => sum + length, 0)
  return { signers: signers.length, timestamps: timestamps.length, bytes }
}

/** A file whose structure cannot be read, or that is not to be checked: the document does not matter. */
function hopeless(file: Uint8Array, { form, octets }: SignatureFile, problem: Found): SignatureCheck {
  const facts: SignatureFacts = {
    sha256: hash('sha256', file, 'hex'),
    form,
    isDetached: true,
    unsigned: [],
    problems: [problem],
    signers: [],
  }
  const result = { facts, signers: [], octets, regions: [], certificates: [], revocations: [] }
  return { digests: [], isDetached: true, update() {}, giveDigest() {}, finish: () => result }
}

function digestsOf(signers: readonly PreparedSigner[]): AnyDigest[] {
  return [...new Set(signers.flatMap(({ algorithms }) => algorithms?.digest ?? []))]
}

function contentOf(attached: ContentSource | undefined, given: GivenContent): SeenContent | undefined {
  if (attached !== undefined) return attachedContent(attached)
  return given.isGiven ? given : undefined
}

function hasDigests(content: SeenContent | undefined, digests: ReadonlyMap<AnyDigest, Uint8Array>): boolean {
  return [...digests].every(([name, digest]) =>
    equalBytes(content?.digest(name) ?? new Uint8Array(0), digest),
  )
}

type Assembly = {
  file: Uint8Array
  read: SignatureFile
  opened: OpenedCms
  signers: readonly (WholeSigner | Found)[]
  content: SeenContent | undefined
  problems: readonly Found[]
  options: SignerOptions
}

function assemble(assembly: Assembly): CheckedSignature {
  const { file, read, opened, signers, content, problems } = assembly
  const { reader, parts } = opened
  const regions = unsignedRegions(
    opened,
    signers.flatMap((one) => (isFound(one) ? [] : [one.prepared])),
  )
  const revocations = readRevocationChoices(reader, parts.revocations)
  const certificates = parts.certificates.map((element) => reader.encoding(element))
  const facts: SignerFacts[] = []
  const checked: CheckedSigner[] = []
  for (const one of signers) {
    if (isFound(one)) {
      facts.push(unreadableSigner(one))
      checked.push({ certificate: undefined, timestamps: [] })
      continue
    }
    const { prepared, unsigned } = one
    const judged = judgeSigner(prepared, content)
    certificates.push(...unsigned.certificates)
    revocations.push(...unsigned.revocations)
    const found = [...judged.problems, ...unsigned.problems]
    const timestamps: CheckedTimestamp[] = []
    for (const token of unsigned.timestamps) {
      const timestamp = checkTimestamp(token, {
        signature: prepared.signer.signature,
        claimedTime: prepared.attributes?.signingTime,
        options: { ...assembly.options, known: knownToTokens(assembly.options, certificates) },
      })
      if (isFound(timestamp)) found.push(timestamp)
      else timestamps.push(timestamp)
    }
    // A token brings the chain of its authority itself (RFC 3161, 2.4.1).
    certificates.push(...timestamps.flatMap((timestamp) => timestamp.certificates))
    revocations.push(...timestamps.flatMap((timestamp) => timestamp.revocations))
    facts.push({ ...judged, problems: found, timestamps: timestamps.map((timestamp) => timestamp.facts) })
    checked.push({ certificate: prepared.certificate, timestamps })
  }
  return {
    facts: {
      sha256: hash('sha256', file, 'hex'),
      form: read.form,
      isDetached: opened.contentSpans === undefined,
      unsigned: regions.map(describeRegion),
      problems,
      signers: facts,
    },
    signers: checked,
    octets: read.octets,
    regions,
    certificates,
    revocations,
  }
}

/** An authority's certificate may stand beside the token instead of in it (RFC 3161, 2.4.1, certReq). */
function knownToTokens({ known = [] }: SignerOptions, certificates: readonly Uint8Array[]): Certificate[] {
  const embedded = certificates.map(parseCertificateOnce).flatMap((one) => (isRefusal(one) ? [] : [one]))
  return [...known, ...embedded]
}

function unreadableSigner(problem: Found): SignerFacts {
  return {
    certificate: undefined,
    digestAlgorithm: '',
    signatureAlgorithm: '',
    messageDigest: undefined,
    claimedTime: undefined,
    problems: [problem],
    timestamps: [],
  }
}
