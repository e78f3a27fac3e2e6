// The internal plane: the HTTP interface of our own operator's services, on a host and port of its own.

import { type FastifyReply, type FastifyRequest, type FastifyServerOptions, fastify } from 'fastify'
import { log } from '../../monitoring/log.ts'
import { limits } from '../../schemas/limits.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { checkVerb, readCaller } from './internal/access.ts'
import { addAcknowledgement } from './internal/acknowledgement.ts'
import { type ApiApp, type ApiParts, admit, root } from './internal/app.ts'
import { type Bell, hangBell, type Listen } from './internal/bell.ts'
import { addParsers } from './internal/bodies-in.ts'
import { addApplications } from './internal/bulk/applications.ts'
import { addBulk } from './internal/bulk/bulk.ts'
import type { BulkParts } from './internal/bulk/jobs.ts'
import { type Capacity, makeCapacity, uncounted } from './internal/capacity.ts'
import { compileCheck } from './internal/checks.ts'
import { addDirectory } from './internal/directory.ts'
import { addInbox } from './internal/inbox.ts'
import { addInvitations } from './internal/invitations/invitations.ts'
import { addLinks } from './internal/links/links.ts'
import { addLinkRules } from './internal/links/rules.ts'
import { addMessages } from './internal/messages/messages.ts'
import { addVerdict } from './internal/messages/verdict.ts'
import { addOpen, docsPath } from './internal/open.ts'
import { addDocument } from './internal/openapi.ts'
import { problemOf, refusalsOfError, sendProblem } from './internal/problems.ts'
import { addSubmit } from './internal/submit.ts'
import { addSubscribers } from './internal/subscribers.ts'
import { noBrowserHeaders } from './no-browser.ts'
import { endBroken, type Plane, placeOf, serve, serverBounds } from './serve.ts'

/** Settings of the plane. */
export type InternalPlaneOptions = ApiParts & {
  /** Bulk jobs; without them their routes are not there. */
  bulk: BulkParts['bulk']
  host: string
  /** 0 takes any free port. */
  port: number
  /** PEM; HTTPS when given. */
  tls?: { cert: string | Buffer; key: string | Buffer }
  requestsInFlightMax: number
  bytesInFlightMax: number
  /** Hears the notifications of arrivals, as Store.listen does. */
  listen: Listen
  /** Tells that an error means the database is away. */
  isOutage(error: unknown): boolean
}

/** The plane. Closing it ends the waiting for the inbox at once; what is under way has limits.shutdownMs at most. */
export type InternalPlane = Plane & {
  /** Requests and bytes that are served now, and those who read the inbox or wait for it. */
  inFlight(): { requests: number; bytes: number; readers: number }
}

/** Makes the plane. */
export function createInternalPlane(options: InternalPlaneOptions): InternalPlane {
  const { requestsInFlightMax: requestsMax, bytesInFlightMax: bytesMax } = options
  const capacity = makeCapacity({ requestsMax, bytesMax })
  const stopping = new AbortController()
  const readers = { count: 0 }
  let bell: Bell | undefined
  const hung = (): Bell => {
    if (bell === undefined) throw new Error('the plane does not listen yet')
    return bell
  }
  const app = makeApp(options, capacity, stopping.signal)
  addParsers(app)
  addDocument(app)
  app.register(async (routes: ApiApp) => {
    addSubmit(routes, options)
    addMessages(routes, options)
    addVerdict(routes, options)
    addInbox(routes, { ...options, bell: hung, stopping: stopping.signal, readers })
    addAcknowledgement(routes, options)
    addLinks(routes, options)
    addLinkRules(routes, options)
    addDirectory(routes, options)
    addSubscribers(routes, options)
    addInvitations(routes, options)
    addApplications(routes, options)
    addBulk(routes, options)
    addOpen(routes)
  })
  const { host, port } = options
  const plane = serve(app, { host, port, connectionsMax: limits.connectionsMax, closeMs: limits.shutdownMs })
  return {
    async listen() {
      bell = await hangBell(options.listen)
      return plane.listen()
    },
    inFlight: () => ({ requests: capacity.requests(), bytes: capacity.bytes(), readers: readers.count }),
    async close() {
      stopping.abort()
      await plane.close()
      await bell?.close()
    },
  }
}

/** The answer to what is no HTTP. */
const noHttp = {
  type: 'application/problem+json',
  body: JSON.stringify(problemOf([refuse('api.invalid', 'HTTP')])),
}

function makeApp(options: InternalPlaneOptions, capacity: Capacity, stopping: AbortSignal): ApiApp {
  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    sendProblem(request, reply, ...refusalsOfError(error, options.isOutage))
  const { tls } = options
  const bounds = serverBounds(limits.headersTimeoutMs)
  const app: ApiApp = fastify({
    logger: false,
    // Of the two kinds of server the types of the routes know one; they are the same to them.
    ...((tls === undefined ? {} : { https: { ...bounds, ...tls } }) as FastifyServerOptions),
    http: bounds,
    bodyLimit: limits.apiBodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: 2 * limits.inboxWaitMaxS * 1000,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    routerOptions: { maxParamLength: 1000 },
    // A stop is told like every other problem.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    clientErrorHandler: (_, socket) => endBroken(socket, noHttp),
    frameworkErrors: (error, request, reply) =>
      void answerError(error, request, reply.headers(noBrowserHeaders)),
  })
  app.setValidatorCompiler(compileCheck)
  // A line by itself reads better at a terminal.
  app.setReplySerializer((answer) => `${JSON.stringify(answer)}\n`)
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      request,
      reply,
      refuse('api.not-found', `${request.method} такого здесь нет (not served here)`),
    ),
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(noBrowserHeaders)
    if (stopping.aborted)
      return sendProblem(request, reply, refuse('api.busy', 'хаб останавливается (stopping)'))
    if (isOpen(request)) return undefined
    // Before the body is read: strangers cost no more than their headers and a look at one row.
    const refusal = await letIn(options, capacity, { request, reply })
    if (refusal === undefined) return undefined
    if (refusal.code === 'api.unauthorised') log.warn('internal.unauthorised', { remote: request.ip })
    return sendProblem(request, reply, refusal)
  })
  // The server ends connections that are idle when it begins to close; those of answers after that end with them.
  app.addHook('onSend', async (_, reply) => {
    if (stopping.aborted) reply.header('connection', 'close')
  })
  app.addHook('onResponse', async (request, reply) => {
    const facts = { status: reply.statusCode, durationMs: reply.elapsedTime, remote: request.ip }
    log[request.method === 'GET' ? 'debug' : 'info']('internal.answered', {
      place: placeOf(request),
      ...facts,
    })
  })
  return app
}

/** The pages of the documentation are not of our making and cannot say it themselves. */
function isOpen({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.isOpen === true || routeOptions.url?.startsWith(docsPath) === true
}

async function letIn(
  { context }: ApiParts,
  capacity: Capacity,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<Refusal | undefined> {
  const isWaiting = request.routeOptions.url === `${root}/inbox`
  const visit = isWaiting ? uncounted : capacity.enter(reply.raw)
  if (visit === undefined) return refuse('api.busy', 'слишком много запросов (too many requests)')
  const caller = await readCaller(context, request.headers.authorization)
  if (isRefusal(caller)) return caller
  const { verb } = request.routeOptions.config
  const refusal = verb === undefined ? undefined : checkVerb(caller, verb)
  if (refusal === undefined) admit(request, { caller, visit })
  return refusal
}
