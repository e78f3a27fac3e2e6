// The claim page: shows an invitation to whoever holds its link, and takes the one choice.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { log } from '../../monitoring/log.ts'
import type { ClaimDesk } from '../../schemas/invites/invite.ts'
import { isRefusal, type Refusal, type RefusalCode } from '../../schemas/refusals.ts'
import { languageOf, sendPage, sendRefused } from './answers.ts'
import { type Counter, clientOf } from './counters.ts'
import { type FieldFault, type Fields, readChoice, readFields } from './form.ts'
import { claimPage, donePage, onlyShow } from './pages.ts'
import type { RefusedPage } from './words.ts'

/** What the page needs. */
export type ClaimPageOptions = {
  desk: ClaimDesk
  now(): Date
  origin: string | undefined
  misses: Counter
  posts: Counter
}

type Asked = FastifyRequest<{ Params: { token: string } }>
const everybody = 'everybody'

/** Adds the routes. GET uses nothing up, however often it is asked; POST is what chooses. */
export function addClaim(app: FastifyInstance, options: ClaimPageOptions): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, body),
  )
  // Before the body is read: who guesses costs no more than a line of the request.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    if (options.misses.isFull(clientOf(request.ip))) return sendRefused(request, reply, 'many')
    if (request.method !== 'POST') return undefined
    if (options.posts.isFull(everybody)) return sendRefused(request, reply, 'many')
    options.posts.add(everybody)
    return isFromElsewhere(request, options.origin) ? sendRefused(request, reply, 'wrong') : undefined
  }
  app.get('/claim/:token', { onRequest }, (request: Asked, reply) => show(options, { request, reply }))
  app.post('/claim/:token', { onRequest }, (request: Asked, reply) => take(options, { request, reply }))
}

/** The token gives the right, there are no cookies; pages of others still have no business sending forms here. */
function isFromElsewhere({ headers }: FastifyRequest, own: string | undefined): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  // Without a referrer browsers say "null" of our own pages (Fetch, "append a request Origin header").
  const { origin } = headers
  return origin !== undefined && origin !== 'null' && own !== undefined && origin !== own
}

type Exchange = { request: Asked; reply: FastifyReply }

async function show(
  options: ClaimPageOptions,
  { request, reply }: Exchange,
  typed: { fields: Fields; faults: readonly FieldFault[] } = { fields: {}, faults: [] },
): Promise<FastifyReply> {
  const view = isToken(request.params.token)
    ? await options.desk.look(request.params.token, options.now())
    : unknown
  if (isRefusal(view)) return refuseLink(options, { request, reply }, view)
  const page = claimPage({ view, language: languageOf(request), ...typed })
  return sendPage(reply, page, typed.faults.length > 0 ? 422 : 200)
}

async function take(options: ClaimPageOptions, exchange: Exchange): Promise<FastifyReply> {
  const { request, reply } = exchange
  const { token } = request.params
  const fields = readFields(typeof request.body === 'string' ? request.body : '')
  if (fields === undefined) return sendRefused(request, reply, 'wrong')
  const read = readChoice(fields)
  if ('faults' in read) return show(options, exchange, { fields, faults: read.faults })
  if (fields[onlyShow] !== undefined) return show(options, exchange, { fields, faults: [] })
  const outcome = isToken(token) ? await options.desk.choose(token, read.choice, options.now()) : unknown
  if (!isRefusal(outcome)) return sendPage(reply, donePage(outcome, languageOf(request), fields))
  const fault = faultsOfDesk[outcome.code]
  return fault === undefined
    ? refuseLink(options, exchange, outcome)
    : show(options, exchange, { fields, faults: [fault] })
}

/** Any token of ours has this form; others are not asked for. */
function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(text)
}

const unknown: Refusal = { code: 'claim.unknown', seen: 'form' }

/** Refusals that are told at a field, with what was typed kept. */
const faultsOfDesk: Partial<Record<RefusalCode, FieldFault>> = {
  'claim.text': { field: 'name', fault: 'claim.text' },
  'claim.id': { field: 'id', fault: 'claim.id' },
  'claim.operator': { field: 'id', fault: 'claim.operator' },
  'claim.home-id': { field: 'id', fault: 'claim.home-id' },
  'claim.own': { field: 'id', fault: 'claim.own' },
  'claim.not-in-directory': { field: 'id', fault: 'claim.not-in-directory' },
}
const pages: Partial<Record<RefusalCode, RefusedPage>> = {
  'claim.unknown': 'unknown',
  'claim.expired': 'expired',
  'claim.used': 'used',
}

/** Forged and revoked links look alike. Guesses are counted by client. */
function refuseLink(
  { misses }: ClaimPageOptions,
  { request, reply }: Exchange,
  refusal: Refusal,
): FastifyReply {
  if (refusal.code === 'claim.unknown') misses.add(clientOf(request.ip))
  const page = pages[refusal.code]
  if (page === undefined) log.warn('portal.refused', { code: refusal.code })
  return sendRefused(request, reply, page ?? 'later')
}
