// Services of a home operator in a bench: submit messages by several keys, and read an inbox with all its bodies.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import http from 'node:http'
import { freeDocument } from '../../hub/simulate/documents.ts'
import { requestOf } from '../../hub/simulate/home-requests.ts'
import { composeMessage } from '../../hub/simulate/messages.ts'
import { SimulatedAuthority, type SimulatedSubscriber } from '../../hub/simulate/subscriber.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import { quantile } from './children.ts'

type Prepare = { form: 'json' | 'multipart'; messages: number; bodyBytes: number; signers: number }
type Hub = { address: string; keys: string[]; connections: number }
type Question = { prepare?: Prepare; submit?: Hub; read?: Hub & { entries: number } }

type Body = { bytes: Buffer; contentType: string }
type Answer = { status: number; bytes: Buffer }

/** Whoever waits goes on when nothing comes any more, and the counts tell. */
const silenceMs = 60_000
const at = new Date()
let bodies: Body[] = []
/** Digests of the documents that were prepared, and how often each was read. */
const wanted = new Map<string, number>()
let senders: SimulatedSubscriber[] = []

function prepare({ form, messages, bodyBytes, signers }: Prepare): object {
  if (senders.length === 0) {
    const authority = new SimulatedAuthority(at)
    senders = Array.from({ length: signers }, (_, n) => {
      const id = `2AB-bench-${n}`
      return authority.subscriber({ id, name: id, inn: '7741377501' })
    })
  }
  bodies = Array.from({ length: messages }, (_, n) => {
    const bytes = randomBytes(bodyBytes)
    const document = freeDocument({ at, bytes, fileName: `bench-${n}.bin` })
    const from = senders[n % senders.length] as SimulatedSubscriber
    const to = { id: `2AC-bench-${n % 997}` as ParticipantId }
    wanted.set(createHash('sha256').update(bytes).digest('hex'), 0)
    const request = requestOf(composeMessage({ from, to, at, documents: [document] }))
    return form === 'json'
      ? { bytes: Buffer.from(JSON.stringify(request)), contentType: 'application/json' }
      : formOf(request as Request)
  })
  return { bytes: bodies.reduce((sum, { bytes }) => sum + bytes.length, 0) }
}

type Part = { content?: string; file?: string }
type Request = { documents: Part[]; signatures: Part[] }

/** The same message as a form: its contents are parts instead of base64. */
function formOf(request: Request): Body {
  const boundary = randomUUID()
  const pieces: Buffer[] = []
  const add = (name: string, type: string, bytes: Buffer) => {
    const head = `Content-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: ${type}`
    pieces.push(Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`), bytes, Buffer.from('\r\n'))
  }
  const files = [...request.documents, ...request.signatures].map((part, n) => {
    const bytes = Buffer.from(part.content ?? '', 'base64')
    delete part.content
    part.file = `file-${n}`
    return { name: part.file, bytes }
  })
  add('message', 'application/json', Buffer.from(JSON.stringify(request)))
  for (const { name, bytes } of files) add(name, 'application/octet-stream', bytes)
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return { bytes: Buffer.concat(pieces), contentType: `multipart/form-data; boundary=${boundary}` }
}

function call(
  agent: http.Agent,
  of: { url: string; key: string; body?: Body; idempotencyKey?: string },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { body, idempotencyKey } = of
  const headers = {
    authorization: `Bearer ${of.key}`,
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    ...(body === undefined ? {} : { 'content-type': body.contentType, 'content-length': body.bytes.length }),
  }
  const method = body === undefined ? 'GET' : 'POST'
  const request = http.request(of.url, { method, agent, headers }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
    response.on('error', reject)
  })
  request.on('error', reject)
  request.setNoDelay(true)
  request.end(body?.bytes)
  return promise
}

/** Runs work on every item, `atOnce` items at a time. */
async function inLanes<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries()
  const lane = async () => {
    for (const [index, item] of queue) await work(item, index)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

async function submitAll({ address, keys, connections }: Hub): Promise<object> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  const took: number[] = []
  const statuses: Record<string, number> = {}
  const startedAt = performance.now()
  await inLanes(bodies, connections, async (body, n) => {
    const sentAt = performance.now()
    const key = keys[n % keys.length] ?? ''
    const url = `${address}/api/v1/messages`
    const { status } = await call(agent, { url, key, body, idempotencyKey: randomUUID() })
    took.push(performance.now() - sentAt)
    statuses[status] = (statuses[status] ?? 0) + 1
  })
  const ms = performance.now() - startedAt
  agent.destroy()
  took.sort((x, y) => x - y)
  const answerMs = { p50: Math.round(quantile(took, 0.5) ?? 0), p99: Math.round(quantile(took, 0.99) ?? 0) }
  return { ms, answerMs, statuses }
}

type Page = { items: { kind: string; message: { id: string; href: string } }[]; next: string }
type Details = { documents: { href: string }[]; signatures: { href: string }[] }

/** Reads on until it has so many entries; bodies and signatures of messages are fetched and digested. */
async function readAll({ address, keys, connections, entries }: Hub & { entries: number }): Promise<object> {
  const [key = ''] = keys
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  const get = async (path: string): Promise<Buffer> => {
    const { status, bytes } = await call(agent, { url: `${address}${path}`, key })
    if (status !== 200) throw new Error(`${path}: ${status}`)
    return bytes
  }
  const kinds: Record<string, number> = {}
  const seen = new Set<string>()
  const got = { entries: 0, twice: 0, bodies: 0, strange: 0 }
  const startedAt = performance.now()
  let lastAt = startedAt
  let after = ''
  while (got.entries < entries && performance.now() - lastAt < silenceMs) {
    const page = JSON.parse((await get(`/api/v1/inbox?limit=200&waitS=5${after}`)).toString()) as Page
    after = `&after=${page.next}`
    await inLanes(page.items, connections, async ({ kind, message }) => {
      got.entries += 1
      kinds[kind] = (kinds[kind] ?? 0) + 1
      if (seen.has(kind + message.id)) got.twice += 1
      seen.add(kind + message.id)
      if (kind !== 'message') return
      const { documents, signatures } = JSON.parse((await get(message.href)).toString()) as Details
      for (const { href } of signatures) await get(href)
      for (const { href } of documents) {
        const digest = createHash('sha256')
          .update(await get(href))
          .digest('hex')
        const times = wanted.get(digest)
        if (times === undefined) got.strange += 1
        else wanted.set(digest, times + 1)
        got.bodies += 1
      }
    })
    if (page.items.length > 0) lastAt = performance.now()
  }
  agent.destroy()
  return { ...got, kinds, ms: lastAt - startedAt }
}

/** Documents that were never read, and those that were read more than once. */
function missing(): object {
  const times = [...wanted.values()]
  return { missing: times.filter((n) => n === 0).length, doubled: times.filter((n) => n > 1).length }
}

process.on('message', async (question: Question) => {
  const { prepare: of, submit, read } = question
  if (of !== undefined) process.send?.(prepare(of))
  else if (submit !== undefined) process.send?.(await submitAll(submit))
  else if (read !== undefined) process.send?.({ ...(await readAll(read)), ...missing() })
})
