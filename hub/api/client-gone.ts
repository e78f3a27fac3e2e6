// Whether a client is still there while its request is worked on.

import type { FastifyReply } from 'fastify'

/**
 * Aborted when the client went before it was answered. Fastify's own request.signal follows the message, which Node closes
 * once its body was read: it ends too early when it is asked for at once, and never when it is asked for later.
 */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const leave = () => gone.abort()
  reply.raw.once('close', leave)
  // A client that went before this was asked will not be heard to go again.
  if (reply.raw.destroyed) leave()
  return gone.signal
}
