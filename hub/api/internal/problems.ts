// Turns refusals and errors into answers of the internal API: application/problem+json (RFC 9457).

import type { FastifyReply, FastifyRequest } from 'fastify'
import { logFailure } from '../../../monitoring/log.ts'
import { drainRequest } from '../../../operators/transports/http-answer.ts'
import type { Problem } from '../../../schemas/api.ts'
import { limits } from '../../../schemas/limits.ts'
import {
  adviceText,
  type Fault,
  type Refusal,
  type RefusalCode,
  refusalRow,
  refuse,
} from '../../../schemas/refusals.ts'
import { RequestRefused } from '../admin/answers.ts'
import { root } from './app.ts'

/** Other codes say that what was asked for is well-formed and yet not possible: 422, those of the hub's fault: 500. */
const statuses: Readonly<Record<string, number>> = {
  'api.invalid': 400,
  'api.cursor': 400,
  'api.cut-short': 400,
  'api.idempotency-key': 400,
  'api.base64': 400,
  'api.part': 400,
  'api.unauthorised': 401,
  'api.key-expired': 401,
  'api.key-revoked': 401,
  'api.scope': 403,
  'api.home-closed': 403,
  'api.not-found': 404,
  'home.key-reused': 409,
  'home.already-answered': 409,
  'invite.key-reused': 409,
  'invite.open': 409,
  'invite.not-open': 409,
  'invite.resend-too-soon': 429,
  'link.nothing-to-accept': 409,
  'link.nothing-to-decline': 409,
  'link.nothing-to-break': 409,
  'link.nothing-to-withdraw': 409,
  'bulk.key-reused': 409,
  'bulk.state': 409,
  'api.too-large': 413,
  'api.content-type': 415,
  'api.busy': 503,
}

/** Codes of the desk that say what one of the plane says: a service sees one code for one thing. */
const synonyms: Readonly<Record<string, RefusalCode>> = {
  'home.sender': 'api.sender',
  'home.not-found': 'api.not-found',
}

/** Codes the desk itself may refuse a message with, besides those of its route and of its description. */
export const deskCodes = [
  'home.key-reused',
  'home.unknown-reference',
  'home.already-answered',
  'home.replaces',
] as const satisfies readonly RefusalCode[]

const faultTexts: Readonly<Record<Fault, string>> = {
  sender: 'ошибка в запросе или у отправителя (the request is at fault)',
  'next-operator': 'дело в операторе получателя (the next operator is at fault)',
  configuration: 'дело в настройках хаба (the configuration of the hub is at fault)',
  hub: 'дело в хабе (the hub is at fault)',
}

/** The HTTP status of a code. */
export function statusOf(code: RefusalCode): number {
  return statuses[code] ?? (refusalRow(code).fault === 'hub' ? 500 : 422)
}

/** A row of the table of refusals in the words of a problem. */
export function problemWords(code: RefusalCode): { title: string; faultText: string; advice: string } {
  const { ru, en, fault } = refusalRow(code)
  return { title: `${ru} (${en})`, faultText: faultTexts[fault], advice: adviceText(code) }
}

/** The body for one refusal or several of one request; the first decides. */
export function problemOf(refusals: readonly Refusal[]): Problem {
  const [first = refuse('api.failed', 'no refusal was named'), ...others] = refusals.map(translate)
  const { code, seen, at } = first
  const { title, faultText, advice } = problemWords(code)
  const own = {
    type: `${root}/problems/${code}`,
    title,
    status: statusOf(code),
    detail: seen,
    code,
    fault: refusalRow(code).fault,
    faultText,
    advice,
    ...(at === undefined ? {} : { at }),
  }
  return others.length === 0 ? own : { ...own, errors: [first, ...others].map(faultOf) }
}

function translate(refusal: Refusal): Refusal {
  const code = synonyms[refusal.code]
  return code === undefined ? refusal : { ...refusal, code }
}

function faultOf({ code, seen, at }: Refusal): NonNullable<Problem['errors']>[number] {
  const { title, advice } = problemWords(code)
  return { code, title, detail: seen, ...(at === undefined ? {} : { at }), advice }
}

/**
 * Answers with refusals. While the body of the request still comes, what is left of it is thrown away for a bounded time
 * after the answer is on its way: closing at once would destroy the answer (RFC 9112, 9.6).
 */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  ...refusals: readonly Refusal[]
): FastifyReply {
  const problem = problemOf(refusals)
  const { status } = problem
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 503) reply.header('retry-after', String(limits.busyRetryAfterS))
  reply.code(status).type('application/problem+json; charset=utf-8')
  if (request.raw.complete || request.raw.destroyed) return reply.send(problem)
  const body = Buffer.from(`${JSON.stringify(problem)}\n`)
  reply.header('connection', 'close').header('content-length', body.length).hijack()
  reply.raw.writeHead(status, reply.getHeaders() as Record<string, string | number>)
  reply.raw.write(body)
  request.raw.unpipe()
  drainRequest(request.raw, limits, () => reply.raw.end())
  return reply
}

/** What an error of a request means for who asked. Those of our own making are logged, with no word of the request. */
export function refusalsOfError(error: unknown, isOutage: (error: unknown) => boolean): readonly Refusal[] {
  if (error instanceof RequestRefused) return error.refusals
  const { code, status } = factsOf(error)
  if (status === 413) return [refuse('api.too-large', code)]
  if (status === 415) return [refuse('api.content-type', code)]
  if (status >= 400 && status < 500) return [refuse('api.invalid', code)]
  logFailure(error, 'internal.request')
  return [isOutage(error) ? refuse('api.busy', 'database') : refuse('api.failed', 'unexpected')]
}

/** Fastify names its errors FST_ERR_...; texts of parsers may quote the request and are left out. */
function factsOf(error: unknown): { code: string; status: number } {
  if (!(error instanceof Error)) return { code: 'unknown', status: 500 }
  const status: unknown = Reflect.get(error, 'statusCode')
  const code: unknown = Reflect.get(error, 'code')
  return {
    code: typeof code === 'string' && /^FST_[A-Z_]+$/.test(code) ? code : 'malformed',
    status: typeof status === 'number' ? status : 500,
  }
}
