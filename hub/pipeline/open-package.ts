// Opens a signed package: CMS, ZIP, structure, descriptions. Pure; runs in workers.

import { roseu } from '../../operators/dialects/roseu/index.ts'
import type { Dialect } from '../../operators/ports.ts'
import type { PackageContent } from '../../schemas/package.ts'
import { isRefusal, type Refusal } from '../../schemas/refusals.ts'
import type { Certificate } from '../trust/certificate.ts'
import { parseCertificateOnce } from '../trust/certificate-cache.ts'
import { readSigned, readSignedContent, type SignedPackage, verifySigned } from '../trust/cms.ts'
import type { StoredPackage } from './ports.ts'

/** The dialect that reads containers; all known ones share the container of the operators' protocol. */
const reader: Dialect = roseu

/** Reads the CMS and finds the signer, without spending work on digests. */
export function openSigned(
  bytes: Uint8Array,
  registered: readonly Uint8Array[] = [],
): SignedPackage | Refusal {
  return readSigned(bytes, { registered: parsed(registered) })
}

/** Parsed as they are gone through, which is only for a CMS without the certificate of its signer. */
function* parsed(registered: readonly Uint8Array[]): Generator<Certificate> {
  for (const der of registered) {
    const certificate = parseCertificateOnce(der)
    if (!isRefusal(certificate)) yield certificate
  }
}

/** A package of which everything was checked that depends on its bytes alone. */
export type OpenedPackage = { thumbprint: string; zip: Uint8Array; content: PackageContent }

/** Everything the door checks that depends on the bytes alone (RULES 9). */
export function inspectPackage(
  bytes: Uint8Array,
  registered: readonly Uint8Array[],
): OpenedPackage | Refusal {
  const signed = openSigned(bytes, registered)
  if (isRefusal(signed)) return signed
  const fault = verifySigned(signed)
  if (fault !== undefined) return fault
  const zip = signed.content
  const content = reader.openContent(zip)
  if (isRefusal(content)) return content
  return { thumbprint: signed.certificate.thumbprint, zip, content }
}

/** The ZIP of a stored package. */
export function contentOf(source: StoredPackage): Uint8Array | Refusal {
  return readSignedContent(source.bytes)
}

/** Opens a stored package again. */
export function reopenPackage(source: StoredPackage): { zip: Uint8Array; content: PackageContent } | Refusal {
  const zip = contentOf(source)
  if (isRefusal(zip)) return zip
  const content = reader.openContent(zip)
  return isRefusal(content) ? content : { zip, content }
}
