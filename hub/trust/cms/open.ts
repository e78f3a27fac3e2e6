// Opens the SignedData of a signature for judging: parts, revocation values and what is wrong with the whole.

import { limits } from '../../../schemas/limits.ts'
import type { Found } from '../../../schemas/verdict/facts.ts'
import { oids } from '../der/oids.ts'
import { DerError, DerReader, type Element, tags } from '../der/reader.ts'
import { readSmallInteger } from '../der/values.ts'
import { readContentInfo, readSigner, type SignedDataParts, type Signer, startsAsCms } from './structure.ts'

/** A signer as it stands in the CMS, or why it cannot be read. */
export type OpenedSigner = { readonly element: Element; readonly signer: Signer } | Found

/** A SignedData whose structure was read; nothing is verified. */
export type OpenedCms = {
  readonly reader: DerReader
  readonly parts: SignedDataParts
  readonly signers: readonly OpenedSigner[]
  /** Where the attached content stands: pairs of start and end. Undefined when it is detached. */
  readonly contentSpans: readonly number[] | undefined
  readonly problems: readonly Found[]
}

/**
 * Opens the octets of a CMS: DER or BER, nothing may follow it. Problems: cms.not-cms, cms.broken, cms.too-complex,
 * cms.not-signed, cms.signers-many (signersPerSignatureMax). Never throws for any bytes.
 */
export function openCms(octets: Uint8Array): OpenedCms | Found {
  if (!startsAsCms(octets)) {
    return { problem: 'cms.not-cms', seen: `${octets.length} bytes that start as no CMS` }
  }
  return readingDer(() => open(new DerReader(octets)))
}

/** What `read` gives, or the problem when the bytes are broken or beyond the limits. */
export function readingDer<T>(read: () => T): T | Found {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return { problem: error.kind === 'broken' ? 'cms.broken' : 'cms.too-complex', seen: error.message }
  }
}

/** Whether a value is a problem found. */
export function isFound<T extends object>(value: T | Found): value is Found {
  return 'problem' in value
}

function open(reader: DerReader): OpenedCms | Found {
  const parts = readContentInfo(reader)
  if (typeof parts === 'string') return { problem: 'cms.not-signed', seen: `a CMS of type ${parts}` }
  if (parts.signers.length === 0) return { problem: 'cms.not-signed', seen: 'no signer' }
  if (parts.signers.length > limits.signersPerSignatureMax) {
    return { problem: 'cms.signers-many', seen: `${parts.signers.length} signers` }
  }
  const { content } = parts
  if (content !== undefined && content.tag !== tags.octetString) {
    return { problem: 'cms.broken', seen: 'the content is no octet string' }
  }
  const signers = parts.signers.map((element) =>
    readingDer((): OpenedSigner => ({ element, signer: readSigner(reader, element) })),
  )
  return {
    reader,
    parts,
    signers,
    contentSpans: content && reader.octetSpans(content),
    problems: versionProblems(reader, parts, signers),
  }
}

/** The version of SignedData follows from what it holds (RFC 5652, 5.1); tools are met that get it wrong. */
function versionProblems(
  reader: DerReader,
  parts: SignedDataParts,
  signers: readonly OpenedSigner[],
): Found[] {
  const written = readSmallInteger(reader, parts.version)
  const versions = signers.map((one) => (isFound(one) ? 1 : readSmallInteger(reader, one.signer.version)))
  const isPlain = parts.contentType === oids.cmsData && !versions.includes(3)
  const hasOnlyCertificates = parts.certificateChoices.length === parts.certificates.length
  const expected = isPlain ? 1 : 3
  if (written === expected || !hasOnlyCertificates || parts.revocations !== undefined) return []
  return [{ problem: 'cms.version', seen: `SignedData of version ${written}, expected ${expected}` }]
}
