// What may be done about a subscriber: linked, to be invited, an application first, or nothing; from the book and the link.

import { resolve } from '../../routing/directory.ts'
import type { LinkCell } from '../../routing/machines/link.ts'
import { chooseRoute } from '../../routing/route.ts'
import type { DirectoryHit, Reach } from '../../schemas/directory/directory.ts'
import { homePeerOf, type OperatorCode, type ParticipantId } from '../../schemas/ids.ts'
import type { PartnerBook } from '../../schemas/partner.ts'
import { isRefusal, type RefusalCode } from '../../schemas/refusals.ts'
import type { SubscriberRow } from '../store/directory/subscribers.ts'

/** From where a subscriber is looked at. `home`: of the viewer, or of the service that asks without one. */
export type Outlook = {
  book: PartnerBook
  homeCodes: readonly OperatorCode[]
  home: OperatorCode | undefined
  at: Date
}

/** What the book, the state of the row and the link come to. `cell` is seen by the viewer. */
export function reachOf(
  row: Pick<SubscriberRow, 'id' | 'state'>,
  { book, homeCodes, home, at }: Outlook,
  cell: LinkCell | undefined,
): { reach: Reach; reason: RefusalCode | undefined; operator: DirectoryHit['operator'] } {
  const recipient = row.id as ParticipantId
  const { operator: found } = resolve(book, recipient, at)
  const operator = found && { id: found.id, name: found.name }
  const none = (reason: RefusalCode) => ({ reach: 'unreachable' as const, reason, operator })
  if (row.state === 'inactive') return none('directory.inactive')
  if (row.state === 'retired') return none('directory.retired')
  const ingressPeer = home === undefined ? undefined : homePeerOf(home)
  const question = { book, recipient, ingressPeer, homeCodes, at }
  const route = chooseRoute({ ...question, kind: 'message' })
  if (isRefusal(route)) return none(route.code)
  if (cell === 'linked') return { reach: 'linked', reason: undefined, operator }
  const invitation = chooseRoute({ ...question, kind: 'invitation' })
  if (!isRefusal(invitation)) return { reach: 'invitable', reason: undefined, operator }
  // The operator exchanges documents with us and takes no invitations: it is asked by an application.
  if (invitation.code === 'route.capability')
    return { reach: 'application', reason: invitation.code, operator }
  return none(invitation.code)
}
