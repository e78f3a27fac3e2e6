// The admin plane: the HTTP interface of engineers and monitoring, on a host and port of its own.

import { hash, timingSafeEqual } from 'node:crypto'
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { log } from '../../monitoring/log.ts'
import { limits } from '../../schemas/limits.ts'
import { refuse } from '../../schemas/refusals.ts'
import { refusalAnswer, refusalsOfError, sendRefusals } from './admin/answers.ts'
import type { AdminApp, AdminParts } from './admin/app.ts'
import { checkBody, compileCheck } from './admin/checks.ts'
import { addApplications } from './admin/counterparties/applications.ts'
import { addInvitations } from './admin/counterparties/invitations.ts'
import { addLetters } from './admin/counterparties/letters.ts'
import { addLinkBackfill } from './admin/counterparties/link-backfill.ts'
import { addLinkCards } from './admin/counterparties/link-cards.ts'
import { addLinkMeasures } from './admin/counterparties/links.ts'
import { addSubscriberImport } from './admin/counterparties/subscribers.ts'
import { addJournal } from './admin/journal.ts'
import { addKeys } from './admin/keys.ts'
import { addMessages } from './admin/messages.ts'
import { addOpen } from './admin/open.ts'
import { addOverview } from './admin/overview.ts'
import { addPackagesOut } from './admin/packages-out.ts'
import { addPartners } from './admin/partners.ts'
import { addSources } from './admin/sources.ts'
import { addVerdicts } from './admin/verdicts.ts'
import { noBrowserHeaders } from './no-browser.ts'
import { endBroken, type Plane, placeOf, serve, serverBounds } from './serve.ts'

/** Settings of the plane. */
export type AdminPlaneOptions = AdminParts & {
  host: string
  /** 0 takes any free port. */
  port: number
  /** Whoever shows it may do everything here. */
  token: string
  /** Metrics are answered without the token unless this is set. */
  metricsNeedToken?: boolean
  /** Tells that an error means the database is away. */
  isOutage(error: unknown): boolean
}

/** Makes the plane; once it is closed, what is under way has limits.drainMs at most. */
export function createAdminPlane(options: AdminPlaneOptions): Plane {
  const app = makeApp(options)
  addOpen(app, options, { metricsNeedToken: options.metricsNeedToken === true })
  addMessages(app, options)
  addVerdicts(app, options)
  addPackagesOut(app, options)
  addPartners(app, options)
  addApplications(app, options)
  addKeys(app, options)
  addSources(app, options)
  addSubscriberImport(app, options)
  addLinkMeasures(app, options)
  addLinkCards(app, options)
  addLinkBackfill(app, options)
  addInvitations(app, options)
  addLetters(app, options)
  addJournal(app, options)
  addOverview(app, options)
  const { host, port } = options
  return serve(app, { host, port, connectionsMax: limits.adminConnectionsMax, closeMs: limits.drainMs })
}

/** The answer to what is no HTTP. */
const noHttp = {
  type: 'application/json',
  body: JSON.stringify(refusalAnswer([refuse('admin.invalid', 'HTTP')]).body),
}

function makeApp(options: AdminPlaneOptions): AdminApp {
  const answerError = (error: unknown, reply: FastifyReply) =>
    sendRefusals(reply, ...refusalsOfError(error, options.isOutage))
  const app: AdminApp = fastify({
    logger: false,
    bodyLimit: limits.adminBodyBytesMax,
    requestTimeout: limits.adminRequestTimeoutMs,
    connectionTimeout: 2 * limits.adminRequestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: serverBounds(limits.headersTimeoutMs),
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    clientErrorHandler: (_, socket) => endBroken(socket, noHttp),
    frameworkErrors: (error, _, reply) => void answerError(error, reply.headers(noBrowserHeaders)),
  })
  app.setValidatorCompiler(compileCheck)
  app.setErrorHandler((error, _, reply) => answerError(error, reply))
  app.setNotFoundHandler((request, reply) =>
    sendRefusals(reply, refuse('admin.not-found', `${request.method} такого здесь нет (not served here)`)),
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(noBrowserHeaders)
    // Before the body is read: strangers cost no more than their headers.
    if (request.routeOptions.config.isOpen !== true && !hasToken(request, options.token)) {
      log.warn('admin.unauthorised', { remote: request.ip })
      return sendRefusals(reply, refuse('admin.unauthorised', 'Authorization: Bearer'))
    }
    return undefined
  })
  app.addHook('preValidation', async (request) => checkBody(request.body))
  app.addHook('onResponse', async (request, reply) => {
    const facts = { status: reply.statusCode, durationMs: reply.elapsedTime, remote: request.ip }
    log[request.method === 'GET' ? 'debug' : 'info']('admin.answered', { place: placeOf(request), ...facts })
  })
  return app
}

/** Compares digests, so that the time tells neither where the tokens differ nor how long the right one is. */
function hasToken(request: FastifyRequest, token: string): boolean {
  const [, given] = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.authorization ?? '') ?? []
  const digestOf = (text: string) => hash('sha256', text, 'buffer')
  return given !== undefined && timingSafeEqual(digestOf(given), digestOf(token))
}
