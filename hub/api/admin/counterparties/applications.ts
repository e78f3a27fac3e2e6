// Routes of applications: list, show, export, mark as sent, confirm, refuse, convert.

import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { AdminPage } from '../../../../schemas/admin.ts'
import type {
  AdminApplication,
  AdminApplicationDetails,
  AdminConverted,
} from '../../../../schemas/bulk/admin.ts'
import { limits } from '../../../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../../../schemas/refusals.ts'
import { convertApplications } from '../../../applications/convert.ts'
import { confirmRows, markSent, refuseRows } from '../../../applications/decide.ts'
import { applicationLetter, applicationXlsx } from '../../../applications/files.ts'
import { adminDetails, adminView, operatorName } from '../../../applications/view.ts'
import { findApplications, readApplication, readApplicationRows } from '../../../store/applications/reads.ts'
import type { ApplicationRow } from '../../../store/applications/rows.ts'
import { clientGone } from '../../client-gone.ts'
import { sendRefusals } from '../answers.ts'
import { type AdminApp, type AdminParts, actorOf } from '../app.ts'
import { pageParameters, readPageSize } from '../checks.ts'
import { readCursor, writeCursor } from '../cursor.ts'

const strict = { additionalProperties: false }
const path = '/admin/v1/applications'
const State = Type.Union([
  Type.Literal('draft'),
  Type.Literal('sent'),
  Type.Literal('confirmed'),
  Type.Literal('refused'),
  Type.Literal('closed'),
])
const OperatorKey = Type.String({ pattern: '^[a-z0-9-]{1,40}$' })
const Query = Type.Object(
  {
    home: Type.Optional(Type.String({ pattern: '^[A-Z0-9@.-]{3}$' })),
    operator: Type.Optional(OperatorKey),
    state: Type.Optional(State),
    ...pageParameters,
  },
  strict,
)
const Id = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const Key = Type.Object({ id: Id }, strict)
const Sent = Type.Object(
  {
    number: Type.Optional(
      Type.String({ pattern: `^[^\\x00-\\x1f\\x7f]{1,${limits.applicationNumberLengthMax}}$` }),
    ),
  },
  strict,
)
const Rows = Type.Object(
  {
    positions: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: limits.applicationRowsMax }), {
        minItems: 1,
        maxItems: limits.applicationRowsMax,
      }),
    ),
  },
  strict,
)

/** Adds the routes. */
export function addApplications(app: AdminApp, parts: AdminParts): void {
  addReading(app, parts)
  addExport(app, parts)
  addDecisions(app, parts)
}

function addReading(app: AdminApp, { context }: AdminParts): void {
  app.get(path, { schema: { querystring: Query } }, async (request): Promise<AdminPage<AdminApplication>> => {
    const { limit, after, ...question } = request.query
    const countMax = readPageSize(limit)
    const before = readCursor(after, question)
    const rows = await findApplications(context.store, { ...question, before, countMax })
    const last = rows.length === countMax ? rows.at(-1) : undefined
    return {
      items: rows.map((row) => adminView(context.book(), row)),
      next: writeCursor(last?.id, question),
    }
  })
  app.get(`${path}/:id`, { schema: { params: Key } }, async (request, reply) => {
    const { id } = request.params
    const row = await readApplication(context.store, id)
    if (row === undefined) return sendRefusals(reply, refuse('admin.not-found', `application ${id}`))
    return (await detailsOf(context, row)) satisfies AdminApplicationDetails
  })
}

async function detailsOf(context: AdminParts['context'], row: ApplicationRow) {
  return adminDetails(context.book(), row, await readApplicationRows(context.store, row.id))
}

function addExport(app: AdminApp, { context }: AdminParts): void {
  const Format = Type.Object({ format: Type.Union([Type.Literal('xlsx'), Type.Literal('letter')]) }, strict)
  const schema = { params: Key, querystring: Format }
  app.get(`${path}/:id/export`, { schema }, async (request, reply) => {
    const { id } = request.params
    const application = await readApplication(context.store, id)
    if (application === undefined) return sendRefusals(reply, refuse('admin.not-found', `application ${id}`))
    const rows = await readApplicationRows(context.store, id)
    const book = context.book()
    const ours = book.codes.get(application.home as never)?.[0]?.operator ?? application.home
    const content = {
      application,
      rows,
      operatorName: operatorName(book, application.operator),
      ours: operatorName(book, ours),
    }
    if (request.query.format === 'letter') {
      return reply.type('text/html; charset=utf-8').send(applicationLetter(content, context.clock.now()))
    }
    return reply
      .type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
      .send(Readable.from(applicationXlsx(content)))
  })
}

function addDecisions(app: AdminApp, { context }: AdminParts): void {
  const answer = async (reply: FastifyReply, done: ApplicationRow | Refusal) =>
    isRefusal(done) ? sendRefusals(reply, done) : detailsOf(context, done)
  const orderOf = (request: FastifyRequest) => {
    const { id } = request.params as { id: string }
    return { id, actor: actorOf(request) }
  }
  app.post(`${path}/:id/sent`, { schema: { params: Key, body: Sent } }, async (request, reply) => {
    const number = request.body.number?.trim()
    return answer(reply, await markSent(context, { ...orderOf(request), number: number || undefined }))
  })
  const schema = { params: Key, body: Rows }
  app.post(`${path}/:id/confirm`, { schema }, async (request, reply) => {
    const { positions } = request.body
    return answer(reply, await confirmRows(context, { ...orderOf(request), positions }))
  })
  app.post(`${path}/:id/refuse`, { schema }, async (request, reply) => {
    const { positions } = request.body
    return answer(reply, await refuseRows(context, { ...orderOf(request), positions }))
  })
  const Convert = Type.Object({ operator: OperatorKey }, strict)
  const After = Type.Object({ after: pageParameters.after }, strict)
  const converting = { schema: { body: Convert, querystring: After } }
  app.post(`${path}/convert`, converting, async (request, reply) => {
    const { operator } = request.body
    const after = readCursor(request.query.after, { operator })
    const order = { operator, after, actor: actorOf(request), signal: clientGone(reply) }
    const done = await convertApplications(context, order)
    if (isRefusal(done)) return sendRefusals(reply, done)
    return { ...done, next: writeCursor(done.next, { operator }) } satisfies AdminConverted
  })
}
