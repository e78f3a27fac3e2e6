// Shows links to the service of a home code: as its subscriber sees them.

import { cellFor, type LinkSide } from '../../../../routing/link.ts'
import type { LinkDetails, LinkSummary } from '../../../../schemas/links/api.ts'
import type { Organisation } from '../../../store/links/link-reads.ts'
import type { LinkRow } from '../../../store/links/rows.ts'
import { root } from '../app.ts'
import { cellWords } from './event-view.ts'

/** The key of the subscriber on the other side. */
export function otherKey(link: LinkRow, side: LinkSide): string {
  return side === 'first' ? link.second_key : link.first_key
}

/** A link for a list; `other` is what its counterparty says of itself. */
export function linkSummary(link: LinkRow, side: LinkSide, other: Organisation | undefined): LinkSummary {
  const [own, counterparty] =
    side === 'first' ? [link.first_id, link.second_id] : [link.second_id, link.first_id]
  return {
    id: link.id,
    own,
    counterparty,
    ...(other ?? { inn: null, kpp: null, name: null }),
    ...cellWords(cellFor(side, link.cell)),
    linkedAt: link.linked_at?.toISOString() ?? null,
    changedAt: link.changed_at.toISOString(),
    deadlineAt: link.deadline_at?.toISOString() ?? null,
    href: `${root}/links/${link.id}`,
  }
}

/** What was said, in the order in which it was heard. */
export function sayingsOf(link: LinkRow, side: LinkSide): LinkDetails['sayings'] {
  return link.sayings.map((saying) => ({
    by: saying.side === side ? 'us' : 'counterparty',
    type: saying.type,
    sentAt: saying.sentAt,
    heardAt: saying.at,
    message: saying.message ?? null,
  }))
}
