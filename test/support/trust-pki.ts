// An authority for tests of verdicts: identities that are sound, revoked, expired or strangers, and folders to trust.
//
//   const pki = makeTrustPki(t.testdir({}))
//   const relay = await startRelay(t, { partners, settings: pki.settings })
//   const signer = pki.subscriberLike(a.subscriber, { revokedAt })   // signs under the authority of the test

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import { curves } from '../../hub/trust/gost/curves.ts'
import { certificatePem } from '../../hub/trust/pki/files.ts'
import { type Issuer, issueCertificate, issueRevocationList } from '../../hub/trust/pki/issue.ts'
import { authorityName, organizationName } from '../../hub/trust/pki/subjects.ts'
import { PrivateKey } from '../../hub/trust/private-key.ts'
import type { SigningIdentity } from '../../hub/trust/sign.ts'

const day = 86_400_000

/** What differs from a sound certificate of the subscriber. */
export type IdentityOptions = {
  /** Days from now; -30 and 365 unless given. */
  from?: number
  until?: number
  /** Revoked so many days from now; put into the lists by `writeLists`. */
  revoked?: number
  /** ИНН of the certificate; the subscriber's unless given. */
  inn?: string
  /** Issued by an authority nobody trusts. */
  stranger?: boolean
  curve?: string
}

/** The authority. */
export type TrustPki = {
  /** Settings of a hub that trusts it. */
  settings: string[]
  folder: string
  root: Issuer
  intermediate: Issuer
  subscriberLike(subscriber: SimulatedSubscriber, options?: IdentityOptions): SimulatedSubscriber
  /** Writes the lists with everything revoked so far; a hub reads them at its start. */
  writeLists(): void
}

/** Makes the authority and its folders below one. */
export function makeTrustPki(folder: string): TrustPki {
  const root = issue('root', authorityName('Корневой УЦ проверок'))
  const intermediate = issue('intermediate', authorityName('УЦ проверок'), root)
  const stranger = issue('root', authorityName('Чужой УЦ'))
  const revoked: { certificate: Issuer['certificate']; revokedAt: Date }[] = []
  for (const name of ['anchors', 'intermediates', 'crls']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'anchors', 'root.pem'), certificatePem(root.certificate))
  writeFileSync(join(folder, 'intermediates', 'ca.pem'), certificatePem(intermediate.certificate))
  const writeLists = () => {
    const thisUpdate = new Date(Date.now() - day)
    const list = { number: 1, thisUpdate, nextUpdate: new Date(Date.now() + 30 * day) }
    writeFileSync(join(folder, 'crls', 'root.crl'), issueRevocationList({ ...list, revoked: [] }, root))
    writeFileSync(join(folder, 'crls', 'ca.crl'), issueRevocationList({ ...list, revoked }, intermediate))
  }
  writeLists()
  return {
    folder,
    root,
    intermediate,
    settings: [
      `trust.anchorsFolder=${join(folder, 'anchors')}`,
      `trust.intermediatesFolder=${join(folder, 'intermediates')}`,
      `trust.listsFolder=${join(folder, 'crls')}`,
    ],
    subscriberLike(subscriber, options = {}) {
      const by = options.stranger === true ? stranger : intermediate
      const subject = organizationName({ name: subscriber.name, inn: options.inn ?? subscriber.inn })
      const issued = issue('leaf', subject, by, options)
      if (options.revoked !== undefined) {
        revoked.push({
          certificate: issued.certificate,
          revokedAt: new Date(Date.now() + options.revoked * day),
        })
      }
      const identity: SigningIdentity = { ...issued, chain: [by.certificate] }
      return { ...subscriber, identity }
    },
    writeLists,
  }
}

function issue(
  role: 'root' | 'intermediate' | 'leaf',
  subject: ReturnType<typeof authorityName>,
  issuer?: Issuer,
  { from = -30, until = 365, curve = 'TC26-256-B' }: IdentityOptions = {},
): Issuer {
  const set = curves.find(({ name }) => name === curve)
  if (set === undefined) throw new RangeError(curve)
  const privateKey = PrivateKey.generate(set)
  const isLeaf = role === 'leaf'
  const certificate = issueCertificate(
    {
      role,
      subject,
      subjectKey: privateKey,
      notBefore: new Date(Date.now() + (isLeaf ? from : -300) * day),
      notAfter: new Date(Date.now() + (isLeaf ? until : 3000) * day),
      crlAddress: 'http://crl.test.invalid/ca.crl',
    },
    issuer,
  )
  return { certificate, privateKey }
}
