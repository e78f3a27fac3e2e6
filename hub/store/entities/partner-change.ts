// Rows of the history of partners, and the edition that every change raises.

import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql'

/** One changed row with what it was and what it became; never changed itself. */
export const PartnerChangeRow = defineEntity({
  name: 'PartnerChangeRow',
  tableName: 'partner_change',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    edition: p.bigint('number'),
    at: p.datetime(),
    actor: p.text(),
    reason: p.text(),
    kind: p.text().$type<'operator' | 'peer' | 'grant' | 'override'>(),
    key: p.text(),
    before: p.json<object>().nullable(),
    after: p.json<object>().nullable(),
  },
})
export type PartnerChangeRow = InferEntity<typeof PartnerChangeRow>

/** The current edition, in one row. */
export const PartnerEditionRow = defineEntity({
  name: 'PartnerEditionRow',
  tableName: 'partner_edition',
  properties: {
    onlyRow: p.boolean().primary(),
    edition: p.bigint('number'),
  },
})
