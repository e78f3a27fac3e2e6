// Routes of bulk jobs: a list comes in, how far it is, its rows.

import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { ParticipantText } from '../../../../schemas/api-requests.ts'
import { BulkJob, BulkJobPage, BulkRowPage, bulkGroups } from '../../../../schemas/bulk/api.ts'
import { limits } from '../../../../schemas/limits.ts'
import { isRefusal, refuse } from '../../../../schemas/refusals.ts'
import { rowView } from '../../../bulk/view.ts'
import { isOwnSender } from '../../../home/submit.ts'
import { type BulkGroup, listJobs, readRows } from '../../../store/bulk/jobs.ts'
import { type ApiApp, callerOf, root, visitOf } from '../app.ts'
import { isForm, readForm } from '../bodies-in.ts'
import { PageSize, readPageSize, readParticipant, refused } from '../checks.ts'
import { Cursor, readCursor, writeCursor } from '../cursor.ts'
import { gather, openAccount, tooLarge } from '../gather.ts'
import { sendProblem } from '../problems.ts'
import { type BulkParts, findJob, JobKey, viewOf } from './jobs.ts'
import { addBulkOrders } from './orders.ts'

const strict = { additionalProperties: false }
const listTypes = [
  'text/csv',
  'text/plain',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
] as const
/** While a list is read, a byte of it stands in memory as bytes, as text and as cells. */
const listWeight = 8
const listPart = 'list'

/** Adds the routes; lists may be the whole body of a request here, and nowhere else. */
export function addBulk(app: ApiApp, parts: BulkParts): void {
  app.register(async (routes: ApiApp) => {
    routes.addContentTypeParser([...listTypes], async (request: FastifyRequest) => {
      const bytesMax = limits.listBytesMax
      if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
      return gather(request.raw, openAccount(visitOf(request), { bytesMax, weight: listWeight }), bytesMax)
    })
    addUpload(routes, parts)
  })
  addViews(app, parts)
  addRows(app, parts)
  addBulkOrders(app, parts)
}

const UploadQuery = Type.Object(
  {
    sender: ParticipantText,
    lookUp: Type.Optional(
      Type.Enum(['true', 'false'], { description: 'false: не спрашивать справочник участников ФНС' }),
    ),
  },
  strict,
)

const binary = { schema: { type: 'string', contentMediaType: 'application/octet-stream' } }
const uploadBody = {
  required: true,
  content: {
    ...Object.fromEntries(listTypes.map((type) => [type, binary])),
    'multipart/form-data': {
      schema: { type: 'object', required: [listPart], properties: { [listPart]: binary.schema } },
    },
  },
}

function addUpload(app: ApiApp, { context, bulk }: BulkParts): void {
  const schema = {
    querystring: UploadQuery,
    summary: 'Загрузить список ИНН (Upload a list of INNs)',
    description:
      `Текст, CSV или XLSX, до ${limits.listRowsMax} строк: телом запроса или частью list формы. Idempotency-Key ` +
      'обязателен: тот же список под тем же ключом — то же задание. Ошибки строк — в группе faulty.',
    tags: ['bulk'],
  }
  const config = {
    verb: 'invite',
    answers: {
      200: { schema: BulkJob, description: 'Этот список уже принят' },
      201: { schema: BulkJob, description: 'Задание создано' },
    },
    problems: [
      'api.idempotency-key',
      'api.content-type',
      'api.too-large',
      'api.cut-short',
      'api.part',
      'api.sender',
      'list.empty',
      'list.rows',
      'list.encoding',
      'list.broken',
      'list.unpacked',
      'list.columns',
      'bulk.key-reused',
      'bulk.too-many',
    ],
    requestBody: uploadBody,
  } as const
  app.post(`${root}/bulk`, { schema, config, bodyLimit: limits.listBytesMax }, async (request, reply) => {
    const release = visitOf(request).hold()
    try {
      const { home, key: apiKey } = callerOf(request)
      const key = readIdempotencyKey(request)
      const sender = readParticipant(request.query.sender, 'querystring/sender')
      const bytes = await readBody(request)
      if (!isOwnSender(context, { home, sender, at: context.clock.now() })) {
        const seen = `код ключа (home code of the key): ${home}`
        return sendProblem(request, reply, refuse('api.sender', seen, 'querystring/sender'))
      }
      const asks = request.query.lookUp !== 'false'
      const taken = await bulk.take({ home, key, sender, asks, bytes, apiKey })
      if (isRefusal(taken)) return sendProblem(request, reply, taken)
      bulk.wake()
      if (taken.isRepeated) reply.header('idempotency-replayed', 'true')
      const view = await viewOf(context, taken.job)
      reply.header('location', view.href).code(taken.isRepeated ? 200 : 201)
      return view
    } finally {
      release()
    }
  })
}

