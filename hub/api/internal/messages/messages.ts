// Routes of messages: find those of the home code, show one whole, give its bodies and signatures.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type MessageState, messageMachine } from '../../../../routing/machines/message.ts'
import { MessageDetails, MessagePage } from '../../../../schemas/api.ts'
import { Id32, ParticipantText } from '../../../../schemas/api-requests.ts'
import type { OperatorCode } from '../../../../schemas/ids.ts'
import { limits } from '../../../../schemas/limits.ts'
import { sha256Of } from '../../../sha256.ts'
import {
  findHomeMessages,
  type HomeFilter,
  readHomeDocuments,
  readHomeMessage,
} from '../../../store/home/messages.ts'
import type { MessageRow } from '../../../store/hot/rows.ts'
import { readMessageDetails } from '../../../store/views/message-details.ts'
import { type ApiApp, type ApiParts, callerOf, root } from '../app.ts'
import {
  invalid,
  MessageKey,
  Moment,
  notFound,
  PageSize,
  readMessageKey,
  readMoment,
  readPageSize,
  readParticipant,
} from '../checks.ts'
import { Cursor, readCursor, writeCursor } from '../cursor.ts'
import { detailsOf, summaryOf } from './message-view.ts'
import { digestSignatures, entryOf, openStored } from './stored-message.ts'
import { waitingOf } from './waiting-view.ts'

const strict = { additionalProperties: false }
const states = Object.keys(messageMachine.states) as MessageState[]
const filters = {
  state: Type.Optional(Type.String({ enum: states })),
  direction: Type.Optional(Type.Union([Type.Literal('in'), Type.Literal('out')])),
  from: Type.Optional(Moment),
  to: Type.Optional(Moment),
  counterparty: Type.Optional(ParticipantText),
  number: Type.Optional(Type.String({ minLength: 1, maxLength: limits.documentNumberLengthMax })),
  document: Type.Optional(Id32),
}
const Query = Type.Object(
  { ...filters, limit: Type.Optional(PageSize), after: Type.Optional(Cursor) },
  strict,
)
type Given = { [Name in keyof typeof filters]?: string }

/** Adds the routes. */
export function addMessages(app: ApiApp, parts: ApiParts): void {
  addList(app, parts)
  const schema = { params: MessageKey, summary: 'Сообщение целиком (One message, whole)', tags: ['messages'] }
  const config = {
    verb: 'read',
    answers: { 200: { schema: MessageDetails, description: 'Сообщение' } },
    problems: ['api.not-found'],
  } as const
  app.get(`${root}/messages/:id`, { schema, config }, async (request): Promise<MessageDetails> => {
    const { home } = callerOf(request)
    const row = await findOwn(parts, home, request.params.id)
    const stored = await openStored(parts, { request, row })
    const found = await readMessageDetails(parts.context.store, row)
    const sizes = new Map(stored.opened.entries.map(({ name, size }) => [name, size]))
    return detailsOf({
      row,
      home,
      opened: stored.opened,
      found,
      digests: await digestSignatures(stored),
      waiting: await waitingOf(parts.context, row),
      sizeOf: (of, id) => sizes.get(entryOf(stored.names, row.wire_id, { of, id })) ?? null,
    })
  })
  addBytes(app, parts)
}

function addList(app: ApiApp, { context }: ApiParts): void {
  const schema = {
    querystring: Query,
    summary: 'Найти сообщения, новые сверху (Find messages, newest first)',
    tags: ['messages'],
  }
  const config = {
    verb: 'read',
    answers: { 200: { schema: MessagePage, description: 'Страница' } },
    problems: ['api.cursor'],
  } as const
  app.get(`${root}/messages`, { schema, config }, async (request): Promise<MessagePage> => {
    const { home } = callerOf(request)
    const { limit, after, ...question } = request.query
    const before = after === undefined ? undefined : readCursor(after, { home, question })
    const page = await findHomeMessages(context.store, {
      home,
      filter: filterOf(question as Given),
      countMax: readPageSize(limit),
      ...(before === undefined ? {} : { before }),
    })
    const items = await summariesOf(context, home, page.rows)
    const { nextBefore } = page
    return { items, next: nextBefore === undefined ? null : writeCursor(nextBefore, { home, question }) }
  })
}

