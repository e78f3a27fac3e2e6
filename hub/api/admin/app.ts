// What the groups of routes of the admin plane share: the type of the server and the parts of the hub they ask.

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Health } from '../../../monitoring/health.ts'
import type { Metrics } from '../../../monitoring/metrics.ts'
import type { HeldDirectory } from '../../directory/directory.ts'
import type { PartnerRegistry } from '../../partners/book.ts'
import type { PipelineContext } from '../../pipeline/context.ts'
import { invalid } from './checks.ts'

/** Fastify whose handlers know the types of their checked parameters. */
export type AdminApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** The parts of the hub behind the plane. */
export type AdminParts = {
  context: PipelineContext
  registry: PartnerRegistry
  directory: HeldDirectory
  health: Health
  metrics: Pick<Metrics, 'text' | 'contentType'>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without the token. */
    isOpen?: boolean
  }
}

const actorDefault = 'admin'

/**
 * The account a decision is recorded under, from the header X-Hub-Actor. The token is what gives the right; the
 * account is as its holder says.
 */
export function actorOf(request: FastifyRequest): string {
  const given = request.headers['x-hub-actor']
  if (given === undefined) return actorDefault
  if (typeof given === 'string' && /^[A-Za-z0-9._@-]{1,64}$/.test(given)) return given
  throw invalid('имя учётной записи (account): [A-Za-z0-9._@-]{1,64}', 'headers/x-hub-actor')
}
