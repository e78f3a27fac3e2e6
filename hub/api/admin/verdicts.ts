// Routes of verdicts: what the signatures of a message are worth, as JSON and as a page, and judged again.

import { Type } from 'typebox'
import type { AdminRecheck, AdminVerdict } from '../../../schemas/admin.ts'
import { parseRowId } from '../../../schemas/ids.ts'
import { type Refusal, refuse } from '../../../schemas/refusals.ts'
import type { MessageFacts } from '../../../schemas/verdict/message-facts.ts'
import type { MessageVerdict } from '../../../schemas/verdict/verdict.ts'
import type { PipelineContext } from '../../pipeline/context.ts'
import { readMessagesByWireId } from '../../store/views/message-details.ts'
import {
  isVerdictInJournal,
  readVerdict,
  readVerdictChains,
  type StoredVerdict,
} from '../../store/views/verdicts.ts'
import { chainNames, thawFacts } from '../../trust/verdict/freeze.ts'
import { recheckVerdict } from '../../trust/verdict/recheck.ts'
import { reportOf } from '../../trust/verdict/report.ts'
import { reportPage } from '../../trust/verdict/report-text.ts'
import { sendRefusals } from './answers.ts'
import type { AdminApp, AdminParts } from './app.ts'

const strict = { additionalProperties: false }
const Key = Type.Object({ id: Type.String({ pattern: '^([0-9A-Fa-f-]{36}|[a-z0-9]{32})$' }) }, strict)
const Form = Type.Object(
  { form: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('html')])) },
  strict,
)

/** Adds the routes. Ids are row ids or ИдЛС; of several messages under one ИдЛС the newest judged one is shown. */
export function addVerdicts(app: AdminApp, { context }: AdminParts): void {
  const schema = { params: Key }
  app.get(
    '/admin/v1/messages/:id/verdict',
    { schema: { ...schema, querystring: Form } },
    async (request, reply) => {
      const row = await findVerdict(context, request.params.id)
      if (row === undefined) return sendRefusals(reply, notJudged(request.params.id))
      const chains = await readVerdictChains(context.store, chainNames(row.facts))
      const facts = thawFacts(row.facts, chains) ?? (JSON.parse(row.facts) as MessageFacts)
      if (request.query.form !== 'html') return verdictOf(row, facts)
      const about = { message: row.message, sender: facts.sender, receivedAt: facts.receivedAt }
      const judgedAt = row.judged_at.toISOString()
      const report = reportOf(JSON.parse(row.verdict) as MessageVerdict, { ...about, judgedAt }, facts)
      // The page runs nothing and loads nothing, whatever names certificates may hold.
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .header('x-content-type-options', 'nosniff')
        .send(reportPage(report))
    },
  )

  app.get('/admin/v1/messages/:id/verdict/recheck', { schema }, async (request, reply) => {
    const row = await findVerdict(context, request.params.id)
    if (row === undefined) return sendRefusals(reply, notJudged(request.params.id))
    const chains = await readVerdictChains(context.store, chainNames(row.facts))
    const { unchanged, same, missingChains, verdict } = recheckVerdict({ ...row, chains })
    return {
      message: row.message,
      judgedAt: row.judged_at.toISOString(),
      digest: row.digest,
      unchanged,
      isInJournal: await isVerdictInJournal(context.store, row),
      same,
      missingChains: [...missingChains],
      kept: JSON.parse(row.verdict),
      again: verdict === '' ? null : JSON.parse(verdict),
    } satisfies AdminRecheck
  })
}

async function findVerdict(context: PipelineContext, key: string): Promise<StoredVerdict | undefined> {
  const rowId = parseRowId(key)
  if (rowId !== undefined) return readVerdict(context.store, rowId)
  for (const { id } of await readMessagesByWireId(context.store, key)) {
    const row = await readVerdict(context.store, id)
    if (row !== undefined) return row
  }
  return undefined
}

function verdictOf(row: StoredVerdict, facts: MessageFacts): AdminVerdict {
  return {
    message: row.message,
    judgedAt: row.judged_at.toISOString(),
    digest: row.digest,
    facts,
    verdict: JSON.parse(row.verdict),
  }
}

function notJudged(id: string): Refusal {
  return refuse('admin.not-found', `verdict of ${id}`)
}
