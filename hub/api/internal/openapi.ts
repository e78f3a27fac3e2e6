// The OpenAPI document: made from the routes themselves, with every answer and every code they may refuse with.

import swagger from '@fastify/swagger'
import { Problem } from '../../../schemas/api.ts'
import { MessageRequest } from '../../../schemas/api-requests.ts'
import { apiVerbs } from '../../../schemas/home.ts'
import type { RefusalCode } from '../../../schemas/refusals.ts'
import { version } from '../../version.ts'
import { type ApiApp, type RouteFacts, root } from './app.ts'
import { problemWords, statusOf } from './problems.ts'

/** Codes that every route with a key may give. */
const commonCodes = [
  'api.invalid',
  'api.unauthorised',
  'api.key-expired',
  'api.key-revoked',
  'api.scope',
  'api.home-closed',
  'api.busy',
  'api.failed',
] as const satisfies readonly RefusalCode[]

const description = `API внутренних служб собственного оператора (API of the services of our own operator).

Ключ: \`Authorization: Bearer hubk_…\`, создаётся командой \`hub keys create\`. Права ключа (verbs):
${Object.entries(apiVerbs)
  .map(([verb, { ru, en }]) => `* \`${verb}\` — ${ru} (${en})`)
  .join('\n')}

Ошибки — application/problem+json с кодом, чья это ошибка и что делать.`

/** Adds the maker of the document; routes added after it are in it. */
export function addDocument(app: ApiApp): void {
  const bodies = new Map<string, object>()
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'EDO roaming hub: internal API', version: version(), description },
      tags: [
        { name: 'messages', description: 'Сообщения (messages)' },
        { name: 'inbox', description: 'Входящие (what came)' },
        { name: 'invitations', description: 'Приглашения контрагентов (invitations)' },
        { name: 'links', description: 'Связи и приглашения (links and invitations)' },
        { name: 'bulk', description: 'Списки контрагентов и заявки (lists of counterparties, applications)' },
        { name: 'directory', description: 'Операторы и участники (operators and participants)' },
        { name: 'open', description: 'Без ключа (without a key)' },
      ],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', bearerFormat: 'hubk_…' } } },
    },
    transform: ({ schema, url, route }) => {
      const facts = (route.config ?? {}) as RouteFacts
      const documented = { ...(schema as object), response: responsesOf(facts), ...securityOf(facts) }
      if (facts.requestBody !== undefined) bodies.set(url, facts.requestBody)
      return { schema: documented, url }
    },
    transformObject: (document) =>
      withBodies('openapiObject' in document ? document.openapiObject : {}, bodies),
  })
}

function securityOf({ verb }: RouteFacts): { security: Record<string, string[]>[] } {
  return { security: verb === undefined ? [] : [{ key: [] }] }
}

/** Answers as given, and one for every status of a refusal that names the codes it may have. */
function responsesOf(facts: RouteFacts): Record<string, object> {
  const responses: Record<string, object> = {}
  for (const [status, answer] of Object.entries(facts.answers ?? {})) {
    responses[status] =
      'bytes' in answer
        ? {
            description: answer.bytes,
            content: { 'application/octet-stream': { schema: { type: 'string' } } },
          }
        : { description: answer.description, content: { 'application/json': { schema: answer.schema } } }
  }
  const codes = facts.verb === undefined ? [] : [...commonCodes, ...(facts.problems ?? [])]
  for (const [status, ofStatus] of Map.groupBy(codes, statusOf)) {
    const lines = ofStatus.map((code) => `* \`${code}\` — ${problemWords(code).title}`)
    responses[status] = {
      description: lines.join('\n'),
      content: { 'application/problem+json': { schema: Problem } },
    }
  }
  return responses
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'Свой у каждого сообщения, приглашения или списка: 1..100 видимых знаков ASCII',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,100}$' },
}

/** Routes that are answered once for one key, which is read by hand. */
const keyedPaths = ['/messages', '/links/answer', '/invitations', '/bulk']

const messageBody = {
  required: true,
  content: {
    'application/json': { schema: MessageRequest },
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['message'],
        properties: { message: MessageRequest },
        additionalProperties: { type: 'string', contentMediaType: 'application/octet-stream' },
      },
      encoding: { message: { contentType: 'application/json' } },
    },
  },
}

/** Bodies of several forms, which one schema of a route cannot say, and keys of idempotency. */
function withBodies<Document>(document: Document, bodies: ReadonlyMap<string, object>): Document {
  const paths = (document as { paths?: Record<string, Record<string, Record<string, unknown>>> }).paths
  for (const path of keyedPaths) {
    const keyed = paths?.[`${root}${path}`]?.['post']
    if (keyed === undefined) continue
    keyed['parameters'] = [...((keyed['parameters'] as unknown[]) ?? []), idempotencyKey]
  }
  for (const [url, body] of [[`${root}/messages`, messageBody] as const, ...bodies]) {
    const operation = paths?.[url]?.['post']
    if (operation !== undefined) operation['requestBody'] = body
  }
  return document
}
