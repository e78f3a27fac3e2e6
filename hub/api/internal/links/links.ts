// Routes of links: those of a subscriber of ours, one whole, and what it answers its counterparty.

import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { LinkSide } from '../../../../routing/link.ts'
import { type LinkCell, linkStatuses } from '../../../../routing/machines/link.ts'
import { ParticipantText } from '../../../../schemas/api-requests.ts'
import { type OperatorCode, type ParticipantId, participantKey } from '../../../../schemas/ids.ts'
import { limits } from '../../../../schemas/limits.ts'
import { LinkAnswer, LinkAnswered, LinkDetails, LinkPage } from '../../../../schemas/links/api.ts'
import { isRefusal } from '../../../../schemas/refusals.ts'
import { answerLink } from '../../../links/answer.ts'
import { homeOf } from '../../../links/home-of.ts'
import { readMessages } from '../../../store/hot/reads.ts'
import { readEventsOfLink } from '../../../store/links/event-reads.ts'
import { readLinkById, readLinksOf, readOrganisations } from '../../../store/links/link-reads.ts'
import type { LinkRow } from '../../../store/links/rows.ts'
import { type ApiApp, type ApiParts, callerOf, root } from '../app.ts'
import {
  invalid,
  notFound,
  PageSize,
  readIdempotencyKey,
  readMessageKey,
  readPageSize,
  readParticipant,
  refused,
} from '../checks.ts'
import { Cursor, readCursor, writeCursor } from '../cursor.ts'
import { openStored } from '../messages/stored-message.ts'
import { sendProblem } from '../problems.ts'
import { eventView } from './event-view.ts'
import { linkSummary, otherKey, sayingsOf } from './link-view.ts'

