// Monthly partitions and row ids against a real PostgreSQL.

import t from 'tap'
import { lowestIdAt, newRowId } from '../../hub/store/ids.ts'
import { monthlyTables } from '../../hub/store/monthly-tables.ts'
import { findStrayRows, keepPartitions } from '../../hub/store/partitions.ts'
import type { Sql } from '../../hub/store/sql.ts'
import { limits } from '../../schemas/limits.ts'
import { openFreshStore } from '../support/fresh-store.ts'

const now = new Date('2026-11-22T10:00:00Z')

async function addEntry(sql: Sql, at: Date): Promise<string> {
  const { rows } = await sql.query(
    "insert into journal (id, at, kind, entry, digest) values ($1, $2, 'hub.started', '{}', '') " +
      'returning tableoid::regclass::text as partition',
    [newRowId(at), at],
  )
  return String(rows[0]?.['partition'])
}

t.test('ids rise within the process, and the lowest id of a time bounds all of it', async (t) => {
  const ids = Array.from({ length: 2000 }, () => newRowId())
  t.same(ids, [...ids].sort())
  t.equal(new Set(ids).size, ids.length)
  const at = new Date('2026-12-01T00:00:00.000Z')
  const same = Array.from({ length: 100 }, () => newRowId(at))
  t.same(same, [...same].sort(), 'ids of one millisecond stand in the order of their making')
  t.ok(same.every((id) => id >= lowestIdAt(at) && id < lowestIdAt(new Date(at.getTime() + 1))))
  t.ok(newRowId(new Date(at.getTime() - 1)) < lowestIdAt(at))
  t.equal(lowestIdAt(new Date(0)), '00000000-0000-7000-8000-000000000000')
  t.equal(lowestIdAt(new Date(2 ** 48 - 1)), 'ffffffff-ffff-7000-8000-000000000000')
  for (const ms of [-1, 2 ** 48, Number.NaN]) t.throws(() => lowestIdAt(new Date(ms)), RangeError)
})

t.test('makes this month and the next ones, once, for every monthly table', async (t) => {
  const store = await openFreshStore(t)
  const report = await keepPartitions(store, now)
  t.equal(report.made.length, monthlyTables.length * (limits.partitionMonthsAhead + 1))
  t.same(
    report.made.filter((name) => name.startsWith('journal')),
    ['journal_2026_11', 'journal_2026_12', 'journal_2027_01', 'journal_2027_02'],
  )
  t.same([report.faults, report.strays], [[], []])
  t.same((await keepPartitions(store, now)).made, [])
  t.same((await keepPartitions(store, new Date('2026-12-01T00:00:00Z'))).made.length, monthlyTables.length)
})

t.test('rows go to the partition of their id, at both edges of a month', async (t) => {
  const store = await openFreshStore(t)
  await keepPartitions(store, now)
  t.equal(await addEntry(store, new Date('2026-11-01T00:00:00.000Z')), 'journal_2026_11')
  t.equal(await addEntry(store, new Date('2026-11-30T23:59:59.999Z')), 'journal_2026_11')
  t.equal(await addEntry(store, new Date('2026-12-01T00:00:00.000Z')), 'journal_2026_12')
  t.same(await findStrayRows(store), [])
  t.equal(await addEntry(store, new Date('2026-10-31T23:59:59.999Z')), 'journal_default')
  t.same(await findStrayRows(store), [{ table: 'journal', rows: 1 }])
})

t.test('a partition has the indexes, checks and defaults of its table', async (t) => {
  const store = await openFreshStore(t)
  await keepPartitions(store, now)
  const { rows } = await store.query(
    'select c.relname, (select count(*)::integer from pg_index i where i.indrelid = c.oid) as indexes, ' +
      '(select count(*)::integer from pg_constraint k ' +
      "where k.conrelid = c.oid and k.contype = 'c') as checks, " +
      '(select count(*)::integer from pg_attrdef d where d.adrelid = c.oid) as defaults ' +
      "from pg_class c where c.relname in ('message', 'message_2026_12', 'journal', 'journal_2026_12') " +
      'order by 1',
  )
  const [journal, journalPart, message, messagePart] = rows.map(({ relname: _, ...counts }) => counts)
  t.same(journalPart, journal)
  t.same(messagePart, message)
  const { rows: storage } = await store.query(
    'select distinct reloptions from pg_class c join pg_inherits i on i.inhrelid = c.oid ' +
      "where i.inhparent = 'message'::regclass",
  )
  t.same(
    storage,
    [{ reloptions: ['fillfactor=40'] }],
    'messages find room for new versions in every partition',
  )
})

t.test('keepers that run at once make each partition once', async (t) => {
  const store = await openFreshStore(t)
  const reports = await Promise.all(Array.from({ length: 4 }, () => keepPartitions(store, now)))
  const made = reports.flatMap((report) => report.made)
  t.equal(made.length, monthlyTables.length * (limits.partitionMonthsAhead + 1))
  t.equal(new Set(made).size, made.length)
  t.same(
    reports.flatMap((report) => report.faults),
    [],
  )
})

t.test(
  'rows that landed in the default partition are reported, and the other partitions are made',
  async (t) => {
    const store = await openFreshStore(t)
    t.equal(await addEntry(store, now), 'journal_default')
    const report = await keepPartitions(store, now)
    t.same(report.faults, [{ table: 'journal', partition: 'journal_2026_11', why: 'rows-in-default' }])
    t.same(report.strays, [{ table: 'journal', rows: 1 }])
    t.equal(report.made.length, monthlyTables.length * (limits.partitionMonthsAhead + 1) - 1)
    t.equal(await addEntry(store, now), 'journal_default', 'the relay goes on')
    await store.query('delete from journal_default')
    t.same((await keepPartitions(store, now)).made, ['journal_2026_11'])
  },
)

t.test('stray rows are counted up to strayRowsCountedMax', async (t) => {
  const store = await openFreshStore(t)
  const add = (count: number) =>
    store.query(
      'insert into journal (id, at, kind, entry, digest) ' +
        "select gen_random_uuid(), now(), 'hub.started', '{}', '' " +
        'from generate_series(1, $1::integer)',
      [count],
    )
  await add(limits.strayRowsCountedMax - 1)
  t.same(await findStrayRows(store), [{ table: 'journal', rows: limits.strayRowsCountedMax - 1 }])
  await add(5)
  t.same(await findStrayRows(store), [{ table: 'journal', rows: limits.strayRowsCountedMax }])
})
