// Rows of peers and of their registered certificates.

import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql'
import type { Peer, PeerPolicy } from '../../../schemas/partner.ts'
import type { SftpSiteRow } from '../../../schemas/sftp.ts'

/** A next hop. Its policy is kept as given: what it leaves out follows the defaults of the running version. */
export const PeerRow = defineEntity({
  name: 'PeerRow',
  tableName: 'peer',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    state: p.text().$type<Peer['state']>(),
    dialect: p.text(),
    address: p.text().nullable(),
    receiptAddresses: p.json<string[]>(),
    policy: p.json<Partial<PeerPolicy>>(),
    sftp: p.json<SftpSiteRow>().nullable(),
  },
})
export type PeerRow = InferEntity<typeof PeerRow>

/** A registered certificate: its thumbprint names the peer that signed a package. */
export const PeerCertificateRow = defineEntity({
  name: 'PeerCertificateRow',
  tableName: 'peer_certificate',
  properties: {
    thumbprint: p.text().primary(),
    peerId: p.text(),
    position: p.smallint(),
    pem: p.text(),
    validFrom: p.date().nullable(),
    validTo: p.date().nullable(),
  },
})
export type PeerCertificateRow = InferEntity<typeof PeerCertificateRow>
