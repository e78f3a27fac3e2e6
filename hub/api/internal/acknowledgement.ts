// Route of acknowledgements: what a service says of a message of its inbox (RULES 19).

import { MessageSummary } from '../../../schemas/api.ts'
import { AcknowledgementRequest } from '../../../schemas/api-requests.ts'
import type { Acknowledgement } from '../../../schemas/home.ts'
import type { RowId } from '../../../schemas/ids.ts'
import { isRefusal } from '../../../schemas/refusals.ts'
import { directionOf } from '../../store/home/messages.ts'
import { type ApiApp, type ApiParts, callerOf, root } from './app.ts'
import { invalid, MessageKey, notFound } from './checks.ts'
import { findOwn, summariesOf } from './messages/messages.ts'
import { sendProblem } from './problems.ts'

const textDefault = 'Документы неизвестны (the documents are not known)'

/** Adds the route. */
export function addAcknowledgement(app: ApiApp, parts: ApiParts): void {
  const schema = {
    params: MessageKey,
    body: AcknowledgementRequest,
    summary: 'Ответить на входящее сообщение (Say what became of a message that came)',
    description: 'Повтор того же ответа ничего не меняет; другой ответ после окончательного — 409.',
    tags: ['inbox'],
  }
  const config = {
    verb: 'acknowledge',
    answers: { 200: { schema: MessageSummary, description: 'Сообщение с ответом' } },
    problems: ['api.not-found', 'home.already-answered'],
  } as const
  app.post(`${root}/messages/:id/acknowledgement`, { schema, config }, async (request, reply) => {
    const { home, key } = callerOf(request)
    const { context, desk } = parts
    const outcome = readOutcome(request.body)
    const row = await findOwn(parts, home, request.params.id)
    // Of what a service sent itself there is nothing to acknowledge.
    if (directionOf(row, home) !== 'in') throw notFound(row.id)
    const at = context.clock.now()
    const done = await desk.acknowledge({ home, message: row.id as RowId, outcome, apiKey: key, at })
    if (isRefusal(done)) return sendProblem(request, reply, done)
    const [summary] = await summariesOf(context, home, [done])
    return summary
  })
}

function readOutcome({ outcome, text, ids }: AcknowledgementRequest): Acknowledgement['outcome'] {
  if (ids !== undefined && outcome !== 'unknown-ids')
    throw invalid('только при unknown-ids (only then)', 'body/ids')
  switch (outcome) {
    case 'success':
      if (text !== undefined) throw invalid('не при success (not with success)', 'body/text')
      return { is: 'success' }
    case 'error':
      if (text === undefined) throw invalid('обязательно при error (is needed)', 'body/text')
      return { is: 'error', text }
    case 'unknown-ids':
      if (ids === undefined) throw invalid('обязательно при unknown-ids (is needed)', 'body/ids')
      return { is: 'unknown-id', ids, text: text ?? textDefault }
  }
}
