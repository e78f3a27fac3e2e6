// Rows that say who carries for whom: grants of peers and overrides of participants.

import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql'

/** Lets a peer speak for an operator. */
export const PeerGrantRow = defineEntity({
  name: 'PeerGrantRow',
  tableName: 'peer_grant',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    peerId: p.text(),
    operatorId: p.text(),
    validFrom: p.date().nullable(),
    validTo: p.date().nullable(),
    basis: p.text(),
    preference: p.integer(),
  },
})
export type PeerGrantRow = InferEntity<typeof PeerGrantRow>

/** A participant served by another operator than its code says, under its lower-case key. */
export const ParticipantOverrideRow = defineEntity({
  name: 'ParticipantOverrideRow',
  tableName: 'participant_override',
  properties: {
    participantKey: p.text().primary(),
    participant: p.text(),
    operatorId: p.text(),
    reason: p.text(),
  },
})
export type ParticipantOverrideRow = InferEntity<typeof ParticipantOverrideRow>
