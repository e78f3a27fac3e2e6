// Judges the sender of a package by a partner file, as the door would by the book of a running hub (RULES 1).

import { makeBook } from '../../routing/book.ts'
import { maySpeak } from '../../routing/directory.ts'
import { dayOf, isInForce } from '../../routing/periods.ts'
import { type PeerId, parseParticipantId } from '../../schemas/ids.ts'
import type { PartnerBook, PartnerFile } from '../../schemas/partner.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { readPeerCertificate } from '../partners/peer-certificate.ts'

/** Makes the book that a partner file alone would give. Refusal: certificate.broken. */
export function bookOfFile(file: PartnerFile): PartnerBook | Refusal {
  const thumbprints = new Map<string, { peer: string; from?: string; to?: string }>()
  for (const peer of file.peers ?? []) {
    for (const { pem, ...period } of peer.certificates) {
      const facts = readPeerCertificate(pem)
      if (isRefusal(facts)) return facts
      thumbprints.set(facts.thumbprint, { peer: peer.id, ...period })
    }
  }
  const { operators = [], peers = [], grants = [], overrides = [] } = file
  return makeBook({ edition: 0, operators, peers, grants, overrides, thumbprints })
}

/** What the door would say of the signer and of the senders of the messages; nothing when all is well. */
export function faultsOfSender(
  book: PartnerBook,
  seen: { thumbprint: string; senders: readonly string[]; at: Date },
): Refusal[] {
  const registered = book.thumbprints.get(seen.thumbprint)
  if (registered === undefined) return [refuse('peer.unknown', `SHA-256 thumbprint ${seen.thumbprint}`)]
  if (!isInForce(registered, dayOf(seen.at))) {
    return [refuse('peer.certificate-time', `registered for another time: ${seen.thumbprint}`)]
  }
  const peer = registered.peer as PeerId
  if (book.peers.get(peer)?.state !== 'active') return [refuse('peer.inactive', peer)]
  return [...new Set(seen.senders)].flatMap((sender) => {
    const participant = parseParticipantId(sender)
    const grant = participant === undefined ? undefined : maySpeak(book, peer, participant, seen.at)
    return grant !== undefined && isRefusal(grant) ? [grant] : []
  })
}
