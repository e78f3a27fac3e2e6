// An internal plane on a real database, with a desk of the test's own that takes messages in without a pipeline.

import { createHash, randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import {
  createInternalPlane,
  type InternalPlane,
  type InternalPlaneOptions,
} from '../../hub/api/internal-plane.ts'
import { newApiKey } from '../../hub/api/key-text.ts'
import { makeTakeList } from '../../hub/bulk/take.ts'
import type { HomeDesk } from '../../hub/home/desk.ts'
import { readList } from '../../hub/lists/read.ts'
import type { PipelineContext } from '../../hub/pipeline/context.ts'
import type { StoredPackage } from '../../hub/pipeline/ports.ts'
import { insertApiKey } from '../../hub/store/home/keys.ts'
import type { Change } from '../../hub/store/hot/change.ts'
import { readMessages } from '../../hub/store/hot/reads.ts'
import type { MessageRow } from '../../hub/store/hot/rows.ts'
import { newRowId } from '../../hub/store/ids.ts'
import type { Store } from '../../hub/store/orm.ts'
import { inflateEntry } from '../../operators/containers/zip/inflate.ts'
import { readZip } from '../../operators/containers/zip/read.ts'
import { writeZip } from '../../operators/containers/zip/write.ts'
import { roseu } from '../../operators/dialects/roseu/index.ts'
import type { Acknowledgement, Submission } from '../../schemas/home.ts'
import { apiVerbs } from '../../schemas/home.ts'
import {
  type DocumentId,
  homePeerOf,
  type MessageId,
  type OperatorCode,
  type RowId,
} from '../../schemas/ids.ts'
import { isRefusal, type Refusal, refuse } from '../../schemas/refusals.ts'
import { messageRow, packageInRow, startTestPlane, twoPartners } from './admin-plane.ts'

/** What an answer says. */
export type ApiTold = {
  status: number
  headers: Headers
  text: string
  bytes: Buffer
  json: () => Record<string, unknown>
}

/** How something is asked; `key` is a whole API key, of the first home code unless given, '' for none. */
export type ApiAsking = {
  method?: string
  body?: unknown
  headers?: Record<string, string>
  key?: string
  signal?: AbortSignal
}

/** A running internal plane with two home codes, 2AB and 2CD; partners 2ZA and 2ZB exchange with it. */
export type TestApi = {
  address: string
  plane: InternalPlane
  store: Store
  admin: Awaited<ReturnType<typeof startTestPlane>>
  /** Keys with every verb, by home code. */
  keys: Readonly<Record<'2AB' | '2CD', string>>
  submissions: Submission[]
  acknowledgements: Acknowledgement[]
  ask(path: string, asking?: ApiAsking): Promise<ApiTold>
  /** Makes a key by hand. */
  makeKey(over?: { home?: string; verbs?: string[]; expiresAt?: Date; revokedAt?: Date }): Promise<string>
  /** A message that came for a home code, as the pipeline would write it: rows, document headers, arrival. */
  receive(home: '2AB' | '2CD', content?: ReceivedContent): Promise<MessageRow>
  /** Puts an entry on its way to the inbox. */
  arrive(home: string, message: string, kind?: 'message' | 'answer'): Promise<void>
}

/** What a received message holds. */
export type ReceivedContent = {
  row?: Partial<MessageRow>
  documents?: {
    id: string
    type?: string
    fileName?: string
    number?: string
    body?: Uint8Array
    parents?: string[]
  }[]
  signatures?: { id: string; document: string; bytes?: Uint8Array }[]
}

/** Called for every submission before it is taken; what it returns or waits for changes what the desk does. */
export type DeskHook = (submission: Submission) => Promise<Refusal | undefined> | Refusal | undefined

type Test = { teardown(run: () => Promise<void> | void): void }

/** Starts it; it ends with the test. */
export async function startTestApi(
  t: Test,
  options: {
    requestsInFlightMax?: number
    bytesInFlightMax?: number
    desk?: DeskHook
    /** Of the directory of subscribers. */
    plane?: Pick<NonNullable<Parameters<typeof startTestPlane>[1]>, 'directory' | 'participants'>
    bulk?: InternalPlaneOptions['bulk']
    isOutage?: (error: unknown) => boolean
    tls?: { cert: string; key: string }
  } = {},
): Promise<TestApi> {
  const admin = await startTestPlane(t, { ...options.plane })
  const { store } = admin
  const applied = await admin.registry.apply(twoPartners, { actor: 'tests', reason: 'tests' })
  if ('refusals' in applied) throw new Error(JSON.stringify(applied.refusals))
  const blobs = new Map<string, Uint8Array>()
  const context = Object.assign(admin.context, {
    blobs: { get: async (ref: string) => blobs.get(ref) ?? new Uint8Array(0) },
    workers: { describe, digestEntries, readList },
  }) as PipelineContext
  context.settings.homeCodes = ['2AB', '2CD']
  const seen: Seen = { blobs, context, write: admin.write, hook: options.desk, taken: new Map() }
  const submissions: Submission[] = []
  const acknowledgements: Acknowledgement[] = []
  const desk: HomeDesk = {
    async submit(submission) {
      submissions.push(submission)
      return takeIn(seen, submission)
    },
    async acknowledge(acknowledgement) {
      acknowledgements.push(acknowledgement)
      return settle(seen, acknowledgement)
    },
  }
  const plane = createInternalPlane({
    context,
    desk,
    directory: admin.directory,
    bulk: options.bulk ?? { take: makeTakeList(context), wake: () => undefined },
    host: '127.0.0.1',
    port: 0,
    requestsInFlightMax: options.requestsInFlightMax ?? 256,
    bytesInFlightMax: options.bytesInFlightMax ?? 2 ** 28,
    listen: (channel, hears) => store.listen(channel, hears),
    isOutage: options.isOutage ?? (() => false),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  })
  const { port } = await plane.listen()
  t.teardown(() => plane.close())
  const address = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  const makeKey: TestApi['makeKey'] = async (over = {}) => {
    const { id, text, digest } = newApiKey()
    await insertApiKey(store, {
      id,
      home: over.home ?? '2AB',
      name: 'тест',
      digest,
      verbs: over.verbs ?? Object.keys(apiVerbs),
      created_at: new Date(),
      created_by: 'tests',
      expires_at: over.expiresAt ?? null,
    })
    if (over.revokedAt !== undefined) {
      await store.query('update api_key set revoked_at = $2 where id = $1', [id, over.revokedAt])
    }
    return text
  }
  const keys = { '2AB': await makeKey(), '2CD': await makeKey({ home: '2CD' }) }
  const arrive: TestApi['arrive'] = (home, message, kind = 'message') =>
    writeArrival(store, { home, message, kind })
  return {
    address,
    plane,
    store,
    admin,
    keys,
    submissions,
    acknowledgements,
    makeKey,
    arrive,
    ask: (path, asking = {}) => ask(`${address}${path}`, { key: keys['2AB'], ...asking }),
    async receive(home, content = {}) {
      const row = await writeReceived(seen, home as OperatorCode, content)
      await arrive(home, row.id)
      return row
    },
  }
}

async function ask(url: string, asking: ApiAsking): Promise<ApiTold> {
  const { body, method = body === undefined ? 'GET' : 'POST', headers = {}, key = '', signal } = asking
  const isPlain = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined
      ? {}
      : { body: isPlain ? (body as string | FormData | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = bytes.toString('utf8')
  return { status: response.status, headers: response.headers, text, bytes, json: () => JSON.parse(text) }
}

/** An arrival in a commit of its own, as the pipeline makes it. */
export async function writeArrival(
  store: Pick<Store, 'transaction'>,
  { home, message, kind }: { home: string; message: string; kind: 'message' | 'answer' },
): Promise<void> {
  await store.transaction(async (sql) => {
    await sql.query('insert into home_arrival (id, home, kind, message, at) values ($1, $2, $3, $4, now())', [
      newRowId(),
      home,
      kind,
      message,
    ])
    await sql.query("select pg_notify('hub_home', $1)", [home])
  })
}

type Seen = {
  blobs: Map<string, Uint8Array>
  context: PipelineContext
  write(change: Change): Promise<void>
  hook: DeskHook | undefined
  taken: Map<string, { row: MessageRow; digest: string }>
}

const digestOf = ({ at: _at, apiKey: _key, remote: _remote, isDryRun: _dry, ...rest }: Submission) =>
  JSON.stringify(rest.inviting?.by === 'inn' ? { ...rest, recipient: undefined } : rest)

/** Idempotent by home code and key, as the desk of the hub is. */
async function takeIn(seen: Seen, submission: Submission): ReturnType<HomeDesk['submit']> {
  const refusal = await seen.hook?.(submission)
  if (refusal !== undefined) return refusal
  const { home, key, documents, signatures } = submission
  const name = `${home} ${key}`
  const route = { peer: 'pb', reason: 'код 2ZB' }
  const earlier = seen.taken.get(name)
  if (earlier !== undefined) {
    if (earlier.digest !== digestOf(submission)) return refuse('home.key-reused', 'другое содержимое')
    const { id, wire_id } = earlier.row
    return {
      message: id as RowId,
      wireId: wire_id as MessageId,
      isRepeated: true,
      route,
      warnings: [],
    }
  }
  if (submission.isDryRun) {
    return { message: undefined, wireId: undefined, isRepeated: false, route, warnings: [] }
  }
  const { sender, recipient } = submission
  const row = await writeMessage(seen, {
    row: messageRow({ peer: homePeerOf(home), next_peer: 'pb', sender, recipient, state: 'ready' }),
    home,
    documents: documents.map((one) => ({ ...one, parents: [...one.parents] })),
    signatures: [...signatures],
  })
  seen.taken.set(name, { row, digest: digestOf(submission) })
  return {
    message: row.id as RowId,
    wireId: row.wire_id as MessageId,
    isRepeated: false,
    route,
    warnings: [],
  }
}

async function settle(seen: Seen, given: Acknowledgement): ReturnType<HomeDesk['acknowledge']> {
  const { store } = seen.context
  const row = (await readMessages(store, [given.message])).get(given.message)
  if (row === undefined || row.next_peer !== homePeerOf(given.home)) {
    return refuse('home.not-found', given.message)
  }
  const { outcome } = given
  if (row.answer_code !== null && row.answer_code !== outcome.is) {
    return refuse('home.already-answered', row.answer_code)
  }
  const text = outcome.is === 'success' ? null : outcome.text
  const ids = outcome.is === 'unknown-id' ? [...outcome.ids] : []
  await store.query(
    "update message set state = $2, answer = 'owed', answer_code = $3, answer_text = $4, answer_ids = $5 where id = $1",
    [given.message, outcome.is === 'success' ? 'delivered' : 'refused', outcome.is, text, ids],
  )
  return (await readMessages(store, [given.message])).get(given.message) ?? row
}

async function writeReceived(seen: Seen, home: OperatorCode, content: ReceivedContent): Promise<MessageRow> {
  const at = content.row?.received_at ?? new Date()
  const documents = content.documents ?? [{ id: randomBytes(16).toString('hex') }]
  const row = messageRow({
    received_at: at,
    peer: 'pa',
    next_peer: homePeerOf(home),
    sender: '2ZA-sender',
    recipient: `${home}-recipient`,
    state: 'sent',
    ...content.row,
  })
  return writeMessage(seen, {
    row,
    home,
    documents: documents.map(({ id, type, fileName, number, body, parents }) => ({
      id: id as never,
      type: type ?? 'Неформализованный',
      fileName: fileName ?? 'письмо.txt',
      number,
      date: '2026-10-01',
      answerExpected: false,
      encrypted: false,
      parents: (parents ?? []) as never[],
      body: body ?? Buffer.from('a body'),
    })),
    signatures: (content.signatures ?? []).map(({ id, document, bytes }) => ({
      id: id as never,
      document: document as never,
      signer: row.sender as never,
      bytes: bytes ?? Buffer.from('a signature'),
    })),
  })
}

type ToWrite = {
  row: MessageRow
  home: OperatorCode
  documents: (Omit<Submission['documents'][number], 'parents'> & { parents: DocumentId[] })[]
  signatures: Submission['signatures'][number][]
}

/** Rows and bytes of a message; the package is a bare ZIP, without the signature around it. */
async function writeMessage(seen: Seen, { row, home, documents, signatures }: ToWrite): Promise<MessageRow> {
  const description = roseu.writeMessage({
    sender: row.sender as never,
    recipient: row.recipient as never,
    recipientUnit: undefined,
    sentAt: '2026-10-01T09:00:00Z',
    documents: documents.map(({ body: _body, ...header }) => header),
    signatures: signatures.map(({ bytes: _bytes, ...header }) => header),
  })
  if (isRefusal(description)) return Promise.reject(new Error(JSON.stringify(description)))
  const { entryNames } = roseu
  const id = row.wire_id as MessageId
  const zip = writeZip([
    { name: entryNames.description(id), bytes: description },
    ...documents.map((one) => ({ name: entryNames.document(id, one.id), bytes: one.body })),
    ...signatures.map((one) => ({ name: entryNames.signature(id, one.id), bytes: one.bytes })),
  ])
  seen.blobs.set(row.id, zip)
  const packageIn = { ...packageInRow(row, `${row.wire_id}.cms`), blob: row.id, bytes: zip.length }
  const entry = {
    id: newRowId(),
    at: row.received_at,
    kind: 'package.accepted',
    subject: row.package,
    facts: { peer: row.peer, messages: [row.id, 'of-somebody-else'] },
  } as const
  await seen.write({ packagesIn: [packageIn], messages: [row], journal: [entry] })
  for (const { id: document, type, fileName, number, date } of documents) {
    await seen.context.store.query(
      'insert into home_document (home, message, document, type, file_name, number, date) ' +
        'values ($1, $2, $3, $4, $5, $6, $7)',
      [home, row.id, document, type, fileName, number ?? null, date],
    )
  }
  return row
}

async function describe(source: StoredPackage, wireId: string, entries: readonly string[]) {
  const content = roseu.openContent(source.bytes)
  if (isRefusal(content)) return content
  const found = content.kind === 'messages' ? content.messages.find(({ id }) => id === wireId) : undefined
  if (found === undefined) throw new Error('a message is not in its package')
  return { opened: found, bytes: entries.map((name) => extract(source, name)) }
}

async function digestEntries(source: StoredPackage, entries: readonly string[]) {
  return entries.map((name) => {
    const bytes = extract(source, name)
    return bytes && createHash('sha256').update(bytes).digest('hex')
  })
}

function extract({ bytes }: StoredPackage, name: string): Uint8Array | undefined {
  const zip = readZip(bytes)
  if (isRefusal(zip)) throw new Error(zip.code)
  const entry = zip.entries.find((one) => one.name === name)
  if (entry === undefined) return undefined
  const content = inflateEntry(bytes, entry)
  if (isRefusal(content)) throw new Error(content.code)
  return content
}

/** A submission that is right, for tests that change one thing. */
export function rightMessage(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    sender: '2AB-sender',
    recipient: '2ZB-recipient',
    documents: [
      {
        type: 'Неформализованный',
        fileName: 'письмо.txt',
        number: '17',
        date: '2026-10-01',
        content: Buffer.from('a letter').toString('base64'),
        signatures: [{ content: Buffer.from('a signature').toString('base64') }],
      },
    ],
    ...over,
  }
}

let keysMade = 0

/** An idempotency key no other call gives. */
export function newKey(): string {
  keysMade += 1
  return `key-${keysMade}`
}

/** Resolves once something holds; fails after half a minute. */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 30_000
  while (!holds()) {
    if (performance.now() > end) throw new Error('it does not come to hold')
    await turn()
  }
}
