// Route of applications for services: which there are and how they stand. Acting on them is for engineers.

import { Type } from 'typebox'
import { ApplicationPage } from '../../../../schemas/bulk/api.ts'
import { serviceView } from '../../../applications/view.ts'
import { findApplications } from '../../../store/applications/reads.ts'
import { type ApiApp, type ApiParts, callerOf, root } from '../app.ts'
import { PageSize, readPageSize } from '../checks.ts'
import { Cursor, readCursor, writeCursor } from '../cursor.ts'

/** Adds the route. */
export function addApplications(app: ApiApp, { context }: ApiParts): void {
  const Query = Type.Object(
    { limit: Type.Optional(PageSize), after: Type.Optional(Cursor) },
    { additionalProperties: false },
  )
  const schema = {
    querystring: Query,
    summary: 'Заявки операторам без автороуминга, новые сверху (Applications to operators)',
    tags: ['bulk'],
  }
  const config = {
    verb: 'invite',
    answers: { 200: { schema: ApplicationPage, description: 'Страница' } },
    problems: ['api.cursor'],
  } as const
  app.get(`${root}/applications`, { schema, config }, async (request): Promise<ApplicationPage> => {
    const { home } = callerOf(request)
    const { limit, after } = request.query
    const of = { home, question: { of: 'applications' } }
    const countMax = readPageSize(limit)
    const before = after === undefined ? undefined : readCursor(after, of)
    const rows = await findApplications(context.store, { home, before, countMax })
    const last = rows.length === countMax ? rows.at(-1) : undefined
    return {
      items: rows.map((row) => serviceView(context.book(), row)),
      next: last === undefined ? null : writeCursor(last.id, of),
    }
  })
}
