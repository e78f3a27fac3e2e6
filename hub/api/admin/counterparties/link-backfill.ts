// Route that says to the links what was delivered before the hub kept them, one batch at a time.

import { Type } from 'typebox'
import type { AdminLinksBackfilled } from '../../../../schemas/links/admin.ts'
import { backfillLinks } from '../../../links/backfill.ts'
import { clientGone } from '../../client-gone.ts'
import { type AdminApp, type AdminParts, actorOf } from '../app.ts'

const After = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const Body = Type.Object(
  { after: Type.Optional(After), isTrial: Type.Boolean() },
  { additionalProperties: false },
)

/** Adds the route. Called again with `after` of the answer until that is null; may be begun again at any time. */
export function addLinkBackfill(app: AdminApp, { context }: AdminParts): void {
  const path = '/admin/v1/links/backfill'
  app.post(path, { schema: { body: Body } }, async (request, reply): Promise<AdminLinksBackfilled> => {
    const { after, isTrial } = request.body
    return backfillLinks(context, { after, isTrial, actor: actorOf(request), signal: clientGone(reply) })
  })
}
