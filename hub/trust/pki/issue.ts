// Issues certificates and revocation lists: pkijs forms them, our GOST kernel signs them.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import * as asn1js from 'asn1js'
import {
  AlgorithmIdentifier,
  Certificate as CertificateForm,
  CertificateRevocationList,
  Extensions,
  RevokedCertificate,
  Time,
} from 'pkijs'
import { isRefusal } from '../../../schemas/refusals.ts'
import { algorithmsOf } from '../algorithms.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import type { NameAttributes } from '../distinguished-name.ts'
import { digest } from '../gost/kernel.ts'
import type { PrivateKey } from '../private-key.ts'
import {
  authorityKeyIdentifier,
  type CertificateRole,
  crlNumber,
  crlReason,
  formExtensions,
} from './extensions.ts'
import { arrayBuffer, formName, formPublicKey, nameFromBytes, publicKeyBits } from './names.ts'

/** Who issues: a certificate with its key. */
export type Issuer = { certificate: Certificate; privateKey: PrivateKey }

/** What to certify. */
export type CertificateRequest = {
  role: CertificateRole
  subject: NameAttributes
  /** The subject's key; only its public part goes into the certificate. */
  subjectKey: PrivateKey
  notBefore: Date
  notAfter: Date
  /** Where its revocation list and its responder would stand; what is left out is not named. */
  crlAddress?: string
  ocspAddress?: string
}

/** Issues a certificate; without an issuer it is signed by its own key. */
export function issueCertificate(request: CertificateRequest, issuer?: Issuer): Certificate {
  const signingKey = issuer?.privateKey ?? request.subjectKey
  const subject = formName(request.subject)
  const form = new CertificateForm({
    version: 2,
    serialNumber: new asn1js.Integer({ valueHex: arrayBuffer(serialNumber()) }),
    signature: signatureAlgorithm(signingKey),
    signatureAlgorithm: signatureAlgorithm(signingKey),
    issuer: issuer === undefined ? subject : nameFromBytes(issuer.certificate.subject),
    subject,
    notBefore: formTime(request.notBefore),
    notAfter: formTime(request.notAfter),
    subjectPublicKeyInfo: formPublicKey(request.subjectKey),
    extensions: formExtensions({
      role: request.role,
      publicKeyBits: publicKeyBits(request.subjectKey),
      issuerKeyIdentifier: issuer?.certificate.subjectKeyIdentifier,
      ...(request.crlAddress === undefined ? {} : { crlAddress: request.crlAddress }),
      ...(request.ocspAddress === undefined ? {} : { ocspAddress: request.ocspAddress }),
    }),
  })
  form.signatureValue = signatureOf(signingKey, form.encodeTBS().toBER())
  const certificate = parseCertificate(new Uint8Array(form.toSchema(true).toBER()))
  assert(!isRefusal(certificate), 'what was just issued can be read')
  return certificate
}

/** What a revocation list says. */
export type RevocationListRequest = {
  number: number
  thisUpdate: Date
  nextUpdate: Date
  revoked: readonly { certificate: Certificate; revokedAt: Date }[]
}

/** Issues a revocation list (RFC 5280, 5) and gives its DER; the reason is always keyCompromise. */
export function issueRevocationList(request: RevocationListRequest, issuer: Issuer): Uint8Array {
  const identifier = issuer.certificate.subjectKeyIdentifier
  const form = new CertificateRevocationList({
    version: 1,
    signature: signatureAlgorithm(issuer.privateKey),
    signatureAlgorithm: signatureAlgorithm(issuer.privateKey),
    issuer: nameFromBytes(issuer.certificate.subject),
    thisUpdate: formTime(request.thisUpdate),
    nextUpdate: formTime(request.nextUpdate),
    crlExtensions: new Extensions({
      extensions: [
        ...(identifier === undefined ? [] : [authorityKeyIdentifier(identifier)]),
        crlNumber(request.number),
      ],
    }),
  })
  if (request.revoked.length > 0) {
    form.revokedCertificates = request.revoked.map(
      ({ certificate, revokedAt }) =>
        new RevokedCertificate({
          userCertificate: new asn1js.Integer({ valueHex: arrayBuffer(certificate.serialOctets) }),
          revocationDate: formTime(revokedAt),
          crlEntryExtensions: new Extensions({ extensions: [crlReason(1)] }),
        }),
    )
  }
  const unsigned: asn1js.Sequence = form.toSchema(true)
  const [tbs] = unsigned.valueBlock.value
  assert(tbs !== undefined)
  form.signatureValue = signatureOf(issuer.privateKey, tbs.toBER())
  return new Uint8Array(form.toSchema(true).toBER())
}

/** Sixteen random octets, positive and without a leading zero octet. */
function serialNumber(): Uint8Array {
  const octets = randomBytes(16)
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40
  return octets
}

function signatureAlgorithm(key: PrivateKey): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithmId: algorithmsOf(key.curve.bits).signatureOid })
}

function signatureOf(key: PrivateKey, tbs: ArrayBuffer): asn1js.BitString {
  const { digestName } = algorithmsOf(key.curve.bits)
  return new asn1js.BitString({ valueHex: arrayBuffer(key.sign(digest(digestName, new Uint8Array(tbs)))) })
}

/** UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5); whole seconds. */
function formTime(at: Date): Time {
  const utcTime = 0
  const generalizedTime = 1
  const value = new Date(Math.floor(at.getTime() / 1000) * 1000)
  return new Time({ type: value.getUTCFullYear() < 2050 ? utcTime : generalizedTime, value })
}
