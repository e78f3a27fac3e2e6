// Route of letters: what was sent, what waits and why; recipients are masked, and no words of a letter are shown.

import { Type } from 'typebox'
import type { AdminLetter, AdminPage } from '../../../../schemas/admin.ts'
import { maskedEmail } from '../../../../schemas/mail/email.ts'
import { findLetters, type KeptLetter } from '../../../store/links/letters.ts'
import type { AdminApp, AdminParts } from '../app.ts'
import { pageParameters, readPageSize } from '../checks.ts'
import { readCursor, writeCursor } from '../cursor.ts'

const State = Type.Union([
  Type.Literal('queued'),
  Type.Literal('sent'),
  Type.Literal('bounced'),
  Type.Literal('dropped'),
])
const Query = Type.Object(
  {
    state: Type.Optional(State),
    invite: Type.Optional(Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })),
    ...pageParameters,
  },
  { additionalProperties: false },
)

/** Adds the route. */
export function addLetters(app: AdminApp, { context }: AdminParts): void {
  app.get(
    '/admin/v1/letters',
    { schema: { querystring: Query } },
    async (request): Promise<AdminPage<AdminLetter>> => {
      const { limit, after, ...question } = request.query
      const page = await findLetters(context.store, {
        state: question.state,
        invite: question.invite,
        before: readCursor(after, question),
        countMax: readPageSize(limit),
      })
      return { items: page.rows.map(viewOf), next: writeCursor(page.nextBefore, question) }
    },
  )
}

function viewOf(row: KeptLetter): AdminLetter {
  return {
    id: row.id,
    kind: row.kind,
    invite: row.invite,
    recipient: maskedEmail(row.recipient),
    state: row.state,
    attempts: row.attempts,
    madeAt: row.made_at.toISOString(),
    dueAt: row.state === 'queued' ? row.due_at.toISOString() : null,
    endedAt: row.ended_at?.toISOString() ?? null,
    reason: row.reason,
    messageId: row.message_id,
    file: row.file,
  }
}
