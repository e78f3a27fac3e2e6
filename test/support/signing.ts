// Identities to sign with in tests: a root and a signer in memory, with keys that are the same in every run.

import assert from 'node:assert/strict'
import { type Curve, curves } from '../../hub/trust/gost/curves.ts'
import { toBigEndian } from '../../hub/trust/gost/integers.ts'
import { type Issuer, issueCertificate } from '../../hub/trust/pki/issue.ts'
import { authorityName, organizationName } from '../../hub/trust/pki/subjects.ts'
import { PrivateKey } from '../../hub/trust/private-key.ts'
import type { SigningIdentity } from '../../hub/trust/sign.ts'

const notBefore = new Date('2026-01-01T00:00:00Z')
const notAfter = new Date('2036-01-01T00:00:00Z')

/** A parameter set by name. */
export function curveNamed(name: string): Curve {
  const curve = curves.find((candidate) => candidate.name === name)
  assert(curve !== undefined, name)
  return curve
}

/** A signer under a root of its own, on a parameter set. */
export function identityOn(curveName: string): Required<SigningIdentity> & { issuer: Issuer } {
  const curve = curveNamed(curveName)
  const period = { notBefore, notAfter, crlAddress: 'http://crl.test.invalid/root.crl' }
  const rootKey = new PrivateKey(curve, toBigEndian(1_000_003n, curve.bits / 8))
  const privateKey = new PrivateKey(curve, toBigEndian(curve.q - 1_000_033n, curve.bits / 8))
  const root = issueCertificate({
    role: 'root',
    subject: authorityName('Корневой УЦ испытаний'),
    subjectKey: rootKey,
    ...period,
  })
  const certificate = issueCertificate(
    {
      role: 'leaf',
      subject: organizationName({ name: 'ООО "Испытатель"', inn: '7705717142' }),
      subjectKey: privateKey,
      ...period,
    },
    { certificate: root, privateKey: rootKey },
  )
  return { certificate, privateKey, chain: [root], issuer: { certificate: root, privateKey: rootKey } }
}
