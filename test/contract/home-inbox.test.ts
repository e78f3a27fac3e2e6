// The inbox on a real PostgreSQL: writers that commit late and out of order, readers that see every row once (RULES 27).

import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { type InboxRow, numberArrivals, readInbox, readInboxHead } from '../../hub/store/home/inbox.ts'
import { newRowId } from '../../hub/store/ids.ts'
import { openStore, type Store } from '../../hub/store/orm.ts'
import { limits } from '../../schemas/limits.ts'
import { freshDatabase } from '../support/database.ts'
import { migrated } from '../support/fresh-store.ts'
import { below, seededRandom } from '../support/random.ts'

t.setTimeout(120_000)

const home = '2AB'

type Test = { teardown(run: () => Promise<void>): void }

async function openUrl(t: Test): Promise<{ url: string; store: Store }> {
  const url = await freshDatabase(t, migrated)
  const store = await openStore({ url, connectionsMax: 6 })
  t.teardown(() => store.close())
  return { url, store }
}

async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** An arrival in the transaction that is open. */
async function insert(client: pg.Client, id: string = newRowId(), of = home): Promise<string> {
  await client.query(
    "insert into home_arrival (id, home, kind, message, at) values ($1, $2, 'message', $1, now())",
    [id, of],
  )
  return id
}

/** Reads on from its own position until it is told that no more comes and nothing is left. */
async function follow(store: Store, isOver: () => boolean, countMax: number): Promise<InboxRow[]> {
  const seen: InboxRow[] = []
  for (;;) {
    const wasOver = isOver()
    const numbered = await numberArrivals(store, home)
    const rows = await readInbox(store, { home, after: seen.at(-1)?.position ?? 0, countMax })
    seen.push(...rows)
    if (wasOver && rows.length === 0 && numbered === 0) return seen
  }
}

t.test('RULES 27: readers see every row once and in one order while 8 writers commit late', async (t) => {
  const random = seededRandom()
  t.comment(`HUB_TEST_SEED=${random.seed}`)
  const { url, store } = await openUrl(t)
  const perWriter = 40
  const written: string[] = []
  let running = 8
  const write = async (client: pg.Client) => {
    for (let n = 0; n < perWriter; n++) {
      await client.query('begin')
      // The ids are made before others that are committed sooner.
      const rows = Array.from({ length: 1 + below(random, 3) }, () => newRowId())
      for (const id of rows) await insert(client, id)
      for (let held = below(random, 30); held > 0; held--) await turn()
      if (below(random, 8) === 0) await client.query('select pg_sleep(0.03)')
      if (below(random, 10) === 0) {
        await client.query('rollback')
        continue
      }
      await client.query('commit')
      written.push(...rows)
    }
    running -= 1
  }
  const writers = await Promise.all(Array.from({ length: 8 }, () => connect(t, url)))
  const isOver = () => running === 0
  const [, poller, one, other] = await Promise.all([
    Promise.all(writers.map(write)),
    follow(store, isOver, 3),
    follow(store, isOver, 7),
    follow(store, isOver, 200),
  ])
  t.ok(written.length > 300, `${written.length} rows`)
  t.same(poller.map(({ message }) => message).sort(), [...written].sort(), 'each once, none skipped')
  t.same(one, poller, 'the same order for all')
  t.same(other, poller)
  t.same(
    poller.map(({ position }) => position),
    poller.map((_, i) => i + 1),
    'positions without gaps',
  )
  const { rows } = await store.query('select count(*)::integer as left from home_arrival')
  t.same(rows, [{ left: 0 }])
})

t.test('RULES 27: a row that is committed after later ones comes after them, and is not lost', async (t) => {
  const { url, store } = await openUrl(t)
  const [late, early] = [await connect(t, url), await connect(t, url)]
  await late.query('begin')
  const slow = await insert(late)
  const quick = await insert(early)
  t.equal(await numberArrivals(store, home), 1)
  const first = await readInbox(store, { home, after: 0, countMax: 10 })
  t.same(
    first.map(({ message, position }) => [message, position]),
    [[quick, 1]],
  )
  await late.query('commit')
  t.equal(await numberArrivals(store, home), 1)
  const next = await readInbox(store, { home, after: 1, countMax: 10 })
  t.same(
    next.map(({ message, position }) => [message, position]),
    [[slow, 2]],
  )
  t.equal(await readInboxHead(store, home), 2)
})

t.test('numbering waits for one another, takes a batch at a time, and keeps home codes apart', async (t) => {
  const { url, store } = await openUrl(t)
  const client = await connect(t, url)
  const count = limits.inboxNumberBatchMax + 5
  const ids = Array.from({ length: count }, () => newRowId())
  await client.query(
    "insert into home_arrival (id, home, kind, message, at) select x, '2AB', 'answer', x, now() from unnest($1::uuid[]) x",
    [ids],
  )
  await insert(client, newRowId(), '2CD')
  const numbered = await Promise.all([1, 2, 3].map(() => numberArrivals(store, home)))
  t.same(
    numbered.sort((a, b) => b - a),
    [limits.inboxNumberBatchMax, 5, 0],
  )
  const rows = await readInbox(store, { home, after: 0, countMax: count + 1 })
  t.same(
    rows.map(({ message }) => message),
    ids,
    'in the order of their ids',
  )
  t.equal(await readInboxHead(store, '2CD'), 0)
  t.equal(await numberArrivals(store, '2CD'), 1)
  t.same(
    (await readInbox(store, { home: '2CD', after: 0, countMax: 9 })).map(({ position }) => position),
    [1],
  )
  t.equal(await numberArrivals(store, '2QQ'), 0, 'nothing is made for a code nothing came for')
  t.equal(await readInboxHead(store, '2QQ'), 0)
})
