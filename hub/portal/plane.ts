// The portal: the pages behind claim links, for whoever was invited, on a host and port of its own.

import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { log, logFailure } from '../../monitoring/log.ts'
import type { ClaimDesk } from '../../schemas/invites/invite.ts'
import { limits } from '../../schemas/limits.ts'
import { endBroken, type Plane, placeOf, serve, serverBounds } from '../api/serve.ts'
import { languageOf, sendPage, sendRefused, statuses } from './answers.ts'
import { addClaim } from './claim.ts'
import { clientOf, makeCounter } from './counters.ts'
import { refusedPage, styleSheet } from './pages.ts'

/** Settings of the portal. */
export type PortalOptions = {
  desk: ClaimDesk
  now(): Date
  host: string
  /** 0 takes any free port. */
  port: number
  /** Origin of the public address: forms sent from elsewhere are refused. Undefined: unknown. */
  origin: string | undefined
  trustedProxies: number
  missesPerMinuteMax: number
  postsPerMinuteMax: number
  /** Tells that an error means the database is away. */
  isOutage(error: unknown): boolean
}

/** Makes the portal; once it is closed, what is under way has limits.drainMs at most. */
export function createPortal(options: PortalOptions): Plane {
  const now = () => options.now().getTime()
  const misses = makeCounter(options.missesPerMinuteMax, now)
  // What only looks like a link is a guess as well.
  const sendUnknown = (request: FastifyRequest, reply: FastifyReply) => {
    if (request.raw.url?.startsWith('/claim/') === true) misses.add(clientOf(request.ip))
    return sendRefused(request, reply, 'unknown')
  }
  const app = makeApp(options, sendUnknown)
  const posts = makeCounter(options.postsPerMinuteMax, now)
  addClaim(app, { ...options, misses, posts })
  app.get('/portal.css', (_, reply) =>
    reply.header('cache-control', 'max-age=3600').type('text/css; charset=utf-8').send(styleSheet),
  )
  app.get('/favicon.ico', (_, reply) => reply.code(204).send())
  app.setNotFoundHandler(sendUnknown)
  const { host, port } = options
  return serve(app, { host, port, connectionsMax: limits.portalConnectionsMax, closeMs: limits.drainMs })
}

/**
 * The address of a page gives a right: it is in no referrer, no cache and no log. Nothing is run, framed or loaded from
 * elsewhere. HSTS is said by the proxy that ends TLS.
 */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
}

function makeApp(
  options: PortalOptions,
  sendUnknown: (request: FastifyRequest, reply: FastifyReply) => FastifyReply,
): FastifyInstance {
  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const status = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined
    if (typeof status === 'number' && status < 500) {
      return sendPage(reply, refusedPage('wrong', languageOf(request)), status)
    }
    logFailure(error, 'portal.request')
    const page = refusedPage('later', languageOf(request))
    return sendPage(reply, page, options.isOutage(error) ? statuses.later : 500)
  }
  const app: FastifyInstance = fastify({
    logger: false,
    trustProxy: (_: string, hop: number) => hop < options.trustedProxies,
    bodyLimit: limits.portalBodyBytesMax,
    requestTimeout: limits.portalRequestTimeoutMs,
    connectionTimeout: 2 * limits.portalRequestTimeoutMs,
    keepAliveTimeout: limits.portalRequestTimeoutMs,
    http: serverBounds(limits.portalRequestTimeoutMs),
    routerOptions: { maxParamLength: limits.portalTokenLengthMax },
    forceCloseConnections: 'idle',
    // Scanners of mail ask for the head of a link: it is answered as GET is, which uses nothing up.
    exposeHeadRoutes: true,
    clientErrorHandler: (_, socket) => endBroken(socket),
    frameworkErrors: (_, request, reply) =>
      void sendUnknown(request as FastifyRequest, (reply as FastifyReply).headers(securityHeaders)),
  })
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  app.addHook('onRequest', async (_, reply) => {
    reply.headers(securityHeaders)
  })
  app.addHook('onResponse', async (request, reply) => {
    const place = placeOf(request)
    const facts = { status: reply.statusCode, durationMs: reply.elapsedTime }
    log[request.method === 'POST' ? 'info' : 'debug']('portal.answered', { place, ...facts })
  })
  return app
}
