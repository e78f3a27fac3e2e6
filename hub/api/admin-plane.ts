// The admin plane: the HTTP interface of engineers and monitoring, on a host and port of its own.

import { hash, timingSafeEqual } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
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

/** A server that may be started once and closed once. */
export type AdminPlane = {
  /** Starts listening; rejects with the error of the system when the port is taken. */
  listen(): Promise<{ host: string; port: number }>
  /** Answers what is under way for limits.drainMs at most, then ends every connection. */
  close(): Promise<void>
}

/** Makes the plane. */
export function createAdminPlane(options: AdminPlaneOptions): AdminPlane {
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
  return {
    async listen() {
      await app.listen({ host: options.host, port: options.port })
      app.server.maxConnections = limits.adminConnectionsMax
      const { address, port } = app.server.address() as AddressInfo
      return { host: address, port }
    },
    async close() {
      const timer = setTimeout(() => app.server.closeAllConnections(), limits.drainMs)
      await app.close()
      clearTimeout(timer)
    },
  }
}

/** No page of a browser has business here: nothing is cached, framed, sniffed or shared with other origins. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
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
    http: { maxHeaderSize: limits.headerBytesMax, headersTimeout: limits.headersTimeoutMs },
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    clientErrorHandler: (_, socket) => endBroken(socket),
    frameworkErrors: (error, _, reply) => void answerError(error, reply.headers(securityHeaders)),
  })
  app.setValidatorCompiler(compileCheck)
  app.setErrorHandler((error, _, reply) => answerError(error, reply))
  app.setNotFoundHandler((request, reply) =>
    sendRefusals(reply, refuse('admin.not-found', `${request.method} такого здесь нет (not served here)`)),
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
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
    // The route as written, not the address as asked: ids and filters stay out of the log.
    const place = `${request.method}:${request.routeOptions.url?.replaceAll(':', '') ?? 'nowhere'}`
    log[request.method === 'GET' ? 'debug' : 'info']('admin.answered', { place, ...facts })
  })
  return app
}

/** Compares digests, so that the time tells neither where the tokens differ nor how long the right one is. */
function hasToken(request: FastifyRequest, token: string): boolean {
  const [, given] = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.authorization ?? '') ?? []
  const digestOf = (text: string) => hash('sha256', text, 'buffer')
  return given !== undefined && timingSafeEqual(digestOf(given), digestOf(token))
}

/** What is no HTTP gets one coded answer and the end of its connection. */
function endBroken(socket: Socket): void {
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(refusalAnswer([refuse('admin.invalid', 'HTTP')]).body)
  socket.end(
    'HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\nconnection: close\r\n' +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
