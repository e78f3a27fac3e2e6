// Reads where revocation lists and answers are (RFC 5280, 4.2.1.13, 4.2.1.15, 4.2.2.1).

import { oids } from '../der/oids.ts'
import { context, DerError, type DerReader, type Element } from '../der/reader.ts'
import { readOid, readSequence } from '../der/values.ts'
import { type GeneralName, readGeneralName, readGeneralNames } from './general-names.ts'

/** Where a list is found, which reasons it covers and who signs it when it is not the certificate's issuer. */
export type DistributionPoint = {
  readonly fullName: readonly GeneralName[]
  /** DER of the RelativeDistinguishedName, tagged as in the extension. */
  readonly nameRelativeToIssuer: Uint8Array | undefined
  /** Bits of ReasonFlags from the left as content octets of the BIT STRING; undefined for all reasons. */
  readonly reasons: Uint8Array | undefined
  readonly crlIssuer: readonly GeneralName[]
}

/** crlDistributionPoints and freshestCRL. Throws DerError. */
export function readDistributionPoints(reader: DerReader, element: Element): DistributionPoint[] {
  return readSequence(reader, element).map((point) => {
    const fields = readSequence(reader, point)
    const field = (tag: number) => fields.find((candidate) => candidate.tag === context(tag))
    const [name, reasons, issuer] = [field(0), field(1), field(2)]
    const choice = name === undefined ? undefined : reader.children(name)[0]
    return {
      fullName: choice?.tag === context(0) ? readGeneralNames(reader, choice) : [],
      nameRelativeToIssuer: choice?.tag === context(1) ? reader.encoding(choice) : undefined,
      reasons: reasons === undefined ? undefined : reader.content(reasons),
      crlIssuer: issuer === undefined ? [] : readGeneralNames(reader, issuer),
    }
  })
}

/** Addresses by what is found there. */
export type AuthorityAccess = { readonly ocsp: readonly string[]; readonly caIssuers: readonly string[] }

/** authorityInfoAccess; methods and forms of names nobody here asks are passed over. Throws DerError. */
export function readAuthorityAccess(reader: DerReader, element: Element): AuthorityAccess {
  const access = { ocsp: [] as string[], caIssuers: [] as string[] }
  for (const description of readSequence(reader, element)) {
    const [method, location] = readSequence(reader, description)
    const oid = readOid(reader, method)
    if (location === undefined) throw new DerError('broken', 'an access without a place')
    const name = readGeneralName(reader, location)
    if (name.kind !== 'uri') continue
    if (oid === oids.ocspAccess) access.ocsp.push(name.text)
    if (oid === oids.caIssuersAccess) access.caIssuers.push(name.text)
  }
  return access
}
