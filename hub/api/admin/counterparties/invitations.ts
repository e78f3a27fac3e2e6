// Routes of invitations for engineers: which there are, and what happened to one. What people wrote in them is left out.

import { Type } from 'typebox'
import { type InviteState, inviteMachine } from '../../../../routing/machines/invite.ts'
import { parseRowId } from '../../../../schemas/ids.ts'
import { limits } from '../../../../schemas/limits.ts'
import type { AdminInvitation, AdminInvitationCard } from '../../../../schemas/links/admin.ts'
import { refuse } from '../../../../schemas/refusals.ts'
import { findInvites } from '../../../store/links/invites.ts'
import { readInvite } from '../../../store/links/reads.ts'
import type { InviteRow } from '../../../store/links/rows.ts'
import { cardOf } from '../../internal/invitations/view.ts'
import { sendRefusals } from '../answers.ts'
import type { AdminApp, AdminParts } from '../app.ts'

const strict = { additionalProperties: false }

/** Adds the routes: the newest limits.pageRowsMax of a list, and one with its events. */
export function addInvitations(app: AdminApp, { context }: AdminParts): void {
  const states = Object.keys(inviteMachine.states) as [InviteState, ...InviteState[]]
  const querystring = Type.Object(
    {
      home: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9@.-]{3}$' })),
      state: Type.Optional(Type.Enum(states)),
    },
    strict,
  )
  app.get(
    '/admin/v1/invitations',
    { schema: { querystring } },
    async (request): Promise<{ items: AdminInvitation[] }> => {
      const { home, state } = request.query
      const search = { home: home?.toUpperCase(), state, own: undefined, before: undefined }
      const rows = await findInvites(context.store, { ...search, countMax: limits.pageRowsMax })
      return { items: rows.map(invitationOf) }
    },
  )

  const params = Type.Object({ id: Type.String({ maxLength: 100 }) }, strict)
  app.get('/admin/v1/invitations/:id', { schema: { params } }, async (request, reply) => {
    const id = parseRowId(request.params.id)
    const row = id === undefined ? undefined : await readInvite(context.store, id)
    if (row === undefined) return sendRefusals(reply, refuse('admin.not-found', request.params.id))
    const { link, saidBy, waitingMessages, letters, claims, events } = await cardOf(context.store, row)
    const card = { link, saidBy, waitingMessages, letters, claims, events }
    return { ...invitationOf(row), ...card } satisfies AdminInvitationCard
  })
}

/** An invitation in a list for engineers. */
export function invitationOf(row: InviteRow): AdminInvitation {
  return {
    id: row.id,
    home: row.home,
    kind: row.kind,
    state: row.state,
    stateText: inviteMachine.states[row.state].ru,
    reason: row.reason,
    sender: row.sender,
    counterparty: row.counterparty,
    letter: row.mail,
    madeAt: row.made_at.toISOString(),
    changedAt: row.state_at.toISOString(),
    deadlineAt: row.deadline_at?.toISOString() ?? null,
  }
}
