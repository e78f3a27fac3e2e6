// Every entity the ORM knows. Hot tables are not among them: they are read and written by plain SQL.

import { ParticipantOverrideRow, PeerGrantRow } from './grant.ts'
import { OperatorCodeRow, OperatorRow } from './operator.ts'
import { PartnerChangeRow, PartnerEditionRow } from './partner-change.ts'
import { PeerCertificateRow, PeerRow } from './peer.ts'

/** The list given to the ORM; nothing is discovered from folders. */
export const entities = [
  OperatorRow,
  OperatorCodeRow,
  PeerRow,
  PeerCertificateRow,
  PeerGrantRow,
  ParticipantOverrideRow,
  PartnerChangeRow,
  PartnerEditionRow,
]