/** Rows with the first of their documents. */
export async function summariesOf(
  context: ApiParts['context'],
  home: OperatorCode,
  rows: readonly MessageRow[],
): Promise<MessagePage['items']> {
  const messages = rows.map(({ id }) => id)
  const headers = { home, messages, countMax: limits.listedDocumentsMax }
  const documents = Map.groupBy(await readHomeDocuments(context.store, headers), ({ message }) => message)
  return rows.map((row) => summaryOf(row, home, documents.get(row.id) ?? []))
}

function filterOf({ state, direction, counterparty, from, to, ...plain }: Given): HomeFilter {
  const filter: HomeFilter = { ...plain }
  if (state !== undefined) filter.state = state as MessageState
  if (direction !== undefined) filter.direction = direction as 'in' | 'out'
  if (counterparty !== undefined) {
    filter.counterparty = readParticipant(counterparty, 'querystring/counterparty')
  }
  if (from !== undefined) filter.from = readMoment(from, 'querystring/from')
  if (to !== undefined) filter.to = readMoment(to, 'querystring/to')
  if (filter.number !== undefined && (filter.number.includes('\0') || !filter.number.isWellFormed())) {
    throw invalid('недопустимый символ (a character is not allowed)', 'querystring/number')
  }
  if (filter.from && filter.to && filter.from >= filter.to) {
    throw invalid('раньше, чем from (earlier than from)', 'querystring/to')
  }
  return filter
}

/** A message of the home code. Throws api.not-found, for one of another as for none. */
export async function findOwn({ context }: ApiParts, home: OperatorCode, key: string): Promise<MessageRow> {
  const row = await readHomeMessage(context.store, { home, id: readMessageKey(key) })
  if (row === undefined) throw notFound(key)
  return row
}

function addBytes(app: ApiApp, parts: ApiParts): void {
  const kinds = [
    { of: 'document', path: 'documents', summary: 'Тело документа (The body of a document)' },
    { of: 'signature', path: 'signatures', summary: 'Подпись, CMS (A signature)' },
  ] as const
  const params = Type.Object({ id: Type.String({ maxLength: 100 }), part: Type.String({ maxLength: 100 }) })
  for (const { of, path, summary } of kinds) {
    const config = {
      verb: 'inbox',
      answers: { 200: { bytes: 'Байты как есть; Repr-Digest: SHA-256 (RFC 9530)' } },
      problems: ['api.not-found'],
    } as const
    const schema = { params, summary, tags: ['messages'] }
    app.get(`${root}/messages/:id/${path}/:part`, { schema, config }, async (request, reply) => {
      const { home } = callerOf(request)
      const { id, part } = request.params
      const row = await findOwn(parts, home, id)
      return sendEntry(parts, { request, reply, row, of, id: part })
    })
  }
}

type Asked = {
  request: FastifyRequest
  reply: FastifyReply
  row: MessageRow
  of: 'document' | 'signature'
  id: string
}

/** The very bytes; what a browser might do with them is ruled out. */
async function sendEntry(parts: ApiParts, { request, reply, row, of, id }: Asked): Promise<FastifyReply> {
  const { opened, bytes } = await openStored(parts, { request, row, part: { of, id } })
  if (bytes === undefined) throw notFound(id)
  const document = opened.description.documents.find((one) => one.id === id)
  const digest = await sha256Of(bytes)
  const name = of === 'document' ? (document?.fileName ?? id) : `${id}.p7s`
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return reply
    .header('repr-digest', `sha-256=:${digest.toString('base64')}:`)
    .header('digest', `SHA-256=${digest.toString('base64')}`)
    .header('etag', `"${digest.toString('hex')}"`)
    .header('content-disposition', dispositionOf(name))
    .type('application/octet-stream')
    .send(content)
}

/** RFC 6266: a plain name for all, the true one (RFC 8187) for those who can read it. */
export function dispositionOf(fileName: string): string {
  const plain = fileName.replace(/[^A-Za-z0-9 ._-]/g, '_')
  const full = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${full}`
}
