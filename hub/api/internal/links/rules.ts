// Routes of rules: which invitations a subscriber of ours accepts without a person.

import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type ParticipantId, parseOperatorCode, participantKey } from '../../../../schemas/ids.ts'
import { LinkRule, LinkRuleView } from '../../../../schemas/links/api.ts'
import { refuse } from '../../../../schemas/refusals.ts'
import { journalMaker } from '../../../pipeline/context.ts'
import { deleteRule, type LinkRuleRow, readRule, writeRule } from '../../../store/links/rules.ts'
import { readOrganisation } from '../../../store/links/subscriber-reads.ts'
import { type ApiApp, type ApiParts, callerOf, root } from '../app.ts'
import { invalid, notFound } from '../checks.ts'
import { sendProblem } from '../problems.ts'
import { organisationOf, readOwn } from './links.ts'

const params = Type.Object({ own: Type.String({ maxLength: 400, description: 'Наш абонент' }) })
const answers = { 200: { schema: LinkRuleView, description: 'Правило' } } as const
const path = `${root}/links/rules/:own`

/** Adds the routes. */
export function addLinkRules(app: ApiApp, parts: ApiParts): void {
  const { context } = parts
  const ownOf = (request: FastifyRequest, text: string) =>
    readOwn(context, callerOf(request).home, text, 'params/own')
  const readable = {
    schema: { params, summary: 'Правило приёма приглашений (A rule of accepting)', tags: ['links'] },
    config: { verb: 'read', answers, problems: ['api.not-found', 'api.sender'] } as const,
  }
  app.get(path, readable, async (request): Promise<LinkRuleView> => {
    const own = ownOf(request, request.params.own)
    const rule = await readRule(context.store, participantKey(own))
    if (rule === undefined) throw notFound(own)
    return viewOf(rule)
  })
  const removable = {
    schema: { params, summary: 'Убрать правило (Take the rule away)', tags: ['links'] },
    config: { verb: 'invite', answers, problems: ['api.not-found', 'api.sender'] } as const,
  }
  app.delete(path, removable, async (request): Promise<LinkRuleView> => {
    const own = ownOf(request, request.params.own)
    const { home, key: apiKey } = callerOf(request)
    const make = journalMaker(context, context.clock.now())
    const entry = make('link.rule-changed', undefined, { own, home, apiKey, accepts: 'none' })
    const gone = await deleteRule(context.store, participantKey(own), entry)
    if (gone === undefined) throw notFound(own)
    return viewOf(gone)
  })
  addPut(app, parts)
}

function addPut(app: ApiApp, { context }: ApiParts): void {
  const schema = {
    params,
    body: LinkRule,
    summary: 'Принимать приглашения без человека (Accept invitations without a person)',
    description:
      'Правило действует на приглашения, которые придут после него. ИНН отправителя — со слов его оператора.',
    tags: ['links'],
  }
  const config = {
    verb: 'invite',
    answers,
    problems: ['api.sender', 'link.organisation-unknown'],
  } as const
  app.put(path, { schema, config }, async (request, reply) => {
    const { home, key: apiKey } = callerOf(request)
    const own = readOwn(context, home, request.params.own, 'params/own')
    const { accepts } = request.body
    const lists = readLists(request.body)
    const said = organisationOf(request.body.organisation) ?? (await readOrganisation(context.store, own))
    if (said?.inn === undefined || said.name === undefined) {
      return sendProblem(
        request,
        reply,
        refuse('link.organisation-unknown', 'inn, name', 'body/organisation'),
      )
    }
    const at = context.clock.now()
    const rule: LinkRuleRow = {
      own_key: participantKey(own as ParticipantId),
      own,
      home,
      accepts,
      ...lists,
      inn: said.inn,
      kpp: said.kpp ?? null,
      name: said.name,
      changed_at: at,
      changed_by: apiKey,
    }
    const counts = { operators: lists.operators.length, inns: lists.inns.length }
    const entry = journalMaker(context, at)('link.rule-changed', undefined, {
      own,
      home,
      apiKey,
      accepts,
      ...counts,
    })
    await writeRule(context.store, rule, entry)
    return viewOf(rule)
  })
}

/** Lists belong to `listed`, and one of them must name somebody. */
function readLists(rule: LinkRule): Pick<LinkRuleRow, 'operators' | 'inns'> {
  const operators = (rule.operators ?? []).map((text, index) => {
    const code = parseOperatorCode(text)
    if (code === undefined) throw invalid('не код оператора (no code)', `body/operators/${index}`)
    return code
  })
  const inns = rule.inns ?? []
  const isListed = operators.length + inns.length > 0
  if (isListed !== (rule.accepts === 'listed')) {
    throw invalid('списки нужны при listed и только тогда (lists with listed only)', 'body/accepts')
  }
  return { operators, inns }
}

function viewOf(rule: LinkRuleRow): LinkRuleView {
  const { own, accepts, operators, inns, inn, kpp, name } = rule
  const changedAt = rule.changed_at.toISOString()
  return { own, accepts, operators, inns, organisation: { inn, kpp, name }, changedAt }
}
