// Answers of the portal: pages with their statuses, in the language that was asked for.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../../schemas/limits.ts'
import type { Language } from '../mail/letter-words.ts'
import { refusedPage } from './pages.ts'
import type { RefusedPage } from './words.ts'

/** The language of a request: Russian unless ?lang=en says otherwise. */
export function languageOf(request: FastifyRequest): Language {
  // Of a request that could not be read there is none.
  const query = request.query as Readonly<Record<string, unknown>> | null
  return query?.['lang'] === 'en' ? 'en' : 'ru'
}

/** Statuses of the pages that refuse. */
export const statuses: Readonly<Record<RefusedPage, number>> = {
  unknown: 404,
  expired: 410,
  used: 410,
  many: 429,
  wrong: 400,
  later: 503,
}

/** Answers with a page that refuses. */
export function sendRefused(request: FastifyRequest, reply: FastifyReply, page: RefusedPage): FastifyReply {
  if (page === 'many') reply.header('retry-after', Math.ceil(limits.portalWindowMs / 1000))
  return sendPage(reply, refusedPage(page, languageOf(request)), statuses[page])
}

/** Answers with a page. */
export function sendPage(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(page)
}
