// Calls of the internal API as a simulated service makes them, with what each came to.

import type { Outcome } from '../../schemas/transport.ts'

/** One call. */
export type ApiRequest = {
  method: 'GET' | 'POST'
  /** Below /api/v1. */
  path: string
  json?: unknown
  headers?: Readonly<Record<string, string>>
}

/** What it came to; `json` and `bytes` of an answer that was a success. */
export type ApiAnswer = { outcome: Outcome; json: unknown; bytes: Uint8Array }

export type ApiCall = (request: ApiRequest) => Promise<ApiAnswer>

/** Makes calls with a key. A call never rejects for what the hub or the line does. */
export function makeApiClient(
  hub: { address: string; key: string },
  options: { timeoutMs: number; signal: AbortSignal },
): ApiCall {
  return async ({ method, path, json, headers = {} }) => {
    const startedAt = performance.now()
    const outcome = (of: Pick<Outcome, 'class' | 'status' | 'reason' | 'text'>): Outcome => ({
      ...of,
      durationMs: performance.now() - startedAt,
    })
    try {
      const response = await fetch(`${hub.address}/api/v1${path}`, {
        method,
        signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
        headers: {
          Authorization: `Bearer ${hub.key}`,
          ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      })
      const bytes = new Uint8Array(await response.arrayBuffer())
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      const body: unknown = isJson ? JSON.parse(Buffer.from(bytes).toString('utf8')) : undefined
      const { status } = response
      const facts = { status, reason: `answer.${status}`, text: textOf(body) }
      return { outcome: outcome({ class: classOf(status), ...facts }), json: body, bytes }
    } catch (error) {
      options.signal.throwIfAborted()
      const text = error instanceof Error ? error.message : String(error)
      const lost = outcome({ class: 'ambiguous', status: undefined, reason: 'connection', text })
      return { outcome: lost, json: undefined, bytes: new Uint8Array() }
    }
  }
}

function classOf(status: number): Outcome['class'] {
  if (status >= 200 && status < 300) return 'accepted'
  return status >= 500 || status === 429 || status === 408 ? 'transient' : 'rejected'
}

function textOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  const { code, detail } = body as { code?: unknown; detail?: unknown }
  return typeof code === 'string' ? `${code}: ${String(detail)}` : ''
}
