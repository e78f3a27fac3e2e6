// Asks a gateway of the installation over HTTP: one bounded question on a connection of its own.

import http from 'node:http'
import https from 'node:https'
import { guardedLookup, hostOf, readAddress } from '../../operators/transports/address-guard.ts'
import { limits } from '../../schemas/limits.ts'

/** Where a gateway is and how long it may take. */
export type GatewayOptions = {
  /** Absolute http or https, with or without a path; what is asked is put below it. */
  address: string
  /** Gateways inside private networks and on this machine. */
  allowPrivateAddresses: boolean
  /** Bearer token. */
  token?: string | undefined
  /** For one question, from the connection to the last byte of the answer. */
  timeoutMs: number
  answerBytesMax: number
  /** PEM. */
  ca?: string | Buffer
  /** Resolves names instead of the system, in the form of node:dns lookup. */
  resolve?: Parameters<typeof guardedLookup>[1]
}

/** A question: a path below the address, and its parameters. */
export type GatewayQuestion = { path: string; parameters: Record<string, string> }

/** A whole answer, whatever its status; `retryAfter` as the header has it. */
export type GatewayReply = {
  status: number
  contentType: string
  retryAfter: string | undefined
  body: Buffer
}

/** Why there is no answer, as a short word of ours: address.*, aborted, timeout, answer.* or a code of the system. */
export type GatewaySilence = { silence: string }

/** A gateway that can be asked. Never rejects; redirects are not followed, each is a reply with its status. */
export type Gateway = (
  question: GatewayQuestion,
  signal: AbortSignal,
) => Promise<GatewayReply | GatewaySilence>

/** Makes one. The address is judged at every question, names when they are resolved. */
export function makeGateway(options: GatewayOptions): Gateway {
  const lookup = guardedLookup(options.allowPrivateAddresses, options.resolve)
  return async ({ path, parameters }, signal) => {
    const address = readAddress(options.address, options.allowPrivateAddresses)
    if ('forbidden' in address) return { silence: address.forbidden }
    const url = new URL(address.url)
    url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`
    url.search = new URLSearchParams(parameters).toString()
    return request(url, { ...options, lookup, signal })
  }
}

/** One timer bounds all of it. */
function request(
  url: URL,
  options: GatewayOptions & { lookup: ReturnType<typeof guardedLookup>; signal: AbortSignal },
): Promise<GatewayReply | GatewaySilence> {
  const { signal, lookup, ca, token, timeoutMs, answerBytesMax } = options
  const { promise, resolve } = Promise.withResolvers<GatewayReply | GatewaySilence>()
  if (signal.aborted) return Promise.resolve({ silence: 'aborted' })
  const asked = (url.protocol === 'https:' ? https : http).get({
    protocol: url.protocol,
    host: hostOf(url),
    port: url.port,
    path: url.pathname + url.search,
    headers: {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    agent: false,
    lookup,
    maxHeaderSize: limits.headerBytesMax,
    ...(ca === undefined ? {} : { ca }),
  })
  const end = (result: GatewayReply | GatewaySilence): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    resolve(result)
    asked.destroy()
  }
  const onAbort = (): void => end({ silence: 'aborted' })
  const timer = setTimeout(() => end({ silence: 'timeout' }), timeoutMs)
  signal.addEventListener('abort', onAbort)
  asked.on('error', (error: NodeJS.ErrnoException) => end({ silence: error.code ?? 'connection' }))
  asked.on('response', (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > answerBytesMax) end({ silence: 'answer.too-large' })
      else chunks.push(chunk)
    })
    response.on('error', () => end({ silence: 'answer.cut' }))
    response.on('close', () => end({ silence: 'answer.cut' }))
    response.on('end', () => {
      const { statusCode: status = 0, headers } = response
      const [contentType, retryAfter] = [headers['content-type'] ?? '', headers['retry-after']]
      const body = Buffer.concat(chunks)
      end(response.complete ? { status, contentType, retryAfter, body } : { silence: 'answer.cut' })
    })
  })
  return promise
}

/** Whether an answer says it is JSON: a page of a proxy is none, whatever its status. */
export function isJson({ contentType }: GatewayReply): boolean {
  return /^application\/json\b/i.test(contentType)
}
