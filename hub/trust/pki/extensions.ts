// Forms the extensions of certificates and revocation lists (RFC 5280, 4.2 and 5.2) as pkijs structures.

import { createHash } from 'node:crypto'
import * as asn1js from 'asn1js'
import {
  AccessDescription,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CertificatePolicies,
  CRLDistributionPoints,
  DistributionPoint,
  Extension,
  ExtKeyUsage,
  GeneralName,
  InfoAccess,
  PolicyInformation,
} from 'pkijs'
import { oids } from '../der/oids.ts'
import { arrayBuffer } from './names.ts'

/** What a certificate is for. */
export type CertificateRole = 'root' | 'intermediate' | 'leaf'

type ExtensionInput = {
  role: CertificateRole
  /** Content of the subject's public key BIT STRING. */
  publicKeyBits: Uint8Array
  /** subjectKeyIdentifier of the issuer; undefined for a root. */
  issuerKeyIdentifier: Uint8Array | undefined
  /** Where the issuer's revocation list would stand; none is named without it. */
  crlAddress?: string
  /** Where a responder would answer for the issuer (RFC 5280, 4.2.2.1). */
  ocspAddress?: string
}

/** The extensions of a certificate of a role. */
export function formExtensions(input: ExtensionInput): Extension[] {
  const { role, issuerKeyIdentifier } = input
  const extensions = [basicConstraints(role), keyUsage(role), subjectKeyIdentifier(input.publicKeyBits)]
  if (issuerKeyIdentifier !== undefined) extensions.push(authorityKeyIdentifier(issuerKeyIdentifier))
  if (role === 'root') return extensions
  if (role === 'leaf') {
    const keyPurposes = [oids.clientAuthentication, oids.emailProtection]
    extensions.push(form(oids.extendedKeyUsage, new ExtKeyUsage({ keyPurposes }).toSchema()))
  }
  const classes = role === 'intermediate' ? [oids.classKC1, oids.classKC2] : [oids.classKC1]
  const tool = new asn1js.Utf8String({ value: 'Средство ЭП для разработки' })
  extensions.push(policies(classes))
  if (input.crlAddress !== undefined) extensions.push(crlDistributionPoint(input.crlAddress))
  if (input.ocspAddress !== undefined) extensions.push(ocspAccess(input.ocspAddress))
  extensions.push(form(oids.subjectSignTool, tool))
  return extensions
}

/** The identifier of a key: SHA-1 over the BIT STRING's content (RFC 5280, 4.2.1.2, method 1). */
export function keyIdentifier(publicKeyBits: Uint8Array): Uint8Array {
  return createHash('sha1').update(publicKeyBits).digest()
}

/** authorityKeyIdentifier of certificates and revocation lists. */
export function authorityKeyIdentifier(issuerKeyIdentifier: Uint8Array): Extension {
  const identifier = new asn1js.OctetString({ valueHex: arrayBuffer(issuerKeyIdentifier) })
  return form(
    oids.authorityKeyIdentifier,
    new AuthorityKeyIdentifier({ keyIdentifier: identifier }).toSchema(),
  )
}

/** cRLNumber of a revocation list. */
export function crlNumber(number: number): Extension {
  return form(oids.crlNumber, new asn1js.Integer({ value: number }))
}

/** reasonCode of a revoked certificate; keyCompromise is 1 (RFC 5280, 5.3.1). */
export function crlReason(reason: number): Extension {
  return form(oids.crlReason, new asn1js.Enumerated({ value: reason }))
}

function basicConstraints(role: CertificateRole): Extension {
  const pathLength = role === 'intermediate' ? { pathLenConstraint: 0 } : {}
  const constraints = new BasicConstraints({ cA: role !== 'leaf', ...pathLength })
  return form(oids.basicConstraints, constraints.toSchema(), role !== 'leaf')
}

/** Bits from the left: digitalSignature, nonRepudiation; keyCertSign is the sixth, cRLSign the seventh. */
const keyUsageBits: Record<CertificateRole, { octet: number; unusedBits: number }> = {
  root: { octet: 0b0000_0110, unusedBits: 1 },
  intermediate: { octet: 0b1000_0110, unusedBits: 1 },
  leaf: { octet: 0b1100_0000, unusedBits: 6 },
}

function keyUsage(role: CertificateRole): Extension {
  const { octet, unusedBits } = keyUsageBits[role]
  return form(
    oids.keyUsage,
    new asn1js.BitString({ valueHex: Uint8Array.of(octet).buffer, unusedBits }),
    true,
  )
}

function subjectKeyIdentifier(publicKeyBits: Uint8Array): Extension {
  const identifier = arrayBuffer(keyIdentifier(publicKeyBits))
  return form(oids.subjectKeyIdentifier, new asn1js.OctetString({ valueHex: identifier }))
}

function policies(identifiers: readonly string[]): Extension {
  const certificatePolicies = identifiers.map(
    (policyIdentifier) => new PolicyInformation({ policyIdentifier }),
  )
  return form(oids.certificatePolicies, new CertificatePolicies({ certificatePolicies }).toSchema())
}

function crlDistributionPoint(address: string): Extension {
  const points = new CRLDistributionPoints({
    distributionPoints: [new DistributionPoint({ distributionPoint: [uri(address)] })],
  })
  return form(oids.crlDistributionPoints, points.toSchema())
}

function ocspAccess(address: string): Extension {
  const description = new AccessDescription({ accessMethod: oids.ocspAccess, accessLocation: uri(address) })
  return form(oids.authorityInfoAccess, new InfoAccess({ accessDescriptions: [description] }).toSchema())
}

function uri(address: string): GeneralName {
  const uniformResourceIdentifier = 6
  return new GeneralName({ type: uniformResourceIdentifier, value: address })
}

function form(extnID: string, value: { toBER(): ArrayBuffer }, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: value.toBER() })
}