function readIdempotencyKey(request: FastifyRequest): string {
  const key = request.headers['idempotency-key']
  if (typeof key === 'string' && /^[\x21-\x7e]{1,100}$/.test(key)) return key
  throw refused('api.idempotency-key', key === undefined ? 'нет (missing)' : 'недопустим (not allowed)')
}

async function readBody(request: FastifyRequest): Promise<Uint8Array> {
  if (!isForm(request)) {
    if (request.body instanceof Uint8Array) return request.body
    throw refused('api.content-type', 'список (a list): CSV, XLSX, text/plain')
  }
  const list = (await readForm(request)).get(listPart)
  if (list === undefined) throw refused('api.part', `нет части (there is no part) ${listPart}`)
  if (list.length > limits.listBytesMax) throw tooLarge(limits.listBytesMax, listPart)
  return list
}

function addViews(app: ApiApp, { context }: BulkParts): void {
  const Query = Type.Object({ limit: Type.Optional(PageSize), after: Type.Optional(Cursor) }, strict)
  const list = { querystring: Query, summary: 'Массовые задания, новые сверху (Bulk jobs)', tags: ['bulk'] }
  const listConfig = {
    verb: 'invite',
    answers: { 200: { schema: BulkJobPage, description: 'Страница' } },
    problems: ['api.cursor'],
  } as const
  app.get(`${root}/bulk`, { schema: list, config: listConfig }, async (request): Promise<BulkJobPage> => {
    const { home } = callerOf(request)
    const of = { home, question: { of: 'bulk' } }
    const { limit, after } = request.query
    const countMax = readPageSize(limit)
    const before = after === undefined ? undefined : readCursor(after, of)
    const jobs = await listJobs(context.store, { home, before, countMax })
    const last = jobs.length === countMax ? jobs.at(-1) : undefined
    const items: BulkJob[] = []
    for (const job of jobs) items.push(await viewOf(context, job))
    return { items, next: last === undefined ? null : writeCursor(last.id, of) }
  })
  const schema = { params: JobKey, summary: 'Ход задания (How far a job is)', tags: ['bulk'] }
  const config = {
    verb: 'invite',
    answers: { 200: { schema: BulkJob, description: 'Задание' } },
    problems: ['api.not-found'],
  } as const
  app.get(`${root}/bulk/:id`, { schema, config }, async (request): Promise<BulkJob> => {
    return viewOf(context, await findJob(context, request))
  })
}

function addRows(app: ApiApp, { context }: BulkParts): void {
  const groups = Object.keys(bulkGroups) as BulkGroup[]
  const Query = Type.Object(
    {
      group: Type.String({ enum: groups, description: 'Группа строк' }),
      limit: Type.Optional(PageSize),
      after: Type.Optional(
        Type.String({ pattern: '^[0-9]{1,9}$', description: 'Номер строки из прошлого ответа (next)' }),
      ),
    },
    strict,
  )
  const summary = 'Строки одной группы (Rows of one group)'
  const schema = { params: JobKey, querystring: Query, summary, tags: ['bulk'] }
  const config = {
    verb: 'invite',
    answers: { 200: { schema: BulkRowPage, description: 'Страница' } },
    problems: ['api.not-found'],
  } as const
  app.get(`${root}/bulk/:id/rows`, { schema, config }, async (request): Promise<BulkRowPage> => {
    const job = await findJob(context, request)
    const { group, limit, after } = request.query
    const countMax = readPageSize(limit)
    const question = { job: job.id, group: group as BulkGroup, after: Number(after ?? 0), countMax }
    const rows = await readRows(context.store, question)
    const last = rows.length === countMax ? rows.at(-1) : undefined
    return { items: rows.map(rowView), next: last?.number ?? null }
  })
}
