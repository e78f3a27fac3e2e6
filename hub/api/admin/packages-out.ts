// Routes of packages of ours: list those that are held, let what they carried go on.

import { Type } from 'typebox'
import type { AdminPackageOut, AdminPackageReleased, AdminPage } from '../../../schemas/admin.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { releasePackage } from '../../pipeline/run/control.ts'
import { readLastAttempts } from '../../store/hot/reads.ts'
import { findPackagesOut } from '../../store/views/packages-out.ts'
import { sendRefusals } from './answers.ts'
import { type AdminApp, type AdminParts, actorOf } from './app.ts'
import { pageParameters, Reason, readPageSize, readReason } from './checks.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { packageOutOf } from './message-view.ts'

const strict = { additionalProperties: false }
const State = Type.Union([
  Type.Literal('held'),
  Type.Literal('sending'),
  Type.Literal('placed'),
  Type.Literal('taken'),
  Type.Literal('abandoned'),
])
const Query = Type.Object(
  {
    state: Type.Optional(State),
    peer: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
    ...pageParameters,
  },
  strict,
)
const RowKey = Type.Object(
  { id: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }) },
  strict,
)

/** Adds the routes. */
export function addPackagesOut(app: AdminApp, { context }: AdminParts): void {
  app.get(
    '/admin/v1/packages-out',
    { schema: { querystring: Query } },
    async (request): Promise<AdminPage<AdminPackageOut>> => {
      const { limit, after, ...question } = request.query
      const { state = 'held', peer } = question
      const before = readCursor(after, question)
      const page = await findPackagesOut(context.store, {
        state,
        countMax: readPageSize(limit),
        ...(peer === undefined ? {} : { peer }),
        ...(before === undefined ? {} : { before }),
      })
      const ids = page.rows.map(({ id }) => id)
      const last = await readLastAttempts(context.store, ids)
      return {
        items: page.rows.map((row) => packageOutOf(row, last.get(row.id))),
        next: writeCursor(page.nextBefore, question),
      }
    },
  )

  const schema = { params: RowKey, body: Type.Object({ reason: Reason }, strict) }
  app.post('/admin/v1/packages-out/:id/release', { schema }, async (request, reply) => {
    const order = { id: request.params.id, actor: actorOf(request), reason: readReason(request.body.reason) }
    const done = await releasePackage(context, order)
    return isRefusal(done) ? sendRefusals(reply, done) : (done satisfies AdminPackageReleased)
  })
}
