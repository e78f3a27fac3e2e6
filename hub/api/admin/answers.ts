// Turns refusals and errors into answers of the admin plane: a status, a code, a text, nothing of the inside.

import type { FastifyReply } from 'fastify'
import { logFailure } from '../../../monitoring/log.ts'
import type { AdminRefusal } from '../../../schemas/admin.ts'
import { type Refusal, type RefusalCode, refusalText, refuse } from '../../../schemas/refusals.ts'

/** Refusals of a request that a hook or a check throws; the error handler makes the answer of them. */
export class RequestRefused extends Error {
  readonly refusals: readonly Refusal[]

  constructor(refusals: readonly Refusal[]) {
    super(refusals[0]?.code ?? 'admin.invalid')
    this.refusals = refusals
  }
}

/** Other codes are of the content of a request: 400. */
const statuses: Partial<Record<RefusalCode, number>> = {
  'admin.unauthorised': 401,
  'admin.not-found': 404,
  'admin.not-now': 409,
  'application.state': 409,
  'admin.too-large': 413,
  'admin.failed': 500,
  'admin.busy': 503,
}

/** Status and body for one refusal or several of one request. */
export function refusalAnswer(refusals: readonly Refusal[]): { status: number; body: AdminRefusal } {
  const [first = refuse('admin.failed', 'no refusal was named'), ...others] = refusals
  const own = { code: first.code, text: refusalText(first) }
  const all = [first, ...others].map((refusal) => ({ code: refusal.code, text: refusalText(refusal) }))
  return {
    status: statuses[first.code] ?? 400,
    body: others.length === 0 ? own : { ...own, refusals: all },
  }
}

/** Answers with refusals. */
export function sendRefusals(reply: FastifyReply, ...refusals: Refusal[]): FastifyReply {
  const { status, body } = refusalAnswer(refusals)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(status).send(body)
}

/** What an error of a request means for who asked. Those of our own making are logged, with no word of the request. */
export function refusalsOfError(error: unknown, isOutage: (error: unknown) => boolean): readonly Refusal[] {
  if (error instanceof RequestRefused) return error.refusals
  const { code, statusCode } = factsOf(error)
  if (statusCode === 413) return [refuse('admin.too-large', code)]
  if (statusCode >= 400 && statusCode < 500) return [refuse('admin.invalid', code)]
  logFailure(error, 'admin.request')
  return [isOutage(error) ? refuse('admin.busy', 'database') : refuse('admin.failed', 'unexpected')]
}

/** Fastify names its errors FST_ERR_...; texts of parsers may quote the request and are left out. */
function factsOf(error: unknown): { code: string; statusCode: number } {
  if (!(error instanceof Error)) return { code: 'unknown', statusCode: 500 }
  const statusCode: unknown = Reflect.get(error, 'statusCode')
  const code: unknown = Reflect.get(error, 'code')
  return {
    code: typeof code === 'string' && /^FST_[A-Z_]+$/.test(code) ? code : 'malformed',
    statusCode: typeof statusCode === 'number' ? statusCode : 500,
  }
}
