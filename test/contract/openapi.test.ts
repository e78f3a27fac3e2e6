// The OpenAPI document: well-formed, complete, and its examples fit its schemas.

import t, { type Test } from 'tap'
import { Compile } from 'typebox/compile'
import { problemWords, statusOf } from '../../hub/api/internal/problems.ts'
import { type RefusalCode, refusals } from '../../schemas/refusals.ts'
import { startTestApi } from '../support/internal-plane.ts'

type Node = Record<string, unknown>
type Operation = {
  security: Node[]
  summary?: string
  tags?: string[]
  parameters?: { name: string; in: string; required?: boolean; schema: Node }[]
  requestBody?: { content: Record<string, { schema: Node; example?: unknown; examples?: Node }> }
  responses: Record<string, { description: string; content?: Record<string, Media> }>
}
type Media = { schema: Node; example?: unknown; examples?: Record<string, { value: unknown }> }
type Document = {
  openapi: string
  info: Node
  paths: Record<string, Record<string, Operation>>
  components: Node
}

async function documentOf(t: Test): Promise<Document> {
  const api = await startTestApi(t)
  return (await api.ask('/api/v1/openapi.json', { key: '' })).json() as unknown as Document
}

const routes = [
  'delete /api/v1/links/rules/{own}',
  'get /api/v1/applications',
  'get /api/v1/bulk',
  'get /api/v1/bulk/{id}',
  'get /api/v1/bulk/{id}/result',
  'get /api/v1/bulk/{id}/rows',
  'get /api/v1/directory',
  'get /api/v1/health',
  'get /api/v1/inbox',
  'get /api/v1/invitations',
  'get /api/v1/invitations/{id}',
  'get /api/v1/links',
  'get /api/v1/links/rules/{own}',
  'get /api/v1/links/{id}',
  'get /api/v1/messages',
  'get /api/v1/messages/{id}',
  'get /api/v1/messages/{id}/documents/{part}',
  'get /api/v1/messages/{id}/signatures/{part}',
  'get /api/v1/messages/{id}/verdict',
  'get /api/v1/operators',
  'get /api/v1/participants/{id}',
  'post /api/v1/bulk',
  'post /api/v1/bulk/{id}/cancel',
  'post /api/v1/bulk/{id}/invite',
  'post /api/v1/bulk/{id}/pause',
  'post /api/v1/bulk/{id}/resume',
  'post /api/v1/invitations',
  'post /api/v1/invitations/{id}/resend',
  'post /api/v1/invitations/{id}/revoke',
  'post /api/v1/invitations/{id}/withdraw',
  'post /api/v1/links/answer',
  'post /api/v1/messages',
  'post /api/v1/messages/{id}/acknowledgement',
  'put /api/v1/links/rules/{own}',
]

function operationsOf({ paths }: Document): [string, Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  )
}

t.test('every route stands in the document with its parameters, its right and its answers', async (t) => {
  const document = await documentOf(t)
  t.match(document, { openapi: '3.1.0', info: { title: String, version: String } })
  t.match(document.components, { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } })
  t.same(
    operationsOf(document)
      .map(([name]) => name)
      .sort(),
    routes,
  )
  for (const [name, operation] of operationsOf(document)) {
    t.ok(operation.summary, `${name}: summary`)
    t.equal(operation.tags?.length, 1, `${name}: tag`)
    t.same(operation.security, name.endsWith('/health') ? [] : [{ key: [] }], `${name}: security`)
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    const declared = (operation.parameters ?? []).filter((one) => one.in === 'path')
    t.same(declared.map((one) => one.name).sort(), inPath.sort(), `${name}: parameters`)
    t.ok(
      Object.keys(operation.responses).some((status) => status.startsWith('2')),
      `${name}: an answer`,
    )
    for (const [status, response] of Object.entries(operation.responses)) {
      t.match(status, /^\d{3}$/)
      t.ok(response.description, `${name} ${status}`)
      const [type] = Object.keys(response.content ?? {})
      const wanted = Number(status) >= 400 ? 'application/problem+json' : /json|octet/
      t.match(type, wanted, `${name} ${status}`)
    }
  }
})

t.test('every code of the API stands under the status it is answered with', async (t) => {
  const document = await documentOf(t)
  const listed = new Set<string>()
  for (const [name, { responses }] of operationsOf(document)) {
    for (const [status, response] of Object.entries(responses)) {
      for (const [, code = ''] of response.description.matchAll(/^\* `([a-z0-9.-]+)` — /gm)) {
        listed.add(code)
        t.equal(String(statusOf(code as RefusalCode)), status, `${name} ${code}`)
        t.ok(response.description.includes(problemWords(code as RefusalCode).title))
      }
    }
  }
  const own = Object.keys(refusals).filter((code) => code.startsWith('api.'))
  t.same(
    own.filter((code) => !listed.has(code)),
    [],
  )
})

t.test('examples fit the schemas they stand in', async (t) => {
  const document = await documentOf(t)
  let found = 0
  const tryOne = (schema: Node, value: unknown, place: string) => {
    found += 1
    const check = Compile(schema as never)
    t.ok(check.Check(value), `${place}: ${JSON.stringify([...check.Errors(value)].slice(0, 2))}`)
  }
  const walk = (node: unknown, place: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { schema, example, examples } = node as Media
    if (typeof schema === 'object') {
      if (example !== undefined) tryOne(schema, example, place)
      for (const [name, one] of Object.entries(Array.isArray(examples) ? {} : (examples ?? {}))) {
        tryOne(schema, one.value, `${place}/${name}`)
      }
    }
    if (Array.isArray(examples) && 'type' in node) {
      for (const value of examples) tryOne(node as Node, value, place)
    }
    for (const [name, member] of Object.entries(node)) walk(member, `${place}/${name}`)
  }
  walk(document.paths, 'paths')
  t.ok(found > 10, `${found} examples`)
  const bodies = operationsOf(document).filter(([, { requestBody }]) => requestBody !== undefined)
  t.same(bodies.map(([name, { requestBody }]) => [name, Object.keys(requestBody?.content ?? {})]).sort(), [
    [
      'post /api/v1/bulk',
      [
        'text/csv',
        'text/plain',
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        'application/octet-stream',
        'multipart/form-data',
      ],
    ],
    ['post /api/v1/bulk/{id}/invite', ['application/json']],
    ['post /api/v1/invitations', ['application/json']],
    ['post /api/v1/links/answer', ['application/json']],
    ['post /api/v1/messages', ['application/json', 'multipart/form-data']],
    ['post /api/v1/messages/{id}/acknowledgement', ['application/json']],
    ['put /api/v1/links/rules/{own}', ['application/json']],
  ])
})
