// Applications as engineers and services see them.

import type { AdminApplication, AdminApplicationDetails } from '../../schemas/bulk/admin.ts'
import type { ApplicationView } from '../../schemas/bulk/api.ts'
import type { OperatorId } from '../../schemas/ids.ts'
import type { PartnerBook } from '../../schemas/partner.ts'
import type { ApplicationRow, ApplicationRowView } from '../store/applications/rows.ts'

/** The name of an operator, also of one that was taken out of the book meanwhile. */
export function operatorName(book: PartnerBook, id: string): string {
  return book.operators.get(id as OperatorId)?.name ?? id
}

/** For engineers. */
export function adminView(book: PartnerBook, row: ApplicationRow): AdminApplication {
  return {
    id: row.id,
    home: row.home,
    operator: { id: row.operator, name: operatorName(book, row.operator) },
    sender: { id: row.sender, inn: row.sender_inn, kpp: row.sender_kpp, name: row.sender_name },
    state: row.state,
    number: row.number,
    rows: row.rows,
    madeAt: row.made_at.toISOString(),
    sentAt: row.sent_at?.toISOString() ?? null,
    sentBy: row.sent_by,
    endedAt: row.ended_at?.toISOString() ?? null,
    endedBy: row.ended_by,
  }
}

/** The same with its counterparties. */
export function adminDetails(
  book: PartnerBook,
  row: ApplicationRow,
  rows: readonly ApplicationRowView[],
): AdminApplicationDetails {
  return {
    ...adminView(book, row),
    counterparties: rows.map((one) => ({
      position: one.position,
      id: one.counterparty,
      inn: one.inn,
      kpp: one.kpp,
      name: one.name,
      state: one.state,
      invite: one.invite,
      inviteState: one.invite_state,
      at: one.at.toISOString(),
      by: one.by,
    })),
  }
}

/** For services: without the accounts of engineers. */
export function serviceView(book: PartnerBook, row: ApplicationRow): ApplicationView {
  const { id, operator, sender, state, number, rows, madeAt, sentAt, endedAt } = adminView(book, row)
  return { id, operator, sender: sender.id, state, number, rows, madeAt, sentAt, endedAt }
}
