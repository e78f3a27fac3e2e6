// What the groups of routes of the internal plane share: the type of the server, the parts of the hub behind it.

import assert from 'node:assert/strict'
import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { SubscriberDirectory } from '../../../schemas/directory/directory.ts'
import type { ApiVerb } from '../../../schemas/home.ts'
import type { RefusalCode } from '../../../schemas/refusals.ts'
import type { HomeDesk } from '../../home/desk.ts'
import type { PipelineContext } from '../../pipeline/context.ts'
import type { AdminApp } from '../admin/app.ts'
import type { Caller } from './access.ts'
import type { Visit } from './capacity.ts'

/** Fastify whose handlers know the types of their checked parameters. */
export type ApiApp = AdminApp

/** The parts of the hub behind the plane. */
export type ApiParts = { context: PipelineContext; desk: HomeDesk; directory: SubscriberDirectory }

/** What the documentation says of a route, and what it needs; nothing here is checked by fastify. */
export type RouteFacts = {
  /** The right a key must give; a route without one is open to everybody. */
  verb?: ApiVerb
  /** Answers by status, for the documentation. */
  answers?: Readonly<Record<number, { schema: TSchema; description: string } | { bytes: string }>>
  /** Codes it may refuse with, besides those every route has. */
  problems?: readonly RefusalCode[]
  /** The body, where the route takes it in forms that no schema checks; it has an idempotency key then. */
  requestBody?: object
}

declare module 'fastify' {
  interface FastifyContextConfig extends RouteFacts {}
}

const visits = new WeakMap<FastifyRequest, { caller: Caller; visit: Visit }>()

/** Remembers who asks and what the request may hold, once it was let in. */
export function admit(request: FastifyRequest, as: { caller: Caller; visit: Visit }): void {
  visits.set(request, as)
}

/** Who asks. Only for routes with a verb. */
export function callerOf(request: FastifyRequest): Caller {
  const found = visits.get(request)
  assert(found, 'a request was not let in')
  return found.caller
}

/** What a request holds of the memory of the plane. Only for routes with a verb. */
export function visitOf(request: FastifyRequest): Visit {
  const found = visits.get(request)
  assert(found, 'a request was not let in')
  return found.visit
}

/** Path of everything here. */
export const root = '/api/v1'
