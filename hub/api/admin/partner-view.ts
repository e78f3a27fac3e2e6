// Shows peers in the shapes of the admin plane: in a list, and whole with what an engineer may change and apply.

import { grantsOfPeer, policyOf } from '../../../routing/book.ts'
import { dayOf, isInForce } from '../../../routing/periods.ts'
import type { AdminPartner, AdminPartnerDetails } from '../../../schemas/admin.ts'
import type { PartnerBook, Peer, PeerPolicy, PeerWithPolicy } from '../../../schemas/partner.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { readPeerCertificate } from '../../partners/peer-certificate.ts'
import { lacksOf, lackTexts } from '../../partners/rules.ts'
import type { PartnerChangeRow } from '../../store/entities/partner-change.ts'

/** A peer for a list, with the codes it may speak for that day. */
export function partnerOf(book: PartnerBook, peer: PeerWithPolicy, at: Date): AdminPartner {
  const day = dayOf(at)
  const codes = grantsOfPeer(book, peer.id)
    .filter((grant) => isInForce(grant, day))
    .map((grant) => book.operators.get(grant.operator))
    .filter((operator) => operator?.active === true)
    .flatMap((operator) => operator?.codes ?? [])
    .filter((row) => isInForce(row, day))
    .map((row) => row.code.toUpperCase())
  return {
    id: peer.id,
    name: peer.name,
    state: peer.state,
    dialect: peer.dialect,
    address: peer.address ?? null,
    codes: [...new Set(codes)].sort(),
  }
}

/** A peer whole. */
export function partnerDetailsOf(
  book: PartnerBook,
  peer: PeerWithPolicy,
  of: { at: Date; history: readonly PartnerChangeRow[] },
): AdminPartnerDetails {
  const grants = grantsOfPeer(book, peer.id)
  const numbered = new Map(grants.map((grant, i) => [String(i), grant]))
  const plain: Peer = { ...peer, policy: givenPolicy(peer.policy) }
  return {
    ...partnerOf(book, peer, of.at),
    lacks: lacksOf({ grants: numbered }, plain, of.at).map((lack) => lackTexts[lack]),
    certificates: peer.certificates.flatMap(({ pem }) => {
      const read = readPeerCertificate(pem)
      if (isRefusal(read)) return []
      const { thumbprint, notBefore, notAfter } = read
      return [{ thumbprint, notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() }]
    }),
    settings: { peers: [plain], grants: [...grants] },
    history: of.history.map(({ edition, at, actor, reason, kind, key }) => {
      return { edition, at: at.toISOString(), actor, reason, kind, key }
    }),
  }
}

/** What differs from the defaults: the rest must go on following the defaults of the running version. */
function givenPolicy(policy: PeerPolicy): Partial<PeerPolicy> {
  const defaults: Readonly<Record<string, unknown>> = policyOf({ policy: {} })
  const differs = ([name, value]: [string, unknown]) =>
    JSON.stringify(value) !== JSON.stringify(defaults[name])
  return Object.fromEntries(Object.entries(policy).filter(differs))
}
