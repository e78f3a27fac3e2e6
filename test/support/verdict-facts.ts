// Facts of a message as a judge gets them: one signature over one document, sound unless a test changes it.

import type {
  CertificateFacts,
  ChainFacts,
  Found,
  RevocationFacts,
  SignerFacts,
  TimestampFacts,
} from '../../schemas/verdict/facts.ts'
import type { MessageFacts } from '../../schemas/verdict/message-facts.ts'
import { verdictPolicy } from '../../schemas/verdict/policy.ts'

export const receivedAt = '2026-10-01T09:00:00.000Z'
export const certificate = (name: string, names: Record<string, string> = {}): CertificateFacts => ({
  sha256: name.padEnd(64, '0'),
  subject: `CN=${name}`,
  issuer: 'CN=ca',
  serial: '01',
  notBefore: '2025-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  key: 'TC26-256-B',
  names,
})
export const leaf = certificate('aa', { innLegal: '7741377501' })
export const ca = certificate('bb')
export const root = certificate('cc')

export const good = (of: CertificateFacts): RevocationFacts => ({
  certificate: of.sha256,
  status: 'good',
  source: 'crl',
  evidence: 'ee'.repeat(32),
  thisUpdate: '2026-09-30T00:00:00.000Z',
  nextUpdate: '2026-10-07T00:00:00.000Z',
  revokedAt: undefined,
  reason: undefined,
  invalidityDate: undefined,
  problems: [],
})
export const revoked = (of: CertificateFacts, revokedAt: string): RevocationFacts => ({
  ...good(of),
  status: 'revoked',
  revokedAt,
  reason: 'keyCompromise',
})
export const chain = (changes: Partial<ChainFacts> & { problems?: Found[] } = {}): ChainFacts => ({
  path: {
    at: receivedAt,
    certificates: [leaf, ca],
    anchor: root,
    policies: ['1.2.643.100.113.1'],
    problems: changes.problems ?? [],
  },
  revocations: changes.revocations ?? [good(leaf), good(ca)],
  authority: changes.authority,
})
export const signer = (changes: Partial<SignerFacts> = {}): SignerFacts => ({
  certificate: leaf,
  digestAlgorithm: '1.2.643.7.1.1.2.2',
  signatureAlgorithm: '1.2.643.7.1.1.1.1',
  messageDigest: 'ab'.repeat(32),
  claimedTime: '2026-10-01T08:00:00.000Z',
  problems: [],
  timestamps: [],
  chain: chain(),
  ...changes,
})
export const stamp = (time: string, changes: Partial<TimestampFacts> = {}): TimestampFacts => ({
  sha256: '77'.repeat(32),
  time,
  accuracyMs: 1000,
  certificate: certificate('dd'),
  problems: [],
  chain: chain(),
  ...changes,
})
export const message = (
  one: SignerFacts | undefined,
  changes: Partial<MessageFacts> & {
    encrypted?: boolean
    body?: 'message' | 'stored' | 'absent'
    inn?: string
  } = {},
): MessageFacts => {
  const { encrypted = false, body = 'message', inn = '7741377501', ...rest } = changes
  const signature = one && {
    sha256: '99'.repeat(32),
    form: 'der' as const,
    isDetached: true,
    unsigned: [],
    problems: [],
    signers: [one],
  }
  return {
    form: 'edo-hub-facts/2',
    message: 'm',
    sender: '2ZA-7741377501-770101460-1',
    receivedAt,
    judgedAt: receivedAt,
    documents: [{ id: 'd', type: 'СФ', isEncrypted: encrypted, body, sha256: 'aa', streebog256: 'bb' }],
    signatures: [
      { id: 's', document: 'd', participant: '2ZA', participantInn: inn === '' ? undefined : inn, signature },
    ],
    edition: '1',
    policy: verdictPolicy('default'),
    ...rest,
  }
}
