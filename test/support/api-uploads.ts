// Submissions to the internal API byte by byte, and many of them at once.

import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Test } from 'tap'
import { newKey, rightMessage, startTestApi, type TestApi } from './internal-plane.ts'

/** Where messages are submitted. */
export const path = '/api/v1/messages'
/** Of forms. */
export const boundary = 'XbX'
/** A part of a form. */
export const part = (name: string, content: string | Buffer, more = '') =>
  Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ])

/** A request whose body the test writes. */
export function openUpload(api: TestApi, headers: Record<string, string | number>): ClientRequest {
  const authorization = `Bearer ${api.keys['2AB']}`
  return request(`${api.address}${path}`, {
    method: 'POST',
    agent: false,
    headers: { authorization, 'idempotency-key': newKey(), ...headers },
  })
}

/** Status and code of its answer. */
export async function answerOf(sent: ClientRequest): Promise<[number | undefined, string]> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of response) text += piece
  return [response.statusCode, (JSON.parse(text) as { code: string }).code]
}

/** Sends so many at once: each is taken or told that the hub is busy, and nothing is held when all are answered. */
export async function floodApi(
  t: Test,
  of: { submissions: number; requestsInFlightMax: number },
): Promise<void> {
  const api = await startTestApi(t, { requestsInFlightMax: of.requestsInFlightMax })
  const statuses = await Promise.all(
    Array.from({ length: of.submissions }, () => statusOf(api, rightMessage())),
  )
  const counted = Map.groupBy(statuses, (status) => status)
  t.same(
    [...counted.keys()].filter((status) => status !== 201 && status !== 503),
    [],
  )
  t.ok((counted.get(201)?.length ?? 0) > 0)
  t.equal(api.submissions.length, counted.get(201)?.length)
  t.same(api.plane.inFlight(), { requests: 0, bytes: 0, readers: 0 })
}

/** Sends a message on a connection of its own, however long that takes to be made, and gives the status. */
function statusOf(api: TestApi, body: unknown): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const headers = {
    authorization: `Bearer ${api.keys['2AB']}`,
    'content-type': 'application/json',
    'idempotency-key': newKey(),
  }
  const asked = request(`${api.address}${path}`, { method: 'POST', headers, agent: false }, (response) => {
    response.resume().on('error', reject)
    response.on('end', () => resolve(response.statusCode))
  })
  asked.on('error', reject).end(JSON.stringify(body))
  return promise
}
