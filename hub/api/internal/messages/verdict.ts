// The verdict on a message for the service of its home code: as JSON, or as a page for people (RULES 25).

import { Type } from 'typebox'
import { type MessageVerdictView, VerdictView } from '../../../../schemas/api.ts'
import type { MessageFacts } from '../../../../schemas/verdict/message-facts.ts'
import type { MessageVerdict } from '../../../../schemas/verdict/verdict.ts'
import { readVerdict } from '../../../store/views/verdicts.ts'
import { reportOf } from '../../../trust/verdict/report.ts'
import { reportPage } from '../../../trust/verdict/report-text.ts'
import { type ApiApp, type ApiParts, callerOf, root } from '../app.ts'
import { notFound } from '../checks.ts'
import { findOwn } from './messages.ts'

const params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const querystring = Type.Object(
  { form: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('html')])) },
  { additionalProperties: false },
)

/** Adds the route. A message that was not judged yet has no verdict: api.not-found. */
export function addVerdict(app: ApiApp, parts: ApiParts): void {
  const schema = {
    params,
    querystring,
    summary: 'Чего стоят подписи: протокол проверки (The verdict: protocol of validation)',
    tags: ['messages'],
  }
  const config = {
    verb: 'read',
    answers: { 200: { schema: VerdictView, description: 'Заключение; form=html — страница' } },
    problems: ['api.not-found'],
  } as const
  app.get(`${root}/messages/:id/verdict`, { schema, config }, async (request, reply) => {
    const message = await findOwn(parts, callerOf(request).home, request.params.id)
    const row = await readVerdict(parts.context.store, message.id)
    if (row === undefined) throw notFound(request.params.id)
    const verdict = JSON.parse(row.verdict) as MessageVerdict
    const judgedAt = row.judged_at.toISOString()
    if (request.query.form !== 'html') {
      return { message: message.id, judgedAt, digest: row.digest, verdict } satisfies MessageVerdictView
    }
    // Chains are not read: the report needs of the facts what stands beside them.
    const facts = JSON.parse(row.facts) as MessageFacts
    const { receivedAt, sender } = facts
    const page = reportPage(reportOf(verdict, { message: message.id, sender, receivedAt, judgedAt }, facts))
    // Names in certificates are a stranger's: the page runs nothing and loads nothing.
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(page)
  })
}
