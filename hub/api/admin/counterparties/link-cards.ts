// Routes of links for engineers: those of a participant, and one with what was said and what came of it; no texts.

import { Type } from 'typebox'
import { type LinkCell, linkMachine, linkStatuses } from '../../../../routing/machines/link.ts'
import { ParticipantText } from '../../../../schemas/api-requests.ts'
import { parseParticipantId, parseRowId, participantKey } from '../../../../schemas/ids.ts'
import { limits } from '../../../../schemas/limits.ts'
import type { AdminLink, AdminLinkCard } from '../../../../schemas/links/admin.ts'
import { refuse } from '../../../../schemas/refusals.ts'
import { readEventsOfLink } from '../../../store/links/event-reads.ts'
import { readInvitesOfPair } from '../../../store/links/invites.ts'
import { readLinkById, readLinksOf } from '../../../store/links/link-reads.ts'
import type { LinkRow } from '../../../store/links/rows.ts'
import { sendRefusals } from '../answers.ts'
import type { AdminApp, AdminParts } from '../app.ts'
import { invalid } from '../checks.ts'
import { invitationOf } from './invitations.ts'

const strict = { additionalProperties: false }
const statuses = [...new Set(Object.values(linkStatuses))]
const Query = Type.Object(
  { participant: ParticipantText, status: Type.Optional(Type.String({ enum: statuses })) },
  strict,
)

/** Adds the routes: the newest limits.pageRowsMax of a participant, `status` as it sees them, and one whole. */
export function addLinkCards(app: AdminApp, { context }: AdminParts): void {
  app.get(
    '/admin/v1/links',
    { schema: { querystring: Query } },
    async (request): Promise<{ items: AdminLink[] }> => {
      const { status } = request.query
      const participant = parseParticipantId(request.query.participant)
      if (participant === undefined) throw invalid('не идентификатор (no id)', 'querystring/participant')
      const rows = await readLinksOf(context.store, {
        key: participantKey(participant),
        cells: status === undefined ? undefined : cellsOf(status),
        before: undefined,
        countMax: limits.pageRowsMax,
      })
      return { items: rows.map(linkOf) }
    },
  )

  const params = Type.Object({ id: Type.String({ maxLength: 100 }) }, strict)
  app.get('/admin/v1/links/:id', { schema: { params } }, async (request, reply) => {
    const id = parseRowId(request.params.id)
    const row = id === undefined ? undefined : await readLinkById(context.store, id)
    if (row === undefined) return sendRefusals(reply, refuse('admin.not-found', request.params.id))
    const countMax = limits.linkEventsShownMax
    const events = await readEventsOfLink(context.store, { link: row.id, countMax })
    const { id: link, first_key: first, second_key: second } = row
    const invites = await readInvitesOfPair(context.store, { link, first, second, countMax })
    return {
      ...linkOf(row),
      sayings: row.sayings.map(({ side: by, type, sentAt, at: heardAt, message = null }) => {
        return { by, type, sentAt, heardAt, message }
      }),
      events: events.map(({ at, news, said_by: saidBy, cell, message }) => {
        return { at: at.toISOString(), news, saidBy, cell, message }
      }),
      invitations: invites.map(invitationOf),
    } satisfies AdminLinkCard
  })
}

function cellsOf(status: string): LinkCell[] {
  return (Object.keys(linkStatuses) as LinkCell[]).filter((cell) => linkStatuses[cell] === status)
}

function linkOf(row: LinkRow): AdminLink {
  return {
    id: row.id,
    first: row.first_id,
    second: row.second_id,
    cell: row.cell,
    cellText: linkMachine.states[row.cell].ru,
    changedAt: row.changed_at.toISOString(),
    linkedAt: row.linked_at?.toISOString() ?? null,
    deadlineAt: row.deadline_at?.toISOString() ?? null,
  }
}
