// Invitations as the internal API shows them.

import { cellFor } from '../../../../routing/link.ts'
import { inviteMachine } from '../../../../routing/machines/invite.ts'
import { linkStatuses } from '../../../../routing/machines/link.ts'
import type { Words } from '../../../../schemas/api.ts'
import { type ParticipantId, participantKey } from '../../../../schemas/ids.ts'
import type { InvitationCard, InvitationMade, InvitationSummary } from '../../../../schemas/invites/api.ts'
import type { InviteMade } from '../../../../schemas/invites/invite.ts'
import { type KeptClaim, readClaims } from '../../../store/links/claims.ts'
import { readInviteEvents, readLetters } from '../../../store/links/invites.ts'
import { readLinkById } from '../../../store/links/link-reads.ts'
import type { InviteRow, LinkRow } from '../../../store/links/rows.ts'
import { countWaitsOf } from '../../../store/links/waits.ts'
import type { Sql } from '../../../store/sql.ts'
import { root } from '../app.ts'
import { hrefOf } from '../messages/message-view.ts'

/** Outcomes in words. */
export const outcomeTexts: Readonly<Record<InviteMade['outcome'], Words>> = {
  asked: {
    ru: 'Запрос отправлен оператору контрагента, ждём ответ',
    en: "The request went to the counterparty's operator, its answer is awaited",
  },
  linked: { ru: 'Связь уже установлена', en: 'They are linked' },
  unclaimed: {
    ru: 'Контрагенту отправлено письмо со ссылкой, ждём его выбор',
    en: 'A letter with a link goes to the counterparty, whose choice is awaited',
  },
  application: {
    ru: 'Оператор контрагента не принимает приглашения автоматически: нужна заявка',
    en: "The counterparty's operator takes no automatic invitations: an application is needed",
  },
}

/** Path of an invitation. */
export function hrefOfInvite(id: string): string {
  return `${root}/invitations/${id}`
}

/** The answer to a new invitation; `follows` is the message that brings its document. */
export function madeView(
  { invite, outcome, counterparty, isCarried = false, isRepeated, isStanding = false }: InviteMade,
  follows?: string,
): InvitationMade {
  return {
    id: invite,
    outcome,
    outcomeText: outcomeTexts[outcome],
    counterparty,
    isRepeated,
    isStanding,
    attachments: isCarried ? 'carried' : 'follow',
    follows: follows === undefined ? null : { id: follows, href: hrefOf(follows) },
    href: hrefOfInvite(invite),
  }
}

/** An invitation in a list. */
export function summaryOf(row: InviteRow): InvitationSummary {
  const state = inviteMachine.states[row.state]
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    stateText: { ru: state.ru, en: state.en },
    isFinal: 'final' in state,
    reason: row.reason,
    sender: { id: row.sender, inn: row.sender_inn, kpp: row.sender_kpp, name: row.sender_name },
    counterparty: { id: row.counterparty, inn: row.inn, kpp: row.kpp, name: row.name },
    standIn: row.stand_in,
    email: row.email,
    letter: row.mail,
    comment: row.comment,
    madeAt: row.made_at.toISOString(),
    changedAt: row.state_at.toISOString(),
    deadlineAt: isoOrNull(row.deadline_at),
    href: hrefOfInvite(row.id),
  }
}

/** An invitation with its link, letters, claim links and events. */
export async function cardOf(sql: Sql, row: InviteRow): Promise<InvitationCard> {
  const link = row.link === null ? undefined : await readLinkById(sql, row.link)
  const claims = await readClaims(sql, row.id)
  const letters = await readLetters(sql, row.id)
  const events = await readInviteEvents(sql, row.id)
  return {
    ...summaryOf(row),
    message: row.message,
    link: link === undefined ? null : linkOf(row, link),
    saidBy: row.said_message,
    waitingMessages: await countWaitsOf(sql, row.id),
    joined: joinedOf(row, claims),
    letters: letters.map(({ kind, state, made_at: at, ended_at: ended }) => {
      return { kind, state, madeAt: at.toISOString(), endedAt: isoOrNull(ended) }
    }),
    claims: claims.map((claim) => ({
      madeAt: claim.made_at.toISOString(),
      expiresAt: claim.expires_at.toISOString(),
      usedAt: isoOrNull(claim.used_at),
      revokedAt: isoOrNull(claim.revoked_at),
    })),
    events: events.map(({ at, news, state, reason }) => ({ at: at.toISOString(), news, state, reason })),
  }
}

function linkOf({ sender }: InviteRow, link: LinkRow): InvitationCard['link'] {
  const side = participantKey(sender as ParticipantId) === link.first_key ? 'first' : 'second'
  const status = linkStatuses[cellFor(side, link.cell)]
  return { id: link.id, status, since: link.changed_at.toISOString() }
}

/** Who joined keeps the id that stood in for it, and left a contact with its claim. */
function joinedOf(row: InviteRow, claims: readonly KeptClaim[]): InvitationCard['joined'] {
  const used = claims.find((claim) => claim.used_at !== null && claim.contact !== null)
  if (used?.used_at == null || row.stand_in !== row.counterparty) return null
  const { inn, kpp, name } = row
  return { inn, kpp, name, contact: used.contact, at: used.used_at.toISOString() }
}

function isoOrNull(at: Date | null): string | null {
  return at === null ? null : at.toISOString()
}
