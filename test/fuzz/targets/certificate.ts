// Fuzz target: certificates, and the signatures of one by another.

import assert from 'node:assert/strict'
import { parseCertificate, verifyCertificateSignature } from '../../../hub/trust/certificate.ts'
import { certificateFacts } from '../../../hub/trust/certificate-facts.ts'
import { derSteps } from '../../../hub/trust/der/reader.ts'
import { isForTimestampsAlone } from '../../../hub/trust/timestamp/token.ts'
import { limits } from '../../../schemas/limits.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { authorityOf, nodeForger } from '../../support/cms-makers.ts'
import { identityOn } from '../../support/signing.ts'
import type { FuzzTarget } from '../target.ts'

const identities = ['TC26-256-B', 'TC26-256-A', 'TC26-512-A'].map(identityOn)
const roots = identities.map(({ issuer }) => issuer.certificate)
const others = [authorityOf(identityOn('TC26-256-C')), nodeForger('ecdsa'), nodeForger('rsa')]
const samples = [...identities, ...others].map(({ certificate }) => certificate.der)
const signedParts = new Set(
  [...identities.map(({ certificate }) => certificate), ...roots].map(({ signed }) => text(signed.tbs)),
)

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

export const certificateTarget: FuzzTarget = {
  name: 'certificate',
  group: 'trust',
  form: 'der',
  share: 30,
  samples: () => samples,
  judge(input, index) {
    const certificate = parseCertificate(input)
    if (isRefusal(certificate)) return certificate.code
    certificateFacts(certificate)
    isForTimestampsAlone(certificate)
    const root = roots[index]
    if (root === undefined || !verifyCertificateSignature(certificate, root)) return 'read'
    assert(signedParts.has(text(certificate.signed.tbs)), 'a changed certificate passes')
    return 'passed'
  },
  steps: derSteps,
  stepsMax: (octets) => 2 * octets + 8 * limits.derDepthMax,
}
