// The certificates of peers by peer, read once per edition of the partner book.

import type { PartnerBook } from '../schemas/partner.ts'
import { isRefusal } from '../schemas/refusals.ts'
import { readCertificates } from './trust/certificate.ts'

/** `*` gives the certificates of all peers: the signer of a package without certificates may be any of them. */
const anyPeer = '*'

/** Makes the look-up. DER of all registered certificates of a peer, also of those not in force now. */
export function certificateIndex(book: () => PartnerBook): (peer: string) => readonly Uint8Array[] {
  let edition = -1
  let byPeer = new Map<string, Uint8Array[]>()
  return (peer) => {
    const current = book()
    if (current.edition !== edition) {
      byPeer = indexOf(current)
      edition = current.edition
    }
    return byPeer.get(peer) ?? []
  }
}

function indexOf(book: PartnerBook): Map<string, Uint8Array[]> {
  const byPeer = new Map<string, Uint8Array[]>()
  const all: Uint8Array[] = []
  for (const peer of book.peers.values()) {
    const own = peer.certificates.flatMap(({ pem }) => {
      const read = readCertificates(pem)
      return isRefusal(read) ? [] : read.map((certificate) => certificate.der)
    })
    byPeer.set(peer.id, own)
    all.push(...own)
  }
  byPeer.set(anyPeer, all)
  return byPeer
}