const statuses = [...new Set(Object.values(linkStatuses))]
const Query = Type.Object(
  {
    own: ParticipantText,
    status: Type.Optional(Type.String({ enum: statuses })),
    limit: Type.Optional(PageSize),
    after: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)
const LinkKey = Type.Object({
  id: Type.String({ maxLength: 100, description: 'Идентификатор связи в хабе' }),
})

/** Adds the routes. */
export function addLinks(app: ApiApp, parts: ApiParts): void {
  addList(app, parts)
  addOne(app, parts)
  addAnswer(app, parts)
}

function addList(app: ApiApp, { context }: ApiParts): void {
  const schema = {
    querystring: Query,
    summary: 'Связи нашего абонента, новые сверху (Links of a subscriber of ours, newest first)',
    tags: ['links'],
  }
  const config = {
    verb: 'read',
    answers: { 200: { schema: LinkPage, description: 'Страница' } },
    problems: ['api.cursor', 'api.sender'],
  } as const
  app.get(`${root}/links`, { schema, config }, async (request): Promise<LinkPage> => {
    const { home } = callerOf(request)
    const { own: ownText, status, limit, after } = request.query
    const own = readOwn(context, home, ownText, 'querystring/own')
    const question = { of: 'links', own: participantKey(own), status }
    const countMax = readPageSize(limit)
    const rows = await readLinksOf(context.store, {
      key: participantKey(own),
      cells: status === undefined ? undefined : cellsOf(status),
      before: after === undefined ? undefined : readPlace(after, { home, question }),
      countMax: countMax + 1,
    })
    const page = rows.slice(0, countMax)
    const last = page.at(-1)
    const next =
      rows.length > countMax && last !== undefined ? writeCursor(last.id, { home, question }) : null
    const shown = page.map((link) => ({ link, side: sideOf(link, own) }))
    const others = await readOrganisations(
      context.store,
      shown.map(({ link, side }) => otherKey(link, side)),
    )
    return {
      items: shown.map(({ link, side }) => linkSummary(link, side, others.get(otherKey(link, side)))),
      next,
    }
  })
}

function readPlace(after: string, of: Parameters<typeof readCursor>[1]): string {
  return readMessageKey(readCursor(after, of))
}

function cellsOf(status: string): LinkCell[] {
  const cells = Object.keys(linkStatuses) as LinkCell[]
  return cells.filter((cell) => linkStatuses[cell] === status)
}

/** A subscriber of the home code; throws api.sender for every other (RULES 4). */
export function readOwn(
  context: ApiParts['context'],
  home: OperatorCode,
  text: string,
  at: string,
): ParticipantId {
  const own = readParticipant(text, at)
  if (homeOf(context, own, context.clock.now()) === home) return own
  throw refused('api.sender', `код ключа (home code of the key): ${home}`, at)
}

function sideOf(link: LinkRow, own: ParticipantId): LinkSide {
  return link.first_key === participantKey(own) ? 'first' : 'second'
}

function addOne(app: ApiApp, parts: ApiParts): void {
  const { context } = parts
  const schema = {
    params: LinkKey,
    querystring: Type.Object({ own: Type.Optional(ParticipantText) }, { additionalProperties: false }),
    summary: 'Связь целиком: что сказано и что произошло (One link, whole)',
    description: 'Если оба — наши абоненты, own говорит, чьими глазами смотреть; иначе первого из них.',
    tags: ['links'],
  }
  const config = {
    verb: 'read',
    answers: { 200: { schema: LinkDetails, description: 'Связь' } },
    problems: ['api.not-found', 'api.sender'],
  } as const
  app.get(`${root}/links/:id`, { schema, config }, async (request): Promise<LinkDetails> => {
    const { home } = callerOf(request)
    const { id } = request.params
    const link = await readLinkById(context.store, readMessageKey(id))
    const side = link && sideFor(context, { home, link, own: request.query.own })
    if (link === undefined || side === undefined) throw notFound(id)
    const others = await readOrganisations(context.store, [otherKey(link, side)])
    const events = await readEventsOfLink(context.store, {
      link: link.id,
      countMax: limits.linkEventsShownMax,
    })
    return {
      ...linkSummary(link, side, others.get(otherKey(link, side))),
      comment: await commentOf(parts, request, { link, side }),
      sayings: sayingsOf(link, side),
      events: events.flatMap((event) => eventView(context, home, event) ?? []),
    }
  })
}

/** The side of the home code; undefined for a link of others, which is as unknown as none. */
function sideFor(
  context: ApiParts['context'],
  of: { home: OperatorCode; link: LinkRow; own: string | undefined },
): LinkSide | undefined {
  const { home, link } = of
  const at = context.clock.now()
  const isOwn = (id: string) => homeOf(context, id as ParticipantId, at) === home
  if (of.own === undefined) {
    return isOwn(link.first_id) ? 'first' : isOwn(link.second_id) ? 'second' : undefined
  }
  const key = participantKey(readOwn(context, home, of.own, 'querystring/own'))
  return key === link.first_key ? 'first' : key === link.second_key ? 'second' : undefined
}

/** The words of a Запрос that waits for our answer; they stand in its bytes alone. */
async function commentOf(
  parts: ApiParts,
  request: FastifyRequest,
  { link, side }: { link: LinkRow; side: LinkSide },
): Promise<string | null> {
  const asked = link.sayings.findLast((one) => one.side !== side && one.type === 'ask')?.message
  if (asked === undefined) return null
  const row = (await readMessages(parts.context.store, [asked])).get(asked)
  if (row === undefined) return null
  const { description } = (await openStored(parts, { request, row })).opened
  return description.kind === 'invitation' ? (description.comment ?? null) : null
}

function addAnswer(app: ApiApp, { context }: ApiParts): void {
  const schema = {
    body: LinkAnswer,
    summary: 'Ответить контрагенту: принять, отклонить, разорвать, отозвать (Answer a counterparty)',
    description:
      'Idempotency-Key обязателен: повтор под тем же ключом ничего не отправляет дважды. Если всё уже так — 200 ' +
      'без сообщения. Абоненты одного нашего кода связываются без сообщения: 201, message = null.',
    tags: ['links'],
  }
  const config = {
    verb: 'invite',
    answers: {
      200: { schema: LinkAnswered, description: 'Всё уже так, или тот же ответ уже принят' },
      201: { schema: LinkAnswered, description: 'Сказано: сообщение принято к отправке, или связь изменена' },
    },
    problems: [
      'api.idempotency-key',
      'api.sender',
      'home.key-reused',
      'link.own',
      'link.nothing-to-accept',
      'link.nothing-to-decline',
      'link.nothing-to-break',
      'link.nothing-to-withdraw',
      'link.organisation-unknown',
      'route.unknown-operator',
      'route.no-peer',
      'route.capability',
      'description.attribute',
    ],
  } as const
  app.post(`${root}/links/answer`, { schema, config }, async (request, reply) => {
    const caller = callerOf(request)
    const { body } = request
    const own = readOwn(context, caller.home, body.own, 'body/own')
    const answered = await answerLink(context, {
      home: caller.home,
      own,
      counterparty: readParticipant(body.counterparty, 'body/counterparty'),
      answer: body.answer,
      comment: body.comment === undefined ? undefined : readText(body.comment, 'body/comment'),
      organisation: organisationOf(body.organisation),
      key: readIdempotencyKey(request),
      remote: request.ip,
      apiKey: caller.key,
      at: context.clock.now(),
    })
    if (isRefusal(answered)) return sendProblem(request, reply, answered)
    const { link, message, isSaid, isRepeated } = answered
    const side = sideOf(link, own)
    const others = await readOrganisations(context.store, [otherKey(link, side)])
    if (isRepeated) reply.header('idempotency-replayed', 'true')
    reply.code(isSaid ? 201 : 200)
    const summary = linkSummary(link, side, others.get(otherKey(link, side)))
    return { link: summary, message: message ?? null, isRepeated } satisfies LinkAnswered
  })
}

/** An organisation as a service names it. */
export function organisationOf(
  given: LinkAnswer['organisation'],
): { inn: string; kpp: string | undefined; name: string } | undefined {
  if (given === undefined) return undefined
  return { inn: given.inn, kpp: given.kpp, name: readText(given.name, 'body/organisation/name') }
}

/** A text for people: a blank one says nothing. */
function readText(text: string, at: string): string {
  if (text.trim() === '') throw invalid('пусто (blank)', at)
  return text
}
