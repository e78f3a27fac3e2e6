// Routes open to everybody: alive, the OpenAPI document, its pages, and a page for every problem.

import swaggerUi from '@fastify/swagger-ui'
import { Type } from 'typebox'
import { Health } from '../../../schemas/api.ts'
import { type RefusalCode, refusals } from '../../../schemas/refusals.ts'
import { type ApiApp, root } from './app.ts'
import { notFound } from './checks.ts'
import { problemWords, statusOf } from './problems.ts'

/** Everything the pages need comes from here; styles are set by their script. */
const pagesPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Path of the pages. */
export const docsPath = `${root}/docs`

/** Adds the routes. */
export function addOpen(app: ApiApp): void {
  const empty = Type.Object({}, { additionalProperties: false })
  const config = {
    isOpen: true,
    answers: { 200: { schema: Health, description: 'Работает' } },
  } as const
  const schema = { querystring: empty, summary: 'Жив ли хаб (Is the hub alive)', tags: ['open'] }
  app.get(`${root}/health`, { schema, config }, async () => ({ status: 'ok' }))

  const hidden = { hide: true }
  app.get(`${root}/openapi.json`, { schema: hidden, config: { isOpen: true } }, async (_, reply) =>
    reply.type('application/json; charset=utf-8').send(app.swagger()),
  )

  const params = Type.Object({ code: Type.String({ maxLength: 100 }) })
  app.get(
    `${root}/problems/:code`,
    { schema: { params, hide: true }, config: { isOpen: true } },
    async (request, reply) => {
      const { code } = request.params
      if (!Object.hasOwn(refusals, code)) throw notFound(code)
      return reply.type('text/plain; charset=utf-8').send(pageOf(code as RefusalCode))
    },
  )

  app.register(swaggerUi, {
    routePrefix: docsPath,
    staticCSP: pagesPolicy,
    theme: { title: 'EDO roaming hub: internal API v1' },
    uiConfig: { validatorUrl: null, docExpansion: 'list', persistAuthorization: false },
  })
}

function pageOf(code: RefusalCode): string {
  const { title, faultText, advice } = problemWords(code)
  return `${code}\n\n${title}\nHTTP ${statusOf(code)}; ${faultText}\n\n${advice}\n`
}
