// Names the places of a CMS that no signature covers, so that what passes although it changed can be told.

import type { Element } from '../der/reader.ts'
import { isFound, type OpenedCms } from './open.ts'
import type { PreparedSigner } from './signer.ts'

/** A place in the octets of a CMS; the end is exclusive. */
export type Region = { readonly name: string; readonly start: number; readonly end: number }

/**
 * The places of a CMS that can be changed without changing what is signed: versions, digests announced for nobody,
 * certificates that no signer's signing-certificate attribute names, revocation values, the identifiers of signature
 * algorithms (RFC 6211 is what covers those) and unsigned attributes. Offsets are those of the octets of the CMS.
 */
export function unsignedRegions(opened: OpenedCms, signers: readonly PreparedSigner[]): Region[] {
  const { parts } = opened
  const regions: Region[] = []
  const add = (name: string, element: Element | undefined): void => {
    if (element === undefined) return
    regions.push({ name, start: element.start, end: element.end })
  }
  const used = new Set(opened.signers.map((one) => (isFound(one) ? '' : one.signer.digestAlgorithm)))
  add('version of SignedData', parts.version)
  parts.digestAlgorithmElements.forEach((element, index) => {
    const oid = parts.digestAlgorithms[index] ?? ''
    // Of an algorithm that stands twice, either place can change and the other still announces it.
    const isRepeated = parts.digestAlgorithms.filter((one) => one === oid).length > 1
    if (!used.has(oid) || isRepeated) add('digest algorithm not used', element)
  })
  for (const element of parts.certificateChoices) {
    const owner = signers.find((signer) => isCertificateOf(opened, element, signer))
    if (owner === undefined) add('certificate not used', element)
    else if ((owner.attributes?.signingCertificates.length ?? 0) === 0) {
      add('certificate of a signer that no signed attribute names', element)
    }
  }
  add('revocation values', parts.revocations)
  opened.signers.forEach((one, index) => {
    if (isFound(one)) return
    const { version, signatureAlgorithm, unsignedAttributes } = one.signer
    add(`version of signer ${index + 1}`, version)
    add(`signature algorithm of signer ${index + 1}`, signatureAlgorithm)
    add(`unsigned attributes of signer ${index + 1}`, unsignedAttributes)
  })
  return regions
}

/** A region as a report tells it. */
export function describeRegion({ name, start, end }: Region): string {
  return `${name}: ${end - start} bytes at ${start}`
}

/** Whether an octet of the CMS lies in one of the regions. */
export function isInUnsignedRegion(regions: readonly Region[], offset: number): boolean {
  return regions.some(({ start, end }) => start <= offset && offset < end)
}

function isCertificateOf(opened: OpenedCms, element: Element, signer: PreparedSigner): boolean {
  if (signer.certificate === undefined) return false
  return Buffer.compare(opened.reader.encoding(element), signer.certificate.der) === 0
}
