// The database being away, by real connections that fail in every way, and what must not be taken for it.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import pg from 'pg'
import t, { type Test } from 'tap'
import { openPartnerRegistry } from '../../hub/partners/book.ts'
import { isOfSurroundings } from '../../hub/pipeline/run/faults.ts'
import { DatabaseAway, isOutage } from '../../hub/store/away.ts'
import { makeCommitter } from '../../hub/store/hot/commit.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { openStore } from '../../hub/store/orm.ts'
import { inTransaction, type PgPool, queriesOn } from '../../hub/store/pool.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import type { JournalEntry } from '../../schemas/journal.ts'
import { freshDatabase } from '../support/database.ts'
import { openFreshStore } from '../support/fresh-store.ts'

const quickMs = 50

/** A pool of one connection with time-outs a test can wait for. */
function openPool(t: Test, connectionString: string, more: pg.PoolConfig = {}): PgPool {
  const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 5000, ...more })
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', () => undefined)
  t.teardown(() => pool.end())
  return pool as unknown as PgPool
}

async function listening(
  t: Test,
  onSocket: (socket: Socket) => void,
): Promise<{ port: number; cut(): void }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(cut)
  return { port: (server.address() as AddressInfo).port, cut }
}

/** The database behind a line that can be cut. */
async function throughLine(t: Test, url: string): Promise<{ url: string; cut(): void }> {
  const { hostname, port } = new URL(url)
  const line = await listening(t, (socket) => {
    const server = connect(Number(port), hostname)
    server.on('error', () => undefined)
    socket.pipe(server).pipe(socket)
    socket.on('close', () => server.destroy())
  })
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(line.port)
  return { url: through.href, cut: line.cut }
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function isAway(t: Test, work: Promise<unknown>, what: string | RegExp): Promise<void> {
  const error = await errorOf(work)
  t.ok(isOutage(error), `${what}: ${error}`)
  t.ok(isOfSurroundings(error), 'and counts against nobody')
  if (typeof what !== 'string') t.match(String(error), what)
}

t.test('a connection that cannot be had, or is silent, is the database being away', async (t) => {
  const url = await freshDatabase(t)
  const closed = await listening(t, () => undefined)
  closed.cut()
  for (const host of ['127.0.0.1', 'localhost']) {
    const pool = openPool(t, `postgres://hub@${host}:${closed.port}/hub`)
    await isAway(t, queriesOn(pool).query('select 1'), /DatabaseAway/)
    await isAway(
      t,
      inTransaction(pool, (sql) => sql.query('select 1')),
      /DatabaseAway/,
    )
  }
  const silent = await listening(t, () => undefined)
  const waiting = openPool(t, `postgres://hub@127.0.0.1:${silent.port}/hub`, {
    connectionTimeoutMillis: quickMs,
  })
  await isAway(t, queriesOn(waiting).query('select 1'), /DatabaseAway: .*timeout/)

  const taken = openPool(t, url, { connectionTimeoutMillis: 1000 })
  await inTransaction(taken, async (sql) => {
    await sql.query('select 1')
    await isAway(t, queriesOn(taken).query('select 1'), /timeout exceeded when trying to connect/)
  })
  const unknown = new URL(url)
  unknown.pathname = '/no_such_database'
  await isAway(t, queriesOn(openPool(t, unknown.href)).query('select 1'), /DatabaseAway/)
})

t.test('a connection that is lost or goes silent under a statement is the database being away', async (t) => {
  const url = await freshDatabase(t)
  const slow = openPool(t, url, { query_timeout: quickMs })
  await isAway(t, queriesOn(slow).query('select pg_sleep(5)'), /DatabaseAway: Query read timeout/)
  await isAway(
    t,
    inTransaction(slow, (sql) => sql.query('select pg_sleep(5)')),
    /Query read timeout/,
  )
  const ended = openPool(t, url)
  await isAway(t, queriesOn(ended).query('select pg_terminate_backend(pg_backend_pid())'), 'ended')
  const line = await throughLine(t, url)
  const lost = openPool(t, line.url)
  const sleeping = inTransaction(lost, async (sql) => {
    await sql.query('select 1')
    const second = sql.query('select pg_sleep(5)')
    line.cut()
    const error = await errorOf(second)
    t.match(String(error), /DatabaseAway: (Connection terminated|read ECONNRESET)/)
    await isAway(t, sql.query('select 1'), 'the same connection again')
    throw error
  })
  await isAway(t, sleeping, /DatabaseAway/)
})

t.test('the ORM tells the same', async (t) => {
  const line = await throughLine(t, await freshDatabase(t))
  const store = await openStore({ url: line.url, connectionsMax: 2 })
  t.teardown(() => store.close())
  const { em } = store.orm
  const settings = { clock: () => new Date(), homeCodes: [], dialects: [], onFault: () => undefined }
  const registry = await openPartnerRegistry({ store, ...settings })
  t.teardown(() => registry.close())
  const participant = '2ZA-1' as ParticipantId
  await isAway(t, em.fork().execute('select pg_terminate_backend(pg_backend_pid())'), 'ended')
  line.cut()
  await isAway(t, em.fork().execute('select 1'), 'refused')
  await isAway(t, registry.removeOverride(participant, { actor: 'test', reason: 'test' }), /DatabaseAway/)
  await isAway(t, store.query('select 1'), /DatabaseAway/)
})

t.test('what is wrong with a statement, or with the hub, is no outage', async (t) => {
  const store = await openFreshStore(t)
  const own: unknown[] = [
    new TypeError('x'),
    new Error('Connection terminated'),
    'no error at all',
    undefined,
  ]
  for (const error of own) t.notOk(isOutage(error), String(error))
  const circular: unknown[] = []
  circular.push(circular)
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  const wrong = [
    () => store.query('selekt 1'),
    () => store.query('select 1 / 0'),
    () => store.query('select $1::jsonb', [circle]),
    () => store.query('select 9007199254740993::bigint'),
    () => store.transaction(() => Promise.reject(new RangeError('of the work'))),
    () => store.orm.em.fork().execute('selekt 1'),
  ]
  for (const work of wrong) {
    const error = await errorOf(work())
    t.ok(error instanceof Error)
    t.notOk(error instanceof DatabaseAway || isOutage(error) || isOfSurroundings(error), String(error))
  }
  t.same((await store.query('select 1 as one')).rows, [{ one: 1 }])
})

t.test('a change the hub cannot even write down fails alone', async (t) => {
  const store = await openFreshStore(t)
  const committer = makeCommitter({ store, node: '1', isOutage })
  const entry = (at: Date): JournalEntry => ({
    id: newRowId(),
    at,
    kind: 'hub.started',
    facts: { node: '1' },
  })
  const at = new Date()
  const submitted = [at, new Date(Number.NaN), at].map((time) => committer.submit({ journal: [entry(time)] }))
  const ends = await Promise.allSettled(submitted)
  t.same(
    ends.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.match(ends[1], { reason: RangeError })
})
