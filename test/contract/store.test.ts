// The store against a real PostgreSQL: migrations, kinds of values, transactions and lost connections.

import pg from 'pg'
import t from 'tap'
import { warnOfUnsafe } from '../../hub/open-store.ts'
import { unsafeSettings } from '../../hub/store/durability.ts'
import { migrate, refuseOldServer } from '../../hub/store/migrate.ts'
import { openStore } from '../../hub/store/orm.ts'
import { configureLog } from '../../monitoring/log.ts'
import { freshDatabase } from '../support/database.ts'

const openFresh = async (t: { teardown(run: () => Promise<void>): void }) => {
  const store = await openStore({ url: await freshDatabase(t), connectionsMax: 4 })
  t.teardown(() => store.close())
  return store
}

t.test('nodes that start at once migrate once, and an old server is refused', async (t) => {
  const url = await freshDatabase(t)
  const ran = await Promise.all([migrate(url), migrate(url), migrate(url)])
  const done = ran.filter((names) => names.length > 0)
  t.equal(done.length, 1)
  t.equal(done[0]?.[0], '0001-partners')
  t.strictSame(await migrate(url), [])
  t.match(refuseOldServer(140_019), /PostgreSQL 15.*14/)
  t.equal(refuseOldServer(150_000), undefined)
})

t.test('values are read as said, work is rolled back, lost connections are outlived', async (t) => {
  const store = await openFresh(t)
  const { rows } = await store.query<Record<string, unknown>>({
    name: 'kinds',
    text: `select $1::bigint n, '2026-01-02'::date d, '{1,2}'::bigint[] a,
        to_timestamp(0) at, '\\x01'::bytea b, 1.50::numeric m`,
    values: [9_007_199_254_740_991],
  })
  t.strictSame(rows[0]?.['n'], 9_007_199_254_740_991)
  t.strictSame(rows[0]?.['a'], [1, 2])
  t.equal(rows[0]?.['d'], '2026-01-02')
  t.equal(rows[0]?.['m'], '1.50')
  t.same(rows[0]?.['at'], new Date(0))
  t.same(rows[0]?.['b'], Buffer.from([1]))
  await t.rejects(store.query(`select 9007199254740993::bigint`), RangeError)

  const insert = `insert into operator (id, name, active) values ('x', 'x', true)`
  await t.rejects(
    store.transaction(async (sql) => {
      await sql.query(insert)
      throw new Error('undone')
    }),
    /undone/,
  )
  t.equal(await store.transaction(async (sql) => (await sql.query(insert)).rowCount), 1)

  const killMyself = 'select pg_terminate_backend(pg_backend_pid())'
  await t.rejects(store.transaction((sql) => sql.query(killMyself)))
  await t.rejects(store.query(killMyself))
  t.strictSame((await store.query('select id from operator')).rows, [{ id: 'x' }])
  t.match(
    (await store.query(`select current_setting('statement_timeout') s, current_setting('lock_timeout') l`))
      .rows,
    [{ s: '30s', l: '10s' }],
  )
})

t.test(
  'RULES 10: sessions of the hub wait for the disk, whatever the database and the URL say',
  async (t) => {
    const url = await freshDatabase(t)
    const { pathname } = new URL(url)
    const off = `alter database ${pathname.slice(1)} set synchronous_commit = off`
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(off)
    await client.end()
    const plain = new pg.Pool({ connectionString: url })
    const unsafe = await unsafeSettings(plain)
    await plain.end()
    t.strictSame(unsafe, ['synchronous_commit'], 'whoever asks for nothing does not wait')

    const withOptions = new URL(url)
    withOptions.searchParams.set('options', '-c synchronous_commit=off -c statement_timeout=1234')
    for (const address of [url, withOptions.href]) {
      const store = await openStore({ url: address, connectionsMax: 2 })
      const shown = "select current_setting('synchronous_commit') as value"
      t.strictSame((await store.query(shown)).rows, [{ value: 'on' }])
      t.strictSame((await store.transaction((sql) => sql.query(shown))).rows, [{ value: 'on' }])
      t.match(await store.orm.em.fork().execute(shown), [{ value: 'on' }])
      t.strictSame(await unsafeSettings(store), [])
      await store.close()
    }
  },
)

t.test('RULES 10: a start on a server that may lose what it committed says so', async (t) => {
  const lines: string[] = []
  configureLog({ level: 'info', to: { write: (line) => lines.push(line) } })
  t.teardown(() => configureLog({ level: 'warn' }))
  await warnOfUnsafe({ query: async () => ({ rows: [{ name: 'fsync' }], rowCount: 1 }) })
  t.match(
    lines.map((line) => JSON.parse(line) as object),
    [{ level: 'error', event: 'database.not-durable', reason: 'fsync' }],
  )
  const store = await openFresh(t)
  await warnOfUnsafe(store)
  t.equal(lines.length, 1 + (await unsafeSettings(store)).length, 'a durable server is not mentioned')
})
