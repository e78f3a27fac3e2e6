// The server of the partner plane: packages come in over HTTP or HTTPS.

import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import fastify, { type FastifyInstance } from 'fastify'
import type { Door } from '../../schemas/transport.ts'
import { type DoorLimits, doorLimits } from './door-limits.ts'
import { Intake, type PartnerServerEvent } from './http-intake.ts'

/** Settings of the server. */
export type PartnerServerOptions = {
  door: Door
  host: string
  /** 0 takes any free port. */
  port: number
  path?: string
  /** PEM. With `ca`, clients must show a certificate that it issued. */
  tls?: { key: string | Buffer; cert: string | Buffer; ca?: string | Buffer }
  limits?: Partial<DoorLimits>
  clock?: () => Date
  /** Must not throw. */
  onEvent?: (event: PartnerServerEvent) => void
}

/** A server that may be started once and closed once. */
export type PartnerServer = {
  /** Starts listening; rejects with the error of the system when the port is taken. */
  listen(): Promise<{ host: string; port: number }>
  /**
   * Stops accepting, answers door.stopping on connections that are still open, waits for running requests
   * at most limits.shutdownMs, then ends every connection within limits.drainMs. A package whose answer is
   * lost this way is asked for again.
   */
  close(): Promise<void>
}

/**
 * Makes the server. Every request gets one answer with a code; everything before the door goes to its
 * turnAway.
 */
export function createPartnerServer(options: PartnerServerOptions): PartnerServer {
  const { door, host, port, path = '/SendTransportPackage', clock = () => new Date() } = options
  const { onEvent = () => undefined } = options
  const limits = doorLimits(options.limits)
  const intake = new Intake({ door, path, limits, clock, onEvent })
  const app = createApp(intake, path, (handler) => {
    const server = createServer(limits, options.tls, handler)
    // node answers an Expect other than 100-continue by itself, without a code: all go the common way.
    server.on('checkContinue', handler).on('checkExpectation', handler)
    server.on('connect', (request, socket) => intake.takeTunnel(request, socket as Socket))
    server.on('drop', () => onEvent({ kind: 'connection-dropped' }))
    return server
  })
  return {
    async listen() {
      await app.listen({ host, port })
      const address = app.server.address() as AddressInfo
      return { host: address.address, port: address.port }
    },
    async close() {
      const stopped = intake.stop()
      const closed = app.close()
      await Promise.race([stopped, delay(limits.shutdownMs, undefined, { ref: false })])
      // Answers that were just written get the time to leave; silent connections are not waited for.
      const lastly = setTimeout(() => app.server.closeAllConnections(), limits.drainMs)
      await closed
      clearTimeout(lastly)
      intake.dispose()
    },
  }
}

/**
 * Fastify without its body parsing: packages are taken in its first hook, before it looks at content types,
 * which partners fill at will, and every other request goes the same way to get a coded answer too.
 */
function createApp(intake: Intake, path: string, makeServer: (handler: http.RequestListener) => http.Server) {
  const app: FastifyInstance = fastify({
    logger: false,
    serverFactory: makeServer,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => intake.takeBroken(error, socket),
    frameworkErrors: (_, request, reply) => {
      reply.hijack()
      intake.take(request.raw, reply.raw)
    },
  })
  app.addHook('onRequest', (request, reply, _done) => {
    reply.hijack()
    intake.take(request.raw, reply.raw)
  })
  app.post(path, (_, reply) => reply)
  return app
}

function createServer(
  limits: DoorLimits,
  tls: PartnerServerOptions['tls'],
  handler: http.RequestListener,
): http.Server {
  const checkMs = Math.min(limits.connectionsCheckMs, limits.headersTimeoutMs / 4)
  const options: http.ServerOptions = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    // Bodies are timed by the intake, which can answer; node would only cut the connection.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.max(1, checkMs),
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // A missing Host is refused with a code by the intake.
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
  }
  const server =
    tls === undefined
      ? http.createServer(options, handler)
      : https.createServer({ ...options, ...tlsOptions(limits, tls) }, handler)
  server.maxConnections = limits.connectionsMax
  // One more than allowed is kept, so that the intake sees that there were too many.
  server.maxHeadersCount = limits.headerCountMax + 1
  // A sender that has closed its side of the connection still gets its answer; @types/node does not know
  // the flag.
  return Object.assign(server as http.Server, { httpAllowHalfOpen: true })
}

function tlsOptions(limits: DoorLimits, { key, cert, ca }: NonNullable<PartnerServerOptions['tls']>) {
  const common = { key, cert, minVersion: 'TLSv1.2', handshakeTimeout: limits.headersTimeoutMs } as const
  return ca === undefined ? common : { ...common, ca, requestCert: true, rejectUnauthorized: true }
}
