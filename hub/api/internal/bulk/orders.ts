// Routes that act on a bulk job: invite its rows, take its result, pause, resume, cancel it.

import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { BulkInvited, BulkInviteRequest, BulkJob } from '../../../../schemas/bulk/api.ts'
import { limits } from '../../../../schemas/limits.ts'
import { isRefusal } from '../../../../schemas/refusals.ts'
import { changeJob, orderInvitations } from '../../../bulk/change.ts'
import { resultCsv, resultXlsx } from '../../../bulk/result.ts'
import { type ApiApp, callerOf, root } from '../app.ts'
import { readMessageKey } from '../checks.ts'
import { sendProblem } from '../problems.ts'
import { type BulkParts, findJob, JobKey, viewOf } from './jobs.ts'

const strict = { additionalProperties: false }

/** Adds the routes. */
export function addBulkOrders(app: ApiApp, parts: BulkParts): void {
  addInvite(app, parts)
  addResult(app, parts)
  for (const change of changes) addChange(app, parts, change)
}

function addInvite(app: ApiApp, { context }: BulkParts): void {
  const schema = {
    params: JobKey,
    body: BulkInviteRequest,
    summary: 'Пригласить строки задания (Invite rows of a job)',
    description:
      'Приглашения отправляются с ограниченной скоростью, каждое один раз. Повтор ничего не отправляет дважды.',
    tags: ['bulk'],
  }
  const config = {
    verb: 'invite',
    answers: { 200: { schema: BulkInvited, description: 'Поставлено в очередь' } },
    problems: ['api.not-found', 'bulk.state', 'bulk.rows', 'bulk.too-many'],
  } as const
  const bodyLimit = limits.apiBodyBytesMax
  app.post(`${root}/bulk/:id/invite`, { schema, config, bodyLimit }, async (request, reply) => {
    const { home, key: apiKey } = callerOf(request)
    const { rows, message, comment } = request.body
    const job = readMessageKey(request.params.id)
    const order = { home, job, rows, message, comment, remote: request.ip, apiKey }
    const done = await orderInvitations(context, order)
    if (isRefusal(done)) return sendProblem(request, reply, done)
    const answer: BulkInvited = { queued: done.queued, job: await viewOf(context, done.job) }
    return answer
  })
}

const changes = [
  { path: 'pause', to: 'paused', summary: 'Приостановить задание (Pause a job)' },
  { path: 'resume', to: 'running', summary: 'Продолжить задание (Resume a job)' },
  { path: 'cancel', to: 'cancelled', summary: 'Отменить задание навсегда (Cancel a job for ever)' },
] as const

function addChange(app: ApiApp, { context, bulk }: BulkParts, change: (typeof changes)[number]): void {
  const { path, to, summary } = change
  const config = {
    verb: 'invite',
    answers: { 200: { schema: BulkJob, description: 'Задание' } },
    problems: ['api.not-found', 'bulk.state'],
  } as const
  const schema = { params: JobKey, summary, tags: ['bulk'] }
  app.post(`${root}/bulk/:id/${path}`, { schema, config }, async (request, reply) => {
    const { home, key: apiKey } = callerOf(request)
    const done = await changeJob(context, { home, job: readMessageKey(request.params.id), to, apiKey })
    if (isRefusal(done)) return sendProblem(request, reply, done)
    bulk.wake()
    return viewOf(context, done)
  })
}

const fileTypes = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const

function addResult(app: ApiApp, { context }: BulkParts): void {
  const Query = Type.Object({ format: Type.Optional(Type.Enum(['csv', 'xlsx'])) }, strict)
  const schema = {
    params: JobKey,
    querystring: Query,
    summary: 'Результат файлом CSV или XLSX, по группам (The result as a file)',
    tags: ['bulk'],
  }
  const config = {
    verb: 'invite',
    answers: { 200: { bytes: 'Файл' } },
    problems: ['api.not-found'],
  } as const
  app.get(`${root}/bulk/:id/result`, { schema, config }, async (request, reply) => {
    const job = await findJob(context, request)
    const format = request.query.format === 'xlsx' ? 'xlsx' : 'csv'
    reply.type(fileTypes[format])
    reply.header('content-disposition', `attachment; filename="bulk-${job.id}.${format}"`)
    const write = format === 'xlsx' ? resultXlsx : resultCsv
    return reply.send(Readable.from(write(context.store, job.id)))
  })
}
