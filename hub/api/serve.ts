// How a plane of the hub listens, stops, and answers what is no HTTP; what each of them serves is its own matter.

import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { limits } from '../../schemas/limits.ts'

/** Where a plane listens. */
export type Listening = { host: string; port: number }

/** A server that may be started once and closed once. */
export type Plane = {
  /** Starts listening; rejects with the error of the system when the port is taken. */
  listen(): Promise<Listening>
  /** Answers what is under way for so long as the plane allows at most, then ends every connection. */
  close(): Promise<void>
}

/** Where to listen and within what bounds. */
export type ServeOptions = Listening & { connectionsMax: number; closeMs: number }

/** Makes the plane of an application. Port 0 takes any free port. */
export function serve(
  app: Pick<FastifyInstance, 'listen' | 'close' | 'server'>,
  { host, port, connectionsMax, closeMs }: ServeOptions,
): Plane {
  return {
    async listen() {
      await app.listen({ host, port })
      app.server.maxConnections = connectionsMax
      const found = app.server.address() as AddressInfo
      return { host: found.address, port: found.port }
    },
    async close() {
      const timer = setTimeout(() => app.server.closeAllConnections(), closeMs)
      await app.close()
      clearTimeout(timer)
    },
  }
}

/** Bounds of a server, with TLS or without. Node looks at its connections each half a minute unless told otherwise. */
export function serverBounds(headersTimeoutMs: number) {
  return {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckMs,
  }
}

/** The address of a plane as a URL without a path: `http://[::1]:8080`. */
export function addressOf(scheme: 'http' | 'https', { host, port }: Listening): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The route of a request for the log: as written, not as asked, so that ids, filters and tokens stay out of it. */
export function placeOf({ method, routeOptions }: FastifyRequest): string {
  return `${method}:${routeOptions.url?.replaceAll(':', '') ?? 'nowhere'}`
}

/** What is no HTTP gets one answer and the end of its connection; only the end where an answer has begun. */
export function endBroken(socket: Socket, answer?: { type: string; body: string }): void {
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const { type, body = '' } = answer ?? {}
  const typed = type === undefined ? '' : `content-type: ${type}; charset=utf-8\r\n`
  socket.end(
    `HTTP/1.1 400 Bad Request\r\n${typed}connection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
